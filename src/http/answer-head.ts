import { type FramingFields, readFramingFields } from "./framing-fields.ts";
import { firstLineEnd, membersOf, readFields, readLength } from "./read-fields.ts";

/** What stands in front of an answer's body. */
export interface AnswerHead {
  readonly status: number;
  /** Flat, as they came. */
  readonly fields: readonly string[];
  readonly body: number | "chunked" | "until-close";
  /** False when the connection may not carry another request. */
  readonly keepsAlive: boolean;
  /** From `keep-alive: timeout=`; undefined when the server does not say. */
  readonly keptMs: number | undefined;
}

const FIRST_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\u0020-\u007e\u0080-\u00ff]*)?$/;
const TIMEOUT = /(?:^|[\s,;])timeout=(\d{1,6})/;

/** Reads a head without its last empty line; undefined when it is not one, or can be read in two ways. */
export function readAnswerHead(text: string): AnswerHead | undefined {
  const end = firstLineEnd(text);
  const first = FIRST_LINE.exec(text.slice(0, end));
  if (first === null) return undefined;
  const status = Number(first[2]);
  const fields = readFields(text, end + 2, { isLowerCase: false });
  if (fields === undefined) return undefined;
  const said = readFramingFields(fields);
  const body = said === undefined ? undefined : framingOf(status, said);
  if (said === undefined || body === undefined) return undefined;
  const keepsAlive = body !== "until-close" && isKept(said, { isNew: first[1] === "1" });
  return { status, fields, body, keepsAlive, keptMs: keptMs(said) };
}

function isKept({ connection }: FramingFields, { isNew }: { readonly isNew: boolean }): boolean {
  const members = connection === undefined ? [] : membersOf(connection);
  return isNew ? !members.includes("close") : members.includes("keep-alive");
}

function keptMs({ keepAlive }: FramingFields): number | undefined {
  const timeout = keepAlive === undefined ? undefined : TIMEOUT.exec(keepAlive)?.[1];
  return timeout === undefined ? undefined : Number(timeout) * 1000;
}

function framingOf(status: number, { length, coding }: FramingFields): AnswerHead["body"] | undefined {
  const told = length === undefined ? undefined : readLength(length);
  if (length !== undefined && told === undefined) return undefined;
  if (coding !== undefined && (length !== undefined || coding.toLowerCase() !== "chunked")) return undefined;
  if (status < 200 || status === 204 || status === 304) return 0;
  return coding === undefined ? (told ?? "until-close") : "chunked";
}
