import { type Server } from "node:http";
import { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import { err, ok } from "#std";
import {
  type Exchange,
  type Network,
  type NetworkProblem,
  type Upstream,
  type UpstreamRequest,
  type UpstreamSink,
} from "./network.ts";
import { toNetworkProblem } from "./network-problem.ts";

// Beyond this many calls to one origin at once, further ones wait for a connection; their first-byte timer is running.
const CONNECTIONS_MAX = 2048;
// Shorter than the 5 s after which common servers close an idle connection, so that a call rarely meets a closing one.
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 60_000;

export function realNetwork(): Network {
  let allowed: ReadonlySet<string> = new Set();
  return {
    upstream: (origin, options) => new RealUpstream(origin, options, () => allowed.has(origin)),
    allow(origins) {
      allowed = new Set(origins);
    },
    listen,
  };
}

class RealUpstream implements Upstream {
  readonly origin: string;
  readonly #pool: Pool;
  readonly #isAllowed: () => boolean;

  constructor(origin: string, options: { readonly connectTimeoutMs: number }, isAllowed: () => boolean) {
    this.origin = origin;
    this.#isAllowed = isAllowed;
    this.#pool = new Pool(origin, {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      allowH2: false,
      // The gateway arms its own first-byte, idle and total timers to the last byte.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      connect: { timeout: options.connectTimeoutMs, noDelay: true },
    });
  }

  send(request: UpstreamRequest, sink: UpstreamSink): Exchange {
    if (!this.#isAllowed()) {
      const detail = `${this.origin} is not an origin of the configuration`;
      queueMicrotask(() => sink.problem({ type: "origin-not-allowed", detail }));
      return { resume: () => undefined, cancel: () => undefined };
    }
    const exchange = new RealExchange(sink);
    const body = request.body;
    this.#pool.dispatch(
      {
        method: toMethod(request.method),
        path: request.path,
        // Read only, and copied for each call otherwise.
        headers: request.headers as string[],
        body: body === undefined || Buffer.isBuffer(body) ? (body ?? null) : Readable.from(body, { objectMode: false }),
      },
      exchange,
    );
    return exchange;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

/**
 * One running exchange, in the dispatch interface that undici's own client speaks inside: it gives raw headers and
 * back-pressure as they are. The newer one is a wrapper around it that parses each header list into an object.
 */
class RealExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly #sink: UpstreamSink;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #isCancelled = false;
  #isOver = false;

  constructor(sink: UpstreamSink) {
    this.#sink = sink;
  }

  resume(): void {
    if (!this.#isOver) this.#resume?.();
  }

  cancel(): void {
    if (this.#isOver || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#abort?.();
    // Still waiting for a connection: undici asks us at `onConnect`, but nobody should wait for the answer to that.
    this.#fail({ type: "cancelled", detail: "cancelled" });
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.#isCancelled) abort();
    else this.#abort = abort;
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean {
    if (this.#isOver || status < 200) return true;
    this.#resume = resume;
    this.#sink.head(
      status,
      headers.map((bytes) => bytes.toString("latin1")),
    );
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.#isOver ? true : this.#sink.data(chunk);
  }

  onComplete(trailers: string[] | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.end(trailers ?? []);
  }

  onError(error: Error): void {
    this.#fail(this.#isCancelled ? { type: "cancelled", detail: "cancelled" } : toNetworkProblem(error));
  }

  #fail(problem: NetworkProblem): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.problem(problem);
  }
}

function toMethod(method: string): Dispatcher.HttpMethod {
  switch (method) {
    case "GET":
    case "POST":
    case "PUT":
    case "PATCH":
    case "DELETE":
      return method;
    default:
      throw new Error(`No method of ours: ${method}`);
  }
}

function listen(server: Server, where: Parameters<Network["listen"]>[1]): ReturnType<Network["listen"]> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const detail = error.code ?? error.message;
      resolve(err({ type: error.code === "EADDRINUSE" ? "port-taken" : "listen-failed", detail }));
    };
    server.once("error", onError);
    server.listen(
      { host: where.host, port: where.port, exclusive: true, reusePort: where.shared, backlog: 1024 },
      () => {
        server.off("error", onError);
        const address = server.address();
        resolve(ok({ port: typeof address === "object" && address !== null ? address.port : where.port }));
      },
    );
  });
}
