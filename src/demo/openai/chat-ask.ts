import { z } from "zod";
import { type GenerationAsk, type OfferedTool } from "../generation.ts";
import { isObject, type JsonObject, objectAt, stringAt } from "../json.ts";
import { reasonsByItself } from "../models.ts";
import { type Random } from "../random.ts";

const Count = z.number().int().min(0).nullish();

/** As much of a chat body as decides the answer. */
export const ChatBody = z.looseObject({
  model: z.string(),
  messages: z.array(z.unknown()).min(1),
  stream: z.boolean().nullish(),
  stream_options: z
    .looseObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() })
    .nullish(),
  max_tokens: Count,
  max_completion_tokens: Count,
  n: z.number().int().min(1).max(128).nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.unknown().optional(),
  response_format: z.unknown().optional(),
  reasoning_effort: z.string().nullish(),
  service_tier: z.string().nullish(),
});
export type ChatBody = z.infer<typeof ChatBody>;

export function toGenerationAsk(body: ChatBody): GenerationAsk {
  const format = body.response_format;
  const schema = isObject(format) ? objectAt(objectAt(format, "json_schema") ?? {}, "schema") : undefined;
  return {
    operation: "chat",
    model: body.model,
    stream: body.stream ?? false,
    outputCap: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    choices: body.n ?? 1,
    tools: (body.tools ?? []).flatMap((tool) => toOfferedTool(isObject(tool) ? objectAt(tool, "function") : undefined)),
    mayUseTool: toolUse(body.tool_choice, body.messages.at(-1)),
    schema,
    reasons: reasonsByItself(body.model) && !isWithoutReasoning(body.reasoning_effort),
  };
}

export function toOfferedTool(tool: JsonObject | undefined): readonly OfferedTool[] {
  const name = tool === undefined ? undefined : stringAt(tool, "name");
  if (tool === undefined || name === undefined) return [];
  return [{ name, schema: objectAt(tool, "parameters") ?? {} }];
}

/** After a tool's result comes text, so that clients that loop over tools come to an end. */
export function toolUse(choice: unknown, lastMessage: unknown): GenerationAsk["mayUseTool"] {
  if (choice === "none") return "no";
  if (choice === "required" || isObject(choice)) return "must";
  const last = isObject(lastMessage) ? lastMessage : {};
  return stringAt(last, "role") === "tool" || stringAt(last, "type") === "function_call_output" ? "no" : "auto";
}

export function isWithoutReasoning(effort: string | null | undefined): boolean {
  return effort === "none" || effort === "minimal";
}

/** The tier that serves. Priority is not always to be had: then the call is served, and billed, as default. */
export function servedTier(asked: string | null | undefined, random: Random): string {
  if (asked === "flex") return "flex";
  if (asked === "priority") return random.happens(0.1) ? "default" : "priority";
  return "default";
}
