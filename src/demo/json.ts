/** JSON whose shape is not known yet. */
export type JsonObject = { readonly [name: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Undefined is no JSON value, so it can say "not JSON" without a second channel.
    return undefined;
  }
}

export function objectAt(value: JsonObject, name: string): JsonObject | undefined {
  const found = value[name];
  return isObject(found) ? found : undefined;
}

export function listAt(value: JsonObject, name: string): readonly unknown[] {
  const found = value[name];
  return Array.isArray(found) ? found : [];
}

export function stringAt(value: JsonObject, name: string): string | undefined {
  const found = value[name];
  return typeof found === "string" ? found : undefined;
}
