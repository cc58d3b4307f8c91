import { crc32 } from "node:zlib";
import { FRAME_BYTES_MAX } from "../sse-scan.ts";

/** Total length, length of the headers, and a checksum of the two. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** What AWS allows for. */
const HEADER_BYTES_MAX = 128 * 1024;

const EMPTY = Buffer.alloc(0);
const NEWLINES = /[\r\n]+/g;

/**
 * Turns AWS's binary event stream into server-sent events, message by message, so that it is read as every other stream:
 * `event` is the message's type and `data` its payload. A message with a wrong checksum or an impossible length ends it
 * with an event `exception`, since nothing behind it can be found.
 */
export class EventStream {
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes that have to be there before anything more can be read. */
  #neededBytes = PRELUDE_BYTES;
  #isBroken = false;

  push(chunk: Buffer): Buffer {
    if (this.#isBroken) return EMPTY;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.#neededBytes) return EMPTY;
    const bytes = Buffer.concat(this.#held);
    const events: Buffer[] = [];
    let at = 0;
    for (let next = this.#next(bytes, at); next !== undefined; next = this.#next(bytes, at)) {
      events.push(next.event);
      at += next.bytes;
    }
    this.#held = this.#isBroken ? [] : [bytes.subarray(at)];
    this.#heldBytes = bytes.length - at;
    return Buffer.concat(events);
  }

  #next(bytes: Buffer, at: number): { readonly event: Buffer; readonly bytes: number } | undefined {
    if (this.#isBroken) return undefined;
    const left = bytes.length - at;
    this.#neededBytes = PRELUDE_BYTES;
    if (left < PRELUDE_BYTES) return undefined;
    const total = bytes.readUInt32BE(at);
    const headerBytes = bytes.readUInt32BE(at + 4);
    const fits = total >= PRELUDE_BYTES + headerBytes + CHECKSUM_BYTES && total <= FRAME_BYTES_MAX;
    if (!fits || headerBytes > HEADER_BYTES_MAX) return this.#break("a message of an impossible length", left);
    if (crc32(bytes.subarray(at, at + 8)) !== bytes.readUInt32BE(at + 8)) return this.#break(WRONG_CHECKSUM, left);
    this.#neededBytes = total;
    if (left < total) return undefined;
    const end = at + total - CHECKSUM_BYTES;
    if (crc32(bytes.subarray(at, end)) !== bytes.readUInt32BE(end)) return this.#break(WRONG_CHECKSUM, left);
    const payloadAt = at + PRELUDE_BYTES + headerBytes;
    const headers = readHeaders(bytes.subarray(at + PRELUDE_BYTES, payloadAt));
    if (headers === undefined) return this.#break("headers that end too soon", left);
    return { event: say(headers, bytes.subarray(payloadAt, end)), bytes: total };
  }

  #break(what: string, bytes: number): { readonly event: Buffer; readonly bytes: number } {
    this.#isBroken = true;
    const body = { message: `The provider's event stream is broken: ${what}.` };
    return { event: sseEvent("exception", JSON.stringify({ exception: "brokenEventStream", body })), bytes };
  }
}

const WRONG_CHECKSUM = "a message whose checksum is wrong";

/** Bytes of a header's value by its type; text (7) and bytes (6) say their length themselves. */
const valueBytes: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const TEXT = 7;

/** Text headers by name. Undefined when they do not fill the space that was announced for them. */
function readHeaders(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + (bytes[at] ?? 0);
    const type = bytes[nameEnd] ?? valueBytes.length;
    let from = nameEnd + 1;
    let length = valueBytes[type];
    if (length === undefined) {
      if (type >= valueBytes.length || from + 2 > bytes.length) return undefined;
      length = bytes.readUInt16BE(from);
      from += 2;
    }
    if (from + length > bytes.length) return undefined;
    if (type === TEXT)
      headers.set(bytes.toString("utf8", at + 1, nameEnd), bytes.toString("utf8", from, from + length));
    at = from + length;
  }
  return headers;
}

function say(headers: ReadonlyMap<string, string>, payload: Buffer): Buffer {
  const text = payload.length === 0 ? "{}" : payload.toString("utf8");
  switch (headers.get(":message-type")) {
    case "exception":
      return sseEvent(
        "exception",
        `{"exception":${JSON.stringify(headers.get(":exception-type") ?? "")},"body":${text}}`,
      );
    case "error": {
      const body = { message: headers.get(":error-message") ?? "The provider gave no reason." };
      return sseEvent("exception", JSON.stringify({ exception: headers.get(":error-code") ?? "", body }));
    }
    default:
      return sseEvent(headers.get(":event-type")?.replaceAll(NEWLINES, "") ?? "", text);
  }
}

/** JSON has no line break but between its words, where a space says the same. */
function sseEvent(event: string, data: string): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${data.replaceAll(NEWLINES, " ")}\n\n`);
}
