/** Sums of components as a ledger may have them. */
import fc from "fast-check";
import { usageClasses } from "#inference";
import { charge, money, parseRate } from "#units";
import { type MeteredUse } from "./charge-of-use.ts";

export const period = { from: "2027-01-04T00:00:00Z", to: "2027-01-05T00:00:00Z", currency: "USD" } as const;

const rates = ["0.075", "1.25", "15", "0.000000000000000001", "3.141592653589793238"] as const;

const metered = fc
  .record({
    class: fc.constantFrom(...usageClasses),
    quantity: fc.bigInt(1n, 10n ** 12n),
    rate: fc.constantFrom(...rates),
    row: fc.constantFrom("seed:openai/m:input", "own:openai/m:input>200000", "configured:openai/m:input"),
    rounding: fc.bigInt(-20n, 20n),
  })
  .map(({ rounding, ...of }) => {
    const rate = parseRate(of.rate);
    const exact = rate.ok ? charge(Number(of.quantity), rate.value) : 0n;
    return { metered: of, nanos: money(exact + rounding) };
  });
const plain = fc.bigInt(-(10n ** 12n), 10n ** 12n).map((nanos) => ({ metered: undefined, nanos: money(nanos) }));

export const anyUse: fc.Arbitrary<MeteredUse> = fc
  .record({
    sold: fc.constantFrom(
      { provider: "openai", sku: "openai/gpt-5-mini", model: "gpt-5-mini-2025-08-07" },
      { provider: "openai-eu", sku: "openai/gpt-5-mini", model: "gpt-5-mini-2025-08-07" },
      { provider: "azure", sku: "azure/gpt-5-mini", model: "gpt-5-mini-2025-08-07" },
      { provider: "claude", sku: "anthropic/claude-haiku-4-5", model: "claude-haiku-4-5" },
      { provider: "local", sku: undefined, model: "@cf/meta/llama" },
    ),
    tier: fc.constantFrom(undefined, "default", "batch", "flex"),
    kind: fc.constantFrom("model", "embedding", "guard"),
    step: fc.constant(undefined),
    operation: fc.constant("chat"),
    purpose: fc.constantFrom("answer", "retry"),
    layer: fc.constantFrom("model answers", "evaluation"),
    region: fc.constantFrom(undefined, "eu"),
    feature: fc.constantFrom("support", "search"),
    team: fc.constantFrom("support", "(none)"),
    customer: fc.constantFrom("acme", "(none)"),
    environment: fc.constantFrom("production", "(none)"),
    key: fc.constantFrom("key_1", "key_2"),
    isLate: fc.boolean(),
    isEstimated: fc.boolean(),
    entries: fc.integer({ min: 1, max: 1000 }),
    measured: fc.oneof(metered, metered, plain),
  })
  .map(({ measured, sold, ...of }) => ({ ...of, ...sold, ...measured }));
