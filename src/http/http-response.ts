import { STATUS_CODES } from "node:http";
import { type Socket } from "node:net";
import { assert } from "#std";
import { encodeFields } from "./encode-fields.ts";
import { readLength } from "./read-fields.ts";
import { type RequestHead } from "./request-head.ts";

// Copying so much behind a head costs less than a write of two parts.
const COPIED_BYTES_MAX = 64 * 1024;
const EMPTY = Buffer.alloc(0);
const LAST_CHUNK = "0\r\n\r\n";

/** What a response needs of the connection that carries it. */
export interface ResponseCarrier {
  readonly socket: Socket;
  /** Headers of ours, as lines. */
  readonly dateLine: string;
  readonly keepAliveLines: string;
  readonly isClosing: boolean;
  responseEnded(isKept: boolean): void;
}

/** One response, written as it is made. The head goes out with the first bytes of the body. */
export class HttpResponse {
  statusCode = 200;
  /** The head is fixed; the status cannot be changed any more. */
  headersSent = false;
  isEnded = false;
  /** The connection was lost before the end of the response. */
  isGone = false;
  /** Told once, when the connection is lost before the response has ended and left us. */
  onGone: (() => void) | undefined;
  readonly #carrier: ResponseCarrier;
  readonly #takesChunks: boolean;
  readonly #takesBody: boolean;
  #isKept: boolean;
  #head: string | undefined;
  #isChunked = false;
  #hasBody = true;
  /** Bytes of the body that were told and not written; Infinity when no length was told. */
  #left = Infinity;

  constructor({ method, takesChunks, keepsAlive }: RequestHead, carrier: ResponseCarrier) {
    this.#carrier = carrier;
    this.#takesChunks = takesChunks;
    this.#takesBody = method !== "HEAD";
    this.#isKept = keepsAlive;
  }

  get destroyed(): boolean {
    return this.isGone || this.#carrier.socket.destroyed;
  }

  writeContinue(): void {
    if (!this.headersSent && !this.destroyed) this.#carrier.socket.write("HTTP/1.1 100 Continue\r\n\r\n", "latin1");
  }

  /** `fields` flat. Without a `content-length` the body is sent in chunks; `connection: close` makes it the last response. */
  writeHead(status: number, fields: readonly string[]): void {
    assert(!this.headersSent, "a response has one head");
    const given = encodeFields(fields);
    assert(given !== undefined, "a header is a token and bytes without line breaks");
    this.statusCode = status;
    this.headersSent = true;
    const { saysClose, saysDate } = this.#readOwn(fields);
    let lines = saysDate ? given : given + this.#carrier.dateLine;
    this.#hasBody = this.#takesBody && status !== 204 && status !== 304;
    if (!this.#hasBody) this.#left = Infinity;
    else if (this.#left === Infinity && this.#takesChunks) {
      this.#isChunked = true;
      lines += "transfer-encoding: chunked\r\n";
    } else if (this.#left === Infinity) this.#isKept = false;
    if (this.#carrier.isClosing) this.#isKept = false;
    if (this.#isKept) lines += this.#carrier.keepAliveLines;
    else if (!saysClose) lines += "connection: close\r\n";
    this.#head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n${lines}\r\n`;
  }

  /** False when the client takes no more for now; `drain` tells when it does again. */
  write(bytes: Buffer): boolean {
    assert(this.headersSent, "a response has a head before its body");
    if (this.isEnded || this.destroyed || (bytes.length === 0 && this.#head === undefined)) return true;
    return this.#send(bytes, false);
  }

  end(bytes: Buffer = EMPTY): void {
    if (this.isEnded) return;
    assert(this.headersSent, "a response has a head before its end");
    if (!this.destroyed) this.#send(bytes, true);
    this.isEnded = true;
    // Fewer bytes than were told: the client would take the next response for the rest of this one.
    if (this.#left !== Infinity && this.#left !== 0) this.#carrier.socket.destroy();
    this.#carrier.responseEnded(this.#isKept);
  }

  /** Ends the connection without the mark of a whole body, behind what was written. */
  cut(): void {
    if (this.isEnded) return;
    this.#isKept = false;
    this.isEnded = true;
    this.#carrier.responseEnded(false);
  }

  /** Ends the connection at once. */
  destroy(): void {
    // It may be another response's by now.
    if (!this.isEnded) this.#carrier.socket.destroy();
  }

  onDrain(run: () => void): void {
    this.#carrier.socket.once("drain", run);
  }

  /** For the connection. */
  gone(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.onGone?.();
  }

  /** True when they say that the connection is closed. */
  #readOwn(fields: readonly string[]): { readonly saysClose: boolean; readonly saysDate: boolean } {
    let saysClose = false;
    let saysDate = false;
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const name = fields[index] ?? "";
      if (name.length === 14 && name.toLowerCase() === "content-length") {
        const length = readLength(fields[index + 1] ?? "");
        assert(length !== undefined, "a length is plain digits");
        this.#left = length;
      } else if (name.length === 10 && name.toLowerCase() === "connection") saysClose = true;
      else if (name.length === 4 && name.toLowerCase() === "date") saysDate = true;
    }
    if (saysClose) this.#isKept = false;
    return { saysClose, saysDate };
  }

  #send(bytes: Buffer, isLast: boolean): boolean {
    const head = this.#head ?? "";
    this.#head = undefined;
    const body = this.#hasBody ? bytes : EMPTY;
    if (this.#left !== Infinity) {
      // More bytes than were told would begin a response that nobody sent.
      if (body.length > this.#left) {
        this.#carrier.socket.destroy();
        return true;
      }
      this.#left -= body.length;
    }
    if (!this.#isChunked) return this.#put(head, body, "");
    const size = body.length === 0 ? "" : `${body.length.toString(16)}\r\n`;
    const tail = (body.length === 0 ? "" : "\r\n") + (isLast ? LAST_CHUNK : "");
    return this.#put(head + size, body, tail);
  }

  #put(before: string, body: Buffer, after: string): boolean {
    const { socket } = this.#carrier;
    if (body.length === 0) return before + after === "" || socket.write(before + after, "latin1");
    if (before + after === "") return socket.write(body);
    if (body.length > COPIED_BYTES_MAX) {
      socket.cork();
      socket.write(before, "latin1");
      const takesMore = socket.write(body);
      if (after !== "") socket.write(after, "latin1");
      socket.uncork();
      return takesMore;
    }
    const bytes = Buffer.allocUnsafe(before.length + body.length + after.length);
    bytes.write(before, 0, "latin1");
    body.copy(bytes, before.length);
    if (after.length > 0) bytes.write(after, bytes.length - after.length, "latin1");
    return socket.write(bytes);
  }
}
