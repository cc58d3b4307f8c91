/** Calls that wait until slices have come back, in the order in which they came. */
import { assert } from "#std";
import { type Instant } from "#units";
import { type Bill, isEnough, type Outcome, sizeOfBill } from "./bill.ts";
import { largestCap } from "./clamp.ts";
import { type AskName, type HolderId, type ToAuthority } from "./messages.ts";
import { type Refusal } from "./refusal.ts";
import { type ThreadAccount } from "./thread-account.ts";
import { type ThreadAccounts } from "./thread-accounts.ts";
import { type Size, takenBy } from "./unit.ts";

/** An ask without an answer is said again after this long. */
const ASK_AGAIN_MS = 50;
/** And after so long when the authority has said that it has heard: a thousand who wait would keep it from its work. */
const HEARD_ASK_AGAIN_MS = 400;
/**
 * Without any word from the authority a call waits no longer than this. A second was too short for a machine busy four
 * times over: it refused calls whose money was there.
 */
const SILENT_MS_MAX = 3_000;
const STALL_MS = 250;
/** However often the authority says that it has heard: others wait too, and clients do not wait for ever. */
const WAIT_MS_MAX = 10_000;
/** How often a call is made smaller before it is refused; each budget that is short takes one turn, races more. */
const CLAMPS_MAX = 8;

export interface WaitingCall {
  readonly ticket: number;
  readonly since: Instant;
  readonly bill: Bill;
  size: Size;
  cap: number | undefined;
  at: Instant;
  accounts: readonly ThreadAccount[];
  /** Of the ask that was said last, and of the first for what is needed now. */
  number: number;
  neededFrom: number;
  askedAt: Instant;
  askAgainMs: number;
  heardAt: Instant;
  clamps: number;
}

export interface WaitingPort {
  send(message: ToAuthority): void;
  /** There is enough for it now. */
  resume(call: WaitingCall): void;
  resolve(call: WaitingCall, outcome: Exclude<Outcome, { type: "admitted" }>): void;
}

export class WaitingCalls {
  readonly #holder: HolderId;
  readonly #accounts: ThreadAccounts;
  readonly #port: WaitingPort;
  /** In the order of tickets. */
  readonly #calls = new Map<number, WaitingCall>();
  #ticket = 0;
  #tickedAt = 0;
  #number = 0;

  constructor(holder: HolderId, accounts: ThreadAccounts, port: WaitingPort) {
    this.#holder = holder;
    this.#accounts = accounts;
    this.#port = port;
  }

  /** No call with a lower ticket waits any more. */
  get openFrom(): number {
    for (const ticket of this.#calls.keys()) return ticket;
    return this.#ticket + 1;
  }

  nextAsk(): AskName {
    this.#ticket += 1;
    return { ticket: this.#ticket, number: this.#nextNumber() };
  }

  add(bill: Bill, found: Pick<WaitingCall, "accounts" | "size" | "cap">): number {
    this.#ticket += 1;
    const { at } = bill;
    const times = { since: at, at, askedAt: at, heardAt: at };
    const call: WaitingCall = {
      ticket: this.#ticket,
      bill,
      ...found,
      ...times,
      number: 0,
      neededFrom: 0,
      clamps: 0,
      askAgainMs: 0,
    };
    for (const account of call.accounts) account.waiting += 1;
    if (this.#calls.size === 0) this.#tickedAt = at;
    this.#calls.set(call.ticket, call);
    this.#need(call, at);
    return call.ticket;
  }

  /** Those whose asks were answered ask again if that was not enough. */
  retry(now: Instant, answered: readonly AskName[] = []): void {
    const numbers = new Map(answered.map(({ ticket, number }) => [ticket, number]));
    for (const call of this.#calls.values()) {
      this.#renew(call, now);
      if (isEnough(call.accounts, call.size)) this.#resume(call);
      else if ((numbers.get(call.ticket) ?? -1) >= call.neededFrom) this.#need(call, now);
    }
  }

  tick(now: Instant): void {
    this.retry(now);
    // A thread that stood still itself has not listened, so it may not say that nobody spoke.
    if (now >= this.#tickedAt + STALL_MS) for (const call of this.#calls.values()) call.heardAt = now;
    this.#tickedAt = now;
    for (const call of this.#calls.values()) {
      if (now >= call.heardAt + SILENT_MS_MAX || now >= call.since + WAIT_MS_MAX) this.#refuse(call, unreachable(call));
      else if (now >= call.askedAt + call.askAgainMs) {
        call.askAgainMs = ASK_AGAIN_MS;
        this.#ask(call, now);
      }
    }
  }

  heard({ ticket }: AskName, now: Instant): void {
    const call = this.#calls.get(ticket);
    if (call === undefined) return;
    call.heardAt = now;
    call.askAgainMs = HEARD_ASK_AGAIN_MS;
  }

  denied({ ticket, number }: AskName, { refusal, free }: { refusal: Refusal; free: bigint }, now: Instant): void {
    const call = this.#calls.get(ticket);
    if (call === undefined) return;
    this.#renew(call, now);
    if (isEnough(call.accounts, call.size)) return this.#resume(call);
    if (number < call.neededFrom) return;
    if (refusal.code === "budget_period_over") return this.#need(call, now);
    if (this.#isClamped(call, refusal, free)) {
      if (isEnough(call.accounts, call.size)) return this.#resume(call);
      return this.#need(call, now);
    }
    if (call.bill.mayDegrade === true && this.#may("degrade", refusal)) {
      this.#leave(call);
      return this.#port.resolve(call, { type: "degrade", refusal });
    }
    this.#refuse(call, refusal);
  }

  /** Smaller by what was free; the caller asks for that now. */
  #isClamped(call: WaitingCall, refusal: Refusal, free: bigint): boolean {
    const { clamp } = call.bill;
    const short = call.accounts.find(({ name }) => name.budget === refusal.budget && name.value === refusal.value);
    if (clamp === undefined || short === undefined || !this.#may("clamp", refusal)) return false;
    call.clamps += 1;
    if (call.clamps > CLAMPS_MAX) return false;
    const { isFirst } = call.size;
    const cap = largestCap(clamp, (call.cap ?? clamp.capMax) - 1, ({ amount, tokens }) => {
      return (takenBy({ nanos: amount, tokens, isFirst }, short.meter) ?? 0n) <= free;
    });
    if (cap === undefined) return false;
    call.cap = cap;
    call.size = sizeOfBill({ ...call.bill, ...clamp.sizeAt(cap) });
    return true;
  }

  /** A hold that does not fit is past each threshold of its budget. */
  #may(action: "clamp" | "degrade", { code, budget }: Refusal): boolean {
    if (code !== "budget_exceeded" && code !== "rate_limited") return false;
    const thresholds = this.#accounts.table.budget(budget)?.definition.thresholds ?? [];
    return thresholds.some((each) => each.action === action);
  }

  /** A call that waited over the end of a period belongs to the next one. */
  #renew(call: WaitingCall, now: Instant): void {
    if (call.accounts.every(({ name }) => now < name.to)) return;
    for (const account of call.accounts) account.waiting -= 1;
    call.at = now;
    // What the period that is over was short of says nothing of the new one.
    call.size = sizeOfBill(call.bill);
    call.cap = undefined;
    call.accounts = this.#accounts.of(call.bill.spender, now);
    for (const account of call.accounts) account.waiting += 1;
    this.#need(call, now);
  }

  /** What it needs is new: answers to what it asked before say nothing of it. */
  #need(call: WaitingCall, now: Instant): void {
    call.askAgainMs = ASK_AGAIN_MS;
    this.#ask(call, now);
    call.neededFrom = call.number;
  }

  #ask(call: WaitingCall, now: Instant): void {
    const { ticket, accounts, size } = call;
    call.askedAt = now;
    call.number = this.#nextNumber();
    const needs = accounts.map(({ name, meter }) => ({ account: name, amount: takenBy(size, meter) ?? 0n }));
    const reports = accounts.map((account) => account.report());
    const name = { ticket, number: call.number };
    const holder = this.#holder;
    this.#port.send({ type: "ask", name, holder, urgency: "now", needs, reports, openFrom: this.openFrom });
  }

  #nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  #resume(call: WaitingCall): void {
    this.#leave(call);
    this.#port.resume(call);
  }

  #refuse(call: WaitingCall, refusal: Refusal): void {
    this.#leave(call);
    for (const { name, isPristine, waiting } of call.accounts)
      if (refusal.code === "budget_table_full" && isPristine && waiting === 0) this.#accounts.forget(name.key);
    this.#port.resolve(call, { type: "refused", refusal });
  }

  #leave(call: WaitingCall): void {
    this.#calls.delete(call.ticket);
    for (const account of call.accounts) account.waiting -= 1;
  }
}

function unreachable({ accounts, size }: WaitingCall): Refusal {
  const short = accounts.find((account) => !isEnough([account], size));
  assert(short !== undefined, "a call waits only for an account that is short");
  const { budget, value, to: resetAt } = short.name;
  return { code: "budget_unreachable", budget, value, resetAt };
}
