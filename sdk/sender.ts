import { encodeSpans, type Span } from "./span.ts";

/** Just enough of `fetch`. */
export type Fetch = (
  url: string,
  init: {
    readonly method: "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number }>;

export interface SenderOptions {
  readonly url: string;
  readonly key: string;
  readonly fetch: Fetch;
  readonly delayMs: number;
  readonly queueMax: number;
  /** Told what went wrong, once for each failed send; never thrown into the program. */
  readonly onProblem: (problem: string) => void;
}

const BATCH_MAX = 512;
const RETRY_MS_MAX = 30_000;
/** A program that waits for a last send before it ends is not held up for longer by a Tare that does not answer. */
const SEND_MS_MAX = 10_000;

/** Sends spans in the background, many at a time, and again while Tare is away; a full queue drops the oldest. */
export class Sender {
  readonly #options: SenderOptions;
  #queue: Span[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  /** Of a program that has nothing left to do, unlike one that calls `process.exit`. */
  readonly #lastSend = (): void => this.#sendLast();
  #isLast = false;
  /** Spans that were given up: the queue was full, or Tare said that it will never take them. */
  dropped = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  add(span: Span): void {
    if (this.#queue.length === 0 && this.#sending === undefined) process.on("beforeExit", this.#lastSend);
    this.#queue.push(span);
    if (this.#queue.length > this.#options.queueMax) {
      this.#queue.shift();
      this.dropped += 1;
    }
    if (this.#queue.length >= BATCH_MAX && this.#failures === 0) void this.flush();
    else this.#plan();
  }

  /** Resolves when what was there has been sent, or could not be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#queue.length > 0) this.#plan();
      else process.off("beforeExit", this.#lastSend);
    });
    return this.#sending;
  }

  /** Once where it fails: what is sent keeps the program from ending, and it would be told again that it has nothing to do. */
  #sendLast(): void {
    if (this.#isLast && this.#failures > 0) return;
    this.#isLast = true;
    void this.flush();
  }

  #plan(): void {
    if (this.#timer !== undefined || this.#sending !== undefined) return;
    const { delayMs } = this.#options;
    const waitMs = this.#failures === 0 ? delayMs : Math.min(RETRY_MS_MAX, delayMs * 2 ** this.#failures);
    this.#timer = setTimeout(() => void this.flush(), waitMs);
    // A program that is done is not kept alive for this; what is left is sent when it ends.
    this.#timer.unref();
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH_MAX);
      const outcome = await this.#send(batch);
      if (outcome === "taken") {
        this.#failures = 0;
      } else if (outcome === "refused") {
        this.dropped += batch.length;
      } else {
        this.#failures += 1;
        this.#giveBack(batch);
        return;
      }
    }
  }

  #giveBack(batch: readonly Span[]): void {
    const all = [...batch, ...this.#queue];
    const over = Math.max(0, all.length - this.#options.queueMax);
    this.dropped += over;
    this.#queue = all.slice(over);
  }

  async #send(batch: readonly Span[]): Promise<"taken" | "refused" | "later"> {
    const { url, key, fetch, onProblem } = this.#options;
    try {
      const { status } = await fetch(`${url}/v1/traces`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: encodeSpans(batch),
        signal: AbortSignal.timeout(SEND_MS_MAX),
      });
      if (status < 300) return "taken";
      onProblem(`Tare answered ${status}`);
      return status === 429 || status >= 500 ? "later" : "refused";
    } catch (thrown) {
      onProblem(thrown instanceof Error ? thrown.message : "Tare cannot be reached");
      return "later";
    }
  }
}
