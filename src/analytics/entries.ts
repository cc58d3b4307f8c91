import { type SqlRow, type SqlSource } from "#ledger";
import { assert, err, ok, type Result } from "#std";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { interactionSql } from "./interaction-sql.ts";
import { codedWords, filterSql } from "./dimension.ts";
import { type EntryQuestion, type QuestionProblem } from "./question.ts";
import { count, flag, maybeNumber, maybeText, nanos, oneOf, text, timestamp } from "./read-row.ts";
import { Parameters } from "./sql-text.ts";
import { TimeZone } from "./time-zone.ts";

export interface EntryComponent {
  readonly class: string;
  readonly quantity: number;
  readonly rate: string;
  readonly nanos: string;
  readonly row: string;
}

export interface EntryRow {
  readonly id: string;
  readonly attempt: string;
  readonly call: string;
  readonly interaction: string;
  readonly number: number;
  readonly incurred_at: string;
  readonly booked_at: string;
  readonly kind: string;
  /** Of a step: its name. */
  readonly step: string | undefined;
  /** Id of the step that it is part of, which may never have come. */
  readonly parent: string | undefined;
  /** Of a step that its sender corrected: which telling it is. */
  readonly revision: number | undefined;
  readonly purpose: string;
  readonly layer: string;
  readonly state: string;
  readonly delivered: string;
  readonly is_net: boolean;
  readonly tenant: string;
  readonly feature: string;
  readonly team: string;
  readonly customer: string;
  readonly user: string;
  readonly environment: string;
  readonly session: string;
  tags: Record<string, string>;
  claimed: Record<string, string>;
  readonly key: string;
  readonly route: string | undefined;
  readonly provider: string;
  readonly target: string;
  readonly model: string;
  readonly format: string;
  readonly operation: string;
  readonly stream: boolean;
  readonly region: string | undefined;
  readonly why: string | undefined;
  readonly tier: string | undefined;
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly upstream_id: string | undefined;
  readonly cost_type: "priced" | "estimated" | "unpriced";
  readonly cost_reason: string | undefined;
  readonly nanos: string | undefined;
  readonly in_doubt_nanos: string;
  readonly avoided_nanos: string;
  components: EntryComponent[];
  usage: Record<string, number> | undefined;
  readonly reported: string | undefined;
  readonly price_book: string | undefined;
  readonly sku: string | undefined;
  readonly bound_type: "proven" | "ceiling" | "unknown";
  readonly bound_nanos: string | undefined;
  readonly call_end: boolean;
  readonly duration_ms: number | undefined;
  readonly first_byte_ms: number | undefined;
  readonly first_content_ms: number | undefined;
  readonly overhead_ms: number | undefined;
}

export interface EntryPage {
  rows: EntryRow[];
  readonly cursor: string | undefined;
}

/** `attempts` is 0 for a correction, which comes before what it corrects. */
export const NEWEST_FIRST = "incurred_at DESC, attempt DESC, attempts";

/** Ledger lines, newest first. */
export async function askEntries(
  source: SqlSource,
  question: EntryQuestion,
): Promise<Result<EntryPage, QuestionProblem>> {
  const { cursor, limit, ...asked } = question;
  const parameters = new Parameters();
  const { tenant } = asked;
  const codes = await source.codesOf([...codedWords(asked.filter), ...(tenant === undefined ? [] : [tenant])]);
  const where = entryWhere(asked, parameters, codes);
  if (!where.ok) return where;
  const after = decodeCursor(asked, cursor, [0, "", 0]);
  if (!after.ok) return after;
  const parts = [...where.value];
  if (after.value !== undefined) {
    const [at = 0, attempt = "", attempts = 0] = after.value.map((value) => parameters.add(value));
    parts.push(
      `(incurred_at < ${at} OR (incurred_at = ${at} AND (attempt < ${attempt} OR (attempt = ${attempt} AND attempts > ${attempts}))))`,
    );
  }
  const found = await source.query(
    `SELECT * FROM entry_rows WHERE ${["true", ...parts].join(" AND ")} ORDER BY ${NEWEST_FIRST} LIMIT ${parameters.add(limit + 1)}`,
    parameters.values,
  );
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const isMore = found.length > limit && last !== undefined;
  const key = isMore ? [count(last, "incurred_at"), text(last, "attempt"), count(last, "attempts")] : [];
  return ok({ rows: rows.map(toEntry), cursor: isMore ? encodeCursor(asked, key) : undefined });
}

function entryWhere(
  { interaction, tenant, call, from, to, filter }: Omit<EntryQuestion, "limit" | "cursor">,
  parameters: Parameters,
  codes: ReadonlyMap<string, number>,
): Result<readonly string[], QuestionProblem> {
  const utc = TimeZone.open("UTC");
  if (!utc.ok) return utc;
  const filtered = filterSql(filter, { table: "entry_rows", zone: utc.value, parameters, codes });
  if (!filtered.ok) return filtered;
  const range = rangeSql({ from, to }, "incurred_at", parameters);
  if (!range.ok) return range;
  const parts = [...range.value, ...filtered.value];
  if (interaction !== undefined) parts.push(interactionSql(interaction, parameters));
  if (tenant !== undefined) parts.push(`tenant = ${codes.get(tenant) ?? 0}`);
  if (call !== undefined) parts.push(`call = ${parameters.add(call)}`);
  return ok(parts);
}

export function rangeSql(
  range: { readonly from: string | undefined; readonly to: string | undefined },
  column: string,
  parameters: Parameters,
): Result<readonly string[], QuestionProblem> {
  const parts: string[] = [];
  for (const field of ["from", "to"] as const) {
    const written = range[field];
    if (written === undefined) continue;
    const at = Date.parse(written);
    if (Number.isNaN(at)) return err({ type: "bad-question", field, detail: "Not an RFC 3339 instant." });
    parts.push(`${column} ${field === "from" ? ">=" : "<"} ${parameters.add(at)}`);
  }
  return ok(parts);
}

/** A row of the table in the words of the contract. */
export function toEntry(row: SqlRow): EntryRow {
  const state = text(row, "state");
  const attempt = text(row, "attempt");
  return {
    id: state === "correction" ? `${attempt}:correction` : attempt,
    attempt,
    call: text(row, "call"),
    interaction: text(row, "interaction"),
    number: count(row, "number"),
    incurred_at: timestamp(row, "incurred_at"),
    booked_at: timestamp(row, "booked_at"),
    kind: text(row, "kind"),
    step: maybeText(row, "step"),
    purpose: text(row, "purpose"),
    layer: text(row, "layer"),
    state,
    delivered: text(row, "delivered"),
    is_net: flag(row, "is_net"),
    ...attributionOf(row),
    ...targetOf(row),
    status: maybeNumber(row, "status"),
    error: maybeText(row, "error"),
    ...moneyOf(row),
    ...detailOf(row),
    call_end: flag(row, "call_end"),
    duration_ms: maybeNumber(row, "duration_ms"),
    first_byte_ms: maybeNumber(row, "first_byte_ms"),
    first_content_ms: maybeNumber(row, "first_content_ms"),
    overhead_ms: maybeNumber(row, "overhead_ms"),
  };
}

function attributionOf(row: SqlRow) {
  return {
    tenant: text(row, "tenant"),
    feature: text(row, "feature"),
    team: text(row, "team"),
    customer: text(row, "customer"),
    user: text(row, "user"),
    environment: text(row, "environment"),
    session: text(row, "session"),
    tags: recordOf(JSON.parse(maybeText(row, "tags") ?? "{}"), String),
    claimed: recordOf(JSON.parse(maybeText(row, "claimed") ?? "{}"), String),
  };
}

function targetOf(row: SqlRow) {
  return {
    key: text(row, "key"),
    route: maybeText(row, "route"),
    provider: text(row, "provider"),
    target: text(row, "target"),
    model: text(row, "model"),
    format: text(row, "format"),
    operation: text(row, "operation"),
    stream: flag(row, "stream"),
    region: maybeText(row, "region"),
    why: maybeText(row, "why"),
    tier: maybeText(row, "tier"),
  };
}

function moneyOf(row: SqlRow) {
  const hasNanos = row["nanos"] !== null;
  return {
    cost_type: oneOf(text(row, "cost_type"), ["priced", "estimated", "unpriced"] as const),
    cost_reason: maybeText(row, "cost_reason"),
    nanos: hasNanos ? nanos(row, "nanos") : undefined,
    in_doubt_nanos: nanos(row, "in_doubt_nanos"),
    avoided_nanos: nanos(row, "avoided_nanos"),
    price_book: maybeText(row, "price_book"),
    sku: maybeText(row, "sku"),
    bound_type: oneOf(text(row, "bound_type"), ["proven", "ceiling", "unknown"] as const),
    bound_nanos: row["bound_nanos"] === null ? undefined : nanos(row, "bound_nanos"),
  };
}

function detailOf(row: SqlRow) {
  const detail: Readonly<Record<string, unknown>> = JSON.parse(text(row, "detail"));
  const { usage, components } = detail;
  assert(Array.isArray(components), "components are stored as a list");
  return {
    parent: maybeText(detail, "parent"),
    revision: maybeNumber(detail, "revision"),
    upstream_id: maybeText(detail, "upstream_id"),
    usage: usage === undefined ? undefined : recordOf(usage, Number),
    reported: maybeText(detail, "reported"),
    components: components.map(toComponent),
  };
}

function toComponent(item: Readonly<Record<string, unknown>>): EntryComponent {
  return {
    class: String(item["class"]),
    quantity: Number(item["quantity"]),
    rate: String(item["rate"]),
    nanos: String(item["nanos"]),
    row: String(item["row"]),
  };
}

function recordOf<Value>(record: unknown, toValue: (value: unknown) => Value): Record<string, Value> {
  assert(typeof record === "object" && record !== null, "names and values are stored as an object");
  return Object.fromEntries(Object.entries(record).map(([field, value]) => [field, toValue(value)]));
}
