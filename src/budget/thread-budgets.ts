import { assert } from "#std";
import { type Instant } from "#units";
import { accountName, type Budget, type BudgetTable } from "./budget-table.ts";
import { type Charge, CLOSE_AFTER_MS, type CorrectionFacts, differenceOf, isCorrectable } from "./journal-fold.ts";
import {
  type Grant,
  type HolderId,
  type Refusal,
  type SliceReport,
  type ToAuthority,
  type ToHolder,
} from "./messages.ts";
import { type Spender } from "./scope.ts";
import { Changes, ThreadAccount } from "./thread-account.ts";

/** An ask without an answer is said again after this long. */
const ASK_AGAIN_MS = 50;
/** A call waits no longer than this for money to be called back. */
const WAIT_MS_MAX = 1_000;
/** Changes are told to the authority this often, and again until it has noted them. */
const REPORT_MS = 20;
/** An ask ahead is for this many holds like the last. */
const AHEAD_HOLDS = 16n;

export interface Bill {
  readonly spender: Spender;
  /** The most that the attempt can cost. */
  readonly amount: bigint;
  readonly at: Instant;
}

/** Money set aside in each of its accounts, until it is settled or released, once. */
export interface Hold {
  /** Of the dispatch: the journal's event carries it, since it decides the periods that are charged. */
  readonly at: Instant;
  readonly amount: bigint;
  readonly accounts: readonly ThreadAccount[];
  isEnded: boolean;
}

export type Admission =
  | { readonly type: "admitted"; readonly hold: Hold }
  /** Slices are being called back; the port's `resolved` follows with this ticket. */
  | { readonly type: "waiting"; readonly ticket: number }
  | { readonly type: "refused"; readonly refusal: Refusal };

export interface ThreadPort {
  send(message: ToAuthority): void;
  resolved(ticket: number, admission: Exclude<Admission, { type: "waiting" }>): void;
}

interface Waiter {
  readonly ticket: number;
  readonly since: Instant;
  readonly spender: Spender;
  readonly amount: bigint;
  at: Instant;
  accounts: readonly ThreadAccount[];
  ask: string;
  askedAt: Instant;
}

/** The budgets of one thread: all scopes are checked, then all are taken, in plain arithmetic against its slices. */
export class ThreadBudgets {
  readonly #holder: HolderId;
  readonly #port: ThreadPort;
  #table: BudgetTable;
  readonly #accounts = new Map<string, ThreadAccount>();
  /** The account of the current period by budget and value. */
  #current = new Map<Budget, Map<string, ThreadAccount>>();
  readonly #changes = new Changes();
  readonly #waiters = new Map<number, Waiter>();
  #count = 0;
  #reportedAt = 0;

  constructor(holder: HolderId, table: BudgetTable, port: ThreadPort) {
    this.#holder = holder;
    this.#table = table;
    this.#port = port;
  }

  admit(bill: Bill): Admission {
    const accounts = this.#accountsOf(bill.spender, bill.at);
    if (isEnough(accounts, bill.amount)) return { type: "admitted", hold: this.#take(accounts, bill) };
    this.#count += 1;
    const waiter: Waiter = { ticket: this.#count, since: bill.at, askedAt: bill.at, ask: "", accounts, ...bill };
    for (const account of accounts) account.waiting += 1;
    this.#waiters.set(waiter.ticket, waiter);
    this.#ask(waiter, bill.at);
    return { type: "waiting", ticket: waiter.ticket };
  }

  /** The attempt has ended. False when the hold had ended before: nothing is charged twice. */
  settle(hold: Hold, { spent, residual }: Charge, now: Instant): boolean {
    if (hold.isEnded) return false;
    hold.isEnded = true;
    for (const account of hold.accounts) account.settle(hold.amount, spent, residual);
    this.#afterFree(hold, now);
    return true;
  }

  /** For a hold whose attempt was never dispatched: nothing of it is in the journal. */
  release(hold: Hold, now: Instant): boolean {
    if (hold.isEnded) return false;
    hold.isEnded = true;
    for (const account of hold.accounts) account.release(hold.amount);
    this.#afterFree(hold, now);
    return true;
  }

  /** A later truth about an attempt of any thread: its difference goes to the period open now, its doubt to its own. */
  correct(facts: CorrectionFacts): void {
    const { spent, residual } = differenceOf(facts);
    const { dispatched, settlement } = facts;
    for (const account of this.#accountsOf(dispatched, settlement.at)) {
      account.charge(spent, 0n);
      this.#passBack(account);
    }
    for (const name of this.#table.accountsAt(dispatched, dispatched.at)) {
      if (residual === 0n || !isCorrectable(name, settlement.at)) continue;
      const account = this.#accounts.get(name.key) ?? new ThreadAccount(name, this.#changes);
      this.#accounts.set(name.key, account);
      account.charge(0n, residual);
      this.#passBack(account);
    }
  }

  receive(message: ToHolder, now: Instant): void {
    switch (message.type) {
      case "grant":
        for (const grant of message.grants) this.#grant(grant, message.ask);
        this.#retry(now, message.ask);
        return;
      case "denial":
        this.#denied(message.ask, message.refusal, now);
        return;
      case "recall":
        this.#recalled(message.id, message.grant);
        return;
      case "noted":
        for (const { account, sequence } of message.reports) this.#noted(account.key, sequence);
        return;
    }
  }

  /** Call it every few ms: reports, repeated asks, calls that have waited too long, periods that are over. */
  tick(now: Instant): void {
    this.#retry(now);
    for (const waiter of this.#waiters.values()) {
      if (now >= waiter.since + WAIT_MS_MAX) this.#refuse(waiter, unreachable(waiter));
      else if (now >= waiter.askedAt + ASK_AGAIN_MS) this.#repeat(waiter, now);
    }
    if (now >= this.#reportedAt && now < this.#reportedAt + REPORT_MS) return;
    this.#reportedAt = now;
    const reports: SliceReport[] = [];
    for (const account of this.#accounts.values()) {
      account.asked = undefined;
      const isDone = account.held === 0n && account.waiting === 0;
      if (isDone && now >= account.name.to + CLOSE_AFTER_MS) account.close();
      if (account.isChanged) reports.push(account.report());
    }
    if (reports.length > 0) this.#report(reports, []);
  }

  /** Holds and sums stay; scopes and periods count from the next call on. */
  apply(table: BudgetTable): void {
    this.#table = table;
    this.#current = new Map();
  }

  /** What this thread holds and has charged. */
  reports(): readonly (SliceReport & { readonly revision: number })[] {
    return [...this.#accounts.values()].map((account) => ({ ...account.report(), revision: account.revision }));
  }

  #accountsOf(spender: Spender, at: Instant): readonly ThreadAccount[] {
    const accounts: ThreadAccount[] = [];
    this.#table.eachOf(spender, (budget, value) => accounts.push(this.#accountOf(budget, value, at)));
    return accounts;
  }

  #accountOf(budget: Budget, value: string, at: Instant): ThreadAccount {
    let values = this.#current.get(budget);
    const found = values?.get(value);
    if (found !== undefined && at >= found.name.from && at < found.name.to) return found;
    const name = accountName(budget, value, at);
    const account = this.#accounts.get(name.key) ?? new ThreadAccount(name, this.#changes);
    this.#accounts.set(name.key, account);
    values ??= new Map();
    values.set(value, account);
    this.#current.set(budget, values);
    return account;
  }

  #take(accounts: readonly ThreadAccount[], { amount, at }: Bill): Hold {
    for (const account of accounts) {
      account.hold(amount);
      if (account.left < account.low && account.asked === undefined) this.#askAhead(account, amount);
    }
    return { at, amount, accounts, isEnded: false };
  }

  #askAhead(account: ThreadAccount, amount: bigint): void {
    account.asked = this.#nextAsk("ahead");
    // Not again before a quarter of what is left then is used up.
    account.low = account.left >> 2n;
    const needs = [{ account: account.name, amount: amount * AHEAD_HOLDS }];
    this.#port.send({ ...this.#ahead, id: account.asked, needs, reports: [account.report()] });
  }

  get #ahead() {
    return { type: "ask", holder: this.#holder, urgency: "ahead" } as const;
  }

  #nextAsk(kind: string): string {
    this.#count += 1;
    return `${this.#holder}|${kind}|${this.#count}`;
  }

  #ask(waiter: Waiter, now: Instant): void {
    waiter.ask = this.#nextAsk("now");
    this.#repeat(waiter, now);
  }

  #repeat(waiter: Waiter, now: Instant): void {
    waiter.askedAt = now;
    const needs = waiter.accounts.map(({ name }) => ({ account: name, amount: waiter.amount }));
    const reports = waiter.accounts.map((account) => account.report());
    this.#port.send({ type: "ask", id: waiter.ask, holder: this.#holder, urgency: "now", needs, reports });
  }

  #grant(grant: Grant, ask: string): void {
    // An account that is closed here was closed with all it had: a late word about it changes nothing.
    const account = this.#accounts.get(grant.account.key);
    if (account === undefined || account.isClosed) return;
    if (account.asked === ask) account.asked = undefined;
    account.grant(grant);
  }

  /** Waiting calls in their order; the one whose ask was answered asks again if that was not enough. */
  #retry(now: Instant, answered?: string): void {
    for (const waiter of this.#waiters.values()) {
      this.#renew(waiter, now);
      if (isEnough(waiter.accounts, waiter.amount)) this.#resume(waiter);
      else if (waiter.ask === answered) this.#ask(waiter, now);
    }
  }

  /** A call that waited over the end of a period belongs to the next one. */
  #renew(waiter: Waiter, now: Instant): void {
    if (waiter.accounts.every(({ name }) => now < name.to)) return;
    for (const account of waiter.accounts) account.waiting -= 1;
    waiter.at = now;
    waiter.accounts = this.#accountsOf(waiter.spender, now);
    for (const account of waiter.accounts) account.waiting += 1;
    this.#ask(waiter, now);
  }

  #denied(ask: string, refusal: Refusal, now: Instant): void {
    const waiter = this.#waiters.values().find((each) => each.ask === ask);
    if (waiter === undefined) return;
    this.#renew(waiter, now);
    if (isEnough(waiter.accounts, waiter.amount)) this.#resume(waiter);
    else if (refusal.code === "budget_period_over") this.#ask(waiter, now);
    else if (waiter.ask === ask) this.#refuse(waiter, refusal);
  }

  #resume(waiter: Waiter): void {
    this.#leave(waiter);
    this.#port.resolved(waiter.ticket, { type: "admitted", hold: this.#take(waiter.accounts, waiter) });
  }

  #refuse(waiter: Waiter, refusal: Refusal): void {
    this.#leave(waiter);
    for (const { name, isPristine, waiting } of waiter.accounts)
      if (refusal.code === "budget_table_full" && isPristine && waiting === 0) this.#forget(name.key);
    this.#port.resolved(waiter.ticket, { type: "refused", refusal });
  }

  #leave(waiter: Waiter): void {
    this.#waiters.delete(waiter.ticket);
    for (const account of waiter.accounts) account.waiting -= 1;
  }

  /** No waiting call is looked at first: the recall may be of a limit that was lowered. */
  #recalled(id: string, grant: Grant): void {
    const account = this.#accounts.get(grant.account.key);
    if (account?.isClosed === false) account.callBack(grant);
    this.#report(account === undefined ? [] : [account.report()], [id]);
  }

  /** What was called back goes first: it may be more than a lowered limit leaves for those who wait. */
  #afterFree(hold: Hold, now: Instant): void {
    let isWaitedFor = false;
    for (const account of hold.accounts) {
      if (account.waiting > 0) isWaitedFor = true;
      this.#passBack(account);
    }
    if (isWaitedFor) this.#retry(now);
  }

  #passBack(account: ThreadAccount): void {
    if (!account.isCalledBack || account.left <= 0n) return;
    account.giveBack();
    this.#report([account.report()], []);
  }

  #noted(key: string, sequence: number): void {
    const account = this.#accounts.get(key);
    if (account === undefined) return;
    account.noted(sequence);
    if (account.isClosed && !account.isChanged) this.#forget(key);
  }

  #forget(key: string): void {
    const account = this.#accounts.get(key);
    this.#accounts.delete(key);
    for (const values of this.#current.values())
      if (account !== undefined && values.get(account.name.value) === account) values.delete(account.name.value);
  }

  #report(reports: readonly SliceReport[], recalls: readonly string[]): void {
    this.#port.send({ type: "report", holder: this.#holder, reports, recalls });
  }
}

function isEnough(accounts: readonly ThreadAccount[], amount: bigint): boolean {
  for (const account of accounts) if (account.left < amount || account.isClosed) return false;
  return true;
}

function unreachable({ accounts, amount }: Waiter): Refusal {
  const short = accounts.find(({ left }) => left < amount);
  assert(short !== undefined, "a call waits only for an account that is short");
  const { budget, value, to: resetAt } = short.name;
  return { code: "budget_unreachable", budget, value, resetAt };
}
