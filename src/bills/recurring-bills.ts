/** What comes every month and sends no file, as the bills that it makes up to now. */
import { createHash } from "node:crypto";
import { type Bill } from "#events";
import { assert } from "#std";
import { type Id, type Instant, instant } from "#units";
import { readAmount, type RecurringBill } from "./bills-config.ts";
import { type Decimal, formatDecimal, multiply, roundToNanos } from "./exact-decimal.ts";
import { rateAt } from "./exchange-rates.ts";
import { type BillRules } from "./make-bill.ts";

const DAY_MS = 86_400_000;
const NONE = "(none)";
const NANO_SCALE = 9;

/** The scope that all bills of the configuration have, and no file. */
const CONFIG_SCOPE = digest("config").slice(0, 12);

/** A bill that cannot be booked, because nobody says what its currency is worth then. */
export interface UnratedBill {
  readonly name: string;
  readonly currency: string;
  readonly from: Instant;
}

interface Period {
  readonly from: Instant;
  readonly to: Instant;
  readonly key: string;
}

/** Every bill whose period has begun by now; periods are months and days in UTC. */
export function recurringBills(
  { currency, rates, bills }: BillRules,
  now: Instant,
): { readonly bills: readonly Bill[]; readonly unrated: readonly UnratedBill[] } {
  const made: Bill[] = [];
  const unrated: UnratedBill[] = [];
  for (const bill of bills.recurring) {
    const written = readAmount(bill.amount);
    for (const { month, amount } of monthsOf(bill, written.amount, now)) {
      // A one-off was paid once, so one rate is for all of it.
      const at = monthOf(bill.over === undefined ? month : bill.from).from;
      const isOwn = written.currency === currency;
      const conversion = isOwn ? undefined : rateAt(rates, written.currency, at);
      if (!isOwn && conversion === undefined) unrated.push({ name: bill.name, currency: written.currency, from: at });
      else
        for (const part of partsOf(bill, { month, amount, now }))
          made.push(billOf(bill, { ...part, currency: written.currency, conversion }));
    }
  }
  return { bills: made, unrated };
}

function* monthsOf(bill: RecurringBill, amount: Decimal, now: Instant) {
  const shares = bill.over === undefined ? undefined : split(amount, bill.over);
  const last = bill.over === undefined ? bill.to : bill.from + bill.over - 1;
  for (let month = bill.from; month <= (last ?? month) && monthOf(month).from <= now; month += 1)
    yield { month, amount: shares?.[month - bill.from] ?? amount };
}

interface Part {
  readonly period: Period;
  readonly amount: Decimal;
}

function partsOf(
  { booked }: RecurringBill,
  { month, amount, now }: { readonly month: number; readonly amount: Decimal; readonly now: Instant },
): readonly Part[] {
  const period = monthOf(month);
  if (booked === "month") return [{ period, amount }];
  const days = Math.round((period.to - period.from) / DAY_MS);
  return split(amount, days)
    .map((part, index) => ({ period: dayOf(period.from + index * DAY_MS), amount: part }))
    .filter((part) => part.period.from <= now);
}

/** Parts that differ by a nano at most and are together the whole. */
function split({ digits, scale }: Decimal, parts: number): readonly Decimal[] {
  const whole = digits * 10n ** BigInt(NANO_SCALE - scale);
  const upTo = (count: number) => (whole * BigInt(count)) / BigInt(parts);
  return Array.from({ length: parts }, (_, index) => ({ digits: upTo(index + 1) - upTo(index), scale: NANO_SCALE }));
}

function monthOf(month: number): Period {
  const [year, place] = [Math.floor(month / 12), month % 12];
  const from = instant(Date.UTC(year, place));
  return { from, to: instant(Date.UTC(year, place + 1)), key: new Date(from).toISOString().slice(0, 7) };
}

function dayOf(at: number): Period {
  return { from: instant(at), to: instant(at + DAY_MS), key: new Date(at).toISOString().slice(0, 10) };
}

interface Priced extends Part {
  readonly currency: string;
  readonly conversion: ReturnType<typeof rateAt>;
}

function billOf(bill: RecurringBill, { period, amount, currency, conversion }: Priced): Bill {
  const rounded = roundToNanos(conversion === undefined ? amount : multiply(amount, conversion.rate));
  assert(rounded !== undefined, "amounts and rates of the configuration have bounds that the books can hold");
  const row = JSON.stringify({
    BilledCost: formatDecimal(amount),
    BillingCurrency: currency,
    ChargePeriodStart: new Date(period.from).toISOString(),
    ChargePeriodEnd: new Date(period.to).toISOString(),
    ChargeCategory: "Purchase",
    ChargeFrequency: bill.over === undefined ? "Recurring" : "One-Time",
    ServiceName: bill.name,
    ServiceProviderName: bill.provider,
    ...(conversion === undefined ? {} : { x_TareExchangeRate: conversion.text }),
  });
  const { feature = NONE, team = NONE, customer = NONE, environment = NONE, tags } = bill;
  const attribution = { feature, team, customer, environment, tags };
  return {
    bill: billId(bill.name, period.key),
    content: digest(JSON.stringify([row, bill.layer, attribution])),
    source: "config",
    origin: "tare.yaml",
    incurredAt: period.from,
    provider: bill.provider,
    service: bill.name,
    charge: "Purchase",
    sku: undefined,
    region: undefined,
    layer: bill.layer,
    attribution: { tenant: "default", interaction: NONE, user: NONE, session: NONE, claimed: {}, ...attribution },
    nanos: rounded.nanos,
    remainder: rounded.remainder,
    row,
  };
}

function billId(name: string, period: string): Id<"bill"> {
  return `bill_${CONFIG_SCOPE}_${digest(`${name}\n${period}`)}.1`;
}

function digest(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
