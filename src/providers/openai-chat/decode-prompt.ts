import {
  efforts,
  type MediaPart,
  type OutputShape,
  type Part,
  type Prompt,
  type ReasoningWish,
  type TextPart,
  type ThinkingPart,
  type Tool,
  type ToolChoice,
  type Turn,
} from "#inference";
import { err, ok, type Result } from "#std";
import { type DecodedPrompt } from "../conversation.ts";
import { sourceOfUrl } from "../data-url.ts";
import { type PromptFields, PromptReading } from "../prompt-fields.ts";
import { parsedBody } from "../parsed-body.ts";
import { appendTurn, nameToolResults } from "../turns.ts";
import { type AskSource, type BadAsk } from "../ask-source.ts";
import { readDetails } from "./reasoning-details.ts";

/** Reads a chat completion's request into the words of `#inference`. */
export function decodePrompt(source: AskSource): Result<DecodedPrompt, BadAsk> {
  const reading = new PromptReading();
  const body = reading.open(parsedBody(source.body), "");
  body.skip("model");
  loseOthers(body);
  const stream = body.flag("stream") ?? false;
  const prompt: Prompt = {
    turns: readTurns(body),
    tools: readTools(body),
    toolChoice: readToolChoice(body),
    parallelTools: body.flag("parallel_tool_calls"),
    output: readOutput(body),
    reasoning: readReasoning(body),
    sampling: {
      temperature: body.number("temperature"),
      topP: body.number("top_p"),
      topK: body.number("top_k"),
      seed: body.number("seed"),
      presencePenalty: body.number("presence_penalty"),
      frequencyPenalty: body.number("frequency_penalty"),
      stop: readStop(body),
    },
    outputCap: body.number("max_completion_tokens") ?? body.number("max_tokens"),
    logprobs: readLogprobs(body),
    verbosity: body.word("verbosity", ["low", "medium", "high"]),
    user: body.text("user") ?? body.text("safety_identifier"),
    stream,
    wantsStreamUsage: readStreamOptions(body),
  };
  // The older name of the cap stands beside the newer in some clients.
  body.skip("max_tokens", "safety_identifier");
  if (reading.problem !== undefined) return err(reading.problem);
  return ok({ prompt, losses: reading.losses() });
}

function loseOthers(body: PromptFields): void {
  // `usage` asks OpenRouter for what is told in any case.
  body.hint("usage", "metadata", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention");
  const tier = body.text("service_tier");
  if (tier !== undefined && tier !== "auto" && tier !== "default") body.lose("service_tier");
  if ((body.number("n") ?? 1) !== 1) body.lose("n");
  if (Object.keys(body.json("logit_bias") ?? {}).length > 0) body.lose("logit_bias");
  loseFunctions(body);
  // Translated answers are kept nowhere, which changes none.
  if (body.flag("store") === true) body.hint("store");
  const modalities = body.texts("modalities");
  if (modalities?.some((one) => one !== "text") === true) body.lose("modalities");
}

/** What tools were called until 2023. A client that asks so reads its answers so, and no other format answers in that shape. */
function loseFunctions(body: PromptFields): void {
  if ((body.list("functions") ?? []).length > 0) body.lose("functions");
  const choice = body.value("function_call");
  if (choice === "auto" || choice === "none") body.hint("function_call");
  else if (choice !== undefined) body.lose("function_call");
}

function readLogprobs(body: PromptFields): number | undefined {
  const most = body.number("top_logprobs");
  if (body.flag("logprobs") === true) return most ?? 0;
  if (most !== undefined && most > 0) body.lose("top_logprobs");
  return undefined;
}

function readStreamOptions(body: PromptFields): boolean {
  const options = body.object("stream_options");
  options?.skip("include_obfuscation");
  return options?.flag("include_usage") ?? false;
}

function readStop(body: PromptFields): readonly string[] | undefined {
  return typeof body.value("stop") === "string" ? [body.text("stop") ?? ""] : body.texts("stop");
}

function readReasoning(body: PromptFields): ReasoningWish | undefined {
  // OpenRouter's field, which its clients send to others too.
  const reasoning = body.object("reasoning");
  const effort = body.word("reasoning_effort", efforts) ?? reasoning?.word("effort", efforts);
  const budgetTokens = reasoning?.number("max_tokens");
  const isHidden = reasoning?.flag("exclude");
  reasoning?.skip("enabled");
  if (effort === undefined && budgetTokens === undefined) return undefined;
  return { effort, budgetTokens, isShown: isHidden === true ? false : undefined };
}

function readOutput(body: PromptFields): OutputShape | undefined {
  const format = body.object("response_format");
  const type = format?.word("type", ["text", "json_object", "json_schema"]);
  if (type === "json_object") return { type: "json" };
  const shape = format?.object("json_schema");
  if (type !== "json_schema" || shape === undefined) return undefined;
  return {
    type: "schema",
    name: shape.text("name"),
    description: shape.text("description"),
    schema: shape.json("schema") ?? {},
    isStrict: shape.flag("strict"),
  };
}

function readTools(body: PromptFields): readonly Tool[] {
  return body.objects("tools").flatMap((tool) => {
    tool.hint("cache_control", "eager_input_streaming");
    const declared = tool.text("type") === "function" ? tool.object("function") : undefined;
    if (declared !== undefined) return [readFunction(declared)];
    tool.loseAll();
    return [];
  });
}

function readFunction(declared: PromptFields): Tool {
  return {
    name: declared.text("name") ?? "",
    description: declared.text("description"),
    schema: declared.json("parameters"),
    isStrict: declared.flag("strict"),
  };
}

function readToolChoice(body: PromptFields): ToolChoice | undefined {
  const value = body.value("tool_choice");
  if (typeof value === "string") {
    const word = body.word("tool_choice", ["auto", "none", "required"]);
    return word === "required" ? { type: "required", among: undefined } : word && { type: word };
  }
  const choice = body.object("tool_choice");
  const type = choice?.text("type");
  if (choice === undefined) return undefined;
  if (type === "function") return { type: "required", among: [choice.object("function")?.text("name") ?? ""] };
  const allowed = type === "allowed_tools" ? choice.object("allowed_tools") : undefined;
  if (allowed?.text("mode") === "required") {
    return { type: "required", among: allowed.objects("tools").map(allowedName) };
  }
  choice.loseAll();
  return undefined;
}

function allowedName(tool: PromptFields): string {
  tool.skip("type");
  return tool.object("function")?.text("name") ?? "";
}

function readTurns(body: PromptFields): readonly Turn[] {
  const turns: Turn[] = [];
  for (const message of body.objects("messages")) readMessage(turns, message);
  return nameToolResults(turns);
}

function readMessage(turns: Turn[], message: PromptFields): void {
  const role = message.text("role");
  message.hint("name", "cache_control");
  switch (role) {
    case "system":
    case "developer":
      appendTurn(turns, { role: "instructions", parts: readContent(message) });
      break;
    case "user":
      appendTurn(turns, { role: "user", parts: readAsked(message) });
      break;
    case "assistant":
      appendTurn(turns, { role: "assistant", parts: readAssistant(message) });
      break;
    case "tool":
      appendTurn(turns, { role: "user", parts: [readToolResult(message)] });
      break;
    case "function":
      message.loseAll();
      break;
    default:
      message.refuse("role", "must be system, developer, user, assistant or tool");
  }
}

function readToolResult(message: PromptFields): Part {
  const content = readContent(message).filter((part) => part.type === "text" || part.type === "media");
  return { type: "tool-result", id: message.text("tool_call_id") ?? "", name: undefined, content, isError: false };
}

function readAssistant(message: PromptFields): readonly Part[] {
  message.skip("annotations", "audio_content");
  if (message.has("audio")) message.lose("audio");
  if (message.has("function_call")) message.lose("function_call");
  const text = readContent(message);
  const refusal = message.text("refusal");
  const calls = message.objects("tool_calls").flatMap(readToolCall);
  const { thinking, before } = readThinking(message);
  return [
    ...thinking,
    ...text,
    ...(refusal === undefined ? [] : [{ type: "refusal" as const, text: refusal }]),
    ...calls.flatMap((call) => [...(before.get(call.id) ?? []), call]),
  ];
}

/** Reasoning of the turn, and the seals that belong to one of its calls. */
function readThinking(message: PromptFields): {
  readonly thinking: readonly ThinkingPart[];
  readonly before: ReadonlyMap<string, readonly ThinkingPart[]>;
} {
  const text = message.text("reasoning_content") ?? message.text("reasoning");
  message.skip("reasoning");
  const { thinking, before } = readDetails(message.list("reasoning_details") ?? []);
  if (thinking.length > 0 || text === undefined || text === "") return { thinking, before };
  return { thinking: [{ type: "thinking", text, seal: undefined }], before };
}

function readToolCall(call: PromptFields) {
  call.skip("index", "extra_content");
  call.hint("cache_control");
  const declared = call.object("function");
  if (declared === undefined) {
    call.loseAll();
    return [];
  }
  call.skip("type");
  const input = declared.text("arguments") ?? "";
  return [{ type: "tool-call" as const, id: call.text("id") ?? "", name: declared.text("name") ?? "", input }];
}

/** A user who says nothing has a turn all the same, without which the assistant's before it would be the last. */
function readAsked(message: PromptFields): readonly Part[] {
  return message.value("content") === "" ? [{ type: "text", text: "" }] : readContent(message);
}

function readContent(message: PromptFields): readonly Part[] {
  const value = message.value("content");
  if (typeof value === "string") return value === "" ? [] : [{ type: "text", text: value }];
  return message.objects("content").flatMap(readPart);
}

function readPart(part: PromptFields): readonly Part[] {
  part.hint("prompt_cache_breakpoint", "cache_control");
  switch (part.text("type")) {
    case "text":
      return [{ type: "text", text: part.text("text") ?? "" } satisfies TextPart];
    case "refusal":
      return [{ type: "refusal", text: part.text("refusal") ?? "" }];
    case "image_url":
      return readImage(part);
    case "input_audio":
      return readAudio(part);
    case "file":
      return readFile(part);
    default:
      part.loseAll();
      return [];
  }
}

function readImage(part: PromptFields): readonly MediaPart[] {
  // The address alone was taken until 2024, and some servers still take it.
  if (typeof part.value("image_url") === "string") {
    return [{ type: "media", kind: "image", source: sourceOfUrl(part.text("image_url") ?? "") }];
  }
  const image = part.object("image_url");
  const url = image?.text("url");
  if (image === undefined || url === undefined) return [];
  const detail = image.word("detail", ["auto", "low", "high"]);
  return [{ type: "media", kind: "image", source: sourceOfUrl(url), detail: detail === "auto" ? undefined : detail }];
}

function readAudio(part: PromptFields): readonly MediaPart[] {
  const audio = part.object("input_audio");
  const base64 = audio?.text("data");
  if (base64 === undefined) return [];
  const format = audio?.text("format") ?? "wav";
  const mimeType = format === "mp3" ? "audio/mpeg" : `audio/${format}`;
  return [{ type: "media", kind: "audio", source: { type: "inline", mimeType, base64 } }];
}

function readFile(part: PromptFields): readonly MediaPart[] {
  const file = part.object("file");
  const url = file?.text("file_data");
  if (file?.has("file_id") === true) file.lose("file_id");
  if (url === undefined) return [];
  return [{ type: "media", kind: "document", source: sourceOfUrl(url), name: file?.text("filename") }];
}
