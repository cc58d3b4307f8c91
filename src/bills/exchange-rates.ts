import { z } from "zod";
import { type Instant, instant } from "#units";
import { type Decimal, parseDecimal } from "./exact-decimal.ts";

const RATE = /^\d{1,6}(\.\d{1,12})?$/;
const SAYS_RATE = 'write a rate as text: a decimal with at most twelve places, such as "1.0832"';
const CURRENCY = /^[A-Z]{3}$/;

const ExchangeRateSection = z.strictObject({
  currency: z.string().regex(CURRENCY, "write a currency's three letters").describe("What is converted: `EUR`."),
  from: z.iso.date().describe("First day of charges that it holds for, UTC; until the next rate of the currency."),
  rate: z
    .string({ error: SAYS_RATE })
    .regex(RATE, SAYS_RATE)
    .refine((text) => /[1-9]/.test(text), { error: "a rate is not zero" })
    .describe('What one of it is worth in the book currency, as text: `"1.0832"`.'),
  source: z.string().min(1).max(200).describe("Where the rate is written down."),
});

/** One currency in the book currency, from a day on. */
export interface ExchangeRate {
  readonly currency: string;
  readonly from: Instant;
  readonly rate: string;
  readonly source: string;
}

/** Field `exchange_rates` of tare.yaml. */
export const ExchangeRatesSection = z
  .array(ExchangeRateSection)
  .max(10_000)
  .superRefine((rates, context) => {
    const seen = new Set<string>();
    for (const [index, { currency, from }] of rates.entries()) {
      const name = `${currency} ${from}`;
      if (seen.has(name))
        context.addIssue({
          code: "custom",
          path: [index, "from"],
          message: `a second rate of ${currency} for that day`,
        });
      seen.add(name);
    }
  })
  .transform((rates): readonly ExchangeRate[] =>
    rates.map(({ from, ...rate }) => ({ ...rate, from: instant(Date.parse(from)) })),
  )
  .describe(
    "What other currencies are worth in the book currency, by day. A charge in a currency without a rate for its day is not booked.",
  );

export interface Conversion {
  readonly rate: Decimal;
  /** As it stands in the configuration. */
  readonly text: string;
}

/** The rate in force at the start of a charge; undefined when there is none, which is never taken for 1. */
export function rateAt(rates: readonly ExchangeRate[], currency: string, at: Instant): Conversion | undefined {
  let found: ExchangeRate | undefined;
  for (const rate of rates)
    if (rate.currency === currency && rate.from <= at && rate.from >= (found?.from ?? rate.from)) found = rate;
  const rate = found === undefined ? undefined : parseDecimal(found.rate);
  return found === undefined || rate === undefined ? undefined : { rate, text: found.rate };
}
