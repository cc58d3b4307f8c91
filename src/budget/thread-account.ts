/** One account as one thread sees it: plain sums, so that admission is a comparison and a few additions. */
import { type Instant } from "#units";
import { type AccountName } from "./budget-table.ts";
import { type AskName, type Grant, type SliceReport, type Standing } from "./messages.ts";
import { type Charge, type Meter } from "./unit.ts";

/** One count for all accounts of a thread: an account that was forgotten and comes back goes on where it stopped. */
export class Changes {
  #count = 0;

  next(): number {
    this.#count += 1;
    return this.#count;
  }
}

/** A quarter, and never nothing: a slice of two requests is asked for again before it is used up. */
export function lowOf(left: bigint): bigint {
  return left > 0n ? (left >> 2n) + 1n : 0n;
}

export class ThreadAccount {
  readonly name: AccountName;
  readonly meter: Meter;
  /** What may still be held here without asking: granted − returned − spent − held − in doubt. */
  left = 0n;
  held = 0n;
  /** Holds that have not ended: some hold nothing, and may still cost something. */
  running = 0;
  #granted = 0n;
  #returned = 0n;
  #spent = 0n;
  #inDoubt = 0n;
  #overrun = 0n;
  readonly #changes: Changes;
  readonly #birth: number;
  #sequence: number;
  #notedSequence: number;
  /** Below it more is asked for ahead of need. */
  low = 0n;
  /** The ask ahead that has no answer yet. */
  asked: AskName | undefined;
  /** Calls that wait for this account. */
  waiting = 0;
  isClosed = false;
  /** It was called back and nothing was granted since: what becomes free goes back at once. */
  isCalledBack = false;
  /** Of the budgets under which its slice was last made larger or called back. */
  revision = 0;
  standing: Standing | undefined;
  usedAt: Instant;

  constructor(name: AccountName, terms: { readonly meter: Meter; readonly changes: Changes; readonly now: Instant }) {
    this.name = name;
    this.meter = terms.meter;
    this.usedAt = terms.now;
    this.#changes = terms.changes;
    this.#birth = terms.changes.next();
    this.#sequence = this.#birth;
    this.#notedSequence = this.#birth;
  }

  get isChanged(): boolean {
    return this.#sequence !== this.#notedSequence;
  }

  /** Nothing was ever granted or charged here. */
  get isPristine(): boolean {
    return this.#granted === 0n && this.running === 0 && this.#spent === 0n && this.#inDoubt === 0n;
  }

  get used(): bigint {
    return this.#spent + this.held + this.#inDoubt;
  }

  /** What has ended here, without what is held. */
  get charged(): { readonly spent: bigint; readonly inDoubt: bigint } {
    return { spent: this.#spent, inDoubt: this.#inDoubt };
  }

  hold(amount: bigint): void {
    this.left -= amount;
    this.held += amount;
    this.running += 1;
    this.#sequence = this.#changes.next();
  }

  /** Spent and residual may be more than the hold: the truth is booked, and left may fall below zero. */
  settle(amount: bigint, { spent, residual }: Charge): void {
    this.held -= amount;
    this.running -= 1;
    this.#spent += spent;
    const rest = amount - spent - residual;
    this.left += rest;
    if (residual !== 0n) this.#inDoubt += residual;
    if (rest < 0n) this.#overrun -= rest;
    this.#sequence = this.#changes.next();
  }

  release(amount: bigint): void {
    this.held -= amount;
    this.running -= 1;
    this.left += amount;
    this.#sequence = this.#changes.next();
  }

  /** A correction: what nobody held. */
  charge(spent: bigint, inDoubt: bigint): void {
    this.#spent += spent;
    this.#inDoubt += inDoubt;
    this.left -= spent + inDoubt;
    this.#sequence = this.#changes.next();
  }

  /** A late word to an account that was forgotten is not for the one that was born since. */
  grant({ birth, granted, revision, standing }: Grant): void {
    if (birth !== this.#birth) return;
    this.standing = standing;
    const more = granted - this.#granted;
    if (more <= 0n) return;
    this.#granted = granted;
    this.left += more;
    this.low = lowOf(this.left);
    this.isCalledBack = false;
    this.revision = revision;
    this.#sequence = this.#changes.next();
  }

  /** The grant goes with it, since the message that carried it may be lost or late. */
  callBack(grant: Grant): void {
    this.grant(grant);
    this.giveBack();
    this.isCalledBack = true;
    if (grant.revision > this.revision) this.revision = grant.revision;
  }

  giveBack(): void {
    if (this.left <= 0n) return;
    this.#returned += this.left;
    this.left = 0n;
    this.low = 0n;
    this.#sequence = this.#changes.next();
  }

  close(): void {
    if (this.isClosed) return;
    this.giveBack();
    this.isClosed = true;
    this.#sequence = this.#changes.next();
  }

  /** Somebody came while nobody had noted yet that it was closed for want of use. */
  reopen(): void {
    this.isClosed = false;
    this.#sequence = this.#changes.next();
  }

  noted(sequence: number, standing: Standing | undefined): void {
    if (sequence > this.#notedSequence) this.#notedSequence = sequence;
    if (standing !== undefined) this.standing = standing;
  }

  report(): SliceReport {
    return {
      account: this.name,
      birth: this.#birth,
      sequence: this.#sequence,
      granted: this.#granted,
      returned: this.#returned,
      spent: this.#spent,
      held: this.held,
      inDoubt: this.#inDoubt,
      overrun: this.#overrun,
      isClosed: this.isClosed,
    };
  }
}
