/** What the journals say of each account: the truth that slices are replaced with when their holder has died. */
import { type AttemptCorrected, type AttemptDispatched, type JournalEvent } from "#events";
import { type Instant } from "#units";
import { type AccountTotals, readTotals } from "./account-totals.ts";
import { type AccountName, type BudgetTable, type Share } from "./budget-table.ts";
import { type HolderId } from "./messages.ts";
import { chargeOf, chargeOfLost, type Meter, type SettlementFacts, type Size, sizeOf } from "./unit.ts";

interface OpenAttempt {
  readonly shares: readonly Share[];
  readonly size: Size;
}

interface HolderFold {
  readonly totals: Map<string, { account: AccountName; spent: bigint; inDoubt: bigint }>;
  readonly open: Map<string, OpenAttempt>;
}

/** Reads each event of each holder once, in the order of its journal. */
export class JournalFold {
  #table: BudgetTable;
  readonly #holders = new Map<HolderId, HolderFold>();

  constructor(table: BudgetTable) {
    this.#table = table;
  }

  apply(table: BudgetTable): void {
    this.#table = table;
  }

  /**
   * Begins anew with what `ThreadBudgets.soFar` said when the segment was begun whose events come next. False, and nothing has
   * happened, when that cannot be read.
   */
  begin(holder: HolderId, soFar: string): boolean {
    const said = readTotals(soFar);
    if (said === undefined) return false;
    // What a budget that was taken out has charged is charged to nobody.
    const known = said.filter(({ account }) => this.#table.budget(account.budget) !== undefined);
    const totals = new Map(known.map((each) => [each.account.key, { ...each }]));
    this.#holders.set(holder, { totals, open: new Map() });
    return true;
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
    for (const { shares, size } of fold.open.values()) {
      for (const { account, meter } of shares) {
        const { spent, residual } = chargeOfLost(size, meter);
        add(totals, account, { spent, inDoubt: residual });
      }
    }
    return [...totals.values()];
  }

  /** After the authority took its totals; from then on the checkpoint of the authority holds them. */
  forget(holder: HolderId): void {
    this.#holders.delete(holder);
  }

  #dispatch(into: HolderFold, event: AttemptDispatched): void {
    // A segment begins with the attempts that were open at the end of the one before.
    if (into.open.has(event.attempt)) return;
    into.open.set(event.attempt, { shares: this.#table.sharesAt(event, event.at), size: sizeOf(event) });
  }

  #settle(into: HolderFold, attempt: string, settlement: SettlementFacts): void {
    const open = into.open.get(attempt);
    if (open === undefined) return;
    into.open.delete(attempt);
    for (const { account, meter } of open.shares) {
      const { spent, residual } = chargeOf(settlement, open.size, meter);
      add(into.totals, account, { spent, inDoubt: residual });
    }
  }

  #correct(into: HolderFold, event: AttemptCorrected): void {
    for (const { account, spent, inDoubt } of differencesOf(event, this.#table))
      add(into.totals, account, { spent, inDoubt });
  }

  #of(holder: HolderId): HolderFold {
    const known = this.#holders.get(holder);
    if (known !== undefined) return known;
    const fold: HolderFold = { totals: new Map(), open: new Map() };
    this.#holders.set(holder, fold);
    return fold;
  }
}

export type CorrectionFacts = Pick<AttemptCorrected, "dispatched" | "before" | "settlement">;

interface Difference {
  readonly account: AccountName;
  readonly meter: Meter;
  readonly spent: bigint;
  readonly inDoubt: bigint;
}

/**
 * What a correction adds, either part perhaps negative: what was spent to the period that is open when it is booked, what
 * was in doubt to the period of the dispatch.
 */
export function differencesOf({ dispatched, before, settlement }: CorrectionFacts, table: BudgetTable): Difference[] {
  const size = sizeOf(dispatched);
  const earlier: SettlementFacts = { cost: before.cost, residual: before.residual, usage: before.usage };
  const change = (meter: Meter) => {
    const [was, is] = [chargeOf(earlier, size, meter), chargeOf(settlement, size, meter)];
    return { spent: is.spent - was.spent, inDoubt: is.residual - was.residual };
  };
  const differences: Difference[] = [];
  for (const { account, meter } of table.sharesAt(dispatched, settlement.at)) {
    const { spent } = change(meter);
    if (spent !== 0n) differences.push({ account, meter, spent, inDoubt: 0n });
  }
  for (const { account, meter } of table.sharesAt(dispatched, dispatched.at)) {
    const { inDoubt } = change(meter);
    if (inDoubt !== 0n && isCorrectable(account, settlement.at))
      differences.push({ account, meter, spent: 0n, inDoubt });
  }
  return differences;
}

/** How long after the end of its period an account with nothing held is closed. */
export const CLOSE_AFTER_MS = 60_000;

/** Doubt of a period that is closed stays where it is: nobody can spend there any more. */
function isCorrectable({ to }: AccountName, at: Instant): boolean {
  return at < to + CLOSE_AFTER_MS;
}

function add(totals: HolderFold["totals"], account: AccountName, more: { spent: bigint; inDoubt: bigint }): void {
  const known = totals.get(account.key);
  if (more.spent === 0n && more.inDoubt === 0n) return;
  if (known === undefined) totals.set(account.key, { account, ...more });
  else {
    known.spent += more.spent;
    known.inDoubt += more.inDoubt;
  }
}
