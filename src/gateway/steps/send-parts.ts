import { type Translation } from "#providers";
import { type Exchange, type NetworkProblem, type UpstreamSink } from "#world";

type Parts = NonNullable<Translation["parts"]>;
type PartAnswer = Parameters<Parts["join"]>[0][number];

/** Providers limit requests a minute, and a call of 2,048 texts must not take all connections of its target. */
const AT_ONCE_MAX = 16;
// As much as all vectors of one call may take; a provider that sends more is not read on.
const BYTES_MAX = 128 * 1024 * 1024;

export interface PartsToSend {
  readonly parts: Parts;
  readonly sendOne: (body: Buffer, sink: UpstreamSink) => Exchange;
  readonly sink: UpstreamSink;
}

/**
 * One attempt that takes several requests: its sink hears one answer when all have answered, or with the first that fails. The
 * answers that were made until then are part of it, since they have to be paid.
 */
export class PartsExchange implements Exchange {
  readonly #options: PartsToSend;
  readonly #answers: (PartAnswer | undefined)[] = [];
  readonly #running = new Set<Exchange>();
  #next = 0;
  #left: number;
  #bytes = 0;
  #isOver = false;

  constructor(options: PartsToSend) {
    this.#options = options;
    this.#left = options.parts.bodies.length;
    for (let count = 0; count < AT_ONCE_MAX; count += 1) this.#sendNext();
  }

  resume(): void {}

  cancel(): void {
    this.#fail({ type: "cancelled", detail: "by the gateway" });
  }

  #sendNext(): void {
    const place = this.#next;
    const body = this.#options.parts.bodies[place];
    if (body === undefined || this.#isOver) return;
    this.#next += 1;
    let status = 0;
    let headers: readonly string[] = [];
    const chunks: Buffer[] = [];
    const exchange = this.#options.sendOne(body, {
      head(code, flat) {
        status = code;
        headers = flat;
      },
      data: (chunk) => {
        chunks.push(chunk);
        this.#bytes += chunk.length;
        if (this.#bytes > BYTES_MAX) this.#fail({ type: "reset", detail: `more than ${BYTES_MAX} bytes` });
        return true;
      },
      end: () => {
        this.#running.delete(exchange);
        this.#land(place, { status, headers, body: Buffer.concat(chunks) });
      },
      problem: (problem) => this.#fail(problem),
    });
    this.#running.add(exchange);
  }

  #land(place: number, answer: PartAnswer): void {
    if (this.#isOver) return;
    this.#answers[place] = answer;
    this.#left -= 1;
    if (answer.status >= 300 || this.#left === 0) this.#answer(answer);
    else this.#sendNext();
  }

  #answer({ status, headers }: PartAnswer): void {
    this.#end();
    const { parts, sink } = this.#options;
    sink.head(status, headers);
    sink.data(parts.join(this.#answers.filter((answer) => answer !== undefined)));
    sink.end([]);
  }

  #fail(problem: NetworkProblem): void {
    if (this.#isOver) return;
    this.#end();
    this.#options.sink.problem(problem);
  }

  #end(): void {
    this.#isOver = true;
    for (const exchange of this.#running) exchange.cancel();
    this.#running.clear();
  }
}
