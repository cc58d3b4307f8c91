import {
  efforts,
  type MediaPart,
  type OutputShape,
  type Part,
  type Prompt,
  type ReasoningWish,
  type Tool,
  type ToolChoice,
  type ToolResultPart,
  type Turn,
} from "#inference";
import { err, ok, type Result } from "#std";
import { type DecodedPrompt } from "../conversation.ts";
import { sourceOfUrl } from "../data-url.ts";
import { parsedBody } from "../parsed-body.ts";
import { type PromptFields, PromptReading } from "../prompt-fields.ts";
import { appendTurn, nameToolResults } from "../turns.ts";
import { type AskSource, type BadAsk } from "../ask-source.ts";
import { sealOfItem } from "./reasoning-seal.ts";

/** Reads a response's request into the words of `#inference`. */
export function decodePrompt(source: AskSource): Result<DecodedPrompt, BadAsk> {
  const reading = new PromptReading();
  const body = reading.open(parsedBody(source.body), "");
  loseOthers(body);
  const text = body.object("text");
  const prompt: Prompt = {
    turns: readTurns(body),
    tools: body.objects("tools").flatMap(readTool),
    toolChoice: readToolChoice(body),
    parallelTools: body.flag("parallel_tool_calls"),
    output: text && readOutput(text),
    reasoning: readReasoning(body),
    sampling: {
      temperature: body.number("temperature"),
      topP: body.number("top_p"),
      topK: undefined,
      seed: undefined,
      presencePenalty: undefined,
      frequencyPenalty: undefined,
      stop: undefined,
    },
    outputCap: body.number("max_output_tokens"),
    logprobs: readLogprobs(body),
    verbosity: text?.word("verbosity", ["low", "medium", "high"]),
    user: body.text("user") ?? body.text("safety_identifier"),
    stream: body.flag("stream") ?? false,
    wantsStreamUsage: true,
  };
  body.skip("safety_identifier");
  if (reading.problem !== undefined) return err(reading.problem);
  return ok({ prompt, losses: reading.losses() });
}

/** Encrypted reasoning is always given; the rest of what may be included belongs to the provider's own tools. */
const LOGPROBS = "message.output_text.logprobs";
const includable = new Set(["reasoning.encrypted_content", LOGPROBS]);

function loseOthers(body: PromptFields): void {
  body.skip("model", "stream_options");
  body.hint("metadata", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention");
  const tier = body.text("service_tier");
  if (tier !== undefined && tier !== "auto" && tier !== "default") body.lose("service_tier");
  // Answers of other formats are not kept. Whoever says nothing is not promised that they are.
  if (body.flag("store") === true) body.lose("store");
  if (body.flag("background") === true) body.lose("background");
  if (body.text("truncation") === "auto") body.lose("truncation");
  if (body.texts("include")?.some((one) => !includable.has(one)) === true) body.lose("include");
}

function readLogprobs(body: PromptFields): number | undefined {
  const most = body.number("top_logprobs");
  if (body.texts("include")?.includes(LOGPROBS) === true) return most ?? 0;
  if (most !== undefined && most > 0) body.lose("top_logprobs");
  return undefined;
}

function readOutput(text: PromptFields): OutputShape | undefined {
  const format = text.object("format");
  const type = format?.word("type", ["text", "json_object", "json_schema"]);
  if (type === "json_object") return { type: "json" };
  if (format === undefined || type !== "json_schema") return undefined;
  return {
    type: "schema",
    name: format.text("name"),
    description: format.text("description"),
    schema: format.json("schema") ?? {},
    isStrict: format.flag("strict"),
  };
}

function readReasoning(body: PromptFields): ReasoningWish | undefined {
  const reasoning = body.object("reasoning");
  if (reasoning === undefined) return undefined;
  const summary = reasoning.text("summary") ?? reasoning.text("generate_summary");
  reasoning.skip("generate_summary");
  const isShown = summary === undefined ? undefined : summary !== "none";
  return { effort: reasoning.word("effort", efforts), budgetTokens: undefined, isShown };
}

function readTool(tool: PromptFields): readonly Tool[] {
  const callers = tool.list("allowed_callers");
  if (tool.text("type") !== "function" || callers?.some((one) => one !== "direct") === true) {
    tool.loseAll();
    return [];
  }
  tool.hint("output_schema");
  if (tool.flag("defer_loading") === true) tool.lose("defer_loading");
  return [
    {
      name: tool.text("name") ?? "",
      description: tool.text("description"),
      schema: tool.json("parameters"),
      // Left out it means strict, unlike in chat.
      isStrict: tool.flag("strict") ?? true,
    },
  ];
}

function readToolChoice(body: PromptFields): ToolChoice | undefined {
  if (typeof body.value("tool_choice") === "string") {
    const word = body.word("tool_choice", ["auto", "none", "required"]);
    return word === "required" ? { type: "required", among: undefined } : word && { type: word };
  }
  const choice = body.object("tool_choice");
  if (choice === undefined) return undefined;
  const type = choice.text("type");
  if (type === "function") return { type: "required", among: [choice.text("name") ?? ""] };
  if (type === "allowed_tools" && choice.text("mode") === "required") {
    return { type: "required", among: choice.objects("tools").map(allowedName) };
  }
  choice.loseAll();
  return undefined;
}

function allowedName(tool: PromptFields): string {
  tool.skip("type");
  return tool.text("name") ?? "";
}

function readTurns(body: PromptFields): readonly Turn[] {
  const turns: Turn[] = [];
  const instructions = body.text("instructions");
  if (instructions !== undefined)
    appendTurn(turns, { role: "instructions", parts: [{ type: "text", text: instructions }] });
  if (typeof body.value("input") === "string") {
    appendTurn(turns, { role: "user", parts: [{ type: "text", text: body.text("input") ?? "" }] });
    return turns;
  }
  for (const item of body.objects("input")) readItem(turns, item);
  return nameToolResults(turns);
}

function readItem(turns: Turn[], item: PromptFields): void {
  // Names and states of items are the provider's own.
  item.skip("id", "status");
  switch (item.text("type") ?? "message") {
    case "message":
      return readMessage(turns, item);
    case "function_call":
      return appendTurn(turns, { role: "assistant", parts: [readToolCall(item)] });
    case "function_call_output":
      return appendTurn(turns, { role: "user", parts: [readToolResult(item)] });
    case "reasoning":
      return appendTurn(turns, { role: "assistant", parts: [readThinking(item)] });
    default:
      return item.loseAll();
  }
}

function readMessage(turns: Turn[], item: PromptFields): void {
  const role = item.text("role");
  item.hint("phase");
  if (role === "system" || role === "developer")
    appendTurn(turns, { role: "instructions", parts: readContent(item, "content") });
  else if (role === "user" || role === "assistant") appendTurn(turns, { role, parts: readContent(item, "content") });
  else item.refuse("role", "must be user, assistant, system or developer");
}

function readToolCall(item: PromptFields): Part {
  item.skip("caller");
  if (item.has("namespace")) item.lose("namespace");
  const input = item.text("arguments") ?? "";
  return { type: "tool-call", id: item.text("call_id") ?? "", name: item.text("name") ?? "", input };
}

function readToolResult(item: PromptFields): ToolResultPart {
  item.skip("caller");
  const content = readContent(item, "output").filter((part) => part.type === "text" || part.type === "media");
  return { type: "tool-result", id: item.text("call_id") ?? "", name: undefined, content, isError: false };
}

function readThinking(item: PromptFields): Part {
  const texts = [...item.objects("summary"), ...item.objects("content")].map((part) => {
    part.skip("type");
    return part.text("text") ?? "";
  });
  const sealed = item.text("encrypted_content");
  const seal = sealed === undefined ? undefined : sealOfItem(item.text("id"), sealed);
  return { type: "thinking", text: texts.join("\n\n"), seal };
}

function readContent(from: PromptFields, name: string): readonly Part[] {
  if (typeof from.value(name) === "string") {
    const text = from.text(name) ?? "";
    return text === "" ? [] : [{ type: "text", text }];
  }
  return from.objects(name).flatMap(readPart);
}

function readPart(part: PromptFields): readonly Part[] {
  part.hint("prompt_cache_breakpoint");
  switch (part.text("type")) {
    case "input_text":
    case "output_text":
    case "text":
      part.skip("annotations", "logprobs");
      return [{ type: "text", text: part.text("text") ?? "" }];
    case "refusal":
      return [{ type: "refusal", text: part.text("refusal") ?? "" }];
    case "input_image":
      return readImage(part);
    case "input_file":
      return readFile(part);
    default:
      part.loseAll();
      return [];
  }
}

function readImage(part: PromptFields): readonly MediaPart[] {
  const url = part.text("image_url");
  const detail = part.word("detail", ["auto", "low", "high"]);
  if (part.has("file_id")) part.lose("file_id");
  if (url === undefined) return [];
  return [{ type: "media", kind: "image", source: sourceOfUrl(url), detail: detail === "auto" ? undefined : detail }];
}

function readFile(part: PromptFields): readonly MediaPart[] {
  const url = part.text("file_data") ?? part.text("file_url");
  part.skip("file_url");
  part.hint("detail");
  if (part.has("file_id")) part.lose("file_id");
  const name = part.text("filename");
  return url === undefined ? [] : [{ type: "media", kind: "document", source: sourceOfUrl(url), name }];
}
