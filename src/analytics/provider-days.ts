import { type SqlRow, type SqlSource, wordCode } from "#ledger";
import { type StepKind, stepKinds, type UsageClass, usageClasses } from "#inference";
import { assert } from "#std";
import { type Instant, type Money, money } from "#units";
import { count, maybeText, nanos, text } from "./read-row.ts";
import { Parameters } from "./sql-text.ts";

/** Half-open, of one configured provider. */
export interface ProviderDaysQuestion {
  readonly provider: string;
  readonly from: Instant;
  readonly to: Instant;
}

export interface DayQuantity {
  /** UTC, as the bills of providers count. */
  readonly day: string;
  readonly model: string;
  readonly tier: string | undefined;
  readonly kind: StepKind;
  readonly class: UsageClass;
  readonly quantity: number;
}

export interface DayCharge extends DayQuantity {
  readonly rate: string;
  readonly nanos: Money;
  /** Amounts that were rounded to make the sum. */
  readonly roundings: number;
}

export interface DayOpen {
  readonly day: string;
  readonly model: string;
  readonly inDoubt: Money;
  readonly estimated: Money;
}

export interface ProviderDays {
  readonly quantities: readonly DayQuantity[];
  readonly charges: readonly DayCharge[];
  readonly repeats: readonly DayQuantity[];
  readonly open: readonly DayOpen[];
}

const DAY = "strftime(make_timestamp(incurred_at * 1000), '%Y-%m-%d')";
const COMPONENTS = `from_json(detail->'$.components', '[{"class":"VARCHAR","quantity":"BIGINT","rate":"VARCHAR","nanos":"BIGINT"}]')`;
const USAGE = `map_entries(from_json(detail->'$.usage', '"MAP(VARCHAR, BIGINT)"'))`;

/**
 * What one provider was used for by day, with corrections taken in: everything measured, what was charged at each rate,
 * what more than one entry claims by the provider's own id, and what is not certain. Bills are no usage.
 */
export async function askProviderDays(source: SqlSource, question: ProviderDaysQuestion): Promise<ProviderDays> {
  const codes = await source.codesOf([question.provider, "bill"]);
  const ask = (sql: (where: string) => string): Promise<readonly SqlRow[]> => {
    const parameters = new Parameters();
    const range = `incurred_at >= ${parameters.add(question.from)} AND incurred_at < ${parameters.add(question.to)}`;
    const where = `provider = ${codes.get(question.provider) ?? 0} AND kind <> ${codes.get("bill") ?? 0} AND ${range}`;
    return source.query(sql(where), parameters.values);
  };
  const [quantities, charges, repeats, open] = [
    await ask(quantitiesSql),
    await ask(chargesSql),
    await ask(repeatsSql),
    await ask(openSql),
  ];
  return {
    quantities: quantities.map(toQuantity),
    charges: charges.map((row) => ({
      ...toQuantity(row),
      rate: text(row, "rate"),
      nanos: amount(row, "nanos"),
      roundings: count(row, "roundings"),
    })),
    repeats: repeats.map(toQuantity),
    open: open.map((row) => ({
      day: text(row, "day"),
      model: text(row, "model"),
      inDoubt: amount(row, "in_doubt"),
      estimated: amount(row, "estimated"),
    })),
  };
}

function quantitiesSql(where: string): string {
  return `SELECT day, model, tier, kind, used.key AS class, sum(used.value)::BIGINT AS quantity
    FROM (SELECT ${DAY} AS day, model, tier, kind, unnest(${USAGE}) AS used FROM entry_rows WHERE ${where})
    GROUP BY ALL`;
}

function chargesSql(where: string): string {
  return `SELECT day, model, tier, kind, item.class AS class, item.rate AS rate, sum(item.quantity)::BIGINT AS quantity,
      sum(item.nanos)::HUGEINT AS nanos, count(*) AS roundings
    FROM (SELECT ${DAY} AS day, model, tier, kind, unnest(${COMPONENTS}) AS item FROM entry_rows WHERE ${where})
    GROUP BY ALL`;
}

/** The first entry of an id is the one that counts. */
function repeatsSql(where: string): string {
  const places = "row_number() OVER (PARTITION BY upstream ORDER BY incurred_at, attempt) AS place";
  return `SELECT day, model, tier, kind, used.key AS class, sum(used.value)::BIGINT AS quantity
    FROM (
      SELECT day, model, tier, kind, unnest(usage) AS used FROM (
        SELECT ${DAY} AS day, model, tier, kind, ${USAGE} AS usage, json_extract_string(detail, '$.upstream_id') AS upstream, ${places}
        FROM entry_rows WHERE ${where} AND state <> ${wordCode("correction")} AND json_extract_string(detail, '$.upstream_id') IS NOT NULL
      ) WHERE place > 1
    ) GROUP BY ALL`;
}

function openSql(where: string): string {
  return `SELECT ${DAY} AS day, model, sum(in_doubt_nanos)::HUGEINT AS in_doubt, sum(estimated_nanos)::HUGEINT AS estimated
    FROM entry_rows WHERE ${where} GROUP BY ALL HAVING sum(in_doubt_nanos) <> 0 OR sum(estimated_nanos) <> 0`;
}

function toQuantity(row: SqlRow): DayQuantity {
  return {
    day: text(row, "day"),
    model: text(row, "model"),
    tier: maybeText(row, "tier"),
    kind: oneOf(text(row, "kind"), stepKinds),
    class: oneOf(text(row, "class"), usageClasses),
    quantity: count(row, "quantity"),
  };
}

function oneOf<Name extends string>(word: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === word);
  assert(found !== undefined, `${word} is one of ours`);
  return found;
}

function amount(row: SqlRow, name: string): Money {
  return money(BigInt(nanos(row, name)));
}
