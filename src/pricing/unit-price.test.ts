import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { charge, formatRate, parseRate } from "#units";
import { chargeUnits, unitPrice } from "./unit-price.ts";

function rate(scaled: bigint) {
  const parsed = parseRate(formatRate(scaled as Parameters<typeof formatRate>[0]));
  if (!parsed.ok) throw new Error(String(scaled));
  return parsed.value;
}

const quantities = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER));
const NANO = 10n ** 15n;
const rates = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n ** 36n - 1n }),
  fc.bigInt({ min: 0n, max: 10n ** 20n }).map((nanos) => nanos * NANO),
  fc.bigInt({ min: 0n, max: 10n ** 7n }).map((nanos) => nanos * NANO),
  fc.constantFrom(NANO / 2n, NANO - 1n, NANO + 1n, NANO * 2n ** 53n, NANO * (2n ** 53n - 1n)),
);

describe("A unit price", () => {
  it("charges what its rate does, however large the quantity and the rate are", () => {
    fc.assert(
      fc.property(quantities, rates, (quantity, scaled) => {
        const of = rate(scaled);
        expect(chargeUnits(quantity, unitPrice(of))).toBe(charge(quantity, of));
      }),
      { numRuns: 5_000 },
    );
  });

  it("is whole nanos where the rate is, so that most charges need no arithmetic on large numbers", () => {
    expect(unitPrice(rate(150n * NANO)).wholeNanos).toBe(150);
    expect(unitPrice(rate(NANO / 2n)).wholeNanos).toBeUndefined();
    expect(unitPrice(rate(NANO * 2n ** 53n)).wholeNanos).toBeUndefined();
  });
});
