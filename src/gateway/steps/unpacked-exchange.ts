/** An answer that came compressed, though it was asked for as it is: unpacked, so that usage and client can read it. */
import { type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { assert } from "#std";
import { type Exchange, type NetworkProblem, type Upstream, type UpstreamSink } from "#world";
import { headerIn } from "./headers.ts";
import { unpackedBytesMax } from "./unpack.ts";

const unpackers: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
  ["zstd", createZstdDecompress],
]);

const ABOUT_PACKED_BYTES: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

/** Sends a request, and gives its answer without an encoding; one that cannot be unpacked is a problem. */
export function sendUnpacked(
  upstream: Upstream,
  request: Parameters<Upstream["send"]>[0],
  sink: UpstreamSink,
): Exchange {
  const unpacked = new UnpackedExchange(sink);
  unpacked.carriedBy(upstream.send(request, unpacked));
  return unpacked;
}

class UnpackedExchange implements Exchange, UpstreamSink {
  readonly #sink: UpstreamSink;
  #exchange: Exchange | undefined;
  /** Undefined for an answer that came as it is. */
  #unpacker: Transform | undefined;
  #packedBytes = 0;
  #bytes = 0;
  #isOver = false;

  constructor(sink: UpstreamSink) {
    this.#sink = sink;
  }

  carriedBy(exchange: Exchange): void {
    this.#exchange = exchange;
    // It was refused while it was sent.
    if (this.#isOver) exchange.cancel();
  }

  resume(): void {
    if (this.#unpacker === undefined) this.#exchange?.resume();
    else this.#unpacker.resume();
  }

  cancel(): void {
    this.#exchange?.cancel();
    this.problem({ type: "cancelled", detail: "cancelled" });
  }

  head(status: number, headers: readonly string[]): void {
    const encoding = (headerIn(headers, "content-encoding") ?? "identity").trim().toLowerCase();
    if (encoding === "identity" || encoding === "") return this.#sink.head(status, headers);
    const open = unpackers.get(encoding);
    if (open === undefined) return this.#giveUp("unknown encoding");
    this.#unpacker = open()
      .on("data", (bytes: Buffer) => this.#take(bytes))
      .on("drain", () => this.#exchange?.resume())
      .on("error", () => this.#giveUp("broken encoding"));
    this.#sink.head(status, withoutPacking(headers));
  }

  data(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    if (this.#unpacker === undefined) return this.#sink.data(chunk);
    this.#packedBytes += chunk.length;
    return this.#unpacker.write(chunk);
  }

  end(trailers: readonly string[]): void {
    if (this.#isOver) return;
    if (this.#unpacker === undefined || this.#packedBytes === 0) return this.#end(trailers);
    this.#unpacker.once("end", () => this.#end(trailers)).end();
  }

  problem(problem: NetworkProblem): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#unpacker?.destroy();
    this.#sink.problem(problem);
  }

  #take(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#bytes += bytes.length;
    if (this.#bytes > unpackedBytesMax(this.#packedBytes, Infinity)) return this.#giveUp("unpacks to too much");
    assert(this.#unpacker !== undefined, "what is unpacked has an unpacker");
    if (!this.#sink.data(bytes)) this.#unpacker.pause();
  }

  #end(trailers: readonly string[]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.end(trailers);
  }

  #giveUp(detail: string): void {
    this.problem({ type: "encoding-unreadable", detail });
    this.#exchange?.cancel();
  }
}

function withoutPacking(headers: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? "";
    if (!ABOUT_PACKED_BYTES.has(name.toLowerCase())) kept.push(name, headers[index + 1] ?? "");
  }
  return kept;
}
