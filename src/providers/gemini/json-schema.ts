import { type JsonSchema } from "#inference";
import { isObject } from "../usage-counts.ts";

const SNAKE = /_([a-z])/g;

/** Google's older schemas are OpenAPI's: types in capitals and `nullable`. The rest means the same in JSON Schema. */
export function toJsonSchema(schema: JsonSchema): JsonSchema {
  const entries = Object.entries(schema).map(([name, value]) => convert(name.replaceAll(SNAKE, upper), value));
  const { nullable, propertyOrdering, ...rest } = Object.fromEntries(entries);
  void propertyOrdering;
  return nullable === true && typeof rest["type"] === "string" ? { ...rest, type: [rest["type"], "null"] } : rest;
}

function upper(_: string, letter: string): string {
  return letter.toUpperCase();
}

/** Numbers in limits are 64 bits wide and written as strings in protocol buffers. */
const limits = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);

function convert(name: string, value: unknown): readonly [string, unknown] {
  if (name === "type" && typeof value === "string") return [name, value.toLowerCase()];
  if (limits.has(name) && typeof value === "string") return [name, Number(value)];
  if (name === "properties" && isObject(value)) {
    const properties = Object.entries(value).map(([key, one]) => [key, isObject(one) ? toJsonSchema(one) : one]);
    return [name, Object.fromEntries(properties)];
  }
  if (name === "items" && isObject(value)) return [name, toJsonSchema(value)];
  if (name === "anyOf" && Array.isArray(value)) {
    return [name, value.map((one: unknown) => (isObject(one) ? toJsonSchema(one) : one))];
  }
  return [name, value];
}
