import { type Attribution, type Bill } from "#events";
import { err, ok, type Result } from "#std";
import { instant } from "#units";
import { layerOfCategory } from "./bill-categories.ts";
import { type StagedRow } from "./bill-stage.ts";
import { type BillsSection, ruleFor } from "./bills-config.ts";
import { multiply, parseDecimal, roundToNanos } from "./exact-decimal.ts";
import { type ExchangeRate, rateAt } from "./exchange-rates.ts";
import { moneyColumns, neededColumns, providerColumns } from "./focus-columns.ts";

/** What decides how a charge is booked, apart from the charge. */
export interface BillRules {
  readonly currency: string;
  readonly rates: readonly ExchangeRate[];
  readonly bills: BillsSection;
}

export interface RowProblem {
  readonly column: string | undefined;
  readonly detail: string;
}

type Values = Readonly<Record<string, string>>;

const NONE = "(none)";
const WORD_CHARACTERS_MAX = 512;
const TAGS_MAX = 32;
/** With the twelve places of a rate, all that a sum of remainders can hold. */
const SCALE_MAX = 24;
const TAG_CHARACTERS_MAX = 128;

/** `measured`: booked call by call already. */
export function makeBill(
  row: StagedRow,
  {
    rules,
    origin,
    currency,
  }: { readonly rules: BillRules; readonly origin: string; readonly currency: string | undefined },
): Result<Bill | "measured", RowProblem> {
  const { values } = row;
  const provider = providerColumns.map((name) => values[name]).find((name) => name !== undefined) ?? NONE;
  const rule = ruleFor(rules.bills.rules, { provider, values });
  if (rule === "measured") return ok(rule);
  const amount = convert(values["BilledCost"] ?? "", { rules, row, currency: values["BillingCurrency"] ?? currency });
  if (!amount.ok) return amount;
  const words = wordsOf(provider, values);
  const long = Object.entries(words).find(([, word]) => (word ?? "").length > WORD_CHARACTERS_MAX);
  if (long !== undefined) return err({ column: long[0], detail: `more than ${WORD_CHARACTERS_MAX} characters` });
  const { rate, ...rounded } = amount.value;
  return ok({
    bill: `bill_${row.scope}_${row.identity}.${row.occurrence}`,
    content: row.content,
    source: "focus",
    origin,
    incurredAt: instant(row.startMs),
    ...words,
    layer: rule?.layer ?? layerOfCategory(values),
    attribution: attributionOf(values, rules.bills.tags),
    ...rounded,
    // The rate stands with what it converted, behind the last column.
    row: rate === undefined ? row.row : `${row.row.slice(0, -1)},"x_TareExchangeRate":${JSON.stringify(rate)}}`,
  });
}

function wordsOf(provider: string, values: Values) {
  return {
    provider,
    service: values["ServiceName"] ?? NONE,
    charge: values["ChargeCategory"] ?? NONE,
    sku: values["SkuId"] ?? values["SkuPriceId"],
    region: values["RegionId"],
  };
}

function convert(
  text: string,
  {
    rules,
    row,
    currency,
  }: { readonly rules: BillRules; readonly row: StagedRow; readonly currency: string | undefined },
): Result<Pick<Bill, "nanos" | "remainder"> & { readonly rate: string | undefined }, RowProblem> {
  const billed = parseDecimal(text);
  if (billed === undefined || billed.scale > SCALE_MAX || currency === undefined)
    return err({ column: "BilledCost", detail: `not a plain decimal of at most ${SCALE_MAX} places` });
  const isOwn = currency === rules.currency;
  const conversion = isOwn ? undefined : rateAt(rules.rates, currency, instant(row.startMs));
  if (!isOwn && conversion === undefined)
    return err({
      column: "BillingCurrency",
      detail: `no rate of ${currency.slice(0, 16)} for ${new Date(row.startMs).toISOString().slice(0, 10)}; add it to exchange_rates`,
    });
  const rounded = roundToNanos(conversion === undefined ? billed : multiply(billed, conversion.rate));
  if (rounded === undefined) return err({ column: "BilledCost", detail: "larger than the books can hold" });
  return ok({ ...rounded, rate: conversion?.text });
}

/** Tags that are no JSON object of texts say nothing of whom a charge is for; they are kept in its row as they stand. */
function attributionOf(values: Values, names: BillsSection["tags"]): Attribution {
  const tags = readTags(values["Tags"] ?? values["AllocatedTags"]);
  const first = (wanted: readonly string[]) => wanted.map((name) => tags[name]).find((value) => value !== undefined);
  return {
    tenant: "default",
    interaction: NONE,
    feature: first(names.feature) ?? NONE,
    team: first(names.team) ?? NONE,
    customer: first(names.customer) ?? NONE,
    user: NONE,
    environment: first(names.environment) ?? NONE,
    session: NONE,
    tags,
    claimed: {},
  };
}

function readTags(text: string | undefined): Readonly<Record<string, string>> {
  const tags: Record<string, string> = Object.create(null);
  const json = text?.startsWith("{") === true ? parseJson(text) : undefined;
  if (typeof json !== "object" || json === null) return tags;
  for (const [name, value] of Object.entries(json).slice(0, TAGS_MAX))
    if (typeof value === "string" && isShort(name) && isShort(value)) tags[name] = value;
  return tags;
}

function isShort(text: string): boolean {
  return text !== "" && text.length <= TAG_CHARACTERS_MAX;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** What is wrong with a row that the stage did not take. */
export function problemOf(values: Values, currency: string | undefined): RowProblem {
  const missing = neededColumns.find(
    (name) => values[name] === undefined && (name !== "BillingCurrency" || currency === undefined),
  );
  if (missing !== undefined) return { column: missing, detail: "is empty" };
  const wrong = moneyColumns.find((name) => values[name] !== undefined && parseDecimal(values[name]) === undefined);
  if (wrong !== undefined) return { column: wrong, detail: `${shown(values[wrong])} is not a plain decimal` };
  const at = "ChargePeriodStart";
  return { column: at, detail: `${shown(values[at])} is no ISO 8601 instant; say --dates mdy or dmy if it is a day` };
}

function shown(text = ""): string {
  return JSON.stringify(text.slice(0, 40));
}

/** Why a bill is booked again, by the columns that changed. */
export function differenceOf(before: Bill, after: Bill): string {
  const [old, now] = [parseJson(before.row), parseJson(after.row)];
  if (!isRecord(old) || !isRecord(now)) return "corrected";
  const names = [...new Set(["BilledCost", ...Object.keys(old), ...Object.keys(now)])];
  const changed = names.filter((name) => old[name] !== now[name]);
  if (changed.length === 0) return "the rules of the configuration changed";
  const told = changed.slice(0, 3).map((name) => `${name} ${said(old[name])} → ${said(now[name])}`);
  return `corrected: ${told.join(", ")}${changed.length > 3 ? ` and ${changed.length - 3} more` : ""}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function said(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 40) : "nothing";
}

/** Nothing that is booked of it is another: only words that no entry has. */
export function isSameBooking(before: Bill, after: Bill): boolean {
  return bookingOf(before) === bookingOf(after);
}

function bookingOf({ content: _, origin: __, row: ___, nanos, ...bill }: Bill): string {
  return JSON.stringify({
    ...bill,
    nanos: nanos.toString(),
    attribution: { ...bill.attribution, tags: sorted(bill.attribution.tags) },
  });
}

function sorted(tags: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
