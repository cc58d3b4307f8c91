/** Together with the first line. More than any client or provider sends, and the same as `node:http` was told here before. */
export const HEAD_BYTES_MAX = 32 * 1024;
// Real requests have under 40, real answers under 60. Each costs memory and time before anybody is known.
const FIELDS_MAX = 256;

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Neither CR, LF nor NUL: a value that held one would be another header to somebody else.
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
// Lines of such characters, none of them broken by anything but CRLF.
const LINES = /^[\t\u0020-\u007e\u0080-\u00ff]*(?:\r\n[\t\u0020-\u007e\u0080-\u00ff]*)*$/;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * Header lines as flat name, value, name, value; undefined when they are not readable. `text` has one character for each
 * byte and lines that end in CRLF, the last one without; the lines begin at `from`. Folded lines, white space before a
 * colon and bare CR or LF are not readable.
 */
export function readFields(
  text: string,
  from: number,
  { isLowerCase }: { readonly isLowerCase: boolean },
): string[] | undefined {
  if (!LINES.test(text)) return undefined;
  const fields: string[] = [];
  let start = from;
  while (start < text.length) {
    const feed = text.indexOf("\r\n", start);
    const end = feed === -1 ? text.length : feed;
    const colon = text.indexOf(":", start);
    if (colon === -1 || colon > end || fields.length >= FIELDS_MAX * 2) return undefined;
    const name = text.slice(start, colon);
    if (!NAME.test(name)) return undefined;
    fields.push(isLowerCase ? name.toLowerCase() : name, trimmed(text, colon + 1, end));
    start = end + 2;
  }
  return fields;
}

/** Whether a head has more lines than are read. */
export function hasTooManyFields(text: string): boolean {
  return text.split("\r\n", FIELDS_MAX + 2).length > FIELDS_MAX + 1;
}

/** Where the first line of a head ends. */
export function firstLineEnd(text: string): number {
  const feed = text.indexOf("\r\n");
  return feed === -1 ? text.length : feed;
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** True when the text can stand in a header value, one byte for each character. */
export function isValue(text: string): boolean {
  return VALUE.test(text);
}

export function isName(text: string): boolean {
  return NAME.test(text);
}

/** The first value of a header in a flat list, by its lower-case name. */
export function fieldIn(fields: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const written = fields[index] ?? "";
    if (written.length === name.length && (written === name || written.toLowerCase() === name))
      return fields[index + 1];
  }
  return undefined;
}

const DECIMAL = /^\d{1,15}$/;

/** A content length; undefined when it is anything but plain digits. */
export function readLength(value: string): number | undefined {
  return DECIMAL.test(value) ? Number(value) : undefined;
}

/** The members of a comma-separated list, in lower case. */
export function membersOf(value: string): readonly string[] {
  return value
    .toLowerCase()
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}
