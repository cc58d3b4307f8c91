import { askProviderDays } from "#analytics";
import { type Books } from "#books";
import { type createControl } from "#control";
import { type Config } from "#config";
import { type SqlSource } from "#ledger";
import { type PriceBook, priceUsage } from "#pricing";
import { type Difference, reconcile, type Reconciliation } from "#reconciliation";
import { fromReportDays, type ProviderReport, readReport, type ReportProblem } from "#reports";
import { assert, err, ok } from "#std";
import { type Instant, instant, type Money, money, parseRate, type Rate } from "#units";
import { type World } from "#world";
import { type OfficeReports } from "./office-reports.ts";
import { reportBill } from "./report-bill.ts";

type Source = Parameters<typeof createControl>[0]["sources"]["reconciliations"];
type Answered = Awaited<ReturnType<Source["reconcile"]>>;
type Compared = Extract<Answered, { ok: true }>["value"];
type Problem = Extract<Answered, { ok: false }>["error"];

export interface ReconciliationParts {
  readonly world: World;
  readonly store: SqlSource;
  readonly books: Pick<Books, "reports">;
  readonly reports: Pick<OfficeReports, "list" | "fetch" | "keep">;
  readonly bills: Pick<Parameters<typeof createControl>[0]["sources"]["bills"], "begin" | "add" | "book">;
  readonly inForce: () => { readonly prices: PriceBook; readonly config: Pick<Config, "currency"> };
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ROWS_MAX = 1000;
const DAYS_BY_DEFAULT = 31;
const LAG_HOURS = 24;

/** The ledger's days beside those of a report: one that somebody gives, or those that are kept. */
export function reconciliationSource(parts: ReconciliationParts): Source {
  const { world, reports, inForce } = parts;
  return {
    async reconcile(asked) {
      const report = readReport(asked.pages, inForce().config.currency);
      if (!report.ok) return err(told(report.error));
      if (report.value.days.length === 0)
        return err({ code: "report_not_understood", path: "pages", detail: "There is no day in them." });
      const { provider, pages, lag_hours } = asked;
      const at = asked.as_of === undefined ? world.clock.now() : instant(Date.parse(asked.as_of));
      const found = await compare(parts, { provider, report: report.value, lag_hours, fetchedAt: () => at });
      const kept = asked.keep ? await reports.keep(provider, { pages, at }) : undefined;
      assert(kept === undefined || kept.ok, "a report that was read can be kept");
      return ok(found);
    },
    async kept(query) {
      const { from, to } = rangeOf(query, world.clock.now());
      const known = (await reports.list()).filter(
        ({ provider, days }) => days > 0 && (query.provider ?? provider) === provider,
      );
      const rows: Compared[] = [];
      for (const { provider } of known) rows.push(...(await keptOf(parts, { provider, from, to, query })));
      return { from, to, rows };
    },
    reports: async () => ({ rows: [...(await reports.list())] }),
    async fetch(provider, range) {
      if (!(await reports.fetch(provider, range))) return undefined;
      return (await reports.list()).find((each) => each.provider === provider);
    },
    async book(provider, month, who) {
      const text = await billOf(parts, provider, month);
      if (text === undefined) return undefined;
      const { bills } = parts;
      const name = `${provider}, past the gateway, ${month}`;
      const begun = bills.begin({ name, format: "csv", dates: "iso", whole: true }, who);
      if (!begun.ok) return begun;
      const added = bills.add(begun.value.id, { offset: 0, bytes: Buffer.from(text) });
      return added.ok ? bills.book(begun.value.id) : added;
    },
  };
}

type KeptQuery = Parameters<Source["kept"]>[0];

function rangeOf({ from, to }: KeptQuery, now: Instant): { readonly from: string; readonly to: string } {
  const last = to ?? dayOf(now);
  return { from: from ?? dayOf(Date.parse(last) - (DAYS_BY_DEFAULT - 1) * DAY_MS), to: last };
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

interface KeptQuestion {
  readonly provider: string;
  readonly from: string;
  readonly to: string;
  readonly query: Pick<KeptQuery, "lag_hours">;
}

async function keptOf(parts: ReconciliationParts, { query, ...range }: KeptQuestion): Promise<readonly Compared[]> {
  const kept = await keptReport(parts, range);
  if (kept === undefined) return [];
  const { provider } = range;
  const found = await compare(parts, { provider, ...kept, lag_hours: query.lag_hours });
  const fetchedAt = (day: string) => new Date(kept.fetchedAt(day)).toISOString();
  return [{ ...found, by_day: found.by_day.map((each) => ({ ...each, fetched_at: fetchedAt(each.day) })) }];
}

/** What is kept of these days, and when each was fetched: the oldest of what its day is made of. */
export async function keptReport(
  { books, inForce }: Pick<ReconciliationParts, "books" | "inForce">,
  range: Omit<KeptQuestion, "query">,
): Promise<{ readonly report: ProviderReport; readonly fetchedAt: (day: string) => Instant } | undefined> {
  const stored = await books.reports.within(range);
  const fetched = new Map<string, Instant>();
  for (const { day, fetchedAt } of stored)
    fetched.set(day, instant(Math.min(fetched.get(day) ?? fetchedAt, fetchedAt)));
  const days = stored.map(({ day, series, format, buckets }) => ({
    day,
    series,
    format: format === "anthropic" ? ("anthropic" as const) : ("openai" as const),
    buckets: JSON.parse(buckets),
  }));
  const report = fromReportDays(days, inForce().config.currency);
  return report === undefined ? undefined : { report, fetchedAt: (day) => fetched.get(day) ?? instant(0) };
}

interface Comparison extends TermsQuestion {
  readonly report: ProviderReport;
}

async function compare(parts: Pick<ReconciliationParts, "store" | "inForce">, asked: Comparison): Promise<Compared> {
  const { provider, report } = asked;
  const { days, format } = report;
  const [first = "", last = ""] = [days[0], days.at(-1)];
  const answer = toAnswer(await reconcileWith(parts, asked));
  return { provider, format, currency: parts.inForce().config.currency, from: first, to: last, ...answer };
}

function reconcileWith(
  parts: Pick<ReconciliationParts, "store" | "inForce">,
  { provider, report, ...asked }: Comparison,
): Promise<Reconciliation> {
  const [first = "", last = ""] = [report.days[0], report.days.at(-1)];
  // A day that still goes on is compared as far as its report can know of it.
  const to = instant(Math.min(Date.parse(last) + DAY_MS, asked.fetchedAt(last)));
  const range = { from: instant(Date.parse(first)), to };
  const terms = termsOf(parts, { provider, ...asked });
  return askProviderDays(parts.store, { provider, ...range }).then((ledger) => reconcile(ledger, report, terms));
}

/** A month of the kept report as a bill of what no entry has; undefined where nothing of the month is kept. */
async function billOf(parts: ReconciliationParts, provider: string, month: string): Promise<string | undefined> {
  const [from, next] = [`${month}-01`, Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1)];
  const kept = await keptReport(parts, { provider, from, to: dayOf(next - DAY_MS) });
  if (kept === undefined) return undefined;
  const found = await reconcileWith(parts, { provider, ...kept, lag_hours: LAG_HOURS });
  const isFinished = (day: string) => Date.parse(day) + DAY_MS <= kept.fetchedAt(day) - LAG_HOURS * HOUR_MS;
  return reportBill(found, { provider, currency: parts.inForce().config.currency, month, isFinished });
}

interface TermsQuestion {
  readonly provider: string;
  readonly lag_hours: number;
  readonly fetchedAt: (day: string) => Instant;
}

export function termsOf(
  { inForce }: Pick<ReconciliationParts, "inForce">,
  { provider, lag_hours, fetchedAt }: TermsQuestion,
): Parameters<typeof reconcile>[2] {
  const { prices } = inForce();
  return {
    asOf: fetchedAt,
    lagMs: lag_hours * HOUR_MS,
    tierOf: (word) => prices.tierOf(word) ?? word ?? "standard",
    rateOf: ({ day, ...of }) => rateNow(prices, { ...of, provider, at: instant(Date.parse(day)) }),
  };
}

interface RateQuestion {
  readonly provider: string;
  readonly model: string;
  readonly tier: string;
  readonly class: Parameters<Parameters<typeof reconcile>[2]["rateOf"]>[0]["class"];
  readonly at: Instant;
}

/** The rate of one unit, which is the one below every context band. */
function rateNow(prices: PriceBook, { provider, model, tier, class: name, at }: RateQuestion): Rate | undefined {
  const sku = prices.find({ provider, model, at });
  if (sku === undefined) return undefined;
  const billed = prices.tierOf(tier) ?? "standard";
  const priced = priceUsage(sku, { usage: { [name]: 1 }, tier: billed, at });
  const text = priced.components.find((component) => component.class === name)?.rate;
  if (text === undefined) return undefined;
  const rate = parseRate(text);
  assert(rate.ok, "a price row's rate is one");
  return rate.value;
}

/** What no one has to look at: it is expected, or stands in the report as a line of its own. */
const settled: ReadonlySet<string> = new Set(["rounding", "lag", "credit", "tax"]);

function toAnswer(found: Reconciliation): Omit<Compared, "provider" | "format" | "currency" | "from" | "to"> {
  const { differences, days, compared } = found;
  const ofDay = Map.groupBy(differences, ({ day }) => day);
  const rows = differences.toSorted((left, right) => (weightOf(left) > weightOf(right) ? -1 : 1));
  return {
    days: days.length,
    compared,
    ...sumsOf(found, differences),
    by_day: days.map((each) => ({ day: each.day, ...sumsOf(each, ofDay.get(each.day) ?? []) })),
    rows: rows.slice(0, ROWS_MAX).map(toRow),
    rows_left_out: Math.max(0, rows.length - ROWS_MAX),
  };
}

function sumsOf(
  { booked, reported, reportedUsage, byCause }: Omit<Reconciliation["days"][number], "day">,
  differences: readonly Difference[],
) {
  const open = differences
    .flatMap(({ parts }) => parts)
    .filter(({ cause }) => !settled.has(cause))
    .reduce((sum, { nanos }) => sum + sizeOf(nanos), 0n);
  return {
    booked_nanos: booked.toString(),
    reported_nanos: reported.toString(),
    by_cause: inNanos(byCause),
    open_nanos: open.toString(),
    // What the provider has not reported yet covers nothing: a day that is not over would seem to be more than all.
    coverage_percent: percent(money(booked + byCause.lag), reportedUsage),
    bypass_percent: percent(byCause.bypass, reportedUsage),
  };
}

function inNanos(byCause: Reconciliation["byCause"]): Compared["by_cause"] {
  const { bypass, tier, price, rounding, lag, credit, tax, double_count, lost_day, unsettled, unexplained } = byCause;
  return {
    bypass: bypass.toString(),
    tier: tier.toString(),
    price: price.toString(),
    rounding: rounding.toString(),
    lag: lag.toString(),
    credit: credit.toString(),
    tax: tax.toString(),
    double_count: double_count.toString(),
    lost_day: lost_day.toString(),
    unsettled: unsettled.toString(),
    unexplained: unexplained.toString(),
  };
}

function sizeOf(nanos: Money): bigint {
  return nanos < 0n ? 0n - nanos : nanos;
}

function weightOf({ parts }: Difference): bigint {
  return parts.reduce((sum, { nanos }) => sum + sizeOf(nanos), 0n);
}

/** With four decimals, cut and not rounded: 99.9999 is never shown as all. */
function percent(part: Money, whole: Money): number | undefined {
  return whole === 0n ? undefined : Number((part * 1_000_000n) / whole) / 10_000;
}

function toRow(difference: Difference): Compared["rows"][number] {
  const { day, model, meter, tier, item, parts } = difference;
  return {
    day,
    model,
    meter,
    tier,
    booked_quantity: difference.bookedQuantity,
    reported_quantity: difference.reportedQuantity,
    booked_nanos: difference.booked.toString(),
    reported_nanos: difference.reported.toString(),
    at_our_rates: difference.isAtOurRates,
    item,
    parts: parts.map(({ cause, quantity, nanos }) => ({ cause, quantity, nanos: nanos.toString() })),
  };
}

function told({ type, page, path }: ReportProblem): Problem {
  const place = ["pages", `${page}`, path].filter((part) => part !== "").join(".");
  return { path: place, ...sentences[type] };
}

const sentences: { readonly [Type in ReportProblem["type"]]: Omit<Problem, "path"> } = {
  "not-a-report": {
    code: "report_not_understood",
    detail: "Not a page of OpenAI's or Anthropic's usage or cost API, or not in the form that they document.",
  },
  "not-daily": { code: "report_not_understood", detail: "A bucket is in no one day of UTC; ask for bucket_width=1d." },
  "other-currency": { code: "report_not_understood", detail: "An amount is not in the book currency." },
  mixed: {
    code: "report_not_understood",
    detail: "Pages of two providers, two kinds on one page, or some grouped by tier and some not.",
  },
  "too-large": { code: "report_not_understood", detail: "More than 1,000 pages or 200,000 lines: send fewer days." },
  incomplete: {
    code: "report_incomplete",
    detail: "has_more is true: fetch the pages that follow, and send them too.",
  },
  repeated: { code: "report_repeated", detail: "The same line of the same day a second time; it would count double." },
  "not-by-model": {
    code: "report_not_by_model",
    detail: "Quantities without a model: fetch it grouped by model, service tier and, at OpenAI, batch.",
  },
};
