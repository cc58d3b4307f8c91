import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assert } from "#std";
import { type Instant, instant } from "#units";
import { BillMemory } from "./bill-memory.ts";
import { BillsSection } from "./bills-config.ts";
import { BillsRig, plainRules } from "./bills-rig.ts";
import { bookRecurring } from "./book-recurring.ts";
import { formatDecimal } from "./exact-decimal.ts";
import { ExchangeRatesSection } from "./exchange-rates.ts";
import { recurringBills } from "./recurring-bills.ts";

const at = (day: string): Instant => instant(Date.parse(day));

function rulesOf(recurring: readonly object[], rates: readonly object[] = []) {
  return {
    ...plainRules,
    bills: BillsSection.parse({ recurring }),
    rates: ExchangeRatesSection.parse(rates),
  };
}

const reviewers = { name: "reviewers", layer: "human review", amount: "12000 USD", from: "2027-01", team: "support" };

describe("a recurring bill", () => {
  it("is one bill for each month that has begun, and for each day where it says so", () => {
    const monthly = recurringBills(rulesOf([reviewers]), at("2027-03-01T00:00:00Z")).bills;
    expect(monthly.map(({ incurredAt, nanos }) => [new Date(incurredAt).toISOString(), nanos])).toEqual([
      ["2027-01-01T00:00:00.000Z", 12_000_000_000_000n],
      ["2027-02-01T00:00:00.000Z", 12_000_000_000_000n],
      ["2027-03-01T00:00:00.000Z", 12_000_000_000_000n],
    ]);
    const daily = rulesOf([{ ...reviewers, booked: "day", to: "2027-01" }]);
    expect(recurringBills(daily, at("2027-01-10T12:00:00Z")).bills).toHaveLength(10);
    expect(recurringBills(daily, at("2027-09-10T12:00:00Z")).bills).toHaveLength(31);
  });

  it("that is spread or cut into days is together what was paid, to the nano", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 15n }),
        fc.integer({ min: 2, max: 36 }),
        fc.constantFrom("month", "day"),
        (digits, over, booked) => {
          const amount = `${formatDecimal({ digits, scale: 9 })} USD`;
          const rules = rulesOf([{ ...reviewers, amount, over, booked }]);
          const { bills } = recurringBills(rules, at("2040-01-01"));
          expect(bills.reduce((sum, { nanos }) => sum + nanos, 0n)).toBe(digits);
          expect(new Set(bills.map(({ bill }) => bill)).size).toBe(bills.length);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("is converted at the rate of its month, a one-off at that of its first; without one it is named and not booked", () => {
    const rates = [
      { currency: "EUR", from: "2027-01-01", rate: "1.1", source: "test" },
      { currency: "EUR", from: "2027-02-01", rate: "1.2", source: "test" },
    ];
    const inEuro = { ...reviewers, amount: "100 EUR" };
    const nanos = (recurring: object) =>
      recurringBills(rulesOf([recurring], rates), at("2027-02-15")).bills.map((bill) => bill.nanos);
    expect(nanos(inEuro)).toEqual([110_000_000_000n, 120_000_000_000n]);
    expect(nanos({ ...inEuro, over: 2 })).toEqual([55_000_000_000n, 55_000_000_000n]);
    const early = recurringBills(rulesOf([{ ...inEuro, from: "2026-12", to: "2026-12" }], rates), at("2027-02-15"));
    expect(early).toEqual({ bills: [], unrated: [{ name: "reviewers", currency: "EUR", from: at("2026-12-01") }] });
  });

  it.for([
    [{ amount: "12 dollars" }, "write money"],
    [{ amount: 12 }, "write money"],
    [{ from: "2027-13" }, "write a month"],
    [{ to: "2026-12" }, "is before"],
    [{ over: 12, to: "2027-06" }, "not both"],
    [{ layer: "reviews" }, "Invalid option"],
  ] as const)("is refused with %j", ([wrong, message]) => {
    const parsed = BillsSection.safeParse({ recurring: [{ ...reviewers, ...wrong }] });
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });
});

describe("booking recurring bills", () => {
  let rig: BillsRig;
  beforeEach(async () => {
    rig = await BillsRig.open();
  });
  afterEach(() => rig.close());

  async function book(recurring: readonly object[], now: Instant): Promise<number> {
    const memory = new BillMemory(rig.store);
    const { bills } = recurringBills(rulesOf(recurring), now);
    const booked = await bookRecurring(bills, { memory, journal: rig.journal, now });
    assert(booked.ok, "the journal takes them");
    await rig.ledger.catchUp();
    return booked.value;
  }

  it("books each once, corrects what the configuration changes, and takes back what it makes no longer", async () => {
    expect(await book([reviewers], at("2027-02-03"))).toBe(2);
    expect(await book([reviewers], at("2027-02-04"))).toBe(0);
    expect(await book([reviewers], at("2027-03-01"))).toBe(1);
    expect(await rig.exactSum()).toBe("36000");
    expect(await book([{ ...reviewers, amount: "10000 USD" }], at("2027-03-02"))).toBe(3);
    expect(await rig.exactSum()).toBe("30000");
    expect(await book([{ ...reviewers, amount: "10000 USD", to: "2027-02" }], at("2027-03-03"))).toBe(1);
    expect(await rig.exactSum()).toBe("20000");
    expect(await book([{ ...reviewers, amount: "10000 USD" }], at("2027-03-04"))).toBe(1);
    expect(await rig.exactSum()).toBe("30000");
    expect(await book([], at("2027-03-05"))).toBe(3);
    expect(await rig.exactSum()).toBe("0");
    const whys = await rig.query("SELECT DISTINCT why FROM entry_rows WHERE why IS NOT NULL ORDER BY why");
    expect(whys.map(({ why }) => why)).toEqual([
      "corrected: BilledCost 12000 → 10000",
      "is in tare.yaml again",
      "no longer in tare.yaml",
    ]);
  });

  it("does not touch what came in files", async () => {
    await rig.import("BilledCost,BillingCurrency,ChargePeriodStart\n1,USD,2027-01-01\n");
    await book([reviewers], at("2027-01-03"));
    await book([], at("2027-01-04"));
    expect(await rig.exactSum()).toBe("1");
  });
});
