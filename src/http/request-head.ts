import { type FramingFields, readFramingFields } from "./framing-fields.ts";
import { firstLineEnd, membersOf, readFields, readLength } from "./read-fields.ts";

/** What stands in front of a request's body, and what follows from it for the connection. */
export interface RequestHead {
  readonly method: string;
  /** As it came: path and query. */
  readonly target: string;
  /** Flat, names in lower case. */
  readonly fields: readonly string[];
  /** How long the body is. */
  readonly body: number | "chunked";
  readonly keepsAlive: boolean;
  /** False for HTTP/1.0, which knows no chunks. */
  readonly takesChunks: boolean;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  /** An earlier head of the connection that it is the same as, but for values that vary from call to call. */
  readonly repeats?: RequestHead;
}

// Only methods that an API has, and only paths: what other forms of a target are for (proxies, `OPTIONS *`) nobody needs here.
const FIRST_LINE = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[\u0021-\u007e]*) HTTP\/1\.([01])$/;

const METHOD = /^[A-Z][A-Z-]{0,31} (?=\/)/;

/** Whether a head that was not read is one but for its method. */
export function isOfOtherMethod(text: string): boolean {
  return METHOD.test(text) && readRequestHead(text.replace(METHOD, "GET ")) !== undefined;
}

/**
 * Reads a head without its last empty line; undefined when it is not one. RFC 9112 lets a server repair many things that
 * proxies in front of it may read another way (both lengths at once, a length twice, a coding unknown); none is taken.
 */
export function readRequestHead(text: string): RequestHead | undefined {
  const end = firstLineEnd(text);
  const first = FIRST_LINE.exec(text.slice(0, end));
  if (first === null) return undefined;
  const [, method = "", target = "", minor] = first;
  const fields = readFields(text, end + 2, { isLowerCase: true });
  if (fields === undefined) return undefined;
  const said = readFramingFields(fields);
  const isNew = minor === "1";
  if (said === undefined || !isServed(said, { isNew })) return undefined;
  const body = framingOf(said, { isNew });
  if (body === undefined) return undefined;
  return {
    method,
    target,
    fields,
    body,
    keepsAlive: isNew && !saysClose(said),
    takesChunks: isNew,
    expectsContinue: isNew && said.expect !== undefined,
  };
}

/** HTTP/1.1 names its host, and asks for nothing before the body but a word to go on. */
function isServed({ host, expect }: FramingFields, { isNew }: { readonly isNew: boolean }): boolean {
  if (isNew && host === undefined) return false;
  return expect === undefined || expect.toLowerCase() === "100-continue";
}

function saysClose({ connection }: FramingFields): boolean {
  return connection !== undefined && membersOf(connection).includes("close");
}

function framingOf(
  { length, coding }: FramingFields,
  { isNew }: { readonly isNew: boolean },
): RequestHead["body"] | undefined {
  if (coding === undefined) return length === undefined ? 0 : readLength(length);
  return length === undefined && isNew && coding.toLowerCase() === "chunked" ? "chunked" : undefined;
}
