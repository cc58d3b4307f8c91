import { z } from "zod";
import { type Choice, type Generation, type GenerationAsk, madeAfter } from "../generation.ts";
import { isObject, type JsonObject, objectAt, stringAt } from "../json.ts";
import { reasonsByItself } from "../models.ts";
import { isWithoutReasoning, toOfferedTool, toolUse } from "./chat-ask.ts";
import { responseUsage } from "./openai-usage.ts";

/** As much of a Responses body as decides the answer. */
export const ResponseBody = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.unknown()).min(1)]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  background: z.boolean().nullish(),
  store: z.boolean().nullish(),
  max_output_tokens: z.number().int().min(1).nullish(),
  previous_response_id: z.string().nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.unknown().optional(),
  text: z.unknown().optional(),
  reasoning: z.looseObject({ effort: z.string().nullish() }).nullish(),
  service_tier: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
export type ResponseBody = z.infer<typeof ResponseBody>;

export function toGenerationAsk(body: ResponseBody): GenerationAsk {
  const format = isObject(body.text) ? objectAt(body.text, "format") : undefined;
  return {
    operation: "response",
    model: body.model,
    stream: body.stream ?? false,
    outputCap: body.max_output_tokens ?? undefined,
    choices: 1,
    tools: (body.tools ?? []).flatMap((tool) =>
      toOfferedTool(isObject(tool) && tool["type"] === "function" ? tool : undefined),
    ),
    mayUseTool: toolUse(body.tool_choice, Array.isArray(body.input) ? body.input.at(-1) : undefined),
    schema: format === undefined ? undefined : objectAt(format, "schema"),
    reasons: reasonsByItself(body.model) && !isWithoutReasoning(body.reasoning?.effort),
  };
}

export type ResponseStatus = "queued" | "in_progress" | "completed" | "incomplete" | "cancelled" | "failed";

/** How a response ends that is not disturbed. */
export function finalStatus(generation: Generation): ResponseStatus {
  return generation.choices[0]?.finish === "length" ? "incomplete" : "completed";
}

/** The response object, in whatever state it is; usage only when it has ended. */
export function encodeResponse(
  generation: Generation,
  { body, status, tokens }: { body: ResponseBody; status: ResponseStatus; tokens: number },
): JsonObject {
  const isEnded = status === "completed" || status === "incomplete";
  return {
    id: generation.id,
    object: "response",
    created_at: Math.floor(generation.createdAt / 1000),
    status,
    error: null,
    incomplete_details: status === "incomplete" ? { reason: "max_output_tokens" } : null,
    model: generation.model,
    output: isEnded ? toOutputItems(generation) : [],
    ...echo(body),
    service_tier: isEnded ? generation.tier : (body.service_tier ?? "auto"),
    usage: isEnded ? responseUsage(generation, madeAfter(generation, tokens)) : null,
  };
}

/** What was asked, said back, with the defaults of what was not. */
function echo(body: ResponseBody): JsonObject {
  const defaults = {
    background: false,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: true,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    user: null,
  };
  const names = Object.keys(defaults);
  const asked = Object.entries(body).filter(([name, value]) => names.includes(name) && value !== undefined);
  return { ...defaults, ...Object.fromEntries(asked) };
}

/** Ids of output items follow from the response's own, so that they are the same whenever it is read. */
function toOutputItems(generation: Generation): readonly JsonObject[] {
  const [choice] = generation.choices;
  const items: JsonObject[] = [];
  if (generation.reasoningTokens > 0) items.push(toReasoningItem(generation));
  if (choice !== undefined) items.push(toOutputItem(generation, choice, "completed"));
  return items;
}

export function toReasoningItem(generation: Generation): JsonObject {
  return { id: generation.id.replace("resp_", "rs_"), type: "reasoning", summary: [] };
}

export function toOutputItem(generation: Generation, choice: Choice, status: "in_progress" | "completed"): JsonObject {
  const text = status === "completed" ? choice.pieces.join("") : "";
  if (choice.tool !== undefined) {
    const id = generation.id.replace("resp_", "fc_");
    const { id: call_id, name } = choice.tool;
    return { id, type: "function_call", status, arguments: text, call_id, name };
  }
  const content = status === "completed" ? [toTextPart(text)] : [];
  return { id: generation.id.replace("resp_", "msg_"), type: "message", status, content, role: "assistant" };
}

export function toTextPart(text: string): JsonObject {
  return { type: "output_text", annotations: [], logprobs: [], text };
}

export function messagesOf(body: ResponseBody): number {
  return Array.isArray(body.input) ? body.input.length : 1;
}

/** Input items as they are listed later. */
export function toInputItems(body: ResponseBody, id: string): readonly JsonObject[] {
  if (typeof body.input === "string") {
    const content = [{ type: "input_text", text: body.input }];
    return [{ id: id.replace("resp_", "msg_in_"), type: "message", role: "user", content }];
  }
  return body.input.filter(isObject).map((item, index) => ({
    ...item,
    id: stringAt(item, "id") ?? `${id.replace("resp_", "msg_in_")}${index}`,
    type: stringAt(item, "type") ?? "message",
  }));
}
