import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instant, type Money, money } from "#units";
import { type Commitment, CommitmentsSection, drawDown } from "./index.ts";

const DOLLAR = 1_000_000_000n;
const year: Commitment = {
  name: "2027",
  provider: "openai",
  kind: "prepaid",
  amount: money(1000n * DOLLAR),
  from: "2027-01-01",
  to: "2027-12-31",
};
const at = (text: string) => instant(Date.parse(text));
const charge = (day: string, nanos: bigint, model = "gpt-5-mini-2025-08-07") => ({ day, model, nanos: money(nanos) });
const daily = (count: number, dollars: bigint) =>
  Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.UTC(2027, 0, 1 + index)).toISOString().slice(0, 10);
    return charge(day, dollars * DOLLAR);
  });

describe("a commitment", () => {
  it("is drawn by every charge of its term, to the nano, and by none outside it", () => {
    const anyCharge = fc.record({ day: fc.integer({ min: -20, max: 400 }), nanos: fc.bigInt(-1000n, 10n ** 12n) });
    fc.assert(
      fc.property(fc.array(anyCharge, { maxLength: 40 }), (all) => {
        const charges = all.map(({ day, nanos }) =>
          charge(new Date(Date.UTC(2027, 0, 1 + day)).toISOString().slice(0, 10), nanos),
        );
        const within = all.filter(({ day }) => day >= 0 && day < 365).reduce((sum, { nanos }) => sum + nanos, 0n);
        const { drawn, left, over } = drawDown(year, charges, at("2027-06-01T12:00:00Z"));
        expect(drawn).toBe(within);
        expect(drawn + left - over).toBe(year.amount);
        expect(left >= 0n && over >= 0n && (left === 0n || over === 0n)).toBe(true);
      }),
    );
  });

  it("is drawn by its models alone, whatever snapshot served", () => {
    const charges = [
      charge("2027-01-02", 7n),
      charge("2027-01-02", 5n, "gpt-5-nano"),
      charge("2027-01-02", 3n, "gpt-5"),
    ];
    const drawn = (models: readonly string[]) =>
      drawDown({ ...year, models: [...models] }, charges, at("2027-02-01")).drawn;
    expect([drawn(["gpt-5-mini"]), drawn(["gpt-5-mini-2025-08-07"]), drawn(["gpt-5", "gpt-5-nano"])]).toEqual([
      7n,
      7n,
      8n,
    ]);
  });

  it("says on which day the rest is drawn at the pace of the last four weeks", () => {
    const charges = [...daily(40, 10n), charge("2027-02-10", 500n * DOLLAR)];
    // Forty whole days, and today, which is not over and in no pace: 100 are left, at 10 a day from today on.
    const found = drawDown(year, charges, at("2027-02-10T09:00:00Z"));
    expect(found).toMatchObject({ left: 100n * DOLLAR, perDay: 10n * DOLLAR, runsOut: "2027-02-19", unused: 0n });
  });

  it("says what is left unused at the end, at that pace and once it is over", () => {
    const charges = daily(31, 1n);
    const running = drawDown(year, charges, at("2027-02-01T00:00:00Z"));
    expect(running).toMatchObject({ runsOut: undefined, unused: (969n - 334n) * DOLLAR });
    expect(drawDown(year, charges, at("2028-02-01T00:00:00Z"))).toMatchObject({ unused: 969n * DOLLAR });
  });

  it("has a pace from its first charge on, and nothing drawn is no pace but all unused", () => {
    const late = drawDown(year, [charge("2027-03-01", 30n * DOLLAR)], at("2027-03-04T10:00:00Z"));
    expect(late.perDay).toBe(10n * DOLLAR);
    expect(drawDown(year, [], at("2027-03-04T10:00:00Z"))).toMatchObject({ perDay: 0n, unused: year.amount });
  });

  it("has no pace before its first day is over", () => {
    const found = drawDown(year, [charge("2027-01-01", 5n)], at("2027-01-01T23:00:00Z"));
    expect(found).toMatchObject({ drawn: 5n, perDay: undefined, runsOut: undefined, unused: undefined });
  });

  it("that is used up says by how much more was used", () => {
    const found = drawDown(year, [charge("2027-01-01", 1500n * DOLLAR)], at("2027-01-20T00:00:00Z"));
    expect(found).toMatchObject({ left: 0n, over: 500n * DOLLAR, runsOut: "2027-01-20" } satisfies Partial<
      Record<string, Money | bigint | string>
    >);
  });
});

describe("the section commitments", () => {
  const written = { name: "2027", provider: "openai", amount: "1000 USD", from: "2027-01-01", to: "2027-12-31" };

  it("reads what was agreed, exactly", () => {
    expect(CommitmentsSection.parse([written])).toEqual([year]);
  });

  it.each([
    [{ ...written, to: "2026-12-31" }, "before `from`"],
    [{ ...written, amount: "1,000 USD" }, "write money"],
    [{ ...written, from: "January" }, "write a day"],
    [{ ...written, percent: 3 }, "percent"],
  ])("refuses %j", (section, says) => {
    const read = CommitmentsSection.safeParse([section]);
    expect(JSON.stringify(read.error?.issues)).toContain(says);
  });

  it("refuses a second one of a name", () => {
    expect(CommitmentsSection.safeParse([written, written]).success).toBe(false);
  });
});
