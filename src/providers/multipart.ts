import { err, ok, type Result } from "#std";
import { type BadAsk } from "./ask-source.ts";

/** One part of a multipart body; the range is that of its value. */
export interface Part {
  readonly name: string;
  readonly isFile: boolean;
  readonly from: number;
  readonly to: number;
}

const HEAD_BYTES_MAX = 16_384;
const PARTS_MAX = 1_000;

/** The parts of `multipart/form-data` (RFC 7578) by their byte ranges; nothing is copied or decoded. */
export function listParts(body: Buffer, contentType: string | undefined): Result<Part[], BadAsk> {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return bad("content-type", "must be multipart/form-data with a boundary");
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  const opening = delimiter.subarray(2);
  if (!body.subarray(0, opening.length).equals(opening)) return bad("body", "does not begin with its boundary");
  const parts: Part[] = [];
  let at = opening.length;
  while (!isClosing(body, at)) {
    if (parts.length === PARTS_MAX) return bad("body", `has more than ${PARTS_MAX} parts`);
    // White space may follow a boundary on its line.
    while (body[at] === 0x20 || body[at] === 0x09) at += 1;
    const from = headEnd(body, at);
    const to = from === undefined ? -1 : body.indexOf(delimiter, from - 2);
    if (from === undefined || to < 0) return bad("body", "ends before its last boundary");
    const part = readHead(body.toString("utf8", at, from), { from, to: Math.max(from, to) });
    if (part === undefined) return bad("body", "has a part without a name that all readers agree on");
    parts.push(part);
    at = to + delimiter.length;
  }
  return ok(parts);
}

function bad(field: string, detail: string): Result<never, BadAsk> {
  return err({ type: "invalid_field", field, detail });
}

function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"\\]{1,70})"|([^\s";,]{1,70}))\s*(?:;|$)/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

function isClosing(body: Buffer, at: number): boolean {
  return body[at] === 0x2d && body[at + 1] === 0x2d;
}

function headEnd(body: Buffer, at: number): number | undefined {
  const end = body.subarray(at, at + HEAD_BYTES_MAX).indexOf("\r\n\r\n");
  return end < 0 ? undefined : at + end + 4;
}

/** Names with escapes, folded lines or a second spelling are read differently by different servers, so they are refused. */
function readHead(head: string, range: { readonly from: number; readonly to: number }): Part | undefined {
  const lines = head.split("\r\n").filter((line) => line !== "");
  const dispositions = lines.filter((line) => /^content-disposition\s*:/i.test(line));
  const [disposition] = dispositions;
  if (disposition === undefined || dispositions.length !== 1 || lines.some((line) => /^[ \t]/.test(line))) {
    return undefined;
  }
  const names = [...disposition.matchAll(/;\s*name\s*=\s*(?:"([^"\\]*)"|([^\s";]+))/gi)];
  const name = names[0]?.[1] ?? names[0]?.[2];
  if (name === undefined || names.length !== 1 || /;\s*name\*/i.test(disposition)) return undefined;
  return { name, isFile: /;\s*filename\*?\s*=/i.test(disposition), ...range };
}
