import { type Server } from "node:net";
import { type Result } from "#std";

/** Why no answer, or no whole answer, came from outside. `detail` is the system's code, never content. */
export type NetworkProblem =
  | { readonly type: "dns-failed"; readonly detail: string }
  | { readonly type: "connect-refused"; readonly detail: string }
  | { readonly type: "connect-timeout"; readonly detail: string }
  | { readonly type: "tls-failed"; readonly detail: string }
  | { readonly type: "reset"; readonly detail: string }
  /** What came before the body is more than is read of anybody. */
  | { readonly type: "head-too-large"; readonly detail: string }
  /** The body is compressed in a way that was not asked for and that nobody here reads. */
  | { readonly type: "encoding-unreadable"; readonly detail: string }
  | { readonly type: "cancelled"; readonly detail: string }
  | { readonly type: "origin-not-allowed"; readonly detail: string };

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Flat: name, value, name, value. */
  readonly headers: readonly string[];
  /** The headers as lines, where whoever sends them has encoded them before. */
  readonly lines?: string | undefined;
  readonly body: Buffer | AsyncIterable<Buffer> | undefined;
}

/** Told what comes back, in order: head, data*, then end or problem, exactly one of the two and only once. */
export interface UpstreamSink {
  /** `headers` flat: name, value, name, value, as they came. */
  head(status: number, headers: readonly string[]): void;
  /** False asks the sender to wait until `resume` of the running exchange is called. */
  data(chunk: Buffer): boolean;
  end(trailers: readonly string[]): void;
  problem(problem: NetworkProblem): void;
}

/** One running exchange. */
export interface Exchange {
  resume(): void;
  /** Closes the connection; the sink gets `problem` of type `cancelled` unless it has ended. */
  cancel(): void;
}

/** Connections to one origin, kept alive. */
export interface Upstream {
  readonly origin: string;
  send(request: UpstreamRequest, sink: UpstreamSink): Exchange;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  readonly connectTimeoutMs: number;
  readonly purpose?: "credentials";
}

export interface Network {
  /** The one way out: an origin that is not allowed gives `origin-not-allowed` whatever asks for it. */
  upstream(origin: string, options: UpstreamOptions): Upstream;
  /**
   * Replaces the origins that may be reached: those of the configuration in force. What gives out credentials, such as the
   * metadata service of a machine, is reached for that purpose alone, and nothing else is for that purpose.
   */
  allow(origins: readonly string[], ofCredentials?: readonly string[]): void;
  listen(
    server: Server,
    where: { readonly host: string; readonly port: number; readonly shared: boolean },
  ): Promise<
    Result<{ readonly port: number }, { readonly type: "port-taken" | "listen-failed"; readonly detail: string }>
  >;
}
