import { createServer, type Server } from "node:net";
import { Connection, type ConnectionHost, type UnreadableRequest } from "./connection.ts";
import { type HttpRequest } from "./http-request.ts";
import { type HttpResponse } from "./http-response.ts";

export interface ListenerOptions {
  readonly clock: {
    /** Milliseconds of the epoch, for the `date` header. */
    now(): number;
    monotonicMs(): number;
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
  /** What is answered, head and body, to bytes that cannot be read as a request. The connection ends behind it. */
  readonly answerUnreadable: (why: UnreadableRequest) => Buffer;
}

const CHECK_PERIOD_MS = 1_000;

/** Takes connections from a server of `node:net` and requests from connections. It does not listen yet. */
export class Listener implements ConnectionHost {
  /** To be told where to listen. */
  readonly server: Server;
  readonly limits: ListenerOptions["limits"];
  readonly serve: ListenerOptions["serve"];
  readonly answerUnreadable: ListenerOptions["answerUnreadable"];
  isClosing = false;
  dateLine = "";
  readonly keepAliveLines: string;
  readonly #clock: ListenerOptions["clock"];
  readonly #connections = new Set<Connection>();
  readonly #timer: { cancel(): void };

  constructor({ clock, limits, serve, answerUnreadable }: ListenerOptions) {
    this.#clock = clock;
    this.limits = limits;
    this.serve = serve;
    this.answerUnreadable = answerUnreadable;
    this.keepAliveLines = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(limits.keepAliveMs / 1000)}\r\n`;
    this.server = createServer({ noDelay: true }, (socket) => {
      const connection = new Connection(socket, this);
      this.#connections.add(connection);
      socket.once("close", () => this.#connections.delete(connection));
    });
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

  closeIdle(): void {
    for (const { isIdle, socket } of this.#connections) if (isIdle) socket.destroy();
  }

  closeAll(): void {
    for (const { socket } of this.#connections) socket.destroy();
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
