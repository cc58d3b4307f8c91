import { type Provider } from "#routing";
import { type Exchange, type Network, type NetworkProblem, type Upstream, type UpstreamSink } from "#world";

/** Connections by origin. One that the configuration no longer names is closed when its last exchange is over. */
export class Upstreams {
  readonly #network: Network;
  /** By origin: one for each time that a connection may take, of which there are few. */
  readonly #open = new Map<string, CountedUpstream[]>();

  constructor(network: Network) {
    this.#network = network;
  }

  of({ origin }: Provider, connectMs: number): Upstream {
    const known = this.#open.get(origin);
    if (known !== undefined) for (const one of known) if (one.connectMs === connectMs) return one;
    const made = new CountedUpstream(this.#network.upstream(origin, { connectTimeoutMs: connectMs }), connectMs);
    if (known === undefined) this.#open.set(origin, [made]);
    else known.push(made);
    return made;
  }

  keepOnly(origins: ReadonlySet<string>): void {
    for (const [origin, upstreams] of this.#open) {
      if (origins.has(origin)) continue;
      this.#open.delete(origin);
      for (const upstream of upstreams) void upstream.close();
    }
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()].flat();
    this.#open.clear();
    await Promise.all(all.map((upstream) => upstream.close()));
  }
}

type Request = Parameters<Upstream["send"]>[0];

class CountedUpstream implements Upstream {
  readonly origin: string;
  readonly connectMs: number;
  readonly #upstream: Upstream;
  #running = 0;
  #isClosing = false;

  constructor(upstream: Upstream, connectMs: number) {
    this.#upstream = upstream;
    this.origin = upstream.origin;
    this.connectMs = connectMs;
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
