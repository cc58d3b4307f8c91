import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBurn, formatGoodShare, formatLeft } from "./kept.ts";

describe("the share that was good", () => {
  it("says 100 % of all of them alone, and nothing where nothing counts", () => {
    expect(formatGoodShare(47_655, 48_211)).toBe("98.846 %");
    expect(formatGoodShare(999_999_999, 1_000_000_000)).toBe("99.999 %");
    expect(formatGoodShare(0, 3)).toBe("0.000 %");
    expect(formatGoodShare(0, 0)).toBeUndefined();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.nat(), (total, missed) => {
        const good = Math.max(0, total - missed);
        expect(formatGoodShare(good, total) === "100.000 %").toBe(good === total);
      }),
    );
  });
});

describe("what is left of what may miss", () => {
  it("is negative as soon as the promise is broken", () => {
    expect(formatLeft(1)).toBe("100.0 %");
    expect(formatLeft(0.3388)).toBe("33.8 %");
    expect(formatLeft(0)).toBe("0.0 %");
    expect(formatLeft(-0.0001)).toBe("−0.1 %");
    expect(formatLeft(-0.1532)).toBe("−15.4 %");
  });
});

describe("a burn rate", () => {
  it("has three digits", () => {
    expect([0, 0.05, 9.999, 17.2, 99.97, 120.4].map(formatBurn)).toEqual([
      "0.00×",
      "0.05×",
      "10.0×",
      "17.2×",
      "100×",
      "120×",
    ]);
  });
});
