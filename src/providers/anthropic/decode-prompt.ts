import {
  type CacheMark,
  efforts,
  type MediaPart,
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
import { parsedBody } from "../parsed-body.ts";
import { type PromptFields, PromptReading } from "../prompt-fields.ts";
import { appendTurn, nameToolResults } from "../turns.ts";
import { type AskSource, type BadAsk } from "../ask-source.ts";
import { sealOfData, sealOfSignature } from "./thinking-seal.ts";

/** Reads a message's request into the words of `#inference`. */
export function decodePrompt(source: AskSource): Result<DecodedPrompt, BadAsk> {
  const reading = new PromptReading();
  const body = reading.open(parsedBody(source.body), "");
  const choice = body.object("tool_choice");
  const turns = readTurns(body);
  const prompt: Prompt = {
    turns,
    ...(isBegun(turns) ? { isBegun: true } : {}),
    tools: body.objects("tools").flatMap(readTool),
    toolChoice: readToolChoice(choice),
    parallelTools: choice?.flag("disable_parallel_tool_use") === true ? false : undefined,
    output: readOutput(body),
    reasoning: readReasoning(body),
    sampling: {
      temperature: body.number("temperature"),
      topP: body.number("top_p"),
      topK: body.number("top_k"),
      seed: undefined,
      presencePenalty: undefined,
      frequencyPenalty: undefined,
      stop: body.texts("stop_sequences"),
    },
    outputCap: body.number("max_tokens"),
    logprobs: undefined,
    verbosity: undefined,
    user: readUser(body),
    stream: body.flag("stream") ?? false,
    wantsStreamUsage: true,
  };
  skipOthers(body);
  if (reading.problem !== undefined) return err(reading.problem);
  return ok({ prompt, losses: reading.losses() });
}

/** What the assistant has said last, it has not finished; its calls are, and wait for results. */
function isBegun(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  return last?.role === "assistant" && last.parts.every(({ type }) => type === "text" || type === "thinking");
}

function skipOthers(body: PromptFields): void {
  body.skip("model");
  body.hint("cache_control", "diagnostics", "service_tier", "user_profile_id", "workspace_id");
  if (body.text("speed") === "fast") body.lose("speed");
}

function readUser(body: PromptFields): string | undefined {
  const metadata = body.object("metadata");
  return metadata?.text("user_id");
}

function readOutput(body: PromptFields): OutputShape | undefined {
  const format = body.object("output_config")?.object("format") ?? body.object("output_format");
  const schema = format?.text("type") === "json_schema" ? format.json("schema") : undefined;
  if (schema === undefined) return undefined;
  return { type: "schema", name: undefined, description: undefined, schema, isStrict: true };
}

function readReasoning(body: PromptFields): ReasoningWish | undefined {
  const effort = body.object("output_config")?.word("effort", efforts);
  const thinking = body.object("thinking");
  const display = thinking?.text("display");
  const isShown = display === undefined ? undefined : display !== "omitted";
  switch (thinking?.word("type", ["enabled", "adaptive", "disabled"])) {
    case "enabled":
      return { effort, budgetTokens: thinking.number("budget_tokens"), isShown: isShown ?? true };
    case "adaptive":
      return { effort, budgetTokens: undefined, isShown: isShown ?? true };
    case "disabled":
      return { effort: "none", budgetTokens: undefined, isShown: undefined };
    default:
      return effort === undefined ? undefined : { effort, budgetTokens: undefined, isShown: undefined };
  }
}

function readTool(tool: PromptFields): readonly Tool[] {
  const type = tool.text("type") ?? "custom";
  const callers = tool.texts("allowed_callers");
  if (type !== "custom" || tool.flag("defer_loading") === true || callers?.some((one) => one !== "direct") === true) {
    tool.loseAll();
    return [];
  }
  tool.hint("input_examples", "eager_input_streaming");
  return [
    {
      name: tool.text("name") ?? "",
      description: tool.text("description"),
      schema: tool.json("input_schema"),
      isStrict: tool.flag("strict"),
      cache: readCache(tool),
    },
  ];
}

function readToolChoice(choice: PromptFields | undefined): ToolChoice | undefined {
  const type = choice?.word("type", ["auto", "any", "tool", "none"]);
  if (type === "tool") return { type: "required", among: [choice?.text("name") ?? ""] };
  return type === "any" ? { type: "required", among: undefined } : type && { type };
}

function readCache(fields: PromptFields): CacheMark | undefined {
  const mark = fields.object("cache_control");
  if (mark === undefined) return undefined;
  mark.skip("type");
  return mark.text("ttl") === "1h" ? "1h" : "5m";
}

function readTurns(body: PromptFields): readonly Turn[] {
  const turns: Turn[] = [];
  appendTurn(turns, { role: "instructions", parts: readContent(body, "system") });
  for (const message of body.objects("messages")) {
    const role = message.text("role");
    if (role === "user" || role === "assistant") appendTurn(turns, { role, parts: readContent(message, "content") });
    else if (role === "system") appendTurn(turns, { role: "instructions", parts: readContent(message, "content") });
    else message.refuse("role", "must be user, assistant or system");
  }
  return nameToolResults(turns);
}

function readContent(from: PromptFields, name: string): readonly Part[] {
  if (typeof from.value(name) === "string") return [{ type: "text", text: from.text(name) ?? "" }];
  return from.objects(name).flatMap(readBlock);
}

function readBlock(block: PromptFields): readonly Part[] {
  switch (block.text("type")) {
    case "text":
      block.hint("citations");
      return [readText(block)];
    case "image":
    case "document":
      return readMedia(block);
    case "thinking":
      return [{ type: "thinking", text: block.text("thinking") ?? "", seal: sealOfSignature(block.text("signature")) }];
    case "redacted_thinking":
      return [{ type: "thinking", text: "", seal: sealOfData(block.text("data") ?? "") }];
    case "tool_use":
      return [readToolCall(block)];
    case "tool_result":
      return [readToolResult(block)];
    default:
      block.loseAll();
      return [];
  }
}

function readText(block: PromptFields): TextPart {
  return { type: "text", text: block.text("text") ?? "", cache: readCache(block) };
}

function readToolCall(block: PromptFields): Part {
  block.skip("caller");
  if (block.has("toolset_name")) block.lose("toolset_name");
  return {
    type: "tool-call",
    id: block.text("id") ?? "",
    name: block.text("name") ?? "",
    input: JSON.stringify(block.value("input") ?? {}),
    cache: readCache(block),
  };
}

function readToolResult(block: PromptFields): ToolResultPart {
  if (block.has("toolset_name")) block.lose("toolset_name");
  const content = readContent(block, "content").filter((part) => part.type === "text" || part.type === "media");
  return {
    type: "tool-result",
    id: block.text("tool_use_id") ?? "",
    name: undefined,
    content,
    isError: block.flag("is_error") ?? false,
    cache: readCache(block),
  };
}

function readMedia(block: PromptFields): readonly (MediaPart | TextPart)[] {
  const isImage = block.text("type") === "image";
  block.skip("type");
  if (block.object("citations")?.flag("enabled") === true) block.lose("citations");
  block.hint("context", "transformations");
  const cache = readCache(block);
  const source = block.object("source");
  if (source === undefined) return [];
  if (source.text("type") === "content" && typeof source.value("content") === "string") {
    return [{ type: "text", text: source.text("content") ?? "", cache }];
  }
  const media = readSource(source);
  if (media === undefined) return [];
  return [{ type: "media", kind: isImage ? "image" : "document", source: media, name: block.text("title"), cache }];
}

function readSource(source: PromptFields): MediaSource | undefined {
  const mimeType = source.text("media_type") ?? "application/octet-stream";
  switch (source.text("type")) {
    case "base64":
      return { type: "inline", mimeType, base64: source.text("data") ?? "" };
    case "text":
      return { type: "inline", mimeType, base64: Buffer.from(source.text("data") ?? "").toString("base64") };
    case "url":
      return { type: "url", url: source.text("url") ?? "" };
    default:
      source.loseAll();
      return undefined;
  }
}
