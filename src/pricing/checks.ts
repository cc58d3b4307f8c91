/** What no price list can mean: such rows are set aside with the reason, and the rest of the book loads. */
import { type UsageClass } from "#inference";
import { type Rate } from "#units";
import { changeException } from "./own-exceptions.ts";
import { type PriceRow, type QuarantinedRow } from "./price-row.ts";

export interface CheckedRows {
  readonly rows: readonly PriceRow[];
  readonly quarantined: readonly QuarantinedRow[];
}

type Check = (row: PriceRow, all: RowIndex) => string | undefined;

const checks: readonly Check[] = [isZero, cacheReadAboveInput, discountAboveStandard, changedTwofold];

/** Checks the rows of each layer of a sku against all of them. */
export function checkLayers(layers: readonly (readonly PriceRow[])[]): readonly CheckedRows[] {
  const all = new RowIndex(layers.flat());
  return layers.map((rows) => {
    const good: PriceRow[] = [];
    const quarantined: QuarantinedRow[] = [];
    for (const row of rows) {
      const reason = firstReason(row, all);
      if (reason === undefined) good.push(row);
      else quarantined.push({ row, reason });
    }
    return { rows: good, quarantined };
  });
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
  const input = all.same(row, { class: "input_uncached", tier: row.tier });
  return input !== undefined && row.rate > input.rate ? `cache_read is above input (${input.id})` : undefined;
}

function discountAboveStandard(row: PriceRow, all: RowIndex): string | undefined {
  if (row.tier !== "batch" && row.tier !== "flex") return undefined;
  const standard = all.same(row, { class: row.class, tier: "standard" });
  return standard !== undefined && row.rate > standard.rate
    ? `${row.tier} is above standard (${standard.id})`
    : undefined;
}

function changedTwofold(row: PriceRow, all: RowIndex): string | undefined {
  const before = all.before(row);
  if (before === undefined || before.rate === 0n || changeException(row) !== undefined) return undefined;
  return isOverTwofold(before.rate, row.rate) ? `changed more than twofold from ${before.id}` : undefined;
}

function isOverTwofold(left: Rate, right: Rate): boolean {
  return left > right * 2n || right > left * 2n;
}

/** Finds the row that differs in one respect only, in whichever layer it is. */
class RowIndex {
  readonly #rows: Map<UsageClass, PriceRow[]>;

  constructor(rows: readonly PriceRow[]) {
    this.#rows = Map.groupBy(rows, (row) => row.class);
  }

  same(row: PriceRow, { class: name, tier }: Pick<PriceRow, "class" | "tier">): PriceRow | undefined {
    const rows = this.#rows.get(name)?.filter((other) => other.tier === tier && isSamePlace(other, row));
    return rows?.find((other) => other.from === row.from) ?? rows?.find((other) => other.until === undefined);
  }

  /** The row it replaces from its start on. */
  before(row: PriceRow): PriceRow | undefined {
    const { from } = row;
    if (from === undefined) return undefined;
    return this.#rows
      .get(row.class)
      ?.find((other) => other.until === from && other.tier === row.tier && isSamePlace(other, row));
  }
}

function isSamePlace(left: PriceRow, right: PriceRow): boolean {
  return (
    left.over === right.over &&
    left.region === right.region &&
    left.window?.fromMs === right.window?.fromMs &&
    left.window?.toMs === right.window?.toMs
  );
}
