import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRate } from "#units";
import { exactRate } from "./exact-decimal.ts";

const perMillion = { units: 1_000_000 };

function printed(price: number | string, unit = perMillion): string | undefined {
  const rate = exactRate(price, unit);
  return rate === undefined ? undefined : formatRate(rate);
}

describe("an exact rate", () => {
  it("is the decimal that the price list wrote, exponents included", () => {
    expect(printed(0.0000125)).toBe("0.0000125");
    expect(printed(2.5e-8)).toBe("0.000000025");
    expect(printed(0.1 + 0.2)).toBe("0.30000000000000004");
    expect(printed(0.08333333333333334)).toBe("0.08333333333333334");
    expect(printed(1e20, { units: 1_000_000_000 })).toBe("100000000000000000");
    expect(printed(0)).toBe("0");
  });

  it("scales prices for other units without a float in between", () => {
    expect(printed(10, { units: 1_000 })).toBe("10000");
    expect(printed("0.04", { units: 1 })).toBe("40000");
    expect(printed("0.006", { units: 60_000 })).toBe("0.1");
    expect(printed(0.04, { units: 3_600_000 })).toBe("0.011111111111111111");
    expect(printed(0.25, { units: 3_600_000 })).toBe("0.069444444444444444");
    expect(printed(0.111, { units: 3_600_000 })).toBe("0.030833333333333333");
  });

  it("is not made of what is no finite non-negative decimal", () => {
    for (const price of [NaN, Infinity, 1e21, -1, "", "1,5", "0x1", " 1", "1.", ".5", "-0.1"])
      expect(printed(price)).toBeUndefined();
  });

  it("reads back any decimal of up to 18 places", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), (scaled) => {
        const digits = scaled.toString().padStart(19, "0");
        const rate = exactRate(`${digits.slice(0, -18)}.${digits.slice(-18)}`, perMillion);
        expect(rate).toBe(scaled);
      }),
    );
  });
});
