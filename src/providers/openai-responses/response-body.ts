import { type AnswerFailure, type FinishReason, type Part, type Prompt, type Usage } from "#inference";
import { unreachable } from "#std";
import { type EncodeTerms } from "../conversation.ts";
import { urlOfSource } from "../data-url.ts";
import { responseUsage } from "../openai/encode-usage.ts";
import { isObject, type JsonObject } from "../usage-counts.ts";
import { encryptedOf, ownItem } from "./reasoning-seal.ts";

export interface ResponseState {
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
  readonly model: string | undefined;
  readonly output: readonly JsonObject[];
  readonly finish?: FinishReason | undefined;
  readonly usage?: Usage | undefined;
  readonly failure?: AnswerFailure | undefined;
}

/** A response as far as it has come, with what was asked for. It is not kept, so its id leads nowhere. */
export function responseBody({ call, createdAt, model, prompt }: EncodeTerms, state: ResponseState): JsonObject {
  return {
    id: `resp_${call}`,
    object: "response",
    created_at: createdAt,
    status: state.status,
    background: false,
    error:
      state.failure === undefined
        ? null
        : { code: state.failure.code ?? "server_error", message: state.failure.message },
    incomplete_details: state.status === "incomplete" ? { reason: incompleteReason(state.finish, state.output) } : null,
    instructions: null,
    model: state.model ?? model,
    output: state.output,
    previous_response_id: null,
    store: false,
    ...askedBody(prompt),
    truncation: "disabled",
    usage: state.usage === undefined ? null : responseUsage(state.usage),
    metadata: {},
  };
}

/** What was asked for, which a response repeats. */
function askedBody(prompt: Prompt): JsonObject {
  const { sampling, reasoning, toolChoice } = prompt;
  return {
    max_output_tokens: prompt.outputCap ?? null,
    parallel_tool_calls: prompt.parallelTools ?? true,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.isShown === true ? "auto" : null },
    temperature: sampling.temperature ?? null,
    text: { format: textFormat(prompt) },
    tool_choice: toolChoice?.type ?? "auto",
    tools: prompt.tools.map(({ name, description, schema, isStrict }) => ({
      type: "function",
      name,
      description: description ?? null,
      parameters: schema ?? null,
      strict: isStrict ?? false,
    })),
    top_p: sampling.topP ?? null,
    user: prompt.user ?? null,
  };
}

function textFormat({ output }: Prompt): JsonObject {
  if (output === undefined) return { type: "text" };
  if (output.type === "json") return { type: "json_object" };
  return {
    type: "json_schema",
    name: output.name ?? "answer",
    schema: output.schema,
    strict: output.isStrict ?? false,
  };
}

/** Which status an end means. */
export function statusOf(reason: FinishReason | undefined, output: readonly JsonObject[]): "completed" | "incomplete" {
  return incompleteReason(reason, output) === undefined ? "completed" : "incomplete";
}

/** A refusal in the model's own words is a whole answer; one that the provider made of an answer is a filter's. */
function incompleteReason(reason: FinishReason | undefined, output: readonly JsonObject[]): string | undefined {
  if (reason === "length" || reason === "context-full") return "max_output_tokens";
  if (reason === "refusal") return output.some(isRefusal) ? undefined : "content_filter";
  return reason === "content-filter" ? "content_filter" : undefined;
}

function isRefusal({ content }: JsonObject): boolean {
  return Array.isArray(content) && content.some((part: unknown) => isObject(part) && part["type"] === "refusal");
}

/** What is said of a text beside it. */
export interface TextMarks {
  readonly annotations?: readonly JsonObject[];
  readonly logprobs?: readonly JsonObject[];
}

/** One item of the output; `number` makes its id. */
export function outputItem(
  part: Part,
  { call, number }: { readonly call: string; readonly number: number },
  marks?: TextMarks,
): JsonObject {
  const id = `${call}_${number}`;
  switch (part.type) {
    case "text":
      return messageItem(id, textContent(part.text, marks));
    case "refusal":
      return messageItem(id, { type: "refusal", refusal: part.text });
    case "thinking":
      return {
        id: ownItem(part.seal)?.id || `rs_${id}`,
        type: "reasoning",
        summary: part.text === "" ? [] : [{ type: "summary_text", text: part.text }],
        encrypted_content: encryptedOf(part.seal) ?? null,
      };
    case "tool-call": {
      const input = part.input || "{}";
      return {
        id: `fc_${id}`,
        type: "function_call",
        status: "completed",
        call_id: part.id,
        name: part.name,
        arguments: input,
      };
    }
    case "media":
      return { id: `ig_${id}`, type: "image_generation_call", status: "completed", result: base64Of(part) };
    case "tool-result":
      return messageItem(id, textContent(""));
    default:
      return unreachable(part);
  }
}

function textContent(text: string, { annotations = [], logprobs = [] }: TextMarks = {}): JsonObject {
  return { type: "output_text", text, annotations, logprobs };
}

function messageItem(id: string, content: JsonObject): JsonObject {
  return { id: `msg_${id}`, type: "message", status: "completed", role: "assistant", content: [content] };
}

function base64Of({ source }: Extract<Part, { type: "media" }>): string {
  return source.type === "inline" ? source.base64 : urlOfSource(source);
}
