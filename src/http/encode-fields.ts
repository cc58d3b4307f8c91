import { isName, isValue } from "./read-fields.ts";

/**
 * Flat headers as lines; undefined when one of them cannot be a header. Written as bytes, a character above U+00FF could
 * become the line feed that begins a header of somebody else's.
 */
export function encodeFields(fields: readonly string[]): string | undefined {
  let lines = "";
  let names = "";
  let values = "";
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? "";
    const value = fields[index + 1] ?? "";
    if (name === "") return undefined;
    names += name;
    values += value;
    lines += `${name}: ${value}\r\n`;
  }
  // Together, since each character is looked at by itself: twenty small tests took as long as the rest of a head.
  return isValue(values) && (names === "" || isName(names)) ? lines : undefined;
}
