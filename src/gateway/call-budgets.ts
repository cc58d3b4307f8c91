import {
  type BudgetDefinition,
  BudgetTable,
  type Refusal,
  ThreadBudgets,
  type ToAuthority,
  type ToHolder,
} from "#budget";
import { type AttemptCorrected, type AttemptDispatched, type JournalEvent } from "#events";
import { type Clock } from "#world";

export interface CallBudgetsOptions {
  readonly clock: Clock;
  /** Names this life of this thread to the authority. */
  readonly holder: string;
  readonly send: (message: ToAuthority) => void;
}

export type Hold = Parameters<ThreadBudgets["settle"]>[0];
export type Answered = Exclude<ReturnType<ThreadBudgets["admit"]>, { type: "waiting" }>;
export type Bill = Parameters<ThreadBudgets["admit"]>[0];
type Ending = Parameters<ThreadBudgets["settle"]>[1];
type Headroom = ReturnType<ThreadBudgets["headroom"]>;

/** `isOfProvider`: each account of the budget holds the attempts of one provider. */
interface Refusing {
  readonly budget: string;
  readonly value: string;
  readonly isOfProvider: boolean;
}

/** Reports go out this often at most, so looking more often finds nothing to say. */
const LOOK_MS = 20;
/** After so many looks that found nothing to say nobody waits for the next. */
const QUIET_LOOKS_MAX = 3;

/** The budgets of one thread as the steps of its calls use them. Costs nothing while there are none. */
export class CallBudgets {
  readonly #clock: Clock;
  readonly #send: CallBudgetsOptions["send"];
  readonly #thread: ThreadBudgets;
  #table: BudgetTable;
  #count = 0;
  readonly #waiting = new Map<number, (admission: Answered) => void>();
  /** Answers that came before their ticket was known. */
  readonly #early = new Map<number, Answered>();
  #isLooking = false;
  #quietLooks = 0;
  #isAdmitting = false;
  readonly #news = new NewsOfThread();

  constructor({ clock, holder, send }: CallBudgetsOptions) {
    this.#clock = clock;
    this.#send = send;
    this.#table = new BudgetTable([], 0);
    this.#thread = new ThreadBudgets(holder, this.#table, {
      send: (message) => {
        this.#quietLooks = 0;
        send(message);
      },
      resolved: (ticket, admission) => this.#resolved(ticket, admission),
    });
  }

  /** No budget is defined: nothing needs to be held. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /**
   * A budget of money that refuses and holds this attempt, which may not be made without a bound: one that holds other providers' too,
   * where there is such a one.
   */
  refusing(spender: Bill["spender"]): Refusing | undefined {
    let found: Refusing | undefined;
    this.#table.eachOf(spender, ({ definition: { id, scope }, limit, meter }, value) => {
      if (limit === undefined || meter !== "USD" || found?.isOfProvider === false) return;
      found = { budget: id, value, isOfProvider: scope["provider"] !== undefined };
    });
    return found;
  }

  /** A limit on requests, tokens or what runs at once holds this call, whatever it costs. */
  isCounting(spender: Bill["spender"]): boolean {
    let isCounting = false;
    this.#table.eachOf(spender, ({ meter }) => {
      if (meter !== "USD") isCounting = true;
    });
    return isCounting;
  }

  /** Each account of the budget holds the attempts of one provider. False for one that was taken out meanwhile. */
  isOfProvider(budget: string): boolean {
    return this.#table.budget(budget)?.definition.scope["provider"] !== undefined;
  }

  /** Answers at once as long as the thread's slices last, and within a second when others are asked to give back. */
  hold(bill: Bill): Answered | Promise<Answered> {
    this.#lookSoon();
    this.#isAdmitting = true;
    const admission = this.#thread.admit(bill);
    this.#isAdmitting = false;
    if (admission.type !== "waiting") return admission;
    const early = this.#early.get(admission.ticket);
    this.#early.clear();
    return early ?? new Promise((resolve) => void this.#waiting.set(admission.ticket, resolve));
  }

  settle(hold: Hold, ending: Ending): void {
    this.#lookSoon();
    this.#thread.settle(hold, ending, this.#clock.now());
  }

  release(hold: Hold): void {
    this.#lookSoon();
    this.#thread.release(hold, this.#clock.now());
  }

  correct(event: AttemptCorrected): void {
    if (this.isEmpty) return;
    this.#lookSoon();
    this.#thread.correct(event);
  }

  /** What is left of the limits that hold this call, near the truth. */
  headroom(hold: Hold): Headroom {
    return this.#thread.headroom(hold);
  }

  receive(messages: readonly ToHolder[]): void {
    this.#lookSoon();
    this.#thread.receive(messages, this.#clock.now());
  }

  apply(definitions: readonly BudgetDefinition[], revision: number): void {
    this.#count = definitions.length;
    this.#table = new BudgetTable(definitions, revision);
    this.#thread.apply(this.#table);
    this.#lookSoon();
  }

  /** Says everything that was not said yet. Also to be called now and then, for periods that have ended. */
  tell(): void {
    this.#thread.tick(this.#clock.now());
  }

  /** All that was charged here since this thread began: for the beginning of a segment of its journal. */
  soFar(): string | undefined {
    return this.#thread.soFar(this.#clock.now());
  }

  /** No call comes any more, and all that were have ended. */
  leave(): void {
    const last = this.#thread.leave();
    if (last !== undefined) this.#send(last);
  }

  /** What this thread has charged, as its journal says up to here. */
  reports(): ReturnType<ThreadBudgets["reports"]> {
    return this.#thread.reports();
  }

  get news(): NewsOfThread {
    return this.#news;
  }

  #resolved(ticket: number, admission: Answered): void {
    const resolve = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    if (resolve !== undefined) resolve(admission);
    else if (this.#isAdmitting) this.#early.set(ticket, admission);
  }

  #lookSoon(): void {
    this.#quietLooks = 0;
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#clock.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    this.#quietLooks += 1;
    this.tell();
    this.#isLooking = this.#waiting.size > 0 || this.#quietLooks < QUIET_LOOKS_MAX;
    if (this.#isLooking) this.#clock.after(LOOK_MS, () => this.#look());
  }
}

/** What somebody may want to be alerted of, until it is taken. */
export interface ThreadNews {
  readonly refused: readonly { readonly refusal: Refusal; readonly calls: number }[];
  readonly overrun: readonly Overrun[];
  readonly unpriced: readonly { readonly provider: string; readonly model: string; readonly attempts: number }[];
  /** As journalled: attempts whose clients left with a part of the hold in doubt, and corrections. */
  readonly doubtful: readonly JournalEvent[];
}

/** A settlement that was more than its hold. */
export interface Overrun {
  readonly event: AttemptDispatched;
  readonly held: bigint;
  readonly charged: bigint;
}

/** Between two takings at most so many of each kind are kept; metrics count all of them. */
const KEPT_MAX = 200;
/** What is beyond stays in doubt until its period ends, or the next start reads the journal. */
const DOUBTFUL_MAX = 5_000;

class NewsOfThread {
  #refused = new Map<string, { refusal: Refusal; calls: number }>();
  #unpriced = new Map<string, { provider: string; model: string; attempts: number }>();
  #overrun: Overrun[] = [];
  #doubtful: JournalEvent[] = [];

  refused(refusal: Refusal): void {
    const key = `${refusal.budget}|${refusal.value}|${refusal.code}`;
    const known = this.#refused.get(key);
    if (known !== undefined || this.#refused.size < KEPT_MAX)
      this.#refused.set(key, { refusal, calls: (known?.calls ?? 0) + 1 });
  }

  unpriced({ provider, model }: AttemptDispatched): void {
    const key = `${provider}/${model}`;
    const attempts = (this.#unpriced.get(key)?.attempts ?? 0) + 1;
    if (attempts > 1 || this.#unpriced.size < KEPT_MAX) this.#unpriced.set(key, { provider, model, attempts });
  }

  overrun(overrun: Overrun): void {
    if (this.#overrun.length < KEPT_MAX) this.#overrun.push(overrun);
  }

  doubtful(...events: readonly JournalEvent[]): void {
    if (this.#doubtful.length < DOUBTFUL_MAX) this.#doubtful.push(...events);
  }

  /** Undefined when there are none. */
  take(): ThreadNews | undefined {
    const isEmpty = this.#overrun.length === 0 && this.#doubtful.length === 0;
    if (isEmpty && this.#refused.size === 0 && this.#unpriced.size === 0) return undefined;
    const news = {
      refused: [...this.#refused.values()],
      overrun: this.#overrun,
      unpriced: [...this.#unpriced.values()],
      doubtful: this.#doubtful,
    };
    this.#refused.clear();
    this.#unpriced.clear();
    this.#overrun = [];
    this.#doubtful = [];
    return news;
  }
}
