/** What the journals say of each account: the truth that slices are replaced with when their holder has died. */
import { type AttemptCorrected, type AttemptDispatched, type JournalEvent, type Settlement } from "#events";
import { type Instant } from "#units";
import { z } from "zod";
import { type AccountName, type BudgetTable } from "./budget-table.ts";
import { type HolderId } from "./messages.ts";
import { AccountNameText, Nanos, writeState } from "./written-state.ts";

export interface AccountTotals {
  readonly account: AccountName;
  readonly spent: bigint;
  /** Residuals, and the whole hold of each attempt that was dispatched and never settled. */
  readonly inDoubt: bigint;
}

interface OpenAttempt {
  readonly accounts: readonly AccountName[];
  readonly hold: bigint;
}

interface HolderFold {
  readonly totals: Map<string, { account: AccountName; spent: bigint; inDoubt: bigint }>;
  readonly open: Map<string, OpenAttempt>;
}

const FoldText = z.array(
  z.strictObject({
    holder: z.string(),
    totals: z.array(z.strictObject({ account: AccountNameText, spent: Nanos, inDoubt: Nanos })),
    open: z.array(z.strictObject({ attempt: z.string(), accounts: z.array(AccountNameText), hold: Nanos })),
  }),
);

/**
 * Reads each event of each holder once, in the order of its journal. Its state can be kept beside the positions up to
 * which the journals were read, and goes on from there.
 */
export class JournalFold {
  #table: BudgetTable;
  readonly #holders = new Map<HolderId, HolderFold>();

  constructor(table: BudgetTable) {
    this.#table = table;
  }

  static fromText(text: string, table: BudgetTable): JournalFold {
    const fold = new JournalFold(table);
    for (const { holder, totals, open } of FoldText.parse(JSON.parse(text))) {
      const into = fold.#of(holder);
      for (const each of totals) into.totals.set(each.account.key, each);
      for (const { attempt, ...each } of open) into.open.set(attempt, each);
    }
    return fold;
  }

  toText(): string {
    const holders = [...this.#holders].map(([holder, { totals, open }]) => ({
      holder,
      totals: [...totals.values()],
      open: [...open].map(([attempt, each]) => ({ attempt, ...each })),
    }));
    return writeState(holders);
  }

  apply(table: BudgetTable): void {
    this.#table = table;
  }

  read(holder: HolderId, event: JournalEvent): void {
    if (event.type === "attempt-dispatched") this.#dispatch(this.#of(holder), event);
    else if (event.type === "attempt-settled") this.#settle(this.#of(holder), event.attempt, event);
    else if (event.type === "attempt-corrected") this.#correct(this.#of(holder), event);
  }

  holders(): readonly HolderId[] {
    return [...this.#holders.keys()];
  }

  totalsOf(holder: HolderId): readonly AccountTotals[] {
    const fold = this.#holders.get(holder);
    if (fold === undefined) return [];
    const totals = new Map([...fold.totals].map(([key, each]) => [key, { ...each }]));
    for (const { accounts, hold } of fold.open.values()) for (const name of accounts) add(totals, name).inDoubt += hold;
    return [...totals.values()];
  }

  /** After the authority took its totals; from then on the checkpoint of the authority holds them. */
  forget(holder: HolderId): void {
    this.#holders.delete(holder);
  }

  #dispatch(into: HolderFold, event: AttemptDispatched): void {
    // A segment begins with the attempts that were open at the end of the one before.
    if (into.open.has(event.attempt)) return;
    into.open.set(event.attempt, { accounts: this.#table.accountsAt(event, event.at), hold: holdOf(event) });
  }

  #settle(into: HolderFold, attempt: string, settlement: Settlement): void {
    const open = into.open.get(attempt);
    if (open === undefined) return;
    into.open.delete(attempt);
    const { spent, residual } = chargeOf(settlement, open.hold);
    for (const name of open.accounts) {
      const totals = add(into.totals, name);
      totals.spent += spent;
      totals.inDoubt += residual;
    }
  }

  #correct(into: HolderFold, { dispatched, before, settlement }: AttemptCorrected): void {
    const { spent, residual } = differenceOf({ dispatched, before, settlement });
    for (const name of this.#table.accountsAt(dispatched, settlement.at)) add(into.totals, name).spent += spent;
    for (const name of this.#table.accountsAt(dispatched, dispatched.at))
      if (isCorrectable(name, settlement.at)) add(into.totals, name).inDoubt += residual;
  }

  #of(holder: HolderId): HolderFold {
    const known = this.#holders.get(holder);
    if (known !== undefined) return known;
    const fold: HolderFold = { totals: new Map(), open: new Map() };
    this.#holders.set(holder, fold);
    return fold;
  }
}

/** An attempt that nobody can price keeps its whole hold in doubt: giving it back would make unpriced models free. */
function chargeOf({ cost, residual }: Pick<Settlement, "cost" | "residual">, hold: bigint): Charge {
  if (cost.type === "unpriced") return { spent: 0n, residual: hold > residual ? hold : residual };
  return { spent: cost.nanos, residual };
}

export interface Charge {
  readonly spent: bigint;
  /** What stays in doubt beside it. */
  readonly residual: bigint;
}

/** What a correction adds; either part may be negative. */
export function differenceOf({ dispatched, before, settlement }: CorrectionFacts): Charge {
  const hold = holdOf(dispatched);
  const [was, is] = [chargeOf(before, hold), chargeOf(settlement, hold)];
  return { spent: is.spent - was.spent, residual: is.residual - was.residual };
}

/** How long after the end of its period an account with nothing held is closed. */
export const CLOSE_AFTER_MS = 60_000;

/** Doubt of a period that is closed stays where it is: nobody can spend there any more. */
export function isCorrectable({ to }: AccountName, at: Instant): boolean {
  return at < to + CLOSE_AFTER_MS;
}

export type CorrectionFacts = Pick<AttemptCorrected, "dispatched" | "before" | "settlement">;

function holdOf({ bound }: AttemptDispatched): bigint {
  return bound.type === "unknown" ? 0n : bound.nanos;
}

function add(totals: HolderFold["totals"], account: AccountName) {
  const known = totals.get(account.key);
  if (known !== undefined) return known;
  const made = { account, spent: 0n, inDoubt: 0n };
  totals.set(account.key, made);
  return made;
}
