import { type Clock } from "#world";
import { type CallWatcher } from "../call.ts";
import { type RefusalCode } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { Attempt } from "./attempt.ts";
import { type AttemptResult, type AttemptTerms, type Race } from "./attempt-terms.ts";
import { isFinal } from "./failure.ts";
import { type PreparedCall } from "./prepare.ts";
import { settle } from "./settle.ts";
import { settleFailure } from "./settle-failure.ts";
import { droppedOf } from "./translate.ts";

/** An attempt that stands in the journal, the call as its target gets it, and where it stands in the plan. */
export interface Ready {
  readonly prepared: PreparedCall;
  readonly terms: AttemptTerms;
  readonly index: number;
}

export interface RanHedged extends Ready {
  readonly result: AttemptResult;
}

interface Runner extends Ready {
  readonly attempt: Attempt;
}

export interface HedgeTerms {
  readonly first: Ready;
  /** When the second goes out. */
  readonly afterMs: number;
  /** Writes the second down; undefined when there can be none. */
  readonly dispatchSecond: () => Promise<Ready | undefined>;
}

/**
 * Two attempts of one call, the second sent when the first is slow. The first of them that has something to show wins; the
 * other is cancelled at that moment, and what it has cost is booked beside. One that fails leaves the call to the other.
 */
export class Hedge implements CallWatcher, Race {
  readonly #around: Surroundings;
  readonly #terms: HedgeTerms;
  readonly #running: Runner[] = [];
  #timer: ReturnType<Clock["after"]> | undefined;
  #isDispatching = false;
  /** The first has failed while the second was being written down. */
  #failedFirst: RanHedged | undefined;
  #isOver = false;
  /** Nobody waits any more, the call's time is over, or the gateway stops: what was not sent yet is not sent. */
  #isStopped = false;
  #lastIndex = 0;
  #resolve: (ran: RanHedged) => void = () => undefined;

  constructor(around: Surroundings, terms: HedgeTerms) {
    this.#around = around;
    this.#terms = terms;
  }

  run(): Promise<RanHedged> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#start(this.#terms.first);
      this.#timer = this.#around.world.clock.after(this.#terms.afterMs, () => void this.#sendSecond());
    });
  }

  won(winner: CallWatcher): void {
    this.#timer?.cancel();
    for (const { attempt, prepared } of this.#running) {
      if (attempt === winner) prepared.call.dropped = droppedOf(prepared);
      else attempt.lose();
    }
  }

  clientGone(): void {
    this.#onlyOne()?.clientGone();
  }

  interrupt(code: RefusalCode): void {
    this.#onlyOne()?.interrupt(code);
  }

  /** What ends a call from outside ends it once. */
  #onlyOne(): Attempt | undefined {
    this.#isStopped = true;
    this.#timer?.cancel();
    const [first, ...others] = this.#running;
    for (const { attempt } of others) attempt.lose();
    // The second is still being written down, and was all that the call waited for.
    if (first === undefined && this.#failedFirst !== undefined) this.#finish(this.#failedFirst);
    return first?.attempt;
  }

  #start({ prepared, terms, index }: Ready): void {
    this.#lastIndex = Math.max(this.#lastIndex, index);
    const seat = { watcher: undefined };
    const runner = {
      prepared,
      terms,
      index,
      attempt: new Attempt(this.#around, prepared, { ...terms, seat, race: this }),
    };
    this.#running.push(runner);
    const result = new Promise<AttemptResult>((resolve) => runner.attempt.run(resolve));
    prepared.call.watcher = this;
    if (prepared.call.isClientGone) this.clientGone();
    void result.then((ended) => this.#ended(runner, ended));
  }

  #ended(runner: Runner, result: AttemptResult): void {
    this.#running.splice(this.#running.indexOf(runner), 1);
    const { attempt, ...ready } = runner;
    const ran = { ...ready, result };
    if (this.#isOver || attempt.hasLost) return;
    if (result.type === "over") return this.#finish(ran);
    // The call's own time is over, and so it is for the other one.
    if (isFinal.has(result.failure.code)) this.#isStopped = true;
    if (this.#running.length > 0) this.#settleBeside(ran);
    else if (this.#isDispatching && !this.#isStopped) this.#failedFirst = ran;
    else this.#finish(ran);
  }

  #finish(ran: RanHedged): void {
    this.#isOver = true;
    this.#timer?.cancel();
    ran.prepared.call.watcher = undefined;
    // The plan goes on behind whichever of the two stands last in it.
    this.#resolve({ ...ran, index: this.#lastIndex });
  }

  #settleBeside({ prepared, terms: { attempt }, result }: RanHedged): void {
    if (result.type !== "failed") return;
    settleFailure(this.#around, prepared, { failed: { attempt, failure: result.failure }, callEnd: false });
  }

  async #sendSecond(): Promise<void> {
    this.#isDispatching = true;
    const second = await this.#terms.dispatchSecond();
    this.#isDispatching = false;
    const failed = this.#failedFirst;
    if (second === undefined) {
      if (failed !== undefined && !this.#isOver) this.#finish(failed);
      return;
    }
    const [first] = this.#running;
    const isWanted = !this.#isOver && !this.#isStopped && (failed !== undefined || first?.attempt.hasShown === false);
    if (!isWanted) return this.#settleUnsent(second);
    if (failed !== undefined) this.#settleBeside(failed);
    this.#start(second);
  }

  /** The first has answered, or the call has ended, while the second was being written down. */
  #settleUnsent({ prepared, terms: { attempt } }: Ready): void {
    settle(this.#around, prepared, {
      attempt,
      ending: {
        facts: undefined,
        status: undefined,
        wasSent: false,
        state: "cancelled",
        delivered: "none",
        error: "hedge_lost",
        callEnd: false,
        firstByteMs: undefined,
        firstContentMs: undefined,
        overheadMs: undefined,
        requestId: undefined,
      },
    });
  }
}
