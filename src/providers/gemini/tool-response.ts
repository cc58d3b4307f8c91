/** What a tool answered: an object in this format, text in all others. */
import { parseExact } from "../exact-json.ts";
import { isObject, type JsonObject } from "../usage-counts.ts";

/** `output` and `error` are the keys that Google names for the result and the failure of a call. */
export function writeToolResponse(text: string, { isError }: { readonly isError: boolean }): JsonObject {
  if (isError) return { error: text };
  return parsedObject(text) ?? { output: text };
}

export function readToolResponse(response: JsonObject): { readonly text: string; readonly isError: boolean } {
  const [[name, value] = [], ...others] = Object.entries(response);
  const isAlone = others.length === 0 && typeof value === "string";
  if (isAlone && name === "error") return { text: value, isError: true };
  // An object that is written as text in `output` must not come back as that object.
  if (isAlone && name === "output" && parsedObject(value) === undefined) return { text: value, isError: false };
  return { text: JSON.stringify(response), isError: false };
}

function parsedObject(text: string): JsonObject | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value = parseExact(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
