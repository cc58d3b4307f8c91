import { type Socket } from "node:net";
import { type ArrivalReader, type Arrivals } from "./arrivals.ts";
import { ChunkedBody } from "./chunked-body.ts";
import { HeadMemory } from "./head-memory.ts";
import { HeldHead } from "./held-head.ts";
import { HttpRequest } from "./http-request.ts";
import { HttpResponse, type ResponseCarrier } from "./http-response.ts";
import { hasTooManyFields } from "./read-fields.ts";
import { isOfOtherMethod, readRequestHead, type RequestHead } from "./request-head.ts";

/** Why what came is not answered by anybody but the listener. */
export type UnreadableRequest = "broken" | "head-too-large" | "other-method" | "too-slow";

/** What a connection needs of its listener. */
export interface ConnectionHost {
  readonly limits: { readonly headersMs: number; readonly requestMs: number; readonly keepAliveMs: number };
  /** The `date` header of now, as a line. */
  readonly dateLine: string;
  readonly keepAliveLines: string;
  readonly isClosing: boolean;
  /** By its lower-case name, whether a header's value differs from call to call, so that nothing that is remembered may come from it. */
  readonly varies: (name: string) => boolean;
  /** While closing: a connection that was told it is kept is, for so long after its answer. */
  readonly keptWhileClosingMs: number;
  /** Of this connection and all others of the listener. */
  readonly arrivals: Arrivals;
  monotonicMs(): number;
  serve(request: HttpRequest, response: HttpResponse): void;
  /** A whole response, head and body. `path` as far as it is known what was asked for. */
  answerUnreadable(why: UnreadableRequest, path: string): Buffer;
}

// So much of the next requests is taken while one is being answered; then the client waits.
const HELD_BYTES_MAX = 64 * 1024;
// A client connects because it has a request to send; this long it is waited for where idle connections are closed.
const FRESH_MS = 250;
// A client that was told to go reads what was sent to it within this time, or not at all.
const LINGER_MS = 2_000;
const CR = 0x0d;
const LF = 0x0a;

/** One client's connection: request after request, one at a time, each read and timed strictly. */
export class Connection implements ResponseCarrier, ArrivalReader {
  arrived: Buffer | undefined;
  readonly socket: Socket;
  readonly #host: ConnectionHost;
  readonly #head = new HeldHead();
  readonly #memory: HeadMemory;
  #request: HttpRequest | undefined;
  #response: HttpResponse | undefined;
  #chunks: ChunkedBody | undefined;
  /** Bytes of a body of known length that are still to come. */
  #left = 0;
  /** Came behind the request that is being answered. */
  #held: Buffer | undefined;
  #isFirst = true;
  #isEnding = false;
  #isReading = false;
  /** The client does not read what it was answered, so nothing more is answered. */
  #isBlocked = false;
  /** On the monotonic clock: when the head, the idling or the ending began, whichever is going on. */
  #sinceMs: number;

  constructor(socket: Socket, host: ConnectionHost) {
    this.socket = socket;
    this.#host = host;
    this.#memory = new HeadMemory(host.varies);
    this.#sinceMs = host.monotonicMs();
    socket.on("data", (chunk: Buffer) => host.arrivals.add(this, chunk));
    // A client that closes its side has gone: nothing in HTTP asks for half a connection.
    socket.on("end", () => this.#lost());
    socket.on("close", () => this.#lost());
    // `close` follows and says everything there is to say.
    socket.on("error", () => undefined);
  }

  /** Nothing of a request has come and nothing of a response is left to send. */
  get isIdle(): boolean {
    return (
      this.#request === undefined &&
      this.arrived === undefined &&
      this.#head.isEmpty &&
      this.socket.writableLength === 0
    );
  }

  /** So new, or told so lately that it is kept, that a request may be on its way: to close it now would lose a call. */
  get isExpectant(): boolean {
    if (this.#request !== undefined || this.#isEnding) return false;
    const withinMs = this.#isFirst ? FRESH_MS : this.#host.keptWhileClosingMs;
    return this.#host.monotonicMs() - this.#sinceMs < withinMs;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  get dateLine(): string {
    return this.#host.dateLine;
  }

  get keepAliveLines(): string {
    return this.#host.keepAliveLines;
  }

  get isClosing(): boolean {
    return this.#host.isClosing;
  }

  responseEnded(isKept: boolean): void {
    const isLast = this.#host.isClosing && this.#host.keptWhileClosingMs === 0;
    if (!isKept || isLast || this.socket.destroyed) return this.#end();
    if (this.#request?.isComplete === true) this.#next();
    // What nobody has read of the body is read past, until the next request begins.
    else this.#request?.discard(() => undefined);
  }

  /** Looked at about once a second. */
  checkTime(nowMs: number): void {
    const waitedMs = nowMs - this.#sinceMs;
    const { headersMs, requestMs, keepAliveMs } = this.#host.limits;
    if (this.#request !== undefined) {
      if (!this.#request.isComplete && waitedMs > requestMs) this.#refuse("too-slow");
    } else if (this.socket.writableLength > 0) {
      // It still takes its last answer, which is neither idling nor lingering.
      if (waitedMs > requestMs) this.socket.destroy();
    } else if (this.#isEnding) {
      if (waitedMs > LINGER_MS) this.socket.destroy();
    } else if (this.#isFirst || !this.#head.isEmpty) {
      if (waitedMs > headersMs) this.#refuse("too-slow", pathIn(withoutEmptyLine(this.#head.start)));
    } else if (waitedMs > keepAliveMs) this.socket.destroy();
  }

  take(chunk: Buffer): void {
    if (this.#isEnding) return;
    const rest = this.#request === undefined ? chunk : this.#readBody(chunk);
    if (this.#request?.isHeldUp === true) this.pause();
    if (this.#mayRead && this.#held === undefined) this.#readRequests(rest);
    else this.#hold(rest);
  }

  get #mayRead(): boolean {
    return this.#request === undefined && !this.#isEnding && !this.#isBlocked;
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0 || this.#isEnding) return;
    this.#held = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    if (this.#held.length > HELD_BYTES_MAX) this.pause();
  }

  /** A loop and not a recursion: a client may send thousands of requests in one piece. */
  #readRequests(chunk: Buffer): void {
    this.#isReading = true;
    let bytes = chunk;
    while (bytes.length > 0 && this.#mayRead) bytes = this.#readHead(bytes);
    this.#isReading = false;
    this.#hold(bytes);
  }

  /** What came behind the request that it began, if it did. */
  #readHead(bytes: Buffer): Buffer {
    const from = this.#head.isEmpty ? emptyLineEnd(bytes) : 0;
    if (from === bytes.length) return EMPTY;
    if (this.#head.isEmpty && !this.#isFirst) this.#sinceMs = this.#host.monotonicMs();
    const again = this.#head.isEmpty && from === 0 ? this.#memory.recall(bytes) : undefined;
    if (again !== undefined) return this.#begin(again, bytes.subarray(this.#memory.end));
    return this.#readNewHead(from === 0 ? bytes : bytes.subarray(from));
  }

  #readNewHead(bytes: Buffer): Buffer {
    const read = this.#head.push(bytes);
    if (read.type === "wait") return EMPTY;
    if (read.type !== "head") return this.#refuseHead(read.type, this.#head.start);
    const text = withoutEmptyLine(read.text);
    const head = readRequestHead(text);
    if (head !== undefined) {
      this.#memory.keep(text, head);
      return this.#begin(head, read.rest);
    }
    if (hasTooManyFields(text)) return this.#refuseHead("too-large", text);
    return this.#refuseHead(isOfOtherMethod(text) ? "other-method" : "broken", text);
  }

  #refuseHead(why: "broken" | "other-method" | "too-large", start: string): Buffer {
    this.#refuse(why === "too-large" ? "head-too-large" : why, pathIn(withoutEmptyLine(start)));
    return EMPTY;
  }

  #begin(head: RequestHead, rest: Buffer): Buffer {
    this.#isFirst = false;
    const request = new HttpRequest(head, this);
    const response = new HttpResponse(head, this);
    this.#request = request;
    this.#response = response;
    this.#chunks = head.body === "chunked" ? new ChunkedBody() : undefined;
    this.#left = head.body === "chunked" ? 0 : head.body;
    if (head.body === 0) request.isComplete = true;
    // What has come of the body is there when it is asked for: most bodies come with their head, and are read at once.
    const behind = this.#readBody(rest);
    if (this.#request === request) this.#host.serve(request, response);
    if (request.isHeldUp) this.pause();
    return behind;
  }

  /** What came behind the body. */
  #readBody(bytes: Buffer): Buffer {
    const request = this.#request;
    if (request === undefined || request.isComplete || bytes.length === 0 || this.#isEnding) return bytes;
    return this.#chunks === undefined
      ? this.#readKnown(request, bytes)
      : this.#readChunks(request, { chunks: this.#chunks, bytes });
  }

  #readKnown(request: HttpRequest, bytes: Buffer): Buffer {
    const mine = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= mine.length;
    request.take(mine);
    if (this.#left === 0) this.#completed(request);
    return bytes.subarray(mine.length);
  }

  #readChunks(
    request: HttpRequest,
    { chunks, bytes }: { readonly chunks: ChunkedBody; readonly bytes: Buffer },
  ): Buffer {
    const piece = chunks.push(bytes, 0);
    if (piece.length > 0) request.take(piece);
    if (chunks.isBroken) {
      this.#refuse("broken");
      return EMPTY;
    }
    if (!chunks.isDone) return EMPTY;
    this.#completed(request);
    return bytes.subarray(chunks.end);
  }

  #completed(request: HttpRequest): void {
    request.complete();
    // It was answered before it had come in full.
    if (this.#request === request && this.#response?.isEnded === true) this.#next();
  }

  #next(): void {
    this.#request = undefined;
    this.#response = undefined;
    this.#sinceMs = this.#host.monotonicMs();
    if (this.socket.writableNeedDrain) {
      // Who sends requests and reads no answers gets no further ones made.
      this.#isBlocked = true;
      this.pause();
      this.socket.once("drain", () => {
        this.#isBlocked = false;
        this.#goOn();
      });
      return;
    }
    this.#goOn();
  }

  #goOn(): void {
    this.resume();
    const held = this.#held;
    if (held === undefined || this.#isReading || !this.#mayRead) return;
    this.#held = undefined;
    this.#readRequests(held);
  }

  #refuse(why: UnreadableRequest, path = pathOf(this.#request?.target ?? "")): void {
    const request = this.#request;
    const response = this.#response;
    // Nobody else answers on this connection any more.
    if (response !== undefined) response.isGone = true;
    if (response?.headersSent === true) this.socket.destroy();
    else {
      this.socket.write(this.#host.answerUnreadable(why, path));
      this.#end();
    }
    request?.breakOff();
  }

  #end(): void {
    this.#isEnding = true;
    this.#sinceMs = this.#host.monotonicMs();
    this.#request?.breakOff();
    this.#request = undefined;
    this.#response = undefined;
    this.#held = undefined;
    this.resume();
    this.socket.end();
  }

  #lost(): void {
    this.#host.arrivals.flush();
    this.#memory.forget();
    const request = this.#request;
    const response = this.#response;
    this.#isEnding = true;
    this.#request = undefined;
    this.#response = undefined;
    this.#held = undefined;
    request?.breakOff();
    if (response?.isEnded === false) response.gone();
  }
}

const EMPTY = Buffer.alloc(0);

/** One empty line in front of a request is passed over (RFC 9112, 2.2): some clients end a body with one too many. */
function emptyLineEnd(bytes: Buffer): number {
  return bytes[0] === CR && bytes[1] === LF ? 2 : 0;
}

/** Of a first line that need not be readable as a whole. */
function pathIn(head: string): string {
  return pathOf(/^[A-Z-]{1,32} (\/[^\s?#]*)/.exec(head)?.[1] ?? "");
}

function pathOf(target: string): string {
  return target.split(/[?#]/, 1)[0] ?? "";
}

function withoutEmptyLine(text: string): string {
  return text.startsWith("\r\n") ? text.slice(2) : text;
}
