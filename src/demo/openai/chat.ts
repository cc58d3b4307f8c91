import { answerGeneration, type Encoder, type Frame } from "../answer-generation.ts";
import { type Choice, type Generation, madeAfter } from "../generation.ts";
import { readPrompt } from "../prompt.ts";
import { type ProviderCall, readJsonAsk } from "../protocol.ts";
import { type Random } from "../random.ts";
import { ChatBody, servedTier, toGenerationAsk } from "./chat-ask.ts";
import { encodeErrorFrame } from "./openai-error.ts";
import { chatUsage } from "./openai-usage.ts";

export async function answerChat(call: ProviderCall): Promise<void> {
  const read = readJsonAsk(call, ChatBody);
  if (!read.ok) return answerGeneration(call, read);
  const body = read.value;
  const { random } = call;
  const value = {
    ask: toGenerationAsk(body),
    prompt: readPrompt(body.messages, body.tools),
    messages: body.messages.length,
    storedTokens: 0,
    tier: servedTier(body.service_tier, random),
    id: `chatcmpl-${random.base62(29)}`,
    toolId: () => `call_${random.base62(24)}`,
    encoder: chatEncoder(body, random),
  };
  await answerGeneration(call, { ok: true, value });
}

function chatEncoder(body: ChatBody, random: Random): Encoder {
  return {
    streamType: "text/event-stream; charset=utf-8",
    usage: chatUsage,
    whole: encodeWhole,
    frames: (generation) => encodeFrames(generation, { body, random }),
    errorFrame: encodeErrorFrame,
  };
}

const FINGERPRINT = "fp_5135ced0a1";
const finishReasons = { stop: "stop", length: "length", tool: "tool_calls" } as const;

function encodeWhole(generation: Generation): string {
  return JSON.stringify({
    id: generation.id,
    object: "chat.completion",
    created: Math.floor(generation.createdAt / 1000),
    model: generation.model,
    choices: generation.choices.map((choice, index) => ({
      index,
      message: encodeMessage(choice),
      logprobs: null,
      finish_reason: finishReasons[choice.finish],
    })),
    usage: chatUsage(generation, madeAfter(generation, generation.outputTokens)),
    service_tier: generation.tier,
    system_fingerprint: FINGERPRINT,
  });
}

function encodeMessage({ pieces, tool }: Choice): object {
  const text = pieces.join("");
  if (tool === undefined) return { role: "assistant", content: text, refusal: null, annotations: [] };
  const tool_calls = [{ id: tool.id, type: "function", function: { name: tool.name, arguments: text } }];
  return { role: "assistant", content: null, tool_calls, refusal: null, annotations: [] };
}

/** With `include_usage` every chunk says `usage: null` and one more, without choices, says the whole usage. */
function* encodeFrames(
  generation: Generation,
  { body, random }: { body: ChatBody; random: Random },
): Generator<Frame, void> {
  const asksForUsage = body.stream_options?.include_usage === true;
  const isObfuscated = body.stream_options?.include_obfuscation !== false;
  const head =
    `{"id":"${generation.id}","object":"chat.completion.chunk","created":${Math.floor(generation.createdAt / 1000)},` +
    `"model":${JSON.stringify(generation.model)},"service_tier":"${generation.tier ?? "default"}",` +
    `"system_fingerprint":"${FINGERPRINT}","choices":[`;
  const chunk = (choice: string, text: number): string => {
    const noise = isObfuscated ? `,"obfuscation":"${random.base62(Math.max(1, 12 - (text % 12)))}"` : "";
    return `data: ${head}${choice}]${asksForUsage ? ',"usage":null' : ""}${noise}}\n\n`;
  };
  let tokens = generation.reasoningTokens;
  for (const [index, choice] of generation.choices.entries()) {
    yield { text: chunk(delta(index, openingDelta(choice), null), 0), tokens: Math.max(1, tokens) };
  }
  const longest = Math.max(...generation.choices.map((choice) => choice.pieces.length));
  for (let at = 0; at < longest; at++) {
    for (const [index, choice] of generation.choices.entries()) {
      const piece = choice.pieces[at];
      if (piece !== undefined)
        yield { text: chunk(delta(index, pieceDelta(choice, piece), null), piece.length), tokens: ++tokens };
    }
  }
  for (const [index, choice] of generation.choices.entries()) {
    yield { text: chunk(delta(index, "{}", finishReasons[choice.finish]), 0), tokens };
  }
  if (asksForUsage) {
    const usage = JSON.stringify(chatUsage(generation, madeAfter(generation, tokens)));
    yield { text: `data: ${head}],"usage":${usage}}\n\n`, tokens, reports: "final" };
  }
  yield { text: "data: [DONE]\n\n", tokens };
}

function delta(index: number, content: string, finish: string | null): string {
  return `{"index":${index},"delta":${content},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}`;
}

function openingDelta({ tool }: Choice): string {
  if (tool === undefined) return '{"role":"assistant","content":"","refusal":null}';
  const opened = [{ index: 0, id: tool.id, type: "function", function: { name: tool.name, arguments: "" } }];
  return JSON.stringify({ role: "assistant", content: null, tool_calls: opened, refusal: null });
}

function pieceDelta({ tool }: Choice, piece: string): string {
  const text = JSON.stringify(piece);
  return tool === undefined ? `{"content":${text}}` : `{"tool_calls":[{"index":0,"function":{"arguments":${text}}}]}`;
}
