import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDecimal, multiply, parseDecimal, roundToNanos } from "./exact-decimal.ts";

function exact(text: string) {
  const decimal = parseDecimal(text);
  return decimal === undefined ? undefined : roundToNanos(decimal);
}

describe("an amount of a bill", () => {
  it("is read to the last digit, exponents too", () => {
    expect(exact("0.00000080000")).toEqual({ nanos: 800n, remainder: undefined });
    expect(exact("1.5e-3")).toEqual({ nanos: 1_500_000n, remainder: undefined });
    expect(exact("-12")).toEqual({ nanos: -12_000_000_000n, remainder: undefined });
    expect(exact("2E2")).toEqual({ nanos: 200_000_000_000n, remainder: undefined });
    expect(exact("0.00001605994")).toMatchObject({ nanos: 16_060n, remainder: "-0.00000000006" });
    expect(exact("-0.0000000005")).toMatchObject({ nanos: 0n, remainder: "-0.0000000005" });
  });

  it("is nothing else", () => {
    for (const text of ["", "$1", "1,000.00", " 1", "1 ", "1.", ".5", "NaN", "+1", "0x1", "1e", "1_000"])
      expect(exact(text)).toBeUndefined();
  });

  it("and what rounding left add up to what was written", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 26n), max: 10n ** 26n }),
        fc.integer({ min: 0, max: 24 }),
        (digits, scale) => {
          const rounded = roundToNanos({ digits, scale });
          if (rounded === undefined) return;
          const rest = parseDecimal(rounded.remainder ?? "0") ?? { digits: 0n, scale: 0 };
          expect(rounded.rest === undefined ? undefined : formatDecimal(rounded.rest)).toBe(rounded.remainder);
          const at = Math.max(scale, rest.scale, 9);
          const sum = rounded.nanos * 10n ** BigInt(at - 9) + rest.digits * 10n ** BigInt(at - rest.scale);
          expect(sum).toBe(digits * 10n ** BigInt(at - scale));
          expect(formatDecimal(parseDecimal(formatDecimal({ digits, scale })) ?? rest)).toBe(
            formatDecimal({ digits, scale }),
          );
        },
      ),
    );
  });

  it("is converted without a rounding in between", () => {
    const [amount, rate] = [parseDecimal("0.1"), parseDecimal("1.083215")];
    expect(amount && rate && formatDecimal(multiply(amount, rate))).toBe("0.1083215");
  });
});
