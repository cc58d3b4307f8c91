import { z } from "zod";
import { answerGeneration, type Encoder, type Frame } from "../answer-generation.ts";
import { type Generation, type GenerationAsk, madeAfter } from "../generation.ts";
import { readPrompt } from "../prompt.ts";
import { type ProviderCall, readJsonAsk } from "../protocol.ts";
import { encodeErrorFrame } from "./openai-error.ts";
import { chatUsage } from "./openai-usage.ts";

const CompletionBody = z.looseObject({
  model: z.string(),
  prompt: z.union([z.string(), z.array(z.string())]),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().int().min(0).nullish(),
  n: z.number().int().min(1).max(128).nullish(),
});
type CompletionBody = z.infer<typeof CompletionBody>;

/** What this endpoint generates when the client gives no limit. */
const TOKENS_DEFAULT = 16;

/** The older text endpoint: one choice for each prompt. */
export async function answerCompletion(call: ProviderCall): Promise<void> {
  const read = readJsonAsk(call, CompletionBody);
  if (!read.ok) return answerGeneration(call, read);
  const body = read.value;
  const value = {
    ask: toAsk(body),
    prompt: readPrompt(body.prompt),
    messages: 0,
    storedTokens: 0,
    tier: undefined,
    id: `cmpl-${call.random.base62(29)}`,
    toolId: () => "",
    encoder: completionEncoder(body),
  };
  await answerGeneration(call, { ok: true, value });
}

function toAsk(body: CompletionBody): GenerationAsk {
  const prompts = Array.isArray(body.prompt) ? body.prompt.length : 1;
  return {
    operation: "completion",
    model: body.model,
    stream: body.stream ?? false,
    outputCap: body.max_tokens ?? TOKENS_DEFAULT,
    choices: prompts * (body.n ?? 1),
    tools: [],
    mayUseTool: "no",
    schema: undefined,
    reasons: false,
  };
}

function completionEncoder(body: CompletionBody): Encoder {
  return {
    streamType: "text/event-stream; charset=utf-8",
    usage: chatUsage,
    whole: (generation) =>
      JSON.stringify({
        ...opening(generation),
        choices: generation.choices.map(({ pieces, finish }, index) =>
          toChoice({ text: pieces.join(""), index, finish }),
        ),
        usage: chatUsage(generation, madeAfter(generation, generation.outputTokens)),
      }),
    frames: (generation) => encodeFrames(generation, body.stream_options?.include_usage === true),
    errorFrame: encodeErrorFrame,
  };
}

function opening(generation: Generation): object {
  const created = Math.floor(generation.createdAt / 1000);
  return { id: generation.id, object: "text_completion", created, model: generation.model };
}

function toChoice({ text, index, finish }: { text: string; index: number; finish: string | null }): object {
  return { text, index, logprobs: null, finish_reason: finish };
}

function* encodeFrames(generation: Generation, asksForUsage: boolean): Generator<Frame, void> {
  const usage = asksForUsage ? { usage: null } : {};
  const frame = (fields: object): string => `data: ${JSON.stringify({ ...opening(generation), ...fields })}\n\n`;
  let tokens = 0;
  for (const [index, { pieces, finish }] of generation.choices.entries()) {
    for (const text of pieces) {
      yield { text: frame({ choices: [toChoice({ text, index, finish: null })], ...usage }), tokens: ++tokens };
    }
    yield { text: frame({ choices: [toChoice({ text: "", index, finish })], ...usage }), tokens };
  }
  if (asksForUsage) {
    const whole = chatUsage(generation, madeAfter(generation, tokens));
    yield { text: frame({ choices: [], usage: whole }), tokens, reports: "final" };
  }
  yield { text: "data: [DONE]\n\n", tokens };
}
