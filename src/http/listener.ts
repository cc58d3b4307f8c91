import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { Arrivals } from "./arrivals.ts";
import { Connection, type ConnectionHost, type UnreadableRequest } from "./connection.ts";
import { type HttpRequest } from "./http-request.ts";
import { type HttpResponse } from "./http-response.ts";

/** Who the listener is to its clients, both as PEM text: the certificate with its chain, and its key. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface ListenerOptions {
  readonly clock: {
    /** Milliseconds of the epoch, for the `date` header. */
    now(): number;
    monotonicMs(): number;
    afterTurn(run: () => void): void;
    every(periodMs: number, run: () => void): { cancel(): void };
  };
  readonly limits: {
    /** From the first byte of a head, or the opening of the connection, to its last. */
    readonly headersMs: number;
    /** From there to the last byte of the body. */
    readonly requestMs: number;
    /** Between two requests. */
    readonly keepAliveMs: number;
  };
  readonly serve: (request: HttpRequest, response: HttpResponse) => void;
  /**
   * By its lower-case name: whether a header's value differs from call to call, besides the body's length. Requests with the same other
   * headers are told apart by these alone.
   */
  readonly varies?: (name: string) => boolean;
  /**
   * What is answered, head and body, to bytes that cannot be read as a request. The connection ends behind it. `path` is empty
   * where not even that can be read.
   */
  readonly answerUnreadable: (why: UnreadableRequest, path: string) => Buffer;
  /** Undefined for plain HTTP. */
  readonly tls?: TlsIdentity | undefined;
}

const CHECK_PERIOD_MS = 1_000;
const OLDEST_TLS = "TLSv1.2";

/** Takes connections from a server of `node:net` or `node:tls` and requests from connections. It does not listen yet. */
export class Listener implements ConnectionHost {
  /** To be told where to listen. */
  readonly server: Server;
  readonly limits: ListenerOptions["limits"];
  readonly serve: ListenerOptions["serve"];
  readonly answerUnreadable: ListenerOptions["answerUnreadable"];
  readonly varies: (name: string) => boolean;
  isClosing = false;
  keptWhileClosingMs = 0;
  dateLine = "";
  readonly keepAliveLines: string;
  readonly arrivals: Arrivals;
  readonly #clock: ListenerOptions["clock"];
  readonly #connections = new Set<Connection>();
  readonly #timer: { cancel(): void };
  readonly #tlsServer: TlsServer | undefined;
  /** Below TLS, those that have not shaken hands among them; nothing where there is no TLS. */
  readonly #rawSockets = new Set<Socket>();

  constructor({ clock, limits, serve, varies, answerUnreadable, tls }: ListenerOptions) {
    this.#clock = clock;
    this.arrivals = new Arrivals(clock);
    this.limits = limits;
    this.serve = serve;
    this.varies = (name) => name === "content-length" || varies?.(name) === true;
    this.answerUnreadable = answerUnreadable;
    this.keepAliveLines = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(limits.keepAliveMs / 1000)}\r\n`;
    const take = (socket: Socket) => {
      const connection = new Connection(socket, this);
      this.#connections.add(connection);
      socket.once("close", () => this.#connections.delete(connection));
    };
    this.#tlsServer = tls === undefined ? undefined : this.#createTls(tls, take);
    this.server = this.#tlsServer ?? createServer({ noDelay: true }, take);
    this.#writeDate();
    const period = Math.min(CHECK_PERIOD_MS, limits.headersMs, limits.requestMs, limits.keepAliveMs);
    this.#timer = clock.every(period, () => this.#check());
  }

  get connections(): number {
    return this.#connections.size;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  /** For connections from now on; those that are open stay as they were agreed. Only of a listener that has TLS. */
  renew(tls: TlsIdentity): void {
    this.#tlsServer?.setSecureContext({ ...tls, minVersion: OLDEST_TLS });
  }

  /**
   * Takes connections and ends each with its next response, so that clients go elsewhere for the one after. One that was told
   * that it is kept, by the head of a long answer, stays for `keptMs` after that answer's end: its client may be sending.
   */
  leave(keptMs: number): void {
    this.isClosing = true;
    this.keptWhileClosingMs = keptMs;
  }

  /** Takes no more connections, and ends each with its next response. Resolves when the last one is closed. */
  close(): Promise<void> {
    this.isClosing = true;
    return new Promise((resolve) => {
      this.server.close(() => {
        this.#timer.cancel();
        resolve();
      });
    });
  }

  /** Whether a request may be on its way on a connection that carries none. */
  get isExpectant(): boolean {
    return [...this.#connections].some((connection) => connection.isExpectant);
  }

  /** Those that carry nothing and expect nothing. */
  closeIdle(): void {
    for (const { isIdle, isExpectant, socket } of this.#connections) if (isIdle && !isExpectant) socket.destroy();
  }

  closeAll(): void {
    for (const { socket } of this.#connections) socket.destroy();
    for (const socket of this.#rawSockets) socket.destroy();
  }

  #createTls(tls: TlsIdentity, take: (socket: Socket) => void): TlsServer {
    const server = createTlsServer(
      {
        ...tls,
        minVersion: OLDEST_TLS,
        // Who offers HTTP/2 too is told to speak this one.
        ALPNProtocols: ["http/1.1"],
        // To shake hands belongs to sending a head.
        handshakeTimeout: this.limits.headersMs,
        noDelay: true,
      },
      take,
    );
    // Node leaves a client that does not shake hands in time where it is.
    server.on("tlsClientError", (_, socket) => socket.destroy());
    server.on("connection", (socket: Socket) => {
      this.#rawSockets.add(socket);
      socket.once("close", () => this.#rawSockets.delete(socket));
    });
    return server;
  }

  #check(): void {
    this.#writeDate();
    const nowMs = this.#clock.monotonicMs();
    for (const connection of this.#connections) connection.checkTime(nowMs);
  }

  #writeDate(): void {
    this.dateLine = `date: ${new Date(this.#clock.now()).toUTCString()}\r\n`;
  }
}
