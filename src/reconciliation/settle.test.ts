import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Usage, type UsageClass } from "#inference";
import { readReport } from "#reports";
import { assert } from "#std";
import { instant, type Money, money } from "#units";
import { type LedgerQuantity } from "./index.ts";
import { ledgerOf, pagesOf, rateOf, type Use } from "./planted.ts";
import { type OpenAttempt, settle } from "./settle.ts";

const DAY = "2027-01-05";
const OTHER = "2027-01-06";
const MODEL = "model-a-2027-01-01";
const FINISHED = instant(Date.parse("2027-02-01"));
const RICH = money(10n ** 15n);
const classes = ["input_uncached", "cache_read", "output_text"] as const satisfies readonly UsageClass[];

interface Truth {
  /** What it really used, class by class. */
  readonly used: readonly [number, number, number];
  /** What was guessed of it; nothing for one that was never heard of again. */
  readonly guessed: readonly [number, number, number] | undefined;
  readonly most?: Money;
  readonly tier?: "standard" | "batch";
}

const tokens = fc.tuple(fc.nat(5000), fc.nat(5000), fc.nat(5000));
const anyTruths = fc.array(fc.record({ used: tokens, guessed: fc.option(tokens, { nil: undefined }) }), {
  minLength: 1,
  maxLength: 5,
});
const format = fc.constantFrom("openai" as const, "anthropic" as const);

function use(name: UsageClass, calls: readonly number[], tier: Use["tier"] = "standard", day = DAY): Use {
  return { day, model: MODEL, tier, class: name, rate: "1.5", calls };
}

interface Case {
  readonly kind?: "openai" | "anthropic";
  readonly certain: readonly [number, number, number];
  readonly truths: readonly Truth[];
  /** On top of what both know. */
  readonly bypass?: number;
  readonly asOf?: typeof FINISHED;
  readonly asked?: string;
}

function settleCase({ kind = "openai", certain, truths, bypass = 0, asOf = FINISHED, asked = MODEL }: Case) {
  const tiers = ["standard", "batch"] as const;
  const reported = tiers.flatMap((tier) =>
    classes.map((name, index) => {
      const own = truths.filter((each) => (each.tier ?? "standard") === tier).map(({ used }) => used[index] ?? 0);
      return use(name, tier === "standard" ? [certain[index] ?? 0, ...own, index === 0 ? bypass : 0] : own, tier);
    }),
  );
  const known = classes.map((name, index) => use(name, [certain[index] ?? 0]));
  const guesses = truths.flatMap(({ guessed, tier }): LedgerQuantity[] =>
    guessed === undefined
      ? []
      : classes.map((name, index) => ({
          day: DAY,
          model: asked,
          tier: tier === "batch" ? "batch" : undefined,
          kind: "model",
          class: name,
          quantity: guessed[index] ?? 0,
        })),
  );
  const [ledger, other] = [ledgerOf(known), ledgerOf([use("input_uncached", [7], "standard", OTHER)])];
  const pages = pagesOf(kind, {
    days: [DAY, OTHER],
    uses: [...reported, use("input_uncached", [7], "standard", OTHER)],
  });
  const report = readReport(JSON.parse(JSON.stringify(pages)), "USD");
  assert(report.ok, "the pages are a report");
  const open = truths.map(({ guessed, most = RICH, tier }, index): OpenAttempt => ({
    attempt: `attempt_${index}`,
    day: DAY,
    model: asked,
    tier: tier === "batch" ? "batch" : undefined,
    kind: "model",
    usage: guessed === undefined ? {} : Object.fromEntries(classes.map((name, at) => [name, guessed[at] ?? 0])),
    most,
  }));
  const booked = {
    ...ledger,
    quantities: [...ledger.quantities, ...other.quantities, ...guesses],
    charges: [...ledger.charges, ...other.charges],
  };
  return settle(open, booked, {
    report: report.value,
    terms: {
      asOf: () => asOf,
      lagMs: 86_400_000,
      tierOf: (word) => (word === undefined || word === "default" ? "standard" : word),
      rateOf: () => rateOf("1.5"),
    },
  });
}

function sums(usages: readonly Usage[]): readonly number[] {
  return classes.map((name) => usages.reduce((sum, usage) => sum + (usage[name] ?? 0), 0));
}

const trueSums = (truths: readonly Truth[]) =>
  classes.map((_, index) => truths.reduce((sum, { used }) => sum + (used[index] ?? 0), 0));

describe("attempts that are estimated or in doubt", () => {
  it("are settled at what the report has beyond what is certain, to the last token, whatever was guessed", () => {
    fc.assert(
      fc.property(anyTruths, tokens, format, (truths, certain, kind) => {
        const positive = certain.map((each) => each + 1);
        const { settled, left } = settleCase({
          kind,
          certain: [positive[0] ?? 1, positive[1] ?? 1, positive[2] ?? 1],
          truths,
        });
        expect(left).toEqual([]);
        expect(settled.map(({ attempt }) => attempt)).toEqual(truths.map((_, index) => `attempt_${index}`));
        expect(sums(settled.map(({ usage }) => usage))).toEqual(trueSums(truths));
        if (truths.length === 1) expect(settled[0]?.among).toBe(1);
      }),
      { numRuns: 80 },
    );
  });

  it("are settled at nothing when the provider has billed nothing of them", () => {
    const { settled } = settleCase({ certain: [5, 5, 5], truths: [{ used: [0, 0, 0], guessed: [900, 0, 20] }] });
    expect(settled).toEqual([{ attempt: "attempt_0", usage: {}, among: 1 }]);
  });

  it("are found under the name that was asked for, and each tier by itself", () => {
    const { settled } = settleCase({
      certain: [5, 5, 5],
      asked: "model-a",
      truths: [
        { used: [40, 0, 9], guessed: [30, 0, 1] },
        { used: [8, 0, 2], guessed: undefined, tier: "batch" },
      ],
    });
    expect(settled.map(({ usage, among }) => [usage, among])).toEqual([
      [{ input_uncached: 40, output_text: 9 }, 1],
      [{ input_uncached: 8, output_text: 2 }, 1],
    ]);
  });

  it("share by their estimates where all have one, and by what was held where one has none", () => {
    const estimated = settleCase({
      certain: [1, 1, 1],
      truths: [
        { used: [50, 0, 0], guessed: [10, 0, 0] },
        { used: [50, 0, 0], guessed: [30, 0, 0] },
      ],
    });
    expect(estimated.settled.map(({ usage }) => usage.input_uncached)).toEqual([25, 75]);
    const held = settleCase({
      certain: [1, 1, 1],
      truths: [
        { used: [50, 0, 0], guessed: undefined, most: money(3_000_000n) },
        { used: [50, 0, 0], guessed: [30, 0, 0], most: money(1_000_000n) },
      ],
    });
    expect(held.settled.map(({ usage, among }) => [usage.input_uncached, among])).toEqual([
      [75, 2],
      [25, 2],
    ]);
  });
});

describe("attempts stay open, and nothing is scaled,", () => {
  const truths: readonly Truth[] = [{ used: [100, 0, 10], guessed: [90, 0, 1], most: money(200_000n) }];

  it("while the day may not be finished in the report", () => {
    const { settled, left } = settleCase({
      certain: [1, 1, 1],
      truths,
      asOf: instant(Date.parse("2027-01-06T03:00:00Z")),
    });
    expect(settled).toEqual([]);
    expect(left).toEqual([{ day: DAY, model: MODEL, attempts: 1, why: "not-finished" }]);
  });

  it("where the report has more than they can have cost: that went past the gateway", () => {
    const { left } = settleCase({ certain: [1, 1, 1], truths, bypass: 1_000_000 });
    expect(left.map(({ why }) => why)).toEqual(["more-than-held"]);
  });

  it("where the report has less than was measured", () => {
    const { left } = settleCase({ certain: [1, 1, 1], truths, bypass: -101 });
    expect(left.map(({ why }) => why)).toEqual(["less-than-certain"]);
  });
});
