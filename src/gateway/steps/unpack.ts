import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";
import { err, ok, type Result } from "#std";
import { type Refusal } from "../refusals.ts";

const unpackers = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const;

export type Encoding = keyof typeof unpackers | "identity";

export function isKnownEncoding(text: string): text is Encoding {
  return text === "identity" || Object.hasOwn(unpackers, text);
}

// JSON of conversations packs 3 to 20 times; a body of zeros 1,000 times and more.
const RATIO_MAX = 100;
const BYTES_ALWAYS_ALLOWED = 1024 * 1024;

/** What a body may become: `limit` bytes, and 100 times its packed size. */
export function unpackedBytesMax(packedBytes: number, limit: number): number {
  return Math.min(limit, Math.max(packedBytes * RATIO_MAX, BYTES_ALWAYS_ALLOWED));
}

/** Unpacks to `most` bytes; never makes more than that, whatever was sent. */
export async function unpack(
  packed: Buffer,
  encoding: Exclude<Encoding, "identity">,
  most: number,
): Promise<Result<Buffer, Refusal>> {
  try {
    return ok(await unpackers[encoding](packed, { maxOutputLength: most }));
  } catch (error) {
    const isTooLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return err(isTooLarge ? { code: "body_too_large", facts: { limit: most } } : { code: "broken_encoding" });
  }
}
