import { Worker } from "node:worker_threads";
import { type KeyDelta } from "#access";
import { type Clock } from "#world";
import { BackOff } from "./back-off.ts";
import { KeyChanges } from "./key-changes.ts";
import { type FromThread, type ThreadOpening, type ThreadReport, type ToThread } from "./link.ts";
import { type Log } from "./log.ts";

export interface GatewayThreadsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The program of a thread. */
  readonly program: URL;
  readonly count: number;
  readonly opening: (thread: number, incarnation: number) => ThreadOpening;
  readonly onMessage: (thread: number, message: Exclude<FromThread, { type: "keys-known" }>) => void;
  /** The thread is gone, its journal segments still open. */
  readonly onDeath: (thread: number) => void;
}

/** How long a thread goes on taking calls, and how long the last ones may run then. */
export interface Drain {
  readonly delayMs: number;
  readonly withinMs: number;
}

interface Seat {
  readonly thread: number;
  readonly backOff: BackOff;
  worker: Worker | undefined;
  incarnation: number;
  state: ThreadReport["state"];
  restarts: number;
}

/** The gateway threads as the main thread sees them: one seat each, taken again when its thread dies. */
export class GatewayThreads {
  readonly #options: GatewayThreadsOptions;
  readonly #seats: readonly Seat[];
  readonly #keyChanges = new KeyChanges();
  #isDraining = false;

  constructor(options: GatewayThreadsOptions) {
    this.#options = options;
    this.#seats = Array.from({ length: options.count }, (_, index): Seat => ({
      thread: index + 1,
      backOff: new BackOff(options.clock),
      worker: undefined,
      incarnation: 0,
      state: "starting",
      restarts: 0,
    }));
  }

  get seats(): readonly Readonly<Pick<Seat, "thread" | "state" | "restarts" | "incarnation">>[] {
    return this.#seats;
  }

  start(): void {
    for (const seat of this.#seats) this.#start(seat);
  }

  tell(thread: number, message: ToThread): void {
    this.#seats[thread - 1]?.worker?.postMessage(message);
  }

  tellAll(message: ToThread, except?: number): void {
    for (const { thread, worker } of this.#seats) if (thread !== except) worker?.postMessage(message);
  }

  /** `known` is called when every thread that is there has the change. */
  tellKeys(delta: KeyDelta, known: () => void): void {
    const there = this.#seats.filter(({ worker }) => worker !== undefined).map(({ thread }) => thread);
    this.tellAll({ type: "keys", delta, change: this.#keyChanges.told(there, known) });
  }

  /** Resolves when every thread has let its calls finish, or was ended at the deadline and a second. */
  async drain(times: Drain): Promise<void> {
    this.#isDraining = true;
    await Promise.all(this.#seats.map((seat) => this.#drainOne(seat, times)));
  }

  async #drainOne(seat: Seat, { delayMs, withinMs }: Drain): Promise<void> {
    const { worker } = seat;
    if (worker === undefined) return;
    const gone = new Promise<void>((resolve) => void worker.once("exit", () => resolve()));
    seat.state = "draining";
    worker.postMessage({ type: "drain", delayMs, withinMs } satisfies ToThread);
    const timer = this.#options.clock.after(delayMs + withinMs + 1000, () => {
      this.#options.log("error", "thread-did-not-end", { thread: seat.thread });
      void worker.terminate();
    });
    await gone;
    timer.cancel();
  }

  #start(seat: Seat): void {
    const { clock, log, program, opening, onMessage, onDeath } = this.#options;
    // Two lives of one seat must never share a journal segment, whatever the clock does.
    seat.incarnation = Math.max(seat.incarnation + 1, clock.now());
    const worker = new Worker(program, { workerData: opening(seat.thread, seat.incarnation) });
    seat.worker = worker;
    seat.state = "starting";
    seat.backOff.started();
    worker.on("message", (message: FromThread) => {
      if (message.type === "up") seat.state = "up";
      if (message.type === "keys-known") this.#keyChanges.known(seat.thread, message.change);
      else onMessage(seat.thread, message);
    });
    worker.on("error", (error) => {
      log("error", "thread-threw", { thread: seat.thread, detail: error instanceof Error ? error.message : "unknown" });
    });
    worker.on("exit", () => {
      seat.worker = undefined;
      seat.state = "dead";
      this.#keyChanges.gone(seat.thread);
      onDeath(seat.thread);
      if (this.#isDraining) return;
      seat.restarts += 1;
      const waitMs = seat.backOff.waitMs();
      log("error", "thread-died", { thread: seat.thread, restart_in_ms: waitMs });
      clock.after(waitMs, () => {
        if (!this.#isDraining) this.#start(seat);
      });
    });
  }
}
