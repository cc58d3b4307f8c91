import { Worker } from "node:worker_threads";
import { type ExactCounter } from "#inference";
import { type Clock } from "#world";
// `import type`, which is gone when the program runs: the file listens to whatever thread it is loaded in.
import type { CountAnswer, CountOrder } from "./count-order.ts";
import { encodingOf } from "./encoding-of.ts";
import { program } from "./program.ts";

/** A body larger than this is bounded by its bytes: counting it would take longer than it is worth. */
const COUNTED_BYTES_MAX = 256 * 1024;
/** A call waits no longer by itself; 50,000 equal letters take the tokenizer seconds. */
const COUNT_MS_MAX = 20;
/** A thread that is still at one body after this long is ended, and the next body gets another. */
const STUCK_MS_MAX = 2_000;
/** Those behind would wait for longer than they may. */
const WAITING_MAX = 32;

interface Waiting {
  readonly since: number;
  answer: ((tokens: number | undefined) => void) | undefined;
}

/** One helper thread for all calls of a gateway thread, started with the first body that has to be counted. */
export class TokenCounter implements ExactCounter {
  readonly #clock: Clock;
  readonly #failed: (thrown: unknown) => void;
  #worker: Worker | undefined;
  /** Orders that the thread has not answered, whether or not somebody still waits. */
  #waiting = new Map<number, Waiting>();
  #count = 0;

  /** `failed`: the thread has died of something; calls go on with byte bounds. */
  constructor(clock: Clock, failed: (thrown: unknown) => void) {
    this.#clock = clock;
    this.#failed = failed;
  }

  count(body: Uint8Array, model: string, mostMs = COUNT_MS_MAX): Promise<number | undefined> | undefined {
    const encoding = encodingOf(model);
    if (encoding === undefined || body.byteLength > COUNTED_BYTES_MAX) return undefined;
    this.#endStuck();
    if (this.#waiting.size >= WAITING_MAX) return undefined;
    this.#count += 1;
    const id = this.#count;
    const waiting: Waiting = { since: this.#clock.monotonicMs(), answer: undefined };
    this.#waiting.set(id, waiting);
    const order: CountOrder = { id, body, encoding };
    this.#started().postMessage(order);
    return new Promise((resolve) => {
      const timer = this.#clock.after(mostMs, () => waiting.answer?.(undefined));
      waiting.answer = (tokens) => {
        timer.cancel();
        waiting.answer = undefined;
        resolve(tokens);
      };
    });
  }

  close(): void {
    const worker = this.#worker;
    this.#forget();
    void worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(program("count-tokens-thread"));
    worker.unref();
    worker.on("message", ({ id, tokens }: CountAnswer) => {
      this.#waiting.get(id)?.answer?.(tokens);
      this.#waiting.delete(id);
    });
    // Whatever ended it, the byte bound stands for those who wait, and the next body gets a new one.
    worker.on("error", (thrown) => {
      this.#failed(thrown);
      this.#lose(worker);
    });
    worker.on("exit", () => this.#lose(worker));
    this.#worker = worker;
    return worker;
  }

  #endStuck(): void {
    for (const { since } of this.#waiting.values())
      if (this.#clock.monotonicMs() >= since + STUCK_MS_MAX) return this.close();
  }

  #lose(worker: Worker): void {
    if (this.#worker === worker) this.#forget();
  }

  #forget(): void {
    this.#worker = undefined;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const { answer } of waiting.values()) answer?.(undefined);
  }
}
