import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  divideMoney,
  formatChange,
  formatMoney,
  formatMoneyExact,
  formatRatio,
  formatShare,
  formatTick,
  toPlainDecimal,
  formatPercent,
  formatPercentCut,
} from "./money.ts";

const nanos = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });

describe("money at a glance", () => {
  it.for([
    ["1284500000000", "$1,284.50"],
    ["1230000", "$0.00123"],
    ["0", "$0.00"],
    ["1", "$0.000000001"],
    ["50", "$0.000000050"],
    ["999400000", "$0.999"],
    ["999600000", "$1.00"],
    ["9996", "$0.0000100"],
    ["32100000", "$0.0321"],
    ["12345678901234567890", "$12,345,678,901.23"],
    ["-1500000000", "−$1.50"],
  ] as const)("writes %s nanos as %s", ([amount, shown]) => {
    expect(formatMoney(amount, "USD")).toBe(shown);
  });

  it("names the currency, by its sign where it has one", () => {
    expect(formatMoney("1000000000", "EUR")).toBe("€1.00");
    expect(formatMoney("1000000000", "CHF")).toBe("CHF 1.00");
  });

  it("is never scientific, and within half a unit of its last digit", () => {
    fc.assert(
      fc.property(nanos, (amount) => {
        const shown = formatMoney(amount, "USD").replaceAll(",", "").replace("−", "-").replace("$", "");
        expect(shown).toMatch(/^-?\d+\.\d{2,9}$/);
        const decimals = shown.split(".")[1]?.length ?? 0;
        const read = BigInt(shown.replace(".", "")) * 10n ** BigInt(9 - decimals);
        const off = read > amount ? read - amount : amount - read;
        expect(off * 2n <= 10n ** BigInt(9 - decimals)).toBe(true);
      }),
    );
  });
});

describe("money on demand", () => {
  it("loses no digit", () => {
    fc.assert(
      fc.property(nanos, (amount) => {
        const shown = formatMoneyExact(amount, "USD").replaceAll(",", "").replace("−", "-").replace("$", "");
        const [whole = "", fraction = ""] = shown.split(".");
        expect(BigInt(whole + fraction.padEnd(9, "0"))).toBe(amount);
        expect(Number(toPlainDecimal(amount))).toBeCloseTo(Number(amount) / 1e9, 0);
      }),
    );
  });

  it("keeps two decimals and groups thousands", () => {
    expect(formatMoneyExact("1284500000000", "USD")).toBe("$1,284.50");
    expect(formatMoneyExact("1234567", "USD")).toBe("$0.001234567");
    expect(toPlainDecimal("1284500000000")).toBe("1284.5");
  });
});

describe("the ticks of an axis", () => {
  it.for([
    [0.075, 0.025, "$0.075"],
    [0.1, 0.025, "$0.100"],
    [0.25, 0.25, "$0.25"],
    [1200, 200, "$1,200"],
    [1.5, 0.5, "$1.50"],
    [0.00002, 0.00002, "$0.00002"],
    [0, 2, "$0"],
  ] as const)("write %d in steps of %d as %s", ([value, step, shown]) => {
    expect(formatTick(value, { step, currency: "USD" })).toBe(shown);
  });
});

describe("money against money", () => {
  it("says a change with its sign, and nothing when there is no base", () => {
    expect(formatChange(112n, 100n)).toBe("+12.0 %");
    expect(formatChange(88n, 100n)).toBe("−12.0 %");
    expect(formatChange(100n, 100n)).toBe("±0.0 %");
    expect(formatChange(1200n, 100n)).toBe("+1,100 %");
    expect(formatChange(5n, 0n)).toBeUndefined();
  });

  it("says ratios and shares, and nothing when there is nothing to divide by", () => {
    expect(formatRatio(134n, 100n)).toBe("1.34×");
    expect(formatRatio(1n, 0n)).toBeUndefined();
    expect(formatShare(1n, 100_000n)).toBe("< 0.1 %");
    expect(formatShare(1n, 3n)).toBe("33.3 %");
    expect(formatShare(0n, 0n)).toBeUndefined();
  });

  it("divides to the nearest nano", () => {
    expect(divideMoney(10n, 4)).toBe(3n);
    expect(divideMoney(10n, 0)).toBeUndefined();
  });
});

it.each([
  [-27.7, "−27.7 %"],
  [5.04, "5.0 %"],
  [-0.01, "0.0 %"],
  [12_345.67, "12,345.7 %"],
])("writes the percentage %s as %s", (percent, text) => {
  expect(formatPercent(percent)).toBe(text);
});

it.each([
  [100, "100 %"],
  [99.999, "99.99 %"],
  [98.87, "98.87 %"],
  [0, "0 %"],
])("cuts the percentage %s to %s, so that less than all is never all", (percent, text) => {
  expect(formatPercentCut(percent)).toBe(text);
});
