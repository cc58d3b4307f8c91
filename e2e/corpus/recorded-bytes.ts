import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

/** What a recording keeps as text, as binary, or as `{ string }` around either. */
export function toBytes(value: unknown): Buffer {
  if (typeof value === "string") return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === "object" && value !== null && "string" in value) return toBytes(value.string);
  if (typeof value === "object" && value !== null && "base64_string" in value) {
    return Buffer.from(String(value.base64_string), "base64");
  }
  return Buffer.alloc(0);
}

/** Recordings keep the compressed bytes, with or without the header that says so. */
export function unpacked(body: Buffer): Buffer {
  for (const unpack of [gunzipSync, inflateSync, brotliDecompressSync]) {
    if (looksLikeText(body)) return body;
    try {
      return unpack(body);
    } catch {
      // Not packed in this way: the next one is tried.
    }
  }
  return body;
}

function looksLikeText(body: Buffer): boolean {
  return body.length === 0 || !body.subarray(0, 64).some((byte) => byte < 0x09 || byte > 0x7e);
}
