import { connect as connectPlain, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AnswerReader, type AnswerSink, type ArrivalReader, type Arrivals } from "#http";
import { assert } from "#std";
import { type NetworkProblem } from "./network.ts";
import { toNetworkProblem } from "./network-problem.ts";
import { type RealExchange } from "./real-exchange.ts";
import { sendRequest } from "./send-request.ts";

// Shorter than the 5 s after which common servers close an idle connection, so that a call rarely meets a closing one.
const KEPT_MS = 4_000;
const KEPT_MS_MAX = 60_000;
/** What a server says it keeps is counted from when it sent that, not from when we read it. */
const KEPT_MARGIN_MS = 1_000;

export interface OriginConnectionOptions {
  readonly url: URL;
  /** Of this connection and all others of the network. */
  readonly arrivals: Arrivals;
  readonly connectTimeoutMs: number;
  /** Finds the addresses of a name; undefined for the system's own way. */
  readonly lookup: LookupFunction | undefined;
  readonly session: Buffer | undefined;
  readonly onSession: (session: Buffer) => void;
  readonly onIdle: () => void;
  /** `wasStale`: the server had closed it while it was idle, which only a request without an answer has shown. */
  readonly onClose: (wasStale: boolean) => void;
}

/** One connection to an origin, carrying one exchange after another. */
export class OriginConnection implements AnswerSink, ArrivalReader {
  arrived: Buffer | undefined;
  /** On the monotonic clock: an idle connection is closed then. */
  idleUntilMs = 0;
  readonly #options: OriginConnectionOptions;
  readonly #socket: Socket;
  readonly #connectTimer: NodeJS.Timeout;
  #exchange: RealExchange | undefined;
  #reader: AnswerReader | undefined;
  #isSent = false;
  #hasAnswered = false;
  #isHeard = false;
  #problem: NetworkProblem | undefined;

  constructor(options: OriginConnectionOptions) {
    this.#options = options;
    this.#socket = openSocket(options, (bytes) => this.#arrive(bytes));
    this.#connectTimer = setTimeout(() => {
      this.#problem = { type: "connect-timeout", detail: "connect timed out" };
      this.#socket.destroy();
    }, options.connectTimeoutMs).unref();
    this.#socket.once(options.url.protocol === "https:" ? "secureConnect" : "connect", () =>
      clearTimeout(this.#connectTimer),
    );
    this.#socket.on("end", () => {
      options.arrivals.flush();
      this.#reader?.finish();
    });
    this.#socket.on("error", (error) => (this.#problem ??= toNetworkProblem(error)));
    this.#socket.on("close", () => this.#closed());
  }

  begin(exchange: RealExchange): void {
    assert(this.#exchange === undefined, "a connection carries one exchange at a time");
    this.#exchange = exchange;
    this.#reader = new AnswerReader(this);
    this.#isSent = false;
    this.#isHeard = false;
    exchange.carriedBy(this);
    const { request, sentHead } = exchange;
    sendRequest(this.#socket, sentHead, { request, onSent: () => this.#sent(exchange) });
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  head(status: number, fields: readonly string[]): void {
    this.#exchange?.head(status, fields);
  }

  data(chunk: Buffer): void {
    if (this.#exchange?.data(chunk) === false) this.#socket.pause();
  }

  end(trailers: readonly string[]): void {
    this.#exchange?.end(trailers);
  }

  #sent(exchange: RealExchange): void {
    if (this.#exchange === exchange) this.#isSent = true;
  }

  /** What is unasked for is not waited with: on the next request it would pass for its answer. */
  #arrive(chunk: Buffer): void {
    if (this.#reader === undefined) this.close();
    else this.#options.arrivals.add(this, chunk);
  }

  take(chunk: Buffer): void {
    const reader = this.#reader;
    if (reader === undefined) return this.close();
    this.#isHeard = true;
    try {
      reader.push(chunk);
    } catch (error) {
      // A defect in what takes the answer costs this exchange, and not the other calls of the thread.
      this.#break(error instanceof Error ? `the answer's reader threw ${error.name}` : "the answer's reader threw");
      return;
    }
    if (reader.state === "broken") this.#break("unreadable answer", reader.isHeadTooLarge ? "head-too-large" : "reset");
    else if (reader.state === "done") this.#done(reader);
  }

  #done({ keepsAlive, keptMs }: AnswerReader): void {
    this.#exchange = undefined;
    this.#reader = undefined;
    const kept = keptMs === undefined ? KEPT_MS : Math.min(keptMs - KEPT_MARGIN_MS, KEPT_MS_MAX);
    // An answer that came before the whole request had gone leaves the rest of it on the wire.
    if (!keepsAlive || !this.#isSent || kept <= 0 || this.#socket.destroyed) return this.close();
    this.idleUntilMs = performance.now() + kept;
    this.#hasAnswered = true;
    this.#socket.resume();
    this.#options.onIdle();
  }

  #break(detail: string, type: "reset" | "head-too-large" = "reset"): void {
    this.#problem = { type, detail };
    this.close();
  }

  #closed(): void {
    this.#options.arrivals.flush();
    clearTimeout(this.#connectTimer);
    const exchange = this.#exchange;
    this.#exchange = undefined;
    const isReset = exchange !== undefined && !exchange.isOver;
    this.#options.onClose(isReset && this.#hasAnswered && !this.#isHeard);
    exchange?.fail(this.#problem ?? { type: "reset", detail: "closed" });
  }
}

/** All connections of a thread are read into it, and each piece is copied out at once: room of its own for each read costs more. */
const ROOM = Buffer.allocUnsafeSlow(64 * 1024);

function openSocket(
  { url, lookup, session, onSession }: OriginConnectionOptions,
  arrive: (bytes: Buffer) => void,
): Socket {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const onread = {
    buffer: ROOM,
    callback(count: number) {
      arrive(Buffer.from(ROOM.subarray(0, count)));
      return true;
    },
  };
  const place = { host, onread, ...(lookup !== undefined && { lookup }) };
  if (url.protocol !== "https:") {
    const kept = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
    return connectPlain({ ...place, port: portOf(url, 80), ...kept });
  }
  const socket = connectTls({
    ...place,
    port: portOf(url, 443),
    // A name may not be an address there (RFC 6066, 3); certificates are checked against the host all the same.
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ["http/1.1"],
    ...(session !== undefined && { session }),
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 60_000);
  socket.on("session", onSession);
  return socket;
}

function portOf({ port }: URL, fallback: number): number {
  return port === "" ? fallback : Number(port);
}
