import { type Instant } from "#units";
import { writeTotals } from "./account-totals.ts";
import { type Admission, type Bill, type Hold, isEnough, type Outcome, sizeOfBill } from "./bill.ts";
import { type BudgetTable } from "./budget-table.ts";
import { capUnderPressure } from "./clamp.ts";
import { type Headroom, headroomOf } from "./headroom.ts";
import { CLOSE_AFTER_MS, type CorrectionFacts, differencesOf } from "./journal-fold.ts";
import { type AskName, type Grant, type HolderId, isSameAsk, type Noted } from "./messages.ts";
import { type SliceReport, type ToAuthority, type ToHolder } from "./messages.ts";
import { lowOf, type ThreadAccount } from "./thread-account.ts";
import { ThreadAccounts } from "./thread-accounts.ts";
import { chargeOf, type Meter, NOTHING, type SettlementFacts, takenBy } from "./unit.ts";
import { type WaitingCall, WaitingCalls } from "./waiting-calls.ts";

/** Changes are told to the authority this often, and again until it has noted them. */
const REPORT_MS = 20;
/** An ask ahead is for this many holds like the last: at 5,000 calls a second that is one every 40 ms. */
const AHEAD_HOLDS = 256n;
/** A value of a template without periods that nobody used for this long makes room for others. */
const REST_MS = 60_000;

export interface ThreadPort {
  send(message: ToAuthority): void;
  resolved(ticket: number, admission: Outcome): void;
}

/** The budgets of one thread: all scopes are checked, then all are taken, in plain arithmetic against its slices. */
export class ThreadBudgets {
  readonly #holder: HolderId;
  readonly #port: ThreadPort;
  readonly #accounts: ThreadAccounts;
  readonly #waiting: WaitingCalls;
  #reportedAt = 0;

  constructor(holder: HolderId, table: BudgetTable, port: ThreadPort) {
    this.#holder = holder;
    this.#port = port;
    this.#accounts = new ThreadAccounts(table);
    this.#waiting = new WaitingCalls(holder, this.#accounts, {
      send: (message) => port.send(message),
      resume: (call) => this.#resume(call),
      resolve: (call, outcome) => port.resolved(call.ticket, outcome),
    });
  }

  /**
   * Answers at once as long as the slices of this thread last. A bill with `clamp` may be admitted with a smaller output
   * cap (`hold.cap`), one with `mayDegrade` may be sent to the route's cheaper target instead.
   */
  admit(bill: Bill): Admission {
    const accounts = this.#accounts.of(bill.spender, bill.at);
    for (const account of accounts) {
      if (bill.tokens === undefined && account.meter === "tokens")
        return { type: "refused", refusal: unboundedTokens(account) };
      if (bill.mayDegrade === true && account.standing?.isDegrading === true)
        return { type: "degrade", refusal: undefined };
    }
    const cap = bill.clamp === undefined ? undefined : capUnderPressure(bill.clamp, accounts);
    const size = sizeOfBill(cap === undefined ? bill : { ...bill, ...bill.clamp?.sizeAt(cap) });
    const taking = { accounts, size, cap, at: bill.at };
    if (isEnough(accounts, size)) return { type: "admitted", hold: this.#take(taking) };
    return { type: "waiting", ticket: this.#waiting.add(bill, taking) };
  }

  /** The attempt has ended. False when the hold had ended before: nothing is charged twice. */
  settle(hold: Hold, settlement: SettlementFacts, now: Instant): boolean {
    if (hold.isEnded) return false;
    hold.isEnded = true;
    // Most budgets are of money, so what is charged is mostly that of the account before.
    let meter: Meter | undefined;
    let charge = NOTHING;
    for (const account of hold.accounts) {
      if (account.meter !== meter) charge = chargeOf(settlement, hold.size, account.meter);
      meter = account.meter;
      account.settle(takenBy(hold.size, account.meter) ?? 0n, charge);
    }
    this.#afterFree(hold, now);
    return true;
  }

  /** For a hold whose attempt was never dispatched: nothing of it is in the journal. */
  release(hold: Hold, now: Instant): boolean {
    if (hold.isEnded) return false;
    hold.isEnded = true;
    for (const account of hold.accounts) account.release(takenBy(hold.size, account.meter) ?? 0n);
    this.#afterFree(hold, now);
    return true;
  }

  /** A later truth about an attempt of any thread: its difference goes to the period open now, its doubt to its own. */
  correct(facts: CorrectionFacts): void {
    for (const { account: name, meter, spent, inDoubt } of differencesOf(facts, this.#accounts.table)) {
      const account = this.#accounts.open(name, meter, facts.settlement.at);
      if (account.isClosed && facts.settlement.at < name.to) account.reopen();
      account.charge(spent, inDoubt);
      // What a correction frees was granted to nobody here, and may be above a limit that was lowered meanwhile.
      if (account.isCalledBack || spent + inDoubt < 0n) this.#giveBack(account);
    }
  }

  /** What is left of the limits that hold this call: near the truth, and worked out only when it is asked for. */
  headroom(hold: Hold): Headroom {
    return headroomOf(hold.accounts, this.#accounts.table);
  }

  /** Those who wait are looked at once for all grants that came together. */
  receive(messages: readonly ToHolder[], now: Instant): void {
    const granted: AskName[] = [];
    const retry = () => {
      if (granted.length > 0) this.#waiting.retry(now, granted.splice(0));
    };
    for (const message of messages) {
      if (message.type === "grant") granted.push(message.ask);
      // What was granted is taken before it is called back, or two threads could hand it to and fro for ever.
      else if (message.type === "denial" || message.type === "recall") retry();
      this.#hear(message, now);
    }
    retry();
  }

  /** Call it every few ms: reports, repeated asks, calls that have waited too long, periods that are over. */
  tick(now: Instant): void {
    this.#waiting.tick(now);
    if (now >= this.#reportedAt && now < this.#reportedAt + REPORT_MS) return;
    this.#reportedAt = now;
    const reports: SliceReport[] = [];
    for (const account of this.#accounts.all()) {
      account.asked = undefined;
      if (account.running === 0 && account.waiting === 0 && this.#isOver(account, now)) account.close();
      if (account.isChanged) reports.push(account.report());
    }
    if (reports.length > 0) this.#report(reports, []);
  }

  /**
   * The last word of a thread that ends, when all that it did is journalled: what it has left goes back, and nobody needs to
   * read its journal for what it spent. Undefined while a call runs or waits: then only the journal can say how that ended.
   */
  leave(): ToAuthority | undefined {
    const reports: SliceReport[] = [];
    for (const account of this.#accounts.all()) {
      if (account.running > 0 || account.waiting > 0) return undefined;
      account.close();
      if (account.isChanged) reports.push(account.report());
    }
    return { type: "leave", holder: this.#holder, reports, openFrom: this.#waiting.openFrom };
  }

  /**
   * All that was charged here since this thread began, as text for the beginning of a segment of its journal: with the events
   * behind it, that is what all of its journal says. Undefined when it is too much to be written.
   */
  soFar(now: Instant): string | undefined {
    const totals = this.#accounts.soFar(now);
    return totals === undefined ? undefined : writeTotals(totals);
  }

  /** Holds and sums stay; scopes and periods count from the next call on. */
  apply(table: BudgetTable): void {
    this.#accounts.apply(table);
  }

  /** What this thread holds and has charged. */
  reports(): readonly (SliceReport & { readonly revision: number })[] {
    return [...this.#accounts.all()].map((account) => ({ ...account.report(), revision: account.revision }));
  }

  #hear(message: ToHolder, now: Instant): void {
    switch (message.type) {
      case "grant":
        for (const grant of message.grants) this.#grant(grant, message.ask);
        this.#waiting.heard(message.ask, now);
        return;
      case "denial":
        this.#waiting.denied(message.ask, message, now);
        return;
      case "heard":
        this.#waiting.heard(message.ask, now);
        return;
      case "recall":
        this.#recalled(message.id, message.grant);
        return;
      case "standing":
        this.#grant(message.grant, undefined);
        return;
      case "noted":
        message.reports.forEach((each) => this.#noted(each));
        return;
    }
  }

  #isOver({ name, usedAt }: ThreadAccount, now: Instant): boolean {
    if (now >= name.to + CLOSE_AFTER_MS) return true;
    return now >= usedAt + REST_MS && this.#accounts.table.budget(name.budget)?.mayRest === true;
  }

  #take({ accounts, size, cap, at }: Pick<WaitingCall, "accounts" | "size" | "cap" | "at">): Hold {
    for (const account of accounts) {
      const amount = takenBy(size, account.meter) ?? 0n;
      account.hold(amount);
      account.usedAt = at;
      if (account.left < account.low && account.asked === undefined) this.#askAhead(account, amount);
    }
    return { at, amount: size.nanos, size, cap, accounts, isEnded: false };
  }

  #resume(call: WaitingCall): void {
    this.#port.resolved(call.ticket, { type: "admitted", hold: this.#take(call) });
  }

  #askAhead(account: ThreadAccount, amount: bigint): void {
    const name = this.#waiting.nextAsk();
    account.asked = name;
    // Not again before a quarter of what is left then is used up.
    account.low = lowOf(account.left);
    const needs = [{ account: account.name, amount: amount * AHEAD_HOLDS }];
    const reports = [account.report()];
    const holder = this.#holder;
    this.#port.send({ type: "ask", name, holder, urgency: "ahead", needs, reports, openFrom: this.#waiting.openFrom });
  }

  #grant(grant: Grant, ask: AskName | undefined): void {
    // An account that is closed here was closed with all it had: a late word about it changes nothing.
    const account = this.#accounts.get(grant.account.key);
    if (account === undefined || account.isClosed) return;
    if (ask !== undefined && isSameAsk(account.asked, ask)) account.asked = undefined;
    account.grant(grant);
  }

  #noted({ account, sequence, standing }: Noted): void {
    const known = this.#accounts.get(account.key);
    known?.noted(sequence, standing);
    if (known?.isClosed === true && !known.isChanged && known.waiting === 0) this.#accounts.forget(account.key);
  }

  /** No waiting call is looked at first: the recall may be of a limit that was lowered. */
  #recalled(id: string, grant: Grant): void {
    const account = this.#accounts.get(grant.account.key);
    if (account?.isClosed === false) account.callBack(grant);
    this.#report([account?.report() ?? this.#accounts.nothingAt(grant.account)], [id]);
  }

  /** What was called back goes first: it may be more than a lowered limit leaves for those who wait. */
  #afterFree(hold: Hold, now: Instant): void {
    let isWaitedFor = false;
    for (const account of hold.accounts) {
      if (account.waiting > 0) isWaitedFor = true;
      if (account.isCalledBack) this.#giveBack(account);
    }
    if (isWaitedFor) this.#waiting.retry(now);
  }

  #giveBack(account: ThreadAccount): void {
    if (account.left <= 0n) return;
    account.giveBack();
    this.#report([account.report()], []);
  }

  #report(reports: readonly SliceReport[], recalls: readonly string[]): void {
    this.#port.send({ type: "report", holder: this.#holder, reports, recalls, openFrom: this.#waiting.openFrom });
  }
}

function unboundedTokens({ name: { budget, value, to: resetAt } }: ThreadAccount) {
  return { code: "tokens_unbounded", budget, value, resetAt } as const;
}
