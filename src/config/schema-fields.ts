/** Reads the published JSON Schema: which fields may stand where. */
import { type ConfigPath } from "./config-problem.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Names of the fields that may stand below `path`; empty where any name may. */
export function fieldsAt(schema: JsonSchema, path: ConfigPath): readonly string[] {
  let at: JsonSchema | undefined = schema;
  for (const part of path) at = at === undefined ? undefined : childOf(formFor(at, part), part);
  return at === undefined ? [] : Object.keys(asSchema(formFor(at, "")["properties"]) ?? {});
}

export function asSchema(value: unknown): JsonSchema | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** Of several forms, the one that may have such a part: a list or a section. */
function formFor(schema: JsonSchema, part: string | number): JsonSchema {
  const forms = Array.isArray(schema["anyOf"]) ? schema["anyOf"].map(asSchema) : [];
  return forms.find((form) => form?.["type"] === (typeof part === "number" ? "array" : "object")) ?? schema;
}

function childOf(schema: JsonSchema, part: string | number): JsonSchema | undefined {
  if (typeof part === "number") return asSchema(schema["items"]);
  return asSchema(asSchema(schema["properties"])?.[part]) ?? asSchema(schema["additionalProperties"]);
}
