import { isName, isValue } from "./read-fields.ts";

/**
 * Flat headers as lines; undefined when one of them cannot be a header. Written as bytes, a character above U+00FF could
 * become the line feed that begins a header of somebody else's.
 */
export function encodeFields(fields: readonly string[]): string | undefined {
  let lines = "";
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? "";
    const value = fields[index + 1] ?? "";
    if (!isName(name) || !isValue(value)) return undefined;
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}
