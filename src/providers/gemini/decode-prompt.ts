import {
  type Effort,
  type MediaSource,
  type OutputShape,
  type Part,
  type Prompt,
  type ReasoningWish,
  type TextPart,
  type Tool,
  type ToolChoice,
  type ToolResultPart,
  type Turn,
} from "#inference";
import { err, ok, type Result } from "#std";
import { type DecodedPrompt } from "../conversation.ts";
import { kindOfMimeType } from "../data-url.ts";
import { parsedBody } from "../parsed-body.ts";
import { type PromptFields, PromptReading } from "../prompt-fields.ts";
import { unwrapSeal } from "../seal.ts";
import { appendTurn, nameToolResults } from "../turns.ts";
import { type AskSource, type BadAsk } from "../ask-source.ts";
import { CallIds } from "./call-ids.ts";
import { toJsonSchema } from "./json-schema.ts";
import { readToolResponse } from "./tool-response.ts";

/** Reads a request to generate content into the words of `#inference`. */
export function decodePrompt(source: AskSource): Result<DecodedPrompt, BadAsk> {
  const reading = new PromptReading({ takesSnakeCase: true });
  const body = reading.open(parsedBody(source.body), "");
  body.skip("model");
  body.hint("safetySettings", "labels");
  const config = body.object("generationConfig") ?? reading.open({}, "generationConfig");
  const mode = body.object("toolConfig")?.object("functionCallingConfig");
  loseOthers(body, config);
  const prompt: Prompt = {
    turns: readTurns(body),
    tools: body.objects("tools").flatMap(readTools),
    toolChoice: mode && readToolChoice(mode),
    parallelTools: undefined,
    output: readOutput(config),
    reasoning: readReasoning(config),
    sampling: {
      temperature: config.number("temperature"),
      topP: config.number("topP"),
      topK: config.number("topK"),
      seed: config.number("seed"),
      presencePenalty: config.number("presencePenalty"),
      frequencyPenalty: config.number("frequencyPenalty"),
      stop: config.texts("stopSequences"),
    },
    outputCap: config.number("maxOutputTokens"),
    logprobs: readLogprobs(config),
    verbosity: undefined,
    user: undefined,
    stream: source.endpoint.path.endsWith(":streamGenerateContent"),
    wantsStreamUsage: true,
  };
  if (reading.problem !== undefined) return err(reading.problem);
  return ok({ prompt, losses: reading.losses() });
}

function loseOthers(body: PromptFields, config: PromptFields): void {
  config.hint("mediaResolution", "audioTimestamp", "enableEnhancedCivicAnswers");
  const tier = body.text("serviceTier")?.toLowerCase();
  if (tier !== undefined && tier !== "standard") body.lose("serviceTier");
  if ((config.number("candidateCount") ?? 1) !== 1) config.lose("candidateCount");
  const modalities = config.texts("responseModalities");
  if (modalities?.some((one) => one.toUpperCase() !== "TEXT") === true) config.lose("responseModalities");
}

function readLogprobs(config: PromptFields): number | undefined {
  const most = config.number("logprobs");
  if (config.flag("responseLogprobs") === true) return most ?? 0;
  if (most !== undefined) config.lose("logprobs");
  return undefined;
}

function readOutput(config: PromptFields): OutputShape | undefined {
  const type = config.text("responseMimeType");
  const written = config.json("responseSchema");
  const schema = config.json("responseJsonSchema") ?? (written && toJsonSchema(written));
  if (type !== undefined && type !== "text/plain" && type !== "application/json") config.lose("responseMimeType");
  if (type !== "application/json") return undefined;
  if (schema === undefined) return { type: "json" };
  return { type: "schema", name: undefined, description: undefined, schema, isStrict: undefined };
}

const levels: Readonly<Record<string, Effort>> = { minimal: "minimal", low: "low", medium: "medium", high: "high" };

function readReasoning(config: PromptFields): ReasoningWish | undefined {
  const thinking = config.object("thinkingConfig");
  if (thinking === undefined) return undefined;
  const level = thinking.text("thinkingLevel")?.toLowerCase();
  if (level !== undefined && levels[level] === undefined) thinking.lose("thinkingLevel");
  return {
    effort: level === undefined ? undefined : levels[level],
    budgetTokens: thinking.number("thinkingBudget"),
    isShown: thinking.flag("includeThoughts"),
  };
}

function readTools(tool: PromptFields): readonly Tool[] {
  // Whatever else a tool declares runs at the provider, and is lost as a field that nobody reads.
  return tool.objects("functionDeclarations").map((declared) => {
    declared.hint("response", "responseJsonSchema", "behavior");
    const written = declared.json("parameters");
    return {
      name: declared.text("name") ?? "",
      description: declared.text("description"),
      schema: declared.json("parametersJsonSchema") ?? (written && toJsonSchema(written)),
      isStrict: undefined,
    };
  });
}

function readToolChoice(mode: PromptFields): ToolChoice | undefined {
  const among = mode.texts("allowedFunctionNames");
  switch (mode.text("mode")?.toUpperCase()) {
    case "ANY":
      return { type: "required", among };
    case "NONE":
      return { type: "none" };
    case "AUTO":
      return { type: "auto" };
    case undefined:
    case "MODE_UNSPECIFIED":
      return undefined;
    default:
      mode.lose("mode");
      return undefined;
  }
}

function readTurns(body: PromptFields): readonly Turn[] {
  const turns: Turn[] = [];
  const ids = new CallIds();
  const instructions = body.object("systemInstruction");
  instructions?.skip("role");
  if (instructions !== undefined) appendTurn(turns, { role: "instructions", parts: readParts(instructions, ids) });
  for (const content of body.objects("contents")) {
    const role = content.text("role") ?? "user";
    if (role === "model") appendTurn(turns, { role: "assistant", parts: readParts(content, ids) });
    else if (role === "user" || role === "function")
      appendTurn(turns, { role: "user", parts: readParts(content, ids) });
    else content.refuse("role", "must be user or model");
  }
  return nameToolResults(turns);
}

function readParts(content: PromptFields, ids: CallIds): readonly Part[] {
  const parts: Part[] = [];
  for (const part of content.objects("parts")) {
    const read = readPart(part, ids);
    const last = parts.at(-1);
    // A stream's pieces of one thought stand beside each other when a client gives them back.
    if (read.at(0)?.type === "thinking" && last?.type === "thinking" && last.seal === undefined && last.text !== "") {
      const [first, ...rest] = read;
      if (first?.type === "thinking") parts.splice(-1, 1, { ...first, text: last.text + first.text }, ...rest);
    } else parts.push(...read);
  }
  return parts;
}

function readPart(part: PromptFields, ids: CallIds): readonly Part[] {
  part.hint("mediaResolution", "partMetadata", "mediaProcessing", "speechMetadata");
  const signature = part.text("thoughtSignature");
  const seal = signature === undefined ? undefined : unwrapSeal(signature, "gemini");
  const text = part.text("text");
  if (part.flag("thought") === true) return [{ type: "thinking", text: text ?? "", seal }];
  const said = readSaid(part, { ids, text });
  return seal === undefined ? said : [{ type: "thinking", text: "", seal }, ...said];
}

function readSaid(
  part: PromptFields,
  { ids, text }: { readonly ids: CallIds; readonly text: string | undefined },
): readonly Part[] {
  if (text !== undefined) return text === "" ? [] : [{ type: "text", text } satisfies TextPart];
  const called = part.object("functionCall");
  if (called !== undefined) {
    const name = called.text("name") ?? "";
    const input = JSON.stringify(called.json("args") ?? {});
    return [{ type: "tool-call", id: ids.called(name, called.text("id")), name, input }];
  }
  const answered = part.object("functionResponse");
  if (answered !== undefined) return [readToolResult(answered, ids)];
  const source = readSource(part);
  if (source === undefined) return [];
  const mimeType = source.mimeType ?? "application/octet-stream";
  return [{ type: "media", kind: kindOfMimeType(mimeType), source, name: undefined }];
}

function readSource(part: PromptFields): MediaSource | undefined {
  if (part.has("videoMetadata")) part.lose("videoMetadata");
  const inline = part.object("inlineData");
  inline?.skip("displayName");
  if (inline !== undefined) {
    const mimeType = inline.text("mimeType") ?? "application/octet-stream";
    return { type: "inline", mimeType, base64: inline.text("data") ?? "" };
  }
  const file = part.object("fileData");
  if (file === undefined) return undefined;
  file.skip("displayName");
  const url = file.text("fileUri") ?? "";
  // Files that Google keeps have an address that only Google can read.
  if (url.startsWith("https://generativelanguage.googleapis.com/") || url.startsWith("gs://")) {
    file.lose("fileUri");
    file.skip("mimeType");
    return undefined;
  }
  return { type: "url", url, mimeType: file.text("mimeType") };
}

function readToolResult(answered: PromptFields, ids: CallIds): ToolResultPart {
  const name = answered.text("name") ?? "";
  for (const field of ["scheduling", "willContinue", "parts"]) if (answered.has(field)) answered.lose(field);
  const { text, isError } = readToolResponse(answered.json("response") ?? {});
  return {
    type: "tool-result",
    id: ids.answered(name, answered.text("id")),
    name,
    content: [{ type: "text", text }],
    isError,
  };
}
