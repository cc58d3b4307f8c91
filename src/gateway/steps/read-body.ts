import { type BodySink } from "#http";
import { type Endpoint } from "#providers";
import { err, freeBytes, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Limits } from "../limits.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { type Encoding, isKnownEncoding, unpack, unpackedBytesMax } from "./unpack.ts";

/** A body to be read whole, or one that goes on as it comes and is never held. */
export type CallBody =
  | { readonly type: "whole"; readonly bytes: Buffer }
  | { readonly type: "streamed"; readonly bytes: AsyncIterable<Buffer> };

const NOTHING: CallBody = { type: "whole", bytes: Buffer.alloc(0) };

type Read = Result<CallBody, Refusal>;

/**
 * Reads the body within its bounds; what is over them is refused before it is read where its length is told. Most bodies come with their
 * head, and are read at once.
 */
export function readBody(around: Surroundings, call: Call, endpoint: Endpoint): Read | Promise<Read> {
  if (endpoint.body === "none") return ok(NOTHING);
  const limit = bytesMax(endpoint, around.limits);
  const told = call.header("content-length");
  const length = told === undefined ? undefined : Number(told);
  if (length !== undefined && length > limit) return err({ code: "body_too_large", facts: { limit } });
  const encoding = (call.header("content-encoding") ?? "identity").trim().toLowerCase();
  if (!isKnownEncoding(encoding)) return err({ code: "unsupported_encoding" });
  if (endpoint.operation === "file") {
    if (encoding !== "identity") return err({ code: "unsupported_encoding" });
    return ok({ type: "streamed", bytes: bounded(around, call, limit) });
  }
  const reading = readWhole(around, call, { limit, length });
  const goOn = (read: Result<Buffer, Refusal>): Read | Promise<Read> => {
    if (!read.ok) return read;
    if (encoding === "identity") return ok({ type: "whole", bytes: read.value });
    return unpackWhole(around, call, { packed: read.value, encoding, limit });
  };
  return reading instanceof Promise ? reading.then(goOn) : goOn(reading);
}

/** A body as it was sent, packed or not, for whoever reads it elsewhere. */
export async function readPacked(around: Surroundings, call: Call, limit: number): Promise<Result<Buffer, Refusal>> {
  const told = call.header("content-length");
  const length = told === undefined ? undefined : Number(told);
  if (length !== undefined && length > limit) return err({ code: "body_too_large", facts: { limit } });
  return await readWhole(around, call, { limit, length, areChunksOurs: true });
}

async function unpackWhole(
  around: Surroundings,
  call: Call,
  {
    packed,
    encoding,
    limit,
  }: { readonly packed: Buffer; readonly encoding: Exclude<Encoding, "identity">; readonly limit: number },
): Promise<Result<CallBody, Refusal>> {
  // Held before it is made: many small bodies that unpack at one time would otherwise pass the bound together.
  const most = unpackedBytesMax(packed.length, limit);
  if (!hold(around, call, most)) return err({ code: "busy" });
  const unpacked = await unpack(packed, encoding, most);
  giveBack(around, call, most - (unpacked.ok ? unpacked.value.length : 0));
  return unpacked.ok ? ok({ type: "whole", bytes: unpacked.value }) : unpacked;
}

function readWhole(
  around: Surroundings,
  call: Call,
  { length, ...reading }: Reading & { readonly length: number | undefined },
): Result<Buffer, Refusal> | Promise<Result<Buffer, Refusal>> {
  // Looked at and not taken: a length that is only told, and never sent, must not keep others out.
  if (length !== undefined && around.heldBytes + length > around.limits.heldBytesMax) return err({ code: "busy" });
  if (call.request.expectsContinue) call.response.writeContinue();
  return new BodyReader(around, call, reading).read();
}

function bytesMax(endpoint: Endpoint, limits: Limits): number {
  if (endpoint.operation === "file") return limits.fileBytesMax;
  if (endpoint.body !== "multipart") return limits.jsonBytesMax;
  return endpoint.operation === "image" ? limits.imageBytesMax : limits.audioBytesMax;
}

/** Counts bytes against the thread's share until the call is over. */
function hold(around: Surroundings, call: Call, bytes: number): boolean {
  if (around.heldBytes + bytes > around.limits.heldBytesMax) return false;
  around.heldBytes += bytes;
  call.heldBytes += bytes;
  return true;
}

function giveBack(around: Surroundings, call: Call, bytes: number): void {
  around.heldBytes -= bytes;
  call.heldBytes -= bytes;
}

interface Reading {
  readonly limit: number;
  /** Nobody else looks at what comes from the socket. */
  readonly areChunksOurs?: boolean;
}

/** Collects one body; tells its end, or why there is none, exactly once. */
class BodyReader implements BodySink {
  readonly #around: Surroundings;
  readonly #call: Call;
  readonly #reading: Reading;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #lastMs: number;
  #timer: { cancel(): void } | undefined;
  #result: Result<Buffer, Refusal> | undefined;
  #resolve: ((result: Result<Buffer, Refusal>) => void) | undefined;

  constructor(around: Surroundings, call: Call, reading: Reading) {
    this.#around = around;
    this.#call = call;
    this.#reading = reading;
    this.#lastMs = around.world.clock.monotonicMs();
  }

  read(): Result<Buffer, Refusal> | Promise<Result<Buffer, Refusal>> {
    this.#call.request.read(this);
    if (this.#result !== undefined) return this.#result;
    this.#watch(this.#around.limits.bodyIdleMs);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  end(): void {
    this.#end(ok(this.#joined()));
  }

  broken(): void {
    this.#end(err({ code: "broken_body" }));
  }

  data(chunk: Buffer): void {
    if (this.#result !== undefined) return;
    this.#lastMs = this.#around.world.clock.monotonicMs();
    this.#bytes += chunk.length;
    const { limit } = this.#reading;
    if (this.#bytes > limit) this.#end(err({ code: "body_too_large", facts: { limit } }));
    else if (!hold(this.#around, this.#call, chunk.length)) this.#end(err({ code: "busy" }));
    else this.#chunks.push(chunk);
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first !== undefined) return first;
    const joined = Buffer.concat(this.#chunks, this.#bytes);
    // The connection still looks at the last one until this turn ends.
    if (this.#reading.areChunksOurs === true) queueMicrotask(() => this.#chunks.forEach(freeBytes));
    return joined;
  }

  /** One timer that looks when it fires, in place of one that is set again for each chunk. */
  #watch(delayMs: number): void {
    const { clock } = this.#around.world;
    this.#timer = clock.after(delayMs, () => {
      const leftMs = this.#lastMs + this.#around.limits.bodyIdleMs - clock.monotonicMs();
      if (leftMs > 0) this.#watch(Math.ceil(leftMs));
      else this.#end(err({ code: "too_slow" }));
    });
  }

  #end(result: Result<Buffer, Refusal>): void {
    if (this.#result !== undefined) return;
    this.#result = result;
    this.#timer?.cancel();
    this.#call.readMs = this.#around.world.clock.monotonicMs();
    this.#resolve?.(result);
  }
}

async function* bounded(around: Surroundings, call: Call, limit: number): AsyncIterable<Buffer> {
  let bytes = 0;
  if (call.request.expectsContinue) call.response.writeContinue();
  for await (const chunk of call.request.pieces()) {
    bytes += chunk.length;
    // Ends the exchange upstream in the middle of its body, so that no provider takes a part for the whole.
    if (bytes > limit) {
      call.isBodyTooLarge = true;
      throw new Error("The streamed body is over its limit.");
    }
    yield chunk;
  }
  call.readMs = around.world.clock.monotonicMs();
}
