/** What no price list can mean: such rows are set aside with the reason, and the rest of the book loads. */
import { type Rate } from "#units";
import { exceptionFor } from "./own-exceptions.ts";
import { type PriceRow, type QuarantinedRow } from "./price-row.ts";

export interface CheckedRows {
  readonly rows: readonly PriceRow[];
  readonly quarantined: readonly QuarantinedRow[];
}

type Check = (row: PriceRow, all: RowIndex) => string | undefined;

const checks: readonly Check[] = [isZero, cacheReadAboveInput, discountAboveStandard, changedTwofold];

/** Checks the rows of one layer of a sku against each other and against those of its other layers. */
export function checkRows(rows: readonly PriceRow[], others: readonly PriceRow[]): CheckedRows {
  const all = new RowIndex([...rows, ...others]);
  const good: PriceRow[] = [];
  const quarantined: QuarantinedRow[] = [];
  for (const row of rows) {
    const reason = firstReason(row, all);
    if (reason === undefined || exceptionFor(row.id) !== undefined) good.push(row);
    else quarantined.push({ row, reason });
  }
  return { rows: good, quarantined };
}

function firstReason(row: PriceRow, all: RowIndex): string | undefined {
  for (const check of checks) {
    const reason = check(row, all);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function isZero(row: PriceRow): string | undefined {
  return row.rate === 0n && !row.isFree ? "zero, and not marked free" : undefined;
}

function cacheReadAboveInput(row: PriceRow, all: RowIndex): string | undefined {
  if (row.class !== "cache_read") return undefined;
  const input = all.same(row, { class: "input_uncached" });
  return input !== undefined && row.rate > input.rate ? `cache_read is above input (${input.id})` : undefined;
}

function discountAboveStandard(row: PriceRow, all: RowIndex): string | undefined {
  if (row.tier !== "batch" && row.tier !== "flex") return undefined;
  const standard = all.same(row, { tier: "standard" });
  return standard !== undefined && row.rate > standard.rate
    ? `${row.tier} is above standard (${standard.id})`
    : undefined;
}

function changedTwofold(row: PriceRow, all: RowIndex): string | undefined {
  const before = all.before(row);
  if (before === undefined || before.rate === 0n) return undefined;
  return isOverTwofold(before.rate, row.rate) ? `changed more than twofold from ${before.id}` : undefined;
}

function isOverTwofold(left: Rate, right: Rate): boolean {
  return left > right * 2n || right > left * 2n;
}

/** Finds the row that differs in one respect only, in whichever layer it is. */
class RowIndex {
  readonly #rows: Map<string, PriceRow[]>;

  constructor(rows: readonly PriceRow[]) {
    this.#rows = Map.groupBy(rows, placeOf);
  }

  same(row: PriceRow, changed: Partial<PriceRow>): PriceRow | undefined {
    const rows = this.#rows.get(placeOf({ ...row, ...changed }));
    return rows?.find((other) => other.from === row.from) ?? rows?.find((other) => other.until === undefined);
  }

  /** The row it replaces from its start on. */
  before(row: PriceRow): PriceRow | undefined {
    const { from } = row;
    return from === undefined ? undefined : this.#rows.get(placeOf(row))?.find((other) => other.until === from);
  }
}

function placeOf(row: PriceRow): string {
  return [row.class, row.tier, row.over, row.region, row.window?.fromMs, row.window?.toMs].join("|");
}
