import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type UsageClass } from "#inference";
import { readReport } from "#reports";
import { assert } from "#std";
import { charge, instant, type Money, money } from "#units";
import { type Cause, causes, type LedgerDays, reconcile, type Reconciliation } from "./index.ts";
import { booked, billed, ledgerOf, type OtherLine, pagesOf, quantityOf, rateOf, sumOf, type Use } from "./planted.ts";

const days = [
  "2027-01-04",
  "2027-01-05",
  "2027-01-06",
  "2027-01-07",
  "2027-01-08",
  "2027-01-09",
  "2027-01-10",
] as const;
const [BYPASS, TIER, PRICE, DOUBLE, LOST, CREDIT, QUIET] = days;
const SOON = instant(Date.parse("2027-02-01"));
const classes = [
  "input_uncached",
  "cache_read",
  "cache_write_5m",
  "output_text",
] as const satisfies readonly UsageClass[];

/** Rates with more digits than a nano per token has, so that every call is rounded. */
const rates = ["0.0375", "0.25", "1.000000001", "3", "14.9999", "0.000075"];

const week = fc
  .record({
    models: fc.uniqueArray(fc.constantFrom("model-a", "model-b", "model-c-2027-01-01"), { minLength: 1, maxLength: 3 }),
    seed: fc.array(fc.nat(5_000_000), { minLength: 40, maxLength: 40 }),
  })
  .map(({ models, seed }) => {
    let at = 0;
    const next = (most: number) => 1 + ((seed[at++ % seed.length] ?? 0) % most);
    return days.flatMap((day) =>
      models.flatMap((model) =>
        classes.map((name): Use => {
          const calls = Array.from({ length: 1 + next(3) }, () => 10 + next(2_000_000));
          const rate = rates[classes.indexOf(name) + (model === "model-b" ? 2 : 0)] ?? "1";
          return { day, model, tier: "standard", class: name, rate, calls };
        }),
      ),
    );
  });
const format = fc.constantFrom("openai" as const, "anthropic" as const);

interface Told {
  readonly ledger: LedgerDays;
  readonly uses: readonly Use[];
  readonly others?: readonly OtherLine[];
  readonly asOf?: ReturnType<typeof instant>;
}

function compare(kind: "openai" | "anthropic", { ledger, uses, others = [], asOf = SOON }: Told): Reconciliation {
  const report = readReport(JSON.parse(JSON.stringify(pagesOf(kind, { days, uses, others }))), "USD");
  assert(report.ok, `the pages are a report: ${report.ok ? "" : JSON.stringify(report.error)}`);
  return reconcile(ledger, report.value, {
    asOf: () => asOf,
    lagMs: 86_400_000,
    tierOf: (word) => (word === undefined || word === "default" ? "standard" : word),
    rateOf: () => undefined,
  });
}

/** What was found, without the causes of which there is none; rounding is looked at apart. */
function found({ byCause }: Reconciliation): Partial<Record<Cause, bigint>> {
  return withMoney(Object.fromEntries(causes.map((cause) => [cause, cause === "rounding" ? 0n : byCause[cause]])));
}

/** A planted call of a few of the cheapest tokens may be less than half a nano, which is nothing to be found. */
function withMoney(planted: Partial<Record<Cause, bigint>>): Partial<Record<Cause, bigint>> {
  return Object.fromEntries(Object.entries(planted).filter(([, nanos]) => nanos !== 0n));
}

function bound(uses: readonly Use[]): bigint {
  return uses.reduce((sum, { calls }) => sum + BigInt(calls.length) + 1n, 0n);
}

/** One cell of a day, and the money that another quantity or rate makes of it. */
function pick(uses: readonly Use[], day: string, at: number): Use {
  const ofDay = uses.filter((use) => use.day === day);
  const use = ofDay[at % ofDay.length];
  assert(use !== undefined, "every day has uses");
  return use;
}

const swap = (uses: readonly Use[], use: Use, by: Partial<Use>) =>
  uses.map((each) => (each === use ? { ...each, ...by } : each));
const atBill = (use: Use, by: Partial<Use>): Money => money(billed({ ...use, ...by }) - billed(use));

interface Planted extends Told {
  readonly expected: Partial<Record<Cause, bigint>>;
}

const plants: Readonly<Record<string, (uses: readonly Use[], at: number) => Planted>> = {
  bypass: (uses, at) => {
    const use = pick(uses, BYPASS, at);
    const by = { calls: [...use.calls, 1234 + at] };
    return { ledger: ledgerOf(uses), uses: swap(uses, use, by), expected: { bypass: atBill(use, by) } };
  },
  "a model that never passed the gateway": (uses, at) => {
    const use: Use = { ...pick(uses, BYPASS, at), model: "model-unseen", calls: [777 + at] };
    return { ledger: ledgerOf(uses), uses: [...uses, use], expected: { bypass: billed(use) } };
  },
  tier: (uses, at) => {
    const use = pick(uses, TIER, at);
    const [first = 0, ...rest] = use.calls;
    const batch: Use = { ...use, tier: "batch", rate: "0.125", calls: [first] };
    const expected = { tier: atBill(use, { calls: rest }) + billed(batch) };
    return { ledger: ledgerOf(uses), uses: [...swap(uses, use, { calls: rest }), batch], expected };
  },
  price: (uses, at) => {
    const use = pick(uses, PRICE, at);
    const by = { rate: "3.7500003" };
    return { ledger: ledgerOf(uses), uses: swap(uses, use, by), expected: { price: atBill(use, by) } };
  },
  "double count": (uses, at) => {
    const use = pick(uses, DOUBLE, at);
    const [first = 0] = use.calls;
    const twice = { ...use, calls: [...use.calls, first] };
    const ledger = ledgerOf(swap(uses, use, twice), [quantityOf({ ...use, calls: [first] })]);
    return { ledger, uses, expected: { double_count: atBill(twice, { calls: use.calls }) } };
  },
  "lost day": (uses) => {
    const lost = uses.filter(({ day }) => day === LOST);
    const expected = { lost_day: lost.reduce((sum, use) => sum + billed(use), 0n) };
    return { ledger: ledgerOf(uses.filter(({ day }) => day !== LOST)), uses, expected };
  },
  credit: (uses, at) => {
    const nanos = money(-12_345_678_901n - BigInt(at));
    return {
      ledger: ledgerOf(uses),
      uses,
      others: [{ day: CREDIT, item: "Credit grant", nanos }],
      expected: { credit: nanos },
    };
  },
  tax: (uses, at) => {
    const nanos = money(1_900_000_001n + BigInt(at));
    return {
      ledger: ledgerOf(uses),
      uses,
      others: [{ day: CREDIT, item: "VAT 19 %", nanos }],
      expected: { tax: nanos },
    };
  },
};

describe("a clean report", () => {
  it("has no difference but what rounding leaves, whatever was used", () => {
    fc.assert(
      fc.property(week, format, (uses, kind) => {
        const result = compare(kind, { ledger: ledgerOf(uses), uses });
        expect(found(result)).toEqual({});
        const { rounding } = result.byCause;
        expect(rounding <= bound(uses) && rounding >= -bound(uses)).toBe(true);
        expect(result.reported).toBe(uses.reduce((sum, use) => sum + billed(use), 0n));
        expect(result.booked).toBe(uses.reduce((sum, use) => sum + booked(use), 0n));
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(Object.entries(plants))("planted: %s", (_, plant) => {
  it("is found and named, to the nano, and nothing else is", () => {
    fc.assert(
      fc.property(week, format, fc.nat(11), (uses, kind, at) => {
        const { expected, ...told } = plant(uses, at);
        const result = compare(kind, told);
        expect(found(result)).toEqual(withMoney(expected));
        expect(result.reported - result.booked).toBe(
          Object.values(result.byCause).reduce((sum, nanos) => sum + nanos, 0n),
        );
        for (const name of ["booked", "reported", "reportedUsage"] as const)
          expect(result.days.reduce((sum, each) => sum + each[name], 0n)).toBe(result[name]);
      }),
      { numRuns: 40 },
    );
  });
});

describe("several at once", () => {
  it("are told apart, each with its own money", () => {
    fc.assert(
      fc.property(week, format, fc.nat(11), (uses, kind, at) => {
        const bypass = plants["bypass"]?.(uses, at);
        const price = plants["price"]?.(bypass?.uses ?? [], at);
        const tier = plants["tier"]?.(price?.uses ?? [], at);
        const double = plants["double count"]?.(uses, at);
        const credit = plants["credit"]?.(uses, at);
        assert(
          bypass !== undefined && tier !== undefined && double !== undefined && credit !== undefined,
          "all are plants",
        );
        const ledger = { ...double.ledger, charges: double.ledger.charges.filter(({ day }) => day !== LOST) };
        const quantities = double.ledger.quantities.filter(({ day }) => day !== LOST);
        const lost = plants["lost day"]?.(uses, at);
        const result = compare(kind, {
          ledger: { ...ledger, quantities },
          uses: tier.uses,
          others: credit.others ?? [],
        });
        expect(found(result)).toEqual(
          withMoney({
            ...bypass.expected,
            ...price?.expected,
            ...tier.expected,
            ...double.expected,
            ...credit.expected,
            ...lost?.expected,
          }),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe("what cannot be known", () => {
  const uses: readonly Use[] = days.map((day) => ({
    day,
    model: "model-a",
    tier: "standard",
    class: "output_text",
    rate: "3",
    calls: [1000, 2000],
  }));

  it("is unexplained where we have more and nothing says why", () => {
    const use = pick(uses, QUIET, 0);
    const result = compare("anthropic", { ledger: ledgerOf(swap(uses, use, { calls: [1000, 2000, 5] })), uses });
    expect(found(result)).toEqual({ unexplained: -15_000n });
  });

  it("is lag while the provider may still be counting", () => {
    const use = pick(uses, QUIET, 0);
    const ledger = ledgerOf(swap(uses, use, { calls: [1000, 2000, 5] }));
    const result = compare("openai", { ledger, uses, asOf: instant(Date.parse("2027-01-11T06:00:00Z")) });
    expect(found(result)).toEqual({ lag: -15_000n });
  });

  it("is found under the snapshot's name for what is booked under the name that was asked for", () => {
    const dated = uses.map((use) => ({ ...use, model: "model-a-2027-01-01" }));
    const use = pick(dated, QUIET, 0);
    const asked = { ...use, model: "model-a", calls: [40] };
    const open = [{ day: QUIET, model: "model-a", inDoubt: money(9_000n), estimated: money(0n) }];
    const more = swap(dated, use, { calls: [...use.calls, 43] });
    const result = compare("openai", { ledger: { ...ledgerOf([...dated, asked]), open }, uses: more });
    expect(found(result)).toEqual({ unsettled: 9_000n });
    const two = [...more, { ...asked, model: "model-a-2026-06-06", calls: [1] }];
    const unsure = compare("openai", { ledger: { ...ledgerOf([...dated, asked]), open }, uses: two });
    expect(unsure.differences.some(({ model, bookedQuantity }) => model === "model-a" && bookedQuantity === 40)).toBe(
      true,
    );
  });

  it("is unsettled as far as the ledger itself says that it is in doubt, and past the gateway beyond", () => {
    const use = pick(uses, QUIET, 0);
    const open = [{ day: QUIET, model: "model-a", inDoubt: money(9_000n), estimated: money(0n) }];
    const result = compare("openai", {
      ledger: { ...ledgerOf(uses), open },
      uses: swap(uses, use, { calls: [1000, 2000, 5] }),
    });
    expect(found(result)).toEqual({ unsettled: 9_000n, bypass: 6_000n });
  });

  it("is a double count where every quantity of a model's day is the same multiple", () => {
    const both = uses.flatMap((use): Use[] => [use, { ...use, class: "input_uncached", rate: "1" }]);
    const twice = both.map((use) => (use.day === DOUBLE ? { ...use, calls: [...use.calls, ...use.calls] } : use));
    const result = compare("openai", { ledger: ledgerOf(twice), uses: both });
    expect(found(result)).toEqual({ double_count: -12_000_000n });
  });

  it("values the quantities of a report without costs at our rates, and says so", () => {
    const [usage] = pagesOf("openai", { days, uses: swap(uses, pick(uses, BYPASS, 0), { calls: [1000, 2000, 70] }) });
    const report = readReport([usage], "USD");
    assert(report.ok, "usage alone is a report");
    const terms = { asOf: () => SOON, lagMs: 0, tierOf: () => "standard", rateOf: () => undefined };
    const result = reconcile(ledgerOf(uses), report.value, terms);
    expect(result.byCause.bypass).toBe(charge(3070, rateOf("3")) - charge(3000, rateOf("3")));
    expect(
      result.differences.map(({ isAtOurRates, reportedQuantity }) => ({ isAtOurRates, reportedQuantity })),
    ).toEqual([{ isAtOurRates: true, reportedQuantity: sumOf([1000, 2000, 70]) }]);
  });

  it("compares amounts of a day that no meter stands behind with the day, and leaves the rest unexplained", () => {
    const [usage] = pagesOf("openai", { days, uses });
    const results = [
      { object: "organization.costs.result", amount: { value: 0.009, currency: "usd" }, line_item: null },
      { object: "organization.costs.result", amount: { value: 250_001e-9, currency: "usd" }, line_item: "Vectors" },
    ];
    const data = [{ start_time: Date.parse(QUIET) / 1000, end_time: Date.parse(QUIET) / 1000 + 86_400, results }];
    const report = readReport([usage, { object: "page", data, has_more: false }], "USD");
    assert(report.ok, "a total of a day is a report");
    const terms = { asOf: () => SOON, lagMs: 0, tierOf: () => "standard", rateOf: () => undefined };
    expect(found(reconcile(ledgerOf(uses), report.value, terms))).toEqual({ unexplained: 250_001n });
  });
});
