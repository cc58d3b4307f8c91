import { z } from "zod";
import { answerGeneration, type Encoder } from "../answer-generation.ts";
import { type GenerationAsk, type OfferedTool } from "../generation.ts";
import { isObject, type JsonObject, listAt, objectAt, stringAt } from "../json.ts";
import { reasonsByItself } from "../models.ts";
import { readPrompt } from "../prompt.ts";
import { type ProviderCall, readJsonAsk } from "../protocol.ts";
import { encodeContent, encodeContentChunks, type Framing, usageMetadata } from "./content-encoding.ts";
import { toGeminiError } from "./gemini-error.ts";

const GenerationConfig = z.looseObject({
  maxOutputTokens: z.number().int().min(1).nullish(),
  candidateCount: z.number().int().min(1).max(8).nullish(),
  responseSchema: z.unknown().optional(),
  responseJsonSchema: z.unknown().optional(),
  thinkingConfig: z.looseObject({ thinkingBudget: z.number().int().nullish() }).nullish(),
});
const ContentBody = z.looseObject({
  contents: z.array(z.unknown()).min(1),
  systemInstruction: z.unknown().optional(),
  tools: z.array(z.unknown()).nullish(),
  toolConfig: z.unknown().optional(),
  generationConfig: GenerationConfig.nullish(),
  serviceTier: z.string().nullish(),
});
type ContentBody = z.infer<typeof ContentBody>;

export async function answerGenerateContent(call: ProviderCall): Promise<void> {
  await answer(call, undefined);
}

/** Server-sent events with `alt=sse`, else a JSON array that is written piece by piece. */
export async function answerStreamGenerateContent(call: ProviderCall): Promise<void> {
  await answer(call, call.query.get("alt") === "sse" ? "sse" : "array");
}

async function answer(call: ProviderCall, framing: Framing | undefined): Promise<void> {
  const read = readJsonAsk(call, ContentBody);
  if (!read.ok) return answerGeneration(call, read);
  const body = read.value;
  const value = {
    ask: toAsk(body, { model: call.parameter, stream: framing !== undefined }),
    prompt: readPrompt(body.systemInstruction, body.tools, body.contents),
    messages: body.contents.length,
    storedTokens: 0,
    tier: toTrafficType(body.serviceTier),
    id: call.random.base62(22),
    toolId: () => call.random.base62(16),
    encoder: contentEncoder(framing ?? "sse"),
  };
  await answerGeneration(call, { ok: true, value });
}

function toAsk(body: ContentBody, { model, stream }: { model: string; stream: boolean }): GenerationAsk {
  const config = body.generationConfig ?? {};
  const schema = config.responseJsonSchema ?? config.responseSchema;
  return {
    operation: "chat",
    model,
    stream,
    outputCap: config.maxOutputTokens ?? undefined,
    choices: config.candidateCount ?? 1,
    tools: (body.tools ?? []).filter(isObject).flatMap((tool) => toOfferedTools(tool)),
    mayUseTool: toolUse(body),
    schema: isObject(schema) ? schema : undefined,
    reasons: reasonsByItself(model) && config.thinkingConfig?.thinkingBudget !== 0,
  };
}

function toOfferedTools(tool: JsonObject): readonly OfferedTool[] {
  return listAt(tool, "functionDeclarations")
    .filter(isObject)
    .flatMap((declared) => {
      const name = stringAt(declared, "name");
      const schema = objectAt(declared, "parametersJsonSchema") ?? objectAt(declared, "parameters") ?? {};
      return name === undefined ? [] : [{ name, schema }];
    });
}

/** After a tool's result comes text, so that clients that loop over tools come to an end. */
function toolUse({ toolConfig, contents }: ContentBody): GenerationAsk["mayUseTool"] {
  const calling = isObject(toolConfig) ? objectAt(toolConfig, "functionCallingConfig") : undefined;
  const mode = calling === undefined ? undefined : stringAt(calling, "mode");
  if (mode === "ANY") return "must";
  const last = contents.at(-1);
  const parts = isObject(last) ? listAt(last, "parts") : [];
  return mode === "NONE" || parts.some((part) => isObject(part) && "functionResponse" in part) ? "no" : "auto";
}

function toTrafficType(tier: string | null | undefined): string | undefined {
  if (tier === "flex") return "ON_DEMAND_FLEX";
  return tier === "priority" ? "ON_DEMAND_PRIORITY" : undefined;
}

function contentEncoder(framing: Framing): Encoder {
  return {
    streamType: framing === "sse" ? "text/event-stream" : "application/json; charset=UTF-8",
    usage: usageMetadata,
    whole: encodeContent,
    frames: (generation) => encodeContentChunks(generation, framing),
    errorFrame: (complaint) => {
      const error = JSON.stringify({ error: toGeminiError(complaint) });
      return framing === "sse" ? `data: ${error}\r\n\r\n` : `,\r\n${error}\n]`;
    },
  };
}
