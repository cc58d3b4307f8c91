import { isObject, type JsonObject } from "./usage-counts.ts";

/** Values of an answer, which may lack anything: what is missing or of another type is undefined. */
export function textIn(from: JsonObject, name: string): string | undefined {
  const value = from[name];
  return typeof value === "string" ? value : undefined;
}

export function objectIn(from: JsonObject, name: string): JsonObject | undefined {
  const value = from[name];
  return isObject(value) ? value : undefined;
}

export function objectsIn(from: JsonObject, name: string): readonly JsonObject[] {
  const value = from[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}
