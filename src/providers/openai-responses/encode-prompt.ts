import { type MediaPart, type Part, type Prompt, type ToolResultPart, type Turn } from "#inference";
import { type EncodedPrompt, type PromptTarget } from "../conversation.ts";
import { urlOfSource } from "../data-url.ts";
import { type Dialect } from "../dialects.ts";
import { effortOf } from "../efforts.ts";
import { fitToDialect } from "../fit-to-dialect.ts";
import { losePrefill, Losses } from "../losses.ts";
import { fitToModel } from "../openai/fit-to-model.ts";
import { gptRules } from "../openai/gpt-rules.ts";
import { strictness } from "../strict-schema.ts";
import { fitId, type IdRule } from "../tool-call-id.ts";
import { type JsonObject } from "../usage-counts.ts";
import { ownItem } from "./reasoning-seal.ts";

const ids: IdRule = { charactersMax: 64, allowed: /^\S+$/ };

/** Writes a prompt as a response's request. Nothing is kept at the provider: the whole conversation is in the prompt. */
export function encodePrompt(asked: Prompt, { model, dialect }: PromptTarget): EncodedPrompt {
  const losses = new Losses();
  const prompt = fitToModel(asked, model, losses);
  if (dialect.lacks.includes("logprobs")) losses.loseGiven({ logprobs: prompt.logprobs });
  const { sampling, turns, tools } = prompt;
  losePrefill(prompt, losses);
  losses.loseGiven({ stop: sampling.stop, seed: sampling.seed, top_k: sampling.topK });
  losses.loseGiven({
    presence_penalty: sampling.presencePenalty || undefined,
    frequency_penalty: sampling.frequencyPenalty || undefined,
  });
  for (const { cache } of tools) if (cache !== undefined) losses.hint("cache_control");
  const body: Record<string, unknown> = {
    model,
    input: turns.flatMap((turn) => writeTurn(turn, { losses, dialect })),
    tools: tools.length === 0 ? undefined : tools.map((tool) => writeTool(tool, losses)),
    tool_choice: writeToolChoice(prompt),
    parallel_tool_calls: tools.length === 0 ? undefined : prompt.parallelTools,
    text: writeText(prompt, losses),
    reasoning: writeReasoning(prompt),
    include: writeInclude(prompt, model),
    top_logprobs: prompt.logprobs || undefined,
    store: false,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    max_output_tokens: prompt.outputCap,
    user: prompt.user,
    stream: prompt.stream || undefined,
  };
  fitToDialect(body, { dialect, losses });
  return { body, losses: losses.all };
}

function writeInclude({ logprobs }: Prompt, model: string): readonly string[] | undefined {
  const include = [
    ...(sealsReasoning(model) ? ["reasoning.encrypted_content"] : []),
    ...(logprobs === undefined ? [] : ["message.output_text.logprobs"]),
  ];
  return include.length === 0 ? undefined : include;
}

/** Models that do not reason refuse to be asked for their encrypted reasoning. */
function sealsReasoning(model: string): boolean {
  return gptRules(model)?.thinks === true && !model.includes("chat");
}

interface Writing {
  readonly losses: Losses;
  readonly dialect: Dialect;
}

function writeTurn({ role, parts }: Turn, writing: Writing): readonly JsonObject[] {
  if (role === "assistant") return parts.flatMap((part) => writeAssistant(part, writing.losses));
  const results = parts.filter((part) => part.type === "tool-result");
  const content = parts.flatMap((part) => (part.type === "tool-result" ? [] : (writePart(part, writing) ?? [])));
  const said = content.length === 0 ? [] : [{ role: role === "instructions" ? "system" : role, content }];
  return [...results.map((result) => writeToolResult(result, writing)), ...said];
}

function writeAssistant(part: Part, losses: Losses): readonly JsonObject[] {
  losses.hintCache(part);
  switch (part.type) {
    case "text":
      return [{ role: "assistant", content: [{ type: "output_text", text: part.text }] }];
    case "refusal":
      return [{ role: "assistant", content: [{ type: "refusal", refusal: part.text }] }];
    case "thinking": {
      const own = ownItem(part.seal);
      if (own === undefined) losses.hint("thinking");
      const summary = part.text === "" ? [] : [{ type: "summary_text", text: part.text }];
      return own === undefined ? [] : [{ type: "reasoning", ...own, summary }];
    }
    case "tool-call":
      return [{ type: "function_call", call_id: fitId(part.id, ids), name: part.name, arguments: part.input || "{}" }];
    default:
      losses.losePart(part, "assistant");
      return [];
  }
}

function writeToolResult(result: ToolResultPart, writing: Writing): JsonObject {
  const { losses } = writing;
  losses.hintCache(result);
  if (result.isError) losses.hint("tool_result.is_error");
  const [first, ...others] = result.content;
  const alone = others.length > 0 ? undefined : first;
  const text = first === undefined ? "" : alone?.type === "text" ? alone.text : undefined;
  const output = text ?? result.content.flatMap((part) => writePart(part, writing) ?? []);
  return { type: "function_call_output", call_id: fitId(result.id, ids), output };
}

function writePart(part: Part, writing: Writing): JsonObject | undefined {
  writing.losses.hintCache(part);
  if (part.type === "text" || part.type === "refusal") return { type: "input_text", text: part.text };
  return part.type === "media" ? writeMedia(part, writing) : writing.losses.losePart(part, "user");
}

function writeMedia(part: MediaPart, { losses, dialect }: Writing): JsonObject | undefined {
  const { kind, source, detail, name } = part;
  if (kind === "image") return { type: "input_image", image_url: urlOfSource(source), detail: detail ?? "auto" };
  if (kind !== "document" || !dialect.takesDocuments) return losses.losePart(part, "user");
  if (source.type === "url") return { type: "input_file", file_url: source.url };
  return { type: "input_file", filename: name ?? "document.pdf", file_data: urlOfSource(source) };
}

function writeTool({ name, description, schema, isStrict }: Prompt["tools"][number], losses: Losses): JsonObject {
  // Strict is what this format takes silence for, and a schema that was not written for it is then refused.
  return {
    type: "function",
    name,
    description,
    parameters: schema ?? { type: "object", properties: {} },
    strict: strictness(isStrict, schema, { losses, field: "tools.strict" }) ?? false,
  };
}

function writeToolChoice({ toolChoice }: Prompt): unknown {
  if (toolChoice?.type !== "required") return toolChoice?.type;
  const { among } = toolChoice;
  if (among === undefined) return "required";
  const named = among.map((name) => ({ type: "function", name }));
  return named.length === 1 ? named[0] : { type: "allowed_tools", mode: "required", tools: named };
}

function writeText({ output, verbosity }: Prompt, losses: Losses): JsonObject | undefined {
  if (output === undefined) return verbosity === undefined ? undefined : { verbosity };
  if (output.type === "json") return { format: { type: "json_object" }, verbosity };
  const { name = "answer", description, schema, isStrict } = output;
  const strict = strictness(isStrict, schema, { losses, field: "response_format.strict" }) ?? false;
  return { format: { type: "json_schema", name, description, schema, strict }, verbosity };
}

function writeReasoning({ reasoning }: Prompt): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const effort = effortOf(reasoning);
  const summary = reasoning.isShown === true && effort !== "none" ? "auto" : undefined;
  return effort === undefined && summary === undefined ? undefined : { effort, summary };
}
