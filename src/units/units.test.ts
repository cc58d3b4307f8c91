import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { charge, formatMoney, formatRate, money, parseMoney, parseRate, Secret } from "#units";

function rate(text: string) {
  const parsed = parseRate(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

describe("money", () => {
  it("prints and reads back exactly", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 26n), max: 10n ** 26n }), (nanos) => {
        expect(parseMoney(formatMoney(money(nanos)))).toEqual({ ok: true, value: nanos });
      }),
    );
  });

  it.for(["1e3", "0x1", "", " 1", "1.0000000001", "NaN", "1_000", "+1"])("refuses %j", (text) => {
    expect(parseMoney(text).ok).toBe(false);
  });
});

describe("charge", () => {
  it("rounds half to even, once", () => {
    // 1 unit at $0.0005 per million is half a nano.
    expect(charge(1, rate("0.0005"))).toBe(0n);
    expect(charge(3, rate("0.0005"))).toBe(2n);
    expect(charge(5, rate("0.0005"))).toBe(2n);
    expect(charge(1_000_000, rate("2.5"))).toBe(2_500_000_000n);
  });

  it("is within half a nano of the exact product and monotone in the quantity", () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), fc.bigInt({ min: 0n, max: 10n ** 21n }), (left, right, scaled) => {
        const [low, high] = [Math.min(left, right), Math.max(left, right)];
        const perMillion = rate(formatRate(scaled as ReturnType<typeof rate>));
        expect(charge(low, perMillion)).toBeLessThanOrEqual(charge(high, perMillion));
        const error = charge(low, perMillion) * 10n ** 15n - BigInt(low) * scaled;
        expect((error < 0n ? -error : error) * 2n).toBeLessThanOrEqual(10n ** 15n);
      }),
    );
  });
});

describe("a secret", () => {
  it("does not print", () => {
    const secret = new Secret("sk-canary");
    const printed = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 9 }),
    ].join();
    expect(printed).not.toContain("sk-canary");
    expect(secret.reveal()).toBe("sk-canary");
  });
});
