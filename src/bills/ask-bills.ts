/** Questions about bills, answered from the ledger. */
import { type SqlParameter, type SqlRow, type SqlSource } from "#ledger";
import { assert } from "#std";
import { formatDecimal, parseDecimal } from "./exact-decimal.ts";

type BillDimension = "provider" | "service" | "month" | "charge" | "layer" | "feature" | "team" | "source";

type Filter = { readonly [Name in BillDimension]?: string | undefined } & {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

export interface BillSums {
  readonly bills: number;
  readonly nanos: string;
  /** What rounding left: with it, sums are the files' to the last digit. */
  readonly remainder: string;
}

export interface BillTotals {
  readonly rows: ({ readonly dimensions: Record<string, string> } & BillSums)[];
  readonly total: BillSums;
  readonly is_cut: boolean;
}

export interface BillRow {
  readonly id: string;
  readonly bill: string;
  readonly incurred_at: string;
  readonly booked_at: string;
  readonly state: "booked" | "taken_back";
  readonly why: string | undefined;
  readonly provider: string;
  readonly service: string;
  readonly charge: string;
  readonly layer: string;
  readonly feature: string;
  readonly team: string;
  readonly nanos: string;
  readonly remainder: string | undefined;
  readonly origin: string;
  readonly row: Record<string, string>;
}

const columnOf = {
  provider: "provider",
  service: "step",
  charge: "operation",
  layer: "layer",
  feature: "feature",
  team: "team",
  source: "format",
} as const;

const MONTH = "strftime(make_timestamp(incurred_at * 1000), '%Y-%m')";
/** Amounts have at most 24 decimals and rates 12; what rounding leaves of one is below a nano. */
const REMAINDER = "CAST(json_extract_string(detail, '$.bill.remainder') AS DECIMAL(38, 36))";
const GROUPS_MAX = 10_000;

export async function askBillTotals(
  source: SqlSource,
  { by, ...filter }: Filter & { readonly by: readonly BillDimension[] },
): Promise<BillTotals> {
  const { where, parameters } = await whereSql(source, filter);
  const sums = `count(*) AS bills, coalesce(sum(nanos), 0)::HUGEINT AS nanos,
    coalesce(sum(CASE WHEN contains(detail, '"remainder"') THEN ${REMAINDER} END), 0)::VARCHAR AS remainder`;
  const keys = by.map((name, index) => `${name === "month" ? MONTH : columnOf[name]} AS d${index}`);
  const names = by.map((_, index) => `d${index}`).join(", ");
  const rows = await source.query(
    `SELECT ${keys.join(", ")}, ${sums} FROM entry_rows WHERE ${where} GROUP BY ${names}
     ORDER BY nanos DESC, ${names} LIMIT ${GROUPS_MAX + 1}`,
    parameters,
  );
  const [total = {}] = await source.query(`SELECT ${sums} FROM entry_rows WHERE ${where}`, parameters);
  return {
    rows: rows.slice(0, GROUPS_MAX).map((row) => ({
      dimensions: Object.fromEntries(by.map((name, index) => [name, textOf(row, `d${index}`)])),
      ...sumsOf(row),
    })),
    total: sumsOf(total),
    is_cut: rows.length > GROUPS_MAX,
  };
}

const CURSOR = /^(-?\d{1,16}):(bill_[0-9a-z_.#-]{1,120})$/;

/** Undefined for a cursor that we did not give. */
export async function askBillRows(
  source: SqlSource,
  { limit, cursor, ...filter }: Filter & { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ readonly rows: BillRow[]; readonly cursor: string | undefined } | undefined> {
  const { where, parameters } = await whereSql(source, filter);
  const parts = [where];
  if (cursor !== undefined) {
    const [, at, attempt] = CURSOR.exec(cursor) ?? [];
    if (at === undefined || attempt === undefined) return undefined;
    parameters.push(BigInt(at), attempt);
    const [first, second] = [`$${parameters.length - 1}`, `$${parameters.length}`];
    parts.push(`(incurred_at < ${first} OR (incurred_at = ${first} AND attempt < ${second}))`);
  }
  const found = await source.query(
    `SELECT * FROM entry_rows WHERE ${parts.join(" AND ")} ORDER BY incurred_at DESC, attempt DESC LIMIT ${limit + 1}`,
    parameters,
  );
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const isMore = found.length > limit && last !== undefined;
  return {
    rows: rows.map(toRow),
    cursor: isMore ? `${Number(last["incurred_at"])}:${textOf(last, "attempt")}` : undefined,
  };
}

async function whereSql(source: SqlSource, filter: Filter) {
  const parameters: SqlParameter[] = [];
  const parts = ["number = -1"];
  const words = Object.entries(columnOf).flatMap(([name, column]) => {
    const value = Object.entries(filter).find(([each]) => each === name)?.[1];
    return value === undefined ? [] : [{ column, value }];
  });
  const codes = await source.codesOf(words.map(({ value }) => value));
  for (const { column, value } of words) parts.push(`${column} = ${codes.get(value) ?? 0}`);
  const add = (sql: string, value: SqlParameter) => {
    parameters.push(value);
    parts.push(sql.replace("?", `$${parameters.length}`));
  };
  if (filter.from !== undefined) add("incurred_at >= ?", BigInt(Date.parse(filter.from)));
  if (filter.to !== undefined) add("incurred_at < ?", BigInt(Date.parse(filter.to)));
  if (filter.month !== undefined) add(`${MONTH} = ?`, filter.month);
  return { where: parts.join(" AND "), parameters };
}

function sumsOf(row: SqlRow): BillSums {
  const remainder = parseDecimal(textOf(row, "remainder"));
  assert(remainder !== undefined, "a sum of decimals is one");
  return { bills: Number(row["bills"]), nanos: wholeOf(row, "nanos"), remainder: formatDecimal(remainder) };
}

function toRow(row: SqlRow): BillRow {
  const { bill, reported }: { bill: SqlRow; reported: string } = JSON.parse(textOf(row, "detail"));
  return {
    id: textOf(row, "attempt"),
    bill: textOf(row, "call"),
    incurred_at: new Date(Number(row["incurred_at"])).toISOString(),
    booked_at: new Date(Number(row["booked_at"])).toISOString(),
    state: row["state"] === "correction" ? "taken_back" : "booked",
    why: typeof row["why"] === "string" ? row["why"] : undefined,
    provider: textOf(row, "provider"),
    service: textOf(row, "step"),
    charge: textOf(row, "operation"),
    layer: textOf(row, "layer"),
    feature: textOf(row, "feature"),
    team: textOf(row, "team"),
    nanos: wholeOf(row, "nanos"),
    remainder: typeof bill["remainder"] === "string" ? bill["remainder"] : undefined,
    origin: textOf(bill, "origin"),
    row: JSON.parse(reported),
  };
}

function textOf(row: SqlRow, name: string): string {
  const value = row[name];
  assert(typeof value === "string", `column ${name} is text`);
  return value;
}

function wholeOf(row: SqlRow, name: string): string {
  const value = row[name];
  assert(typeof value === "bigint", `column ${name} is a whole number`);
  return value.toString();
}
