import { type ServerResponse } from "node:http";
import { type Clock } from "#world";

/** One answer on its way to a client that may hang up at any time. */
export class Reply {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  #gone = false;
  #wake: (() => void) | undefined;

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response;
    this.#clock = clock;
    response.on("close", () => {
      this.#gone = !response.writableFinished;
      this.#wake?.();
    });
    response.on("error", () => undefined);
  }

  /** The client hung up before all bytes had been handed to the connection. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Waits, but no longer than the client does. */
  async pause(delayMs: number): Promise<void> {
    if (delayMs <= 0 || this.#gone) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(delayMs, () => {
        this.#wake = undefined;
        resolve();
      });
      this.#wake = () => {
        timer.cancel();
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** A whole answer. */
  send(status: number, headers: readonly string[], body: string | Buffer): void {
    if (this.#gone) return;
    const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
    this.#response.writeHead(status, [...headers, "content-length", String(length)]);
    this.#response.end(body);
  }

  open(status: number, headers: readonly string[]): void {
    if (this.#gone) return;
    this.#response.writeHead(status, [...headers]);
    this.#response.flushHeaders();
  }

  /** Resolves when more may be written; at once unless the client reads slowly. */
  async write(text: string): Promise<void> {
    if (this.#gone || this.#response.write(text)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.#wake = undefined;
        this.#response.off("drain", go);
        resolve();
      };
      this.#wake = go;
      this.#response.on("drain", go);
    });
  }

  end(): void {
    if (!this.#gone) this.#response.end();
  }

  /** Breaks the connection after what was written has left; the client sees an answer that is too short. */
  breakOff(headersAndPart?: {
    status: number;
    headers: readonly string[];
    part: string | Buffer;
    length: number;
  }): void {
    if (this.#gone) return;
    if (headersAndPart !== undefined) {
      const { status, headers, length } = headersAndPart;
      this.#response.writeHead(status, [...headers, "content-length", String(length)]);
    }
    this.#response.write(headersAndPart?.part ?? "", () => this.#response.socket?.destroySoon());
  }
}
