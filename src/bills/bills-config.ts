/** Section `bills` of tare.yaml. */
import { z } from "zod";
import { type Layer, layers } from "#events";
import { assert } from "#std";
import { parseDecimal } from "./exact-decimal.ts";

const Name = z.string().min(1).max(128);
const SAYS_AMOUNT = "write money: a decimal with at most nine places, a space and a currency, such as 1200.00 EUR";
const AMOUNT = /^(-?\d{1,12}(?:\.\d{1,9})?) ([A-Z]{3})$/;
const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;
const SAYS_MONTH = "write a month: 2026-03";

const Month = z
  .string()
  .regex(MONTH, SAYS_MONTH)
  .meta({ title: "month" })
  .transform((text) => {
    const [, year, month] = MONTH.exec(text) ?? [];
    return Number(year) * 12 + Number(month) - 1;
  });

const who = {
  feature: Name.optional().describe("The feature that it is for, where it is for one alone."),
  team: Name.optional().describe("The team that it is for, where it is for one alone."),
  customer: Name.optional().describe("The customer that it is for."),
  environment: Name.optional().describe("The environment that it is for."),
};

const RecurringSection = z
  .strictObject({
    name: Name.describe("What it is called on pages; one of a kind."),
    provider: Name.default("(none)").describe("Who is paid."),
    layer: z.enum(layers).describe("What it pays for, as pages divide costs."),
    amount: z
      .string({ error: SAYS_AMOUNT })
      .regex(AMOUNT, SAYS_AMOUNT)
      .describe("A month's amount; with `over`, the whole of it."),
    from: Month.describe("First month: `2026-03`."),
    to: Month.optional().describe("Last month; without it, until somebody writes one."),
    over: z
      .int()
      .min(2)
      .max(120)
      .optional()
      .describe("Months that a one-off is spread over, such as a model switch or a labelling round."),
    booked: z.enum(["month", "day"]).default("month").describe("Whether each month is one entry, or each of its days."),
    ...who,
    tags: z
      .record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), Name)
      .default({})
      .describe("Tags of its entries."),
  })
  .refine(({ over, to }) => over === undefined || to === undefined, {
    path: ["to"],
    error: "a one-off ends with its last month: write `over` or `to`, not both",
  })
  .refine(({ from, to }) => to === undefined || to >= from, { path: ["to"], error: "is before `from`" });

const LayerRuleSection = z
  .strictObject({
    provider: Name.optional().describe("Charges of this provider."),
    service: Name.optional().describe("Of this service, FOCUS ServiceName."),
    category: Name.optional().describe("Of this FOCUS ServiceCategory."),
    subcategory: Name.optional().describe("Of this FOCUS ServiceSubcategory."),
    sku: Name.optional().describe("Of this FOCUS SkuId."),
    layer: z.enum(layers).optional().describe("What they pay for."),
    measured: z
      .literal(true)
      .optional()
      .describe("The gateway booked these call by call: they are reconciled and not booked a second time."),
  })
  .refine((rule) => (rule.layer === undefined) !== (rule.measured === undefined), {
    error: "write `layer` or `measured: true`",
  });

export const BillsSection = z.strictObject({
  rules: z
    .array(LayerRuleSection)
    .max(1000)
    .default([])
    .describe("What imported charges pay for; the first that fits holds, then the FOCUS category."),
  tags: z
    .strictObject({
      feature: z.array(Name).max(20).default([]),
      team: z.array(Name).max(20).default([]),
      customer: z.array(Name).max(20).default([]),
      environment: z.array(Name).max(20).default([]),
    })
    .prefault({})
    .describe("Tags of charges that say whom they are for; the first that a charge has."),
  recurring: z
    .array(RecurringSection)
    .max(1000)
    .default([])
    .superRefine((bills, context) => {
      for (const [index, { name }] of bills.entries())
        if (bills.findIndex((bill) => bill.name === name) < index)
          context.addIssue({ code: "custom", path: [index, "name"], message: "a second bill of this name" });
    })
    .describe("What comes every month and sends no file: people, licences, vendors, compliance; and one-offs, spread."),
});
export type BillsSection = z.infer<typeof BillsSection>;
export type RecurringBill = BillsSection["recurring"][number];

/** `1200.00 EUR` of a checked configuration in its two parts. */
export function readAmount(text: string) {
  const [, written = "", currency = ""] = AMOUNT.exec(text) ?? [];
  const amount = parseDecimal(written);
  assert(amount !== undefined, "a checked configuration writes amounts as decimals");
  return { amount, currency };
}

type LayerRule = BillsSection["rules"][number];

/** What the first fitting rule says; undefined when none fits. */
export function ruleFor(
  rules: readonly LayerRule[],
  charge: { readonly provider: string; readonly values: Readonly<Record<string, string>> },
): { readonly layer: Layer } | "measured" | undefined {
  const rule = rules.find((each) => isFor(each, charge));
  if (rule === undefined) return undefined;
  return rule.layer === undefined ? "measured" : { layer: rule.layer };
}

function isFor(
  rule: LayerRule,
  { provider, values }: { readonly provider: string; readonly values: Readonly<Record<string, string>> },
): boolean {
  const pairs = [
    [rule.provider, provider],
    [rule.service, values["ServiceName"]],
    [rule.category, values["ServiceCategory"]],
    [rule.subcategory, values["ServiceSubcategory"]],
    [rule.sku, values["SkuId"]],
  ] as const;
  return pairs.every(([wanted, value]) => wanted === undefined || wanted === value);
}
