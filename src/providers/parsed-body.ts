import { parseExact } from "./exact-json.ts";
import { isObject, type JsonObject } from "./usage-counts.ts";

/** A body that was scanned before, so it parses; one that is no object has no fields. */
export function parsedBody(body: Buffer): JsonObject {
  const value = parseExact(body.toString());
  return isObject(value) ? value : {};
}
