import { isKnownWord, type SqlRow, type SqlSource, wordCode } from "#ledger";
import { ok, type Result } from "#std";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { codedWords, type Filtering, filterSql, instantColumn, type RowTable } from "./dimension.ts";
import { type EntryRow, NEWEST_FIRST, rangeSql, toEntry } from "./entries.ts";
import { type CallQuestion, type QuestionProblem } from "./question.ts";
import { count, maybeText, oneOf, text, timestamp } from "./read-row.ts";
import { Parameters } from "./sql-text.ts";
import { TimeZone } from "./time-zone.ts";

export interface CallRow {
  readonly call: string;
  readonly at: string;
  readonly interaction: string;
  readonly tenant: string;
  readonly feature: string;
  readonly team: string;
  readonly key: string | undefined;
  readonly route: string | undefined;
  readonly model: string | undefined;
  readonly provider?: string | undefined;
  readonly operation?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly state: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly attempts: number;
  readonly nanos: string | undefined;
  readonly estimated_nanos: string;
  readonly in_doubt_nanos: string;
  readonly unpriced: number;
  readonly tokens_in: number | undefined;
  readonly tokens_out: number | undefined;
  readonly duration_ms: number | undefined;
  readonly first_content_ms: number | undefined;
  /** Of a call that a budget refused. */
  readonly refused_by?: RefusedBy | undefined;
}

/** Amounts are in the unit, nanos where it is USD; undefined where the budget said no for another reason. */
export interface RefusedBy {
  readonly budget: string;
  readonly value: string | undefined;
  readonly unit: "USD" | "requests" | "tokens" | "concurrent" | undefined;
  readonly limit: string | undefined;
  readonly left: string | undefined;
  readonly needed: string | undefined;
}

export interface CallPage {
  rows: CallRow[];
  readonly cursor: string | undefined;
}

/** Calls, newest first, by the attempt that ended them; refused ones by their refusal. */
export async function askCalls(source: SqlSource, question: CallQuestion): Promise<Result<CallPage, QuestionProblem>> {
  const { cursor, limit, ...asked } = question;
  const after = decodeCursor(asked, cursor, [0, ""]);
  if (!after.ok) return after;
  const said = [asked.code, asked.budget].filter((word) => word !== undefined);
  const codes = await source.codesOf([...codedWords(asked.filter), ...said]);
  const parameters = new Parameters();
  const [at = "", call = ""] = (after.value ?? []).map((value) => parameters.add(value));
  const newest = `ORDER BY ended_at DESC, call DESC LIMIT ${parameters.add(limit + 1)}`;
  const parts: string[] = [];
  for (const table of ["entry_rows", "refusal_rows"] as const) {
    const where = headWhere(asked, { table, parameters, codes });
    if (!where.ok) return where;
    const endedAt = instantColumn(table);
    const keyset =
      after.value === undefined ? "true" : `(${endedAt} < ${at} OR (${endedAt} = ${at} AND call < ${call}))`;
    // Each half cut to a page: DuckDB sorts a whole union, but skips what is too old in one table.
    parts.push(
      `(SELECT ${endedAt} AS ended_at, call, '${table}' AS source FROM ${table} WHERE ${where.value} AND ${keyset} ${newest})`,
    );
  }
  const heads = await source.query(`SELECT * FROM (${parts.join(" UNION ALL ")}) ${newest}`, parameters.values);
  const shown = heads.slice(0, limit);
  const last = shown.at(-1);
  const isMore = heads.length > limit && last !== undefined;
  return ok({
    rows: await callsOf(source, shown),
    cursor: isMore ? encodeCursor(asked, [count(last, "ended_at"), text(last, "call")]) : undefined,
  });
}

type RowFiltering = Omit<Filtering, "zone"> & { readonly table: RowTable };

function headWhere(
  { from, to, state, filter, ...ending }: Omit<CallQuestion, "limit" | "cursor">,
  filtering: RowFiltering,
): Result<string, QuestionProblem> {
  const { table, parameters } = filtering;
  const utc = TimeZone.open("UTC");
  if (!utc.ok) return utc;
  const filtered = filterSql(filter, { ...filtering, zone: utc.value });
  if (!filtered.ok) return filtered;
  const range = rangeSql({ from, to }, instantColumn(table), parameters);
  if (!range.ok) return range;
  return ok([stateSql(state, table), ...endingSql(ending, filtering), ...range.value, ...filtered.value].join(" AND "));
}

type Ending = Pick<CallQuestion, "code" | "status" | "cost" | "budget" | "budget_value">;

/** How a call ended, by its last attempt or its refusal. A refusal has no cost that could be uncertain. */
function endingSql(
  { code, status, cost, ...refusing }: Ending,
  { table, parameters, codes }: RowFiltering,
): readonly string[] {
  const parts: string[] = [];
  // A word that nothing was booked with has no code, and 0 is nobody's.
  if (code !== undefined) parts.push(`${table === "entry_rows" ? "error" : "code"} = ${codes.get(code) ?? 0}`);
  if (status !== undefined) parts.push(`status = ${parameters.add(status)}`);
  if (cost !== undefined && table === "refusal_rows") parts.push("false");
  else if (cost !== undefined) parts.push(cost === "estimated" ? "estimated_nanos <> 0" : "unpriced > 0");
  return [...parts, ...refusingSql(refusing, { table, parameters, codes })];
}

/** Only refusals are by a budget. */
function refusingSql(
  { budget, budget_value: value }: Pick<Ending, "budget" | "budget_value">,
  { table, parameters, codes }: RowFiltering,
): readonly string[] {
  if (budget === undefined && value === undefined) return [];
  if (table === "entry_rows") return ["false"];
  return [
    ...(budget === undefined ? [] : [`budget = ${codes.get(budget) ?? 0}`]),
    ...(value === undefined ? [] : [`budget_value = ${parameters.add(value)}`]),
  ];
}

function stateSql(state: string | undefined, table: RowTable): string {
  if (table === "refusal_rows")
    return state === undefined || state === "problems" || state === "refused" ? "true" : "false";
  if (state === undefined) return "call_end";
  if (state === "problems") return `call_end AND state <> ${wordCode("answered")}`;
  return isKnownWord(state) ? `call_end AND state = ${wordCode(state)}` : "false";
}

export interface RefusalCount {
  readonly budget: string;
  /** Of all its values when undefined. */
  readonly value: string | undefined;
  readonly from: string;
  readonly to: string;
}

/** How many calls a budget refused. */
export async function countRefused(
  source: SqlSource,
  { budget, value, from, to }: RefusalCount,
): Promise<Result<number, QuestionProblem>> {
  const codes = await source.codesOf([budget]);
  const parameters = new Parameters();
  const asked = { from, to, filter: {}, budget, budget_value: value };
  const where = headWhere(asked, { table: "refusal_rows", parameters, codes });
  if (!where.ok) return where;
  const [row = {}] = await source.query(
    `SELECT count(*) AS calls FROM refusal_rows WHERE ${where.value}`,
    parameters.values,
  );
  return ok(count(row, "calls"));
}

/** An attempt is dispatched at most this long before the one that ends its call: no route may wait longer. */
const CALL_MS_MAX = 86_400_000;

async function callsOf(source: SqlSource, heads: readonly SqlRow[]): Promise<CallRow[]> {
  const ended = heads.filter(({ source: table }) => table === "entry_rows");
  const refused = heads.filter(({ source: table }) => table === "refusal_rows");
  const entries = await rowsOfCalls(source, "entry_rows", ended);
  const refusals = await rowsOfCalls(source, "refusal_rows", refused);
  const byCall = Map.groupBy(entries, (row) => text(row, "call"));
  const refusalOf = new Map(refusals.map((row) => [text(row, "call"), row]));
  return heads.flatMap((head) => {
    const call = text(head, "call");
    const rows = byCall.get(call);
    if (head["source"] === "entry_rows") return rows === undefined ? [] : [toCall(rows)];
    const refusal = refusalOf.get(call);
    return refusal === undefined ? [] : [toRefusedCall(refusal)];
  });
}

async function rowsOfCalls(source: SqlSource, table: RowTable, heads: readonly SqlRow[]): Promise<readonly SqlRow[]> {
  if (heads.length === 0) return [];
  const parameters = new Parameters();
  const times = heads.map((head) => count(head, "ended_at"));
  const at = instantColumn(table);
  const places = heads.map((head) => parameters.add(text(head, "call")));
  return source.query(
    `SELECT * FROM ${table} WHERE ${at} >= ${parameters.add(Math.min(...times) - CALL_MS_MAX)}
     AND ${at} <= ${parameters.add(Math.max(...times))} AND call IN (${places.join(", ")})`,
    parameters.values,
  );
}

/** Entries of one call, in any order, as the call that they make. */
export function toCall(rows: readonly SqlRow[]): CallRow {
  const attempts = rows
    .filter(({ state }) => state !== "correction")
    .toSorted((a, b) => count(a, "number") - count(b, "number"));
  const all = [...rows];
  const [first = all[0] ?? {}] = attempts;
  const last = attempts.at(-1) ?? first;
  const waited = count(last, "incurred_at") - count(first, "incurred_at");
  return {
    call: text(first, "call"),
    at: timestamp(first, "incurred_at"),
    interaction: text(first, "interaction"),
    tenant: text(first, "tenant"),
    feature: text(first, "feature"),
    team: text(first, "team"),
    key: text(first, "key"),
    route: maybeText(first, "route"),
    model: text(last, "model"),
    provider: text(last, "provider"),
    operation: text(last, "operation"),
    stream: last["stream"] === true,
    state: text(last, "state"),
    status: sumOf([last], "status"),
    code: maybeText(last, "error"),
    // A kept answer was not asked for again.
    attempts: attempts.filter(({ kind }) => kind !== "cache").length,
    nanos: moneySum(rows, "nanos")?.toString(),
    estimated_nanos: (moneySum(rows, "estimated_nanos") ?? 0n).toString(),
    in_doubt_nanos: (moneySum(rows, "in_doubt_nanos") ?? 0n).toString(),
    unpriced: sumOf(rows, "unpriced") ?? 0,
    tokens_in: sumOf(rows, "tokens_in"),
    tokens_out: sumOf(rows, "tokens_out"),
    // What answered behind attempts that failed is written down when it was found, which ends the call.
    duration_ms: last["kind"] === "cache" && last !== first ? waited : plus(waited, sumOf([last], "duration_ms")),
    first_content_ms: plus(waited, sumOf([last], "first_content_ms")),
  };
}

export function toRefusedCall(row: SqlRow): CallRow {
  return {
    call: text(row, "call"),
    at: timestamp(row, "refused_at"),
    interaction: text(row, "interaction"),
    tenant: text(row, "tenant"),
    feature: text(row, "feature"),
    team: text(row, "team"),
    key: maybeText(row, "key"),
    route: maybeText(row, "route"),
    model: maybeText(row, "model"),
    state: "refused",
    status: count(row, "status"),
    code: text(row, "code"),
    attempts: 0,
    nanos: undefined,
    estimated_nanos: "0",
    in_doubt_nanos: "0",
    unpriced: 0,
    tokens_in: undefined,
    tokens_out: undefined,
    duration_ms: undefined,
    first_content_ms: undefined,
    refused_by: refusedBy(row),
  };
}

function refusedBy(row: SqlRow): RefusedBy | undefined {
  const budget = maybeText(row, "budget");
  if (budget === undefined) return undefined;
  const shortage: SqlRow = JSON.parse(maybeText(row, "shortage") ?? "{}");
  const unit = maybeText(shortage, "unit");
  return {
    budget,
    value: maybeText(row, "budget_value"),
    unit: unit === undefined ? undefined : oneOf(unit, ["USD", "requests", "tokens", "concurrent"] as const),
    limit: maybeText(shortage, "limit"),
    left: maybeText(shortage, "left"),
    needed: maybeText(shortage, "needed"),
  };
}

/** Undefined when no row has the value: unknown is not zero. */
function moneySum(rows: readonly SqlRow[], name: string): bigint | undefined {
  let sum: bigint | undefined;
  for (const row of rows) {
    const value = row[name];
    if (typeof value === "bigint") sum = (sum ?? 0n) + value;
  }
  return sum;
}

function sumOf(rows: readonly SqlRow[], name: string): number | undefined {
  let sum: number | undefined;
  for (const row of rows) {
    const value = row[name];
    if (typeof value === "bigint" || typeof value === "number") sum = (sum ?? 0) + Number(value);
  }
  return sum;
}

function plus(waited: number, ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : waited + ms;
}

export interface CallDetail {
  readonly call: CallRow;
  entries: EntryRow[];
}

/** As `newId` writes it: when the call began stands in its id. */
const CALL_ID = /^call_([0-9a-f]{12})[0-9a-f]{16,}$/;

async function entriesOfCall(source: SqlSource, id: string): Promise<readonly SqlRow[]> {
  const [, began] = CALL_ID.exec(id) ?? [];
  if (began !== undefined) {
    // A clock may be set back between a call and its attempts. Reading the ids of these days takes a thirtieth of reading all.
    const at = Number.parseInt(began, 16);
    const entries = await source.query(
      `SELECT * FROM entry_rows WHERE call = $1 AND incurred_at >= $2 AND incurred_at <= $3 ORDER BY ${NEWEST_FIRST}`,
      [id, BigInt(at - CALL_MS_MAX), BigInt(at + 2 * CALL_MS_MAX)],
    );
    if (entries.length > 0) return entries;
  }
  return source.query(`SELECT * FROM entry_rows WHERE call = $1 ORDER BY ${NEWEST_FIRST}`, [id]);
}

/** Undefined when there is no such call. */
export async function findCall(source: SqlSource, id: string): Promise<CallDetail | undefined> {
  const entries = await entriesOfCall(source, id);
  if (entries.length > 0) return { call: toCall(entries), entries: entries.toReversed().map(toEntry) };
  const [refusal] = await source.query("SELECT * FROM refusal_rows WHERE call = $1 LIMIT 1", [id]);
  return refusal === undefined ? undefined : { call: toRefusedCall(refusal), entries: [] };
}
