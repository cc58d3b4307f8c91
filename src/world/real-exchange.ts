import { type Exchange, type NetworkProblem, type UpstreamRequest, type UpstreamSink } from "./network.ts";

/** What an exchange needs of the connection that carries it. */
export interface Carrier {
  resume(): void;
  close(): void;
}

/** One running exchange as its asker sees it: told each thing once, and nothing after its end. */
export class RealExchange implements Exchange {
  readonly request: UpstreamRequest;
  /** The head of the request, as far as it does not depend on the body. */
  readonly sentHead: string;
  isOver = false;
  readonly #sink: UpstreamSink;
  #carrier: Carrier | undefined;

  constructor(request: UpstreamRequest, sentHead: string, sink: UpstreamSink) {
    this.request = request;
    this.sentHead = sentHead;
    this.#sink = sink;
  }

  carriedBy(carrier: Carrier): void {
    this.#carrier = carrier;
  }

  resume(): void {
    if (!this.isOver) this.#carrier?.resume();
  }

  cancel(): void {
    if (this.isOver) return;
    this.fail({ type: "cancelled", detail: "cancelled" });
    this.#carrier?.close();
  }

  head(status: number, fields: readonly string[]): void {
    if (!this.isOver) this.#sink.head(status, fields);
  }

  /** False when the asker takes no more for now. */
  data(chunk: Buffer): boolean {
    return this.isOver || this.#sink.data(chunk);
  }

  end(trailers: readonly string[]): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#sink.end(trailers);
  }

  fail(problem: NetworkProblem): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#sink.problem(problem);
  }
}
