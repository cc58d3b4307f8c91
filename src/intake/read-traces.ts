import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { err, ok, type Result } from "#std";
import { decodeJson } from "./decode-json.ts";
import { decodeProtobuf } from "./decode-protobuf.ts";
import { type ReadSpans, type UnreadableBody } from "./span.ts";

export type TracesProblem =
  | UnreadableBody
  | { readonly type: "unsupported"; readonly what: "media type" | "encoding" }
  | { readonly type: "too-large"; readonly bytesMax: number };

/** A body of OTLP as it was received. */
export interface TracesBody {
  readonly bytes: Buffer;
  readonly mediaType: string | undefined;
  readonly encoding: string | undefined;
}

/** Unpacked; senders batch 512 spans at a time, about 1 MiB. */
export const TRACES_BYTES_MAX = 32 * 1024 * 1024;
const RATIO_MAX = 100;
const ALWAYS_ALLOWED = 1024 * 1024;

const unpack = promisify(gunzip);

/** What is asked for by `content-type`: protobuf or JSON, plain or as gzip. Bounded before and while it is unpacked. */
export async function readTraces({
  bytes,
  mediaType,
  encoding,
}: TracesBody): Promise<Result<ReadSpans, TracesProblem>> {
  const decode = decoderOf(mediaType);
  if (decode === undefined) return err({ type: "unsupported", what: "media type" });
  if (bytes.length > TRACES_BYTES_MAX) return err({ type: "too-large", bytesMax: TRACES_BYTES_MAX });
  const packing = encoding?.trim().toLowerCase() ?? "";
  if (packing === "" || packing === "identity") return decode(bytes);
  if (packing !== "gzip" && packing !== "x-gzip") return err({ type: "unsupported", what: "encoding" });
  const plain = await unpacked(bytes);
  return plain.ok ? decode(plain.value) : plain;
}

/** `json` tells the answer's form too. */
export function isJson(mediaType: string | undefined): boolean {
  return essenceOf(mediaType) === "application/json";
}

function decoderOf(mediaType: string | undefined) {
  if (isJson(mediaType)) return decodeJson;
  const isProtobuf =
    essenceOf(mediaType) === "application/x-protobuf" || essenceOf(mediaType) === "application/protobuf";
  return isProtobuf ? decodeProtobuf : undefined;
}

function essenceOf(mediaType: string | undefined): string {
  return mediaType?.split(";")[0]?.trim().toLowerCase() ?? "";
}

async function unpacked(bytes: Buffer): Promise<Result<Buffer, TracesProblem>> {
  const most = Math.min(TRACES_BYTES_MAX, Math.max(ALWAYS_ALLOWED, bytes.length * RATIO_MAX));
  try {
    return ok(await unpack(bytes, { maxOutputLength: most }));
  } catch (thrown) {
    const isTooLarge = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_BUFFER_TOO_LARGE";
    if (isTooLarge) return err({ type: "too-large", bytesMax: most });
    return err({ type: "unreadable", code: "invalid_protobuf", detail: "the gzip cannot be unpacked" });
  }
}
