import { type Provider } from "#routing";
import { type Exchange, type Network, type NetworkProblem, type Upstream, type UpstreamSink } from "#world";

/** Connections by origin. One that the configuration no longer names is closed when its last exchange is over. */
export class Upstreams {
  readonly #network: Network;
  readonly #open = new Map<string, CountedUpstream>();

  constructor(network: Network) {
    this.#network = network;
  }

  of({ origin }: Provider, connectMs: number): Upstream {
    const key = `${origin} ${connectMs}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const made = new CountedUpstream(this.#network.upstream(origin, { connectTimeoutMs: connectMs }));
    this.#open.set(key, made);
    return made;
  }

  keepOnly(origins: ReadonlySet<string>): void {
    for (const [key, upstream] of this.#open) {
      if (origins.has(upstream.origin)) continue;
      this.#open.delete(key);
      void upstream.close();
    }
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map((upstream) => upstream.close()));
  }
}

type Request = Parameters<Upstream["send"]>[0];

class CountedUpstream implements Upstream {
  readonly origin: string;
  readonly #upstream: Upstream;
  #running = 0;
  #isClosing = false;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
    this.origin = upstream.origin;
  }

  send(request: Request, sink: UpstreamSink): Exchange {
    this.#running += 1;
    return this.#upstream.send(request, new CountedSink(sink, this));
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#running === 0) await this.#upstream.close();
  }

  ended(): void {
    this.#running -= 1;
    if (this.#isClosing && this.#running === 0) void this.#upstream.close();
  }
}

class CountedSink implements UpstreamSink {
  readonly #sink: UpstreamSink;
  readonly #upstream: CountedUpstream;

  constructor(sink: UpstreamSink, upstream: CountedUpstream) {
    this.#sink = sink;
    this.#upstream = upstream;
  }

  head(status: number, headers: readonly string[]): void {
    this.#sink.head(status, headers);
  }

  data(chunk: Buffer): boolean {
    return this.#sink.data(chunk);
  }

  end(trailers: readonly string[]): void {
    this.#sink.end(trailers);
    this.#upstream.ended();
  }

  problem(problem: NetworkProblem): void {
    this.#sink.problem(problem);
    this.#upstream.ended();
  }
}
