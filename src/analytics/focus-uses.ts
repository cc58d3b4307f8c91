import { type SqlRow, type SqlSource, wordCode } from "#ledger";
import { type StepKind, stepKinds, type UsageClass, usageClasses } from "#inference";
import { assert } from "#std";
import { type Instant, instant, type Money, money } from "#units";
import { count, flag, maybeNumber, maybeText, nanos, text } from "./read-row.ts";
import { Parameters } from "./sql-text.ts";

/** Sums of components, or of what an entry costs beside them, for one of everything that a finance team tells apart. */
export interface FocusUse {
  readonly provider: string;
  readonly sku: string | undefined;
  readonly model: string;
  readonly tier: string | undefined;
  readonly kind: StepKind | "bill";
  readonly step: string | undefined;
  readonly operation: string;
  readonly purpose: string;
  readonly layer: string;
  readonly region: string | undefined;
  readonly feature: string;
  readonly team: string;
  readonly customer: string;
  readonly environment: string;
  readonly key: string;
  readonly isLate: boolean;
  readonly isEstimated: boolean;
  readonly metered:
    | { readonly class: UsageClass; readonly quantity: bigint; readonly rate: string; readonly row: string }
    | undefined;
  readonly nanos: Money;
  readonly entries: number;
}

/** What an export of a range is made of. */
export interface FocusRange {
  /** Of the first and the last entry in it; undefined when there is none. */
  readonly first: Instant | undefined;
  readonly last: Instant | undefined;
  /** Entries without a known cost: they are in no row. */
  readonly unpriced: number;
}

const DIMENSIONS =
  "provider, sku, model, tier, kind, step, operation, purpose, layer, region, feature, team, customer, environment, key";
const MONTH = (column: string) => `date_trunc('month', make_timestamp(${column} * 1000))`;
const FLAGS = `(state = ${wordCode("correction")} AND ${MONTH("incurred_at")} <> ${MONTH("booked_at")}) AS is_late,
  (estimated_nanos <> 0) AS is_estimated`;
const COMPONENTS = `from_json(detail->'$.components', '[{"class":"VARCHAR","quantity":"BIGINT","rate":"VARCHAR","nanos":"BIGINT","row":"VARCHAR"}]')`;

/** Everything that was incurred in the range, half-open; the money of all rows is that of the ledger, to the nano. */
export async function askFocusUses(
  source: SqlSource,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Promise<readonly FocusUse[]> {
  const ask = (sql: (where: string) => string): Promise<readonly SqlRow[]> => {
    const parameters = new Parameters();
    const where = `incurred_at >= ${parameters.add(from)} AND incurred_at < ${parameters.add(to)}`;
    return source.query(sql(where), parameters.values);
  };
  const metered = await ask(meteredSql);
  const rest = await ask(restSql);
  return [...metered, ...rest].map(toUse);
}

export async function askFocusRange(
  source: SqlSource,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Promise<FocusRange> {
  const [row = {}] = await source.query(
    `SELECT min(incurred_at) AS first, max(incurred_at) AS last, coalesce(sum(unpriced), 0)::BIGINT AS unpriced
     FROM entry_rows WHERE incurred_at >= $1 AND incurred_at < $2`,
    [BigInt(from), BigInt(to)],
  );
  const [first, last] = [maybeNumber(row, "first"), maybeNumber(row, "last")];
  return {
    first: first === undefined ? undefined : instant(first),
    last: last === undefined ? undefined : instant(last),
    unpriced: count(row, "unpriced"),
  };
}

function meteredSql(where: string): string {
  return `SELECT ${DIMENSIONS}, is_late, is_estimated, item.class AS class, item.rate AS rate, item.row AS price_row,
      sum(item.quantity)::BIGINT AS quantity, sum(item.nanos)::HUGEINT AS nanos, count(*) AS entries
    FROM (SELECT ${DIMENSIONS}, ${FLAGS}, unnest(${COMPONENTS}) AS item FROM entry_rows WHERE ${where} AND nanos IS NOT NULL)
    GROUP BY ALL HAVING sum(item.quantity) <> 0 OR sum(item.nanos) <> 0`;
}

/** What an entry costs beyond its components: a step whose sender said the amount, a bill, an estimate without parts. */
function restSql(where: string): string {
  const ofParts = `coalesce(list_sum(list_transform(${COMPONENTS}, lambda item: item.nanos)), 0)`;
  return `SELECT ${DIMENSIONS}, is_late, is_estimated, NULL AS class, sum(rest)::HUGEINT AS nanos, count(*) AS entries
    FROM (SELECT ${DIMENSIONS}, ${FLAGS}, nanos - ${ofParts} AS rest FROM entry_rows WHERE ${where} AND nanos IS NOT NULL)
    WHERE rest <> 0 GROUP BY ALL HAVING sum(rest) <> 0`;
}

function toUse(row: SqlRow): FocusUse {
  const name = maybeText(row, "class");
  return {
    provider: text(row, "provider"),
    sku: maybeText(row, "sku"),
    model: text(row, "model"),
    tier: maybeText(row, "tier"),
    kind: oneOf(text(row, "kind"), [...stepKinds, "bill"] as const),
    step: maybeText(row, "step"),
    operation: text(row, "operation"),
    purpose: text(row, "purpose"),
    layer: text(row, "layer"),
    region: maybeText(row, "region"),
    feature: text(row, "feature"),
    team: text(row, "team"),
    customer: text(row, "customer"),
    environment: text(row, "environment"),
    key: text(row, "key"),
    isLate: flag(row, "is_late"),
    isEstimated: flag(row, "is_estimated"),
    metered:
      name === undefined
        ? undefined
        : {
            class: oneOf(name, usageClasses),
            quantity: BigInt(count(row, "quantity")),
            rate: text(row, "rate"),
            row: text(row, "price_row"),
          },
    nanos: money(BigInt(nanos(row, "nanos"))),
    entries: count(row, "entries"),
  };
}

function oneOf<Name extends string>(word: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === word);
  assert(found !== undefined, `${word} is one of ours`);
  return found;
}
