import { isOpaqueNumber, parseExact } from "./exact-json.ts";
import { isObject, type JsonObject } from "./usage-counts.ts";

/** The arguments of a call as an object. Models now and then write what is no JSON; then it goes on as the text it is. */
export function parsedInput(text: string): JsonObject {
  if (text.trim() === "") return {};
  try {
    const value = parseExact(text);
    return isObject(value) && !isOpaqueNumber(value) ? value : { input: value };
  } catch {
    return { input: text };
  }
}
