import { createHash } from "node:crypto";
import { type Analytics } from "#analytics";
import { type Books, type Change } from "#books";
import {
  type MarginQuery,
  type MarginRow,
  type MarginRows,
  type NewRevenue,
  type RevenueFile,
  type RevenueQuery,
  type RevenueRows,
  type UnitRows,
} from "#contract";
import { type createControl, type QuestionProblem } from "#control";
import { coverage, marginsOf, type Margins, readRevenue, revenueWithin } from "#economics";
import { err, ok, type Result } from "#std";
import { instant } from "#units";
import { type World } from "#world";

type MarginSource = Parameters<typeof createControl>[0]["sources"]["margins"];
type StoredRow = Awaited<ReturnType<Books["revenue"]["within"]>>[number];
type StoredFile = Awaited<ReturnType<Books["revenue"]["files"]>>[number];

interface Parts {
  readonly analytics: Analytics;
  readonly books: Books;
  readonly currency: string;
}

/** What stands where no customer was said, or more than are told apart. */
const noCustomer: readonly string[] = ["(none)", "(other)"];

/** The ledger's costs beside what the books and outcomes say that customers bring. */
export function marginSource(world: World, parts: Parts): MarginSource {
  return {
    margins: (query) => askMargins(parts, query),
    revenue: (query) => askRevenue(parts, query),
    importRevenue: (given, who) => {
      const change = { audit: world.chance.id("audit"), who, at: world.clock.now() };
      return takeRevenue(parts, given, change);
    },
  };
}

async function askMargins(
  { analytics, books, currency }: Parts,
  query: MarginQuery,
): Promise<Result<MarginRows, QuestionProblem>> {
  const { from, to, outcome, filter, limit, cursor, revenue: source } = query;
  const costs = await analytics.customers({ by: ["customer"], from, to, tz: "UTC", filter, outcome });
  if (!costs.ok) return costs;
  const range = rangeOf(query);
  const isWhole = Object.keys(filter).every((name) => name === "customer");
  const found = isWhole ? await books.revenue.within(range) : [];
  const wanted = filter["customer"];
  const table = Map.groupBy(
    wanted === undefined ? found : found.filter(({ customer }) => wanted.includes(customer)),
    ({ customer }) => customer,
  );
  const all = factsOf(costs.value, { table, range });
  const { customers, spread } = marginsOf(all, source);
  const begin = Number(cursor ?? "0");
  const total = BigInt(costs.value.total.gross_nanos);
  const ofCustomers = all.reduce((sum, { cost }) => sum + cost, 0n);
  return ok({
    rows: customers.slice(begin, begin + limit).map((row) => toRow(row, table.get(row.customer), range)),
    cursor: begin + limit < customers.length ? String(begin + limit) : undefined,
    currency,
    table_is_used: isWhole && source !== "outcomes",
    ...toSpread(spread),
    no_customer_nanos: String(total - ofCustomers),
    total_cost_nanos: String(total),
  });
}

type Table = ReadonlyMap<string, readonly StoredRow[]>;

/** Who has costs, and who has only revenue. */
function factsOf(
  { rows }: Pick<UnitRows, "rows">,
  { table, range }: { readonly table: Table; readonly range: Range },
): Parameters<typeof marginsOf>[0] {
  const spending = rows.flatMap((row) => {
    const customer = row.dimensions["customer"] ?? "(none)";
    const outcomeValue = row.valued === 0 ? undefined : BigInt(row.value_nanos);
    const facts = { customer, cost: BigInt(row.gross_nanos), unpriced: row.unpriced, outcomeValue };
    return noCustomer.includes(customer) ? [] : [{ ...facts, tableRevenue: revenueOf(table.get(customer), range) }];
  });
  const seen = new Set(spending.map(({ customer }) => customer));
  const paying = [...table].filter(([customer]) => !seen.has(customer));
  const idle = { cost: 0n, unpriced: 0, outcomeValue: undefined };
  return [
    ...spending,
    ...paying.map(([customer, own]) => ({ customer, ...idle, tableRevenue: revenueOf(own, range) })),
  ];
}

async function askRevenue({ books, currency }: Parts, query: RevenueQuery): Promise<RevenueRows> {
  const { customer, limit, cursor } = query;
  const range = rangeOf(query);
  const found = await books.revenue.within({ ...range, customer });
  const begin = Number(cursor ?? "0");
  return {
    rows: found.slice(begin, begin + limit).map((row) => toRevenueRow(row, range)),
    cursor: begin + limit < found.length ? String(begin + limit) : undefined,
    files: (await books.revenue.files()).map(toFile),
    total_nanos: String(revenueOf(found, range) ?? 0n),
    currency,
  };
}

async function takeRevenue(
  { books, currency }: Parts,
  { name, text }: NewRevenue,
  change: Change,
): ReturnType<MarginSource["importRevenue"]> {
  const read = readRevenue(text, { currency });
  if (!read.ok) return err({ type: "unreadable", problems: read.error });
  const digest = createHash("sha256").update(text).digest("hex");
  const replaced = await books.revenue.replace(change, { name, digest, rows: read.value });
  if (replaced.type === "taken") return err({ type: "taken", line: replaced.line, by: replaced.by });
  const file = toFile(replaced.file);
  if (replaced.type === "unchanged") return ok({ state: "unchanged", file });
  const { before } = replaced;
  return ok(before === undefined ? { state: "imported", file } : { state: "corrected", file, before: toFile(before) });
}

type Range = ReturnType<typeof rangeOf>;

function rangeOf({ from, to }: { readonly from: string; readonly to: string }) {
  return { from: instant(Date.parse(from)), to: instant(Date.parse(to)) };
}

function revenueOf(rows: readonly StoredRow[] | undefined, range: Range): bigint | undefined {
  return rows?.reduce((sum, row) => sum + revenueWithin(row, range), 0n);
}

function toRow(row: Margins["customers"][number], table: readonly StoredRow[] | undefined, range: Range): MarginRow {
  return {
    customer: row.customer,
    cost_nanos: String(row.cost),
    unpriced: row.unpriced,
    revenue_nanos: row.revenue?.toString(),
    revenue_from: row.revenueFrom,
    outcome_value_nanos: row.outcomeValue?.toString(),
    table_nanos: row.tableRevenue?.toString(),
    table_covers: table === undefined ? undefined : coverage(table, range),
    margin_nanos: row.margin?.toString(),
    margin_percent: row.margin === undefined ? undefined : percent(row.margin, row.revenue ?? 0n),
  };
}

function toSpread({ known, unknown, underWater, groups }: Margins["spread"]) {
  return {
    known: toSums(known),
    unknown: { customers: unknown.customers, cost_nanos: String(unknown.cost) },
    under_water: {
      ...toSums(underWater),
      customers_percent: percent(BigInt(underWater.customers), BigInt(known.customers)),
      revenue_percent: percent(underWater.revenue, known.revenue),
    },
    groups: groups.map((group) => ({
      ...toSums(group),
      margin_nanos_min: String(group.marginMin),
      margin_nanos_max: String(group.marginMax),
    })),
  } satisfies Partial<MarginRows>;
}

function toSums({ customers, cost, revenue, margin }: Margins["spread"]["known"]) {
  return { customers, cost_nanos: String(cost), revenue_nanos: String(revenue), margin_nanos: String(margin) };
}

/** In hundredths of a percent, towards zero; undefined of nothing. */
function percent(part: bigint, of: bigint): number | undefined {
  return of <= 0n ? undefined : Number((part * 10_000n) / of) / 100;
}

function toRevenueRow(row: StoredRow, range: Range): RevenueRows["rows"][number] {
  return {
    customer: row.customer,
    from: new Date(row.from).toISOString(),
    to: new Date(row.to).toISOString(),
    nanos: String(row.nanos),
    nanos_within: String(revenueWithin(row, range)),
    reference: row.reference === "" ? undefined : row.reference,
    file: row.file,
    line: row.line,
  };
}

function toFile({ name, rows, nanos, digest, importedAt, importedBy }: StoredFile): RevenueFile {
  return {
    name,
    rows,
    nanos: String(nanos),
    digest,
    imported_at: new Date(importedAt).toISOString(),
    imported_by: importedBy,
  };
}
