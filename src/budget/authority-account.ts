/** One account as its authority sees it: what is booked for good, and the slice of each holder. */
import { type Instant } from "#units";
import { type AccountStatus } from "./authority.ts";
import { type AccountName } from "./budget-table.ts";
import { type AccountTotals } from "./journal-fold.ts";
import { type HolderId, type SliceReport } from "./messages.ts";

export interface Slice {
  granted: bigint;
  /** Undefined until the holder speaks of the account. */
  report: SliceReport | undefined;
  isClosed: boolean;
}

export interface AccountState {
  readonly name: AccountName;
  spent: bigint;
  inDoubt: bigint;
  overrun: bigint;
  readonly slices: Map<HolderId, Slice>;
  /** Thresholds, in percent, that were told in this period. */
  readonly told: Set<number>;
}

export class AuthorityAccount {
  readonly state: AccountState;
  /** Order of the last finished round of recall, and whether all holders answered it. */
  lastRound = { order: -1, isComplete: true };
  round: Round | undefined;

  constructor(state: AccountState) {
    this.state = state;
  }

  static open(name: AccountName): AuthorityAccount {
    return new AuthorityAccount({ name, spent: 0n, inDoubt: 0n, overrun: 0n, slices: new Map(), told: new Set() });
  }

  slice(holder: HolderId): Slice {
    const known = this.state.slices.get(holder);
    if (known !== undefined) return known;
    const slice: Slice = { granted: 0n, report: undefined, isClosed: false };
    this.state.slices.set(holder, slice);
    return slice;
  }

  /** False for old news. */
  note(holder: HolderId, report: SliceReport): boolean {
    const slice = this.slice(holder);
    if (slice.isClosed || (slice.report !== undefined && slice.report.sequence >= report.sequence)) return false;
    slice.report = report;
    if (report.isClosed) this.#close(slice, report);
    return true;
  }

  /** The journal's word replaces the slice; a closed slice is booked already. */
  replace(holder: HolderId, totals: AccountTotals | undefined): void {
    const slice = this.state.slices.get(holder);
    this.state.slices.delete(holder);
    if (slice?.isClosed === true || totals === undefined) return;
    this.state.spent += totals.spent;
    this.state.inDoubt += totals.inDoubt;
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

  status(limit: bigint): AccountStatus {
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
    return { account: this.state.name, limit, spent, held, inDoubt, overrun, unreported, left };
  }

  isOver(now: Instant): boolean {
    return now >= this.state.name.to;
  }

  #close(slice: Slice, report: SliceReport): void {
    this.state.spent += report.spent;
    this.state.inDoubt += report.inDoubt;
    this.state.overrun += report.overrun;
    slice.isClosed = true;
  }
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

/** What the holder used beyond its slice. It is charged already, so making the slice as large costs nothing. */
export function deficitOf(slice: Slice): bigint {
  const left = slice.granted - (slice.report?.returned ?? 0n) - usedBy(slice);
  return left < 0n ? -left : 0n;
}

function chargedFor(slice: Slice): bigint {
  if (slice.isClosed) return 0n;
  const left = slice.granted - (slice.report?.returned ?? 0n);
  const used = usedBy(slice);
  return left > used ? left : used;
}

function usedBy({ report, isClosed }: Slice): bigint {
  return report === undefined || isClosed ? 0n : report.spent + report.held + report.inDoubt;
}
