/** One account as its authority sees it: what is booked for good, and the slice of each holder. */
import { type Instant } from "#units";
import { type AccountStatus } from "./authority.ts";
import { type AccountName } from "./budget-table.ts";
import { type AccountTotals } from "./account-totals.ts";
import { type HolderId, type SliceReport } from "./messages.ts";
import { RefusedHolds } from "./refused-holds.ts";
import { type Unit } from "./unit.ts";

export interface Slice {
  birth: number;
  granted: bigint;
  /** Of the budgets when it was last made larger. */
  revision: number;
  /** Undefined until the holder speaks of the account. */
  report: SliceReport | undefined;
  /** All that it had is booked, until the holder comes back to it. */
  isClosed: boolean;
  /** What of this holder stands in the account's own sums, so that its journal is not counted beside it. */
  booked: { spent: bigint; inDoubt: bigint; overrun: bigint };
  /** Tickets that were granted something which the holder has not shown to know of. */
  readonly unheard: Set<number>;
}

export interface AccountState {
  readonly name: AccountName;
  spent: bigint;
  inDoubt: bigint;
  overrun: bigint;
  readonly slices: Map<HolderId, Slice>;
  /** Thresholds, in percent, that were told in this period. */
  readonly told: Set<number>;
  /** When anything was charged or granted last. */
  usedAt: Instant;
}

export class AuthorityAccount {
  readonly state: AccountState;
  /** Order of the last finished round of recall, and whether all holders answered it. */
  lastRound = { order: -1, isComplete: true };
  round: Round | undefined;
  /** The soft actions that its holders were told of last. */
  pressure = "false false";
  readonly refused = new RefusedHolds();

  constructor(state: AccountState) {
    this.state = state;
  }

  static open(name: AccountName, now: Instant): AuthorityAccount {
    const sums = { spent: 0n, inDoubt: 0n, overrun: 0n };
    return new AuthorityAccount({ name, ...sums, slices: new Map(), usedAt: now, told: new Set() });
  }

  slice(holder: HolderId): Slice {
    const known = this.state.slices.get(holder);
    if (known !== undefined) return known;
    const slice = newSlice({ spent: 0n, inDoubt: 0n, overrun: 0n });
    this.state.slices.set(holder, slice);
    return slice;
  }

  /** False for old news. */
  note(holder: HolderId, report: SliceReport, now: Instant): boolean {
    const known = this.slice(holder);
    if (known.report !== undefined && known.report.sequence >= report.sequence) return false;
    const slice = this.#sliceOf(holder, known, report);
    if (slice.isClosed) this.#unbook(slice);
    slice.birth = report.birth;
    if (report.granted === slice.granted) slice.unheard.clear();
    slice.report = report;
    this.state.usedAt = now;
    if (report.isClosed) this.#book(slice, report);
    return true;
  }

  /** The journal's word replaces the slice, without what of it is booked already. */
  replace(holder: HolderId, totals: AccountTotals | undefined): void {
    const slice = this.state.slices.get(holder);
    this.state.slices.delete(holder);
    if (totals === undefined) return;
    this.state.spent += totals.spent - (slice?.booked.spent ?? 0n);
    this.state.inDoubt += totals.inDoubt - (slice?.booked.inDoubt ?? 0n);
  }

  /** Everything that a limit has to cover: booked, reported, and what holders may still use without asking. */
  charged(): bigint {
    let sum = this.state.spent + this.state.inDoubt;
    for (const slice of this.state.slices.values()) sum += chargedFor(slice);
    return sum;
  }

  /** Spent + held + in doubt, as far as it was reported. */
  used(): bigint {
    let sum = this.state.spent + this.state.inDoubt;
    for (const slice of this.state.slices.values()) sum += usedBy(slice);
    return sum;
  }

  status(unit: Unit, limit: bigint): AccountStatus {
    let { spent, inDoubt, overrun } = this.state;
    let [held, unreported] = [0n, 0n];
    for (const slice of this.state.slices.values()) {
      if (!slice.isClosed && slice.report !== undefined) {
        spent += slice.report.spent;
        held += slice.report.held;
        inDoubt += slice.report.inDoubt;
        overrun += slice.report.overrun;
      }
      unreported += chargedFor(slice) - usedBy(slice);
    }
    const left = limit - spent - held - inDoubt;
    const unspendable = this.refused.unspendable(left);
    return { account: this.state.name, unit, limit, spent, held, inDoubt, overrun, unreported, left, unspendable };
  }

  endRound({ isComplete }: { readonly isComplete: boolean }): void {
    if (this.round !== undefined) this.lastRound = { order: this.round.order, isComplete };
    this.round = undefined;
  }

  isOver(now: Instant): boolean {
    return now >= this.state.name.to;
  }

  /** No holder can speak of it any more without coming back to it. */
  get isClosed(): boolean {
    for (const slice of this.state.slices.values()) if (!slice.isClosed) return false;
    return true;
  }

  #sliceOf(holder: HolderId, known: Slice, report: SliceReport): Slice {
    // A holder forgets an account only after its end was noted, or when nothing was ever charged there.
    if (known.report !== undefined && report.birth > known.birth) {
      const slice = newSlice(known.booked);
      this.state.slices.set(holder, slice);
      return slice;
    }
    // The account was dropped meanwhile with nothing in it, and the holder still knows what it was granted before.
    if (known.report === undefined && known.granted < report.granted) known.granted = report.granted;
    return known;
  }

  #book(slice: Slice, { spent, inDoubt, overrun }: SliceReport): void {
    this.state.spent += spent;
    this.state.inDoubt += inDoubt;
    this.state.overrun += overrun;
    const { booked } = slice;
    slice.booked = {
      spent: booked.spent + spent,
      inDoubt: booked.inDoubt + inDoubt,
      overrun: booked.overrun + overrun,
    };
    slice.isClosed = true;
  }

  /** The holder came back before it had forgotten: what it says is again in its report. */
  #unbook(slice: Slice): void {
    slice.isClosed = false;
    const { report, booked } = slice;
    if (report === undefined) return;
    this.state.spent -= report.spent;
    this.state.inDoubt -= report.inDoubt;
    this.state.overrun -= report.overrun;
    slice.booked = {
      spent: booked.spent - report.spent,
      inDoubt: booked.inDoubt - report.inDoubt,
      overrun: booked.overrun - report.overrun,
    };
  }
}

function newSlice(booked: Slice["booked"]): Slice {
  return { birth: 0, granted: 0n, revision: 0, report: undefined, isClosed: false, booked, unheard: new Set() };
}

/** A recall under way: the same word to all who hold a slice of the account. */
export interface Round {
  readonly id: string;
  readonly order: number;
  readonly startedAt: Instant;
  sentAt: Instant;
  readonly waiting: Set<HolderId>;
}

/** What the holder may still admit by what the authority knows; never below zero. */
export function slackOf(slice: Slice): bigint {
  return chargedFor(slice) - usedBy(slice);
}

/** What has to be granted for a hold of this amount. */
export function lackingOf(slice: Slice, amount: bigint, ticket: number): bigint {
  const unheard = slice.granted - (slice.report?.granted ?? 0n);
  // The word was lost: it is said again, and nothing is added.
  if (unheard !== 0n && slice.unheard.has(ticket)) return 0n;
  // What the holder does not know of yet is for others of its calls.
  const known = slackOf(slice) - unheard;
  const short = amount - (known > 0n ? known : 0n);
  return short > 0n ? short : 0n;
}

/** What the holder used beyond its slice. It is charged already, so making the slice as large costs nothing. */
export function deficitOf(slice: Slice): bigint {
  const left = slice.granted - (slice.report?.returned ?? 0n) - usedBy(slice);
  return left < 0n ? -left : 0n;
}

/** Whether its last word of the account shows the holder to know of all that it was granted. */
export function knowsAll({ granted, report }: Slice): boolean {
  return granted === (report?.granted ?? 0n);
}

function chargedFor(slice: Slice): bigint {
  if (slice.isClosed) return 0n;
  const left = slice.granted - (slice.report?.returned ?? 0n);
  const used = usedBy(slice);
  return left > used ? left : used;
}

export function usedBy({ report, isClosed }: Slice): bigint {
  return report === undefined || isClosed ? 0n : report.spent + report.held + report.inDoubt;
}
