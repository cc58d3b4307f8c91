import { err, ok, type Result } from "#std";
import { type Instant, instant } from "#units";

/**
 * Raised when a line's meaning changes, and with every new type of event; readers refuse what is newer than they are. 2 has
 * `steps-recorded`, in 3 the lines of calls are lists, and in 4 they have their terms behind them.
 */
const FORMAT_VERSION = 4;

/** Which writer a segment belongs to, and its place in that writer's row of segments. */
export interface SegmentName {
  readonly node: string;
  readonly thread: number;
  /** New each time a thread starts, so that a restarted one never continues a file that a crash left. */
  readonly incarnation: string;
  /** 1 for the first. */
  readonly sequence: number;
}

/** The first line of a segment. */
export interface SegmentHeader extends SegmentName {
  readonly type: "segment";
  readonly version: number;
  readonly openedAt: Instant;
  /** What its writer says of all that stands in the segments before, for whoever begins to read here. */
  readonly soFar: string | undefined;
}

/** The last line of a segment. `carried` attempts are dispatched again at the start of the next one. */
export interface Seal {
  readonly type: "sealed";
  readonly at: Instant;
  readonly carried: readonly string[];
}

export type SegmentProblem =
  | { readonly type: "no-header"; readonly path: string }
  | { readonly type: "newer-format"; readonly path: string; readonly version: number };

const FILE_NAME = /^([A-Za-z0-9-]+)\.(\d+)\.([A-Za-z0-9-]+)\.(\d{6,})\.journal$/;

export function fileNameOf({ node, thread, incarnation, sequence }: SegmentName): string {
  return `${node}.${thread}.${incarnation}.${sequence.toString().padStart(6, "0")}.journal`;
}

/** Undefined for files that are no segments. */
export function parseFileName(name: string): SegmentName | undefined {
  const match = FILE_NAME.exec(name);
  if (match === null) return undefined;
  const [, node = "", thread = "", incarnation = "", sequence = ""] = match;
  return { node, thread: Number(thread), incarnation, sequence: Number(sequence) };
}

const PACKED_NAME = /^([A-Za-z0-9-]+)\.(\d+)\.([A-Za-z0-9-]+)\.(\d{6,})\.(\d+)\.packed$/;

/** A packed segment tells its length by its name, so that listing thousands of them opens none. */
export function packedNameOf(segment: SegmentName & { readonly bytes: number }): string {
  return fileNameOf(segment).replace(/journal$/, `${segment.bytes}.packed`);
}

/** Undefined for files that are no packed segments; `bytes` is the length of what was packed. */
export function parsePackedName(name: string): (SegmentName & { readonly bytes: number }) | undefined {
  const match = PACKED_NAME.exec(name);
  if (match === null) return undefined;
  const [, node = "", thread = "", incarnation = "", sequence = "", bytes = ""] = match;
  return { node, thread: Number(thread), incarnation, sequence: Number(sequence), bytes: Number(bytes) };
}

export function encodeHeader(name: SegmentName, openedAt: Instant, soFar?: string): string {
  const { node, thread, incarnation, sequence } = name;
  const written = { type: "segment", version: FORMAT_VERSION, node, thread, incarnation, sequence, openedAt };
  return JSON.stringify({ ...written, soFar });
}

export function decodeHeader(text: string, path: string): Result<SegmentHeader, SegmentProblem> {
  const json = recordOf(text);
  const { node, thread, incarnation, sequence, version, openedAt, soFar } = json;
  if (json["type"] !== "segment" || typeof version !== "number") return err({ type: "no-header", path });
  if (version > FORMAT_VERSION) return err({ type: "newer-format", path, version });
  if (typeof node !== "string" || typeof thread !== "number" || typeof incarnation !== "string")
    return err({ type: "no-header", path });
  if (typeof sequence !== "number" || typeof openedAt !== "number") return err({ type: "no-header", path });
  const name = { node, thread, incarnation, sequence };
  const said = typeof soFar === "string" ? soFar : undefined;
  return ok({ type: "segment", version, ...name, openedAt: instant(openedAt), soFar: said });
}

export function encodeSeal(at: Instant, carried: readonly string[]): string {
  return JSON.stringify({ type: "sealed", at, carried });
}

const SEAL_START = '{"type":"sealed",';

/** Undefined when the line is not a seal. */
export function decodeSeal(text: string): Seal | undefined {
  if (!text.startsWith(SEAL_START)) return undefined;
  const { at, carried } = recordOf(text);
  if (typeof at !== "number" || !Array.isArray(carried)) return undefined;
  return { type: "sealed", at: instant(at), carried: carried.map(String) };
}

// Only lines whose checksum fits come here, and those are JSON that a writer of ours made.
export function recordOf(text: string): { readonly [field: string]: unknown } {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
