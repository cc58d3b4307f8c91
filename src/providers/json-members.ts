/** Splicing of objects in JSON that a scan has found to be well-formed: their members, and how to add or cut some. */
import { BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE, WHITE } from "./json-bytes.ts";
import { type Splice } from "./splice.ts";

export interface Member {
  readonly key: string;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Members of the object that opens at `from`. */
export function listMembers(body: Buffer, from: number): Member[] {
  const members: Member[] = [];
  let at = skipWhite(body, from + 1);
  while (body[at] === QUOTE) {
    const keyEnd = stringEnd(body, at);
    const key: unknown = JSON.parse(body.toString("utf8", at, keyEnd));
    const valueStart = skipWhite(body, skipWhite(body, keyEnd) + 1);
    const end = valueEnd(body, valueStart);
    members.push({ key: String(key), keyStart: at, valueStart, valueEnd: end });
    at = skipWhite(body, end);
    if (body[at] === COMMA) at = skipWhite(body, at + 1);
  }
  return members;
}

/** Cuts members out with one comma each, so that the rest reads as if they had never been there. */
export function cutMembers(members: readonly Member[], isCut: (member: Member) => boolean): Splice[] {
  const cuts: Splice[] = [];
  let kept: Member | undefined;
  for (let index = 0; index < members.length; index += 1) {
    const first = members[index];
    if (first === undefined) break;
    if (!isCut(first)) {
      kept = first;
      continue;
    }
    let last = first;
    let next = members[index + 1];
    while (next !== undefined && isCut(next)) {
      last = next;
      index += 1;
      next = members[index + 1];
    }
    if (kept !== undefined) cuts.push({ from: kept.valueEnd, to: last.valueEnd, text: "" });
    else cuts.push({ from: first.keyStart, to: next?.keyStart ?? last.valueEnd, text: "" });
  }
  return cuts;
}

/** Puts new members first into the object that opens at `from`. `members` are written as JSON. */
export function addMembers(from: number, hasMembers: boolean, members: readonly string[]): Splice[] {
  if (members.length === 0) return [];
  return [{ from: from + 1, to: from + 1, text: members.join(",") + (hasMembers ? "," : "") }];
}

/** The cut of the one member whose key starts at `keyStart` and whose value ends at `end`. */
export function cutMember(body: Buffer, keyStart: number, end: number): Splice {
  let before = keyStart - 1;
  while (before >= 0 && WHITE[body[before] ?? 0] === 1) before -= 1;
  if (body[before] === COMMA) {
    while (WHITE[body[before - 1] ?? 0] === 1) before -= 1;
    return { from: before, to: end, text: "" };
  }
  const after = skipWhite(body, end);
  return { from: keyStart, to: body[after] === COMMA ? skipWhite(body, after + 1) : end, text: "" };
}

function skipWhite(body: Buffer, from: number): number {
  let at = from;
  while (at < body.length && WHITE[body[at] ?? 0] === 1) at += 1;
  return at;
}

function stringEnd(body: Buffer, from: number): number {
  let at = from + 1;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function valueEnd(body: Buffer, from: number): number {
  const byte = body[from];
  if (byte === QUOTE) return stringEnd(body, from);
  if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return containerEnd(body, from);
  let at = from;
  while (at < body.length && !isEnd(body[at] ?? 0)) at += 1;
  return at;
}

function isEnd(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || WHITE[byte] === 1;
}

function containerEnd(body: Buffer, from: number): number {
  let at = from;
  let depth = 0;
  do {
    const byte = body[at];
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    at = byte === QUOTE ? stringEnd(body, at) : at + 1;
  } while (depth > 0 && at < body.length);
  return at;
}
