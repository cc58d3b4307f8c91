import { isObject, type JsonObject, listAt, objectAt } from "./json.ts";
import { type Random } from "./random.ts";

const WORDS = ["berlin", "blue", "order 1042", "refund", "tomorrow", "high"] as const;
const DEPTH_MAX = 8;

/** Some value that follows a JSON Schema as clients send it; Gemini's upper-case types too. */
export function sampleOf(schema: JsonObject, random: Random, depth = 0): unknown {
  if (depth > DEPTH_MAX) return null;
  const [variant] = [...listAt(schema, "anyOf"), ...listAt(schema, "oneOf")];
  if (isObject(variant)) return sampleOf(variant, random, depth + 1);
  const [choice] = "const" in schema ? [schema["const"]] : listAt(schema, "enum");
  return choice ?? sampleOfType(schema, random, depth);
}

function sampleOfType(schema: JsonObject, random: Random, depth: number): unknown {
  switch (typeName(schema)) {
    case "string":
      return random.pick(WORDS);
    case "integer":
      return random.below(20);
    case "number":
      return random.below(2000) / 100;
    case "boolean":
      return random.happens(0.5);
    case "null":
      return null;
    case "array": {
      const items = objectAt(schema, "items") ?? { type: "string" };
      return [sampleOf(items, random, depth + 1), sampleOf(items, random, depth + 1)];
    }
    default:
      return sampleOfObject(schema, random, depth);
  }
}

function sampleOfObject(schema: JsonObject, random: Random, depth: number): JsonObject {
  const properties = Object.entries(objectAt(schema, "properties") ?? {});
  return Object.fromEntries(
    properties.map(([name, property]) => [name, isObject(property) ? sampleOf(property, random, depth + 1) : null]),
  );
}

function typeName(schema: JsonObject): string {
  const type: unknown = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"];
  return typeof type === "string" ? type.toLowerCase() : "object";
}
