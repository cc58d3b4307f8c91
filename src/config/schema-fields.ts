/** Reads the published JSON Schema: which fields may stand where. */
import { type ConfigPath } from "./config-problem.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Names of the fields that may stand below `path`; empty where any name may. */
export function fieldsAt(schema: JsonSchema, path: ConfigPath): readonly string[] {
  let at: JsonSchema | undefined = schema;
  for (const part of path) at = at === undefined ? undefined : childOf(at, part);
  return at === undefined ? [] : Object.keys(asSchema(at["properties"]) ?? {});
}

export function asSchema(value: unknown): JsonSchema | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function childOf(schema: JsonSchema, part: string | number): JsonSchema | undefined {
  if (typeof part === "number") return asSchema(schema["items"]);
  return asSchema(asSchema(schema["properties"])?.[part]) ?? asSchema(schema["additionalProperties"]);
}
