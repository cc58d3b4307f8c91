import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Usage, type UsageClass, usageClasses } from "#inference";
import { type Instant, instant } from "#units";
import { expectNanos } from "./price-usage.ts";
import { bundledSeed, ownSkus, PriceBook, priceUsage, type Sku } from "#pricing";
import { runsOf } from "../../simulation/runs-of.ts";

const book = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
const at = instant(Date.parse("2026-11-01T12:00:00Z"));
const names = [...new Set(book.search({}).rows.map((row) => `${row.provider} ${row.model}`))];

/** Any sku of the book, at any time and tier. */
const moments = fc
  .record({
    name: fc.constantFrom(...names),
    at: fc.integer({ min: Date.parse("2024-01-01"), max: Date.parse("2028-01-01") }).map(instant),
    tier: fc.constantFrom(undefined, "default", "flex", "priority", "batch"),
  })
  .map(({ name, ...moment }) => ({ ...moment, sku: named(name, moment.at) }));

const usages = fc.dictionary(fc.constantFrom(...usageClasses), fc.nat(300_000)) as fc.Arbitrary<Usage>;

function named(name: string, when: Instant): Sku | undefined {
  const [provider = "", model = ""] = name.split(" ");
  return book.find({ provider, model, at: when });
}

function nanosIn(cost: ReturnType<typeof priceUsage>["cost"]): bigint {
  return cost.type === "unpriced" ? 0n : cost.nanos;
}

function nanosOf(sku: Sku, measured: Parameters<typeof priceUsage>[1]): bigint | undefined {
  const { cost } = priceUsage(sku, measured);
  return cost.type === "unpriced" ? undefined : cost.nanos;
}

describe("the price of usage", () => {
  it("is not known for counts so large that no amount can hold their price", () => {
    const counts = fc.constantFrom(1e14, 1e15, Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(moments, fc.dictionary(fc.constantFrom(...usageClasses), counts), ({ sku, ...moment }, usage) => {
        if (sku === undefined) return;
        const { cost, components } = priceUsage(sku, { usage, ...moment });
        for (const nanos of [...components.map((component) => component.nanos), nanosIn(cost)])
          expect(BigInt.asIntN(64, nanos)).toBe(nanos);
      }),
    );
  });

  it("is the sum of one component for each class with a quantity, none of them negative", () => {
    fc.assert(
      fc.property(moments, usages, ({ sku, ...moment }, usage) => {
        if (sku === undefined) return;
        const { cost, components } = priceUsage(sku, { usage, ...moment });
        const classes = components.map((component) => component.class);
        expect(new Set(classes).size).toBe(classes.length);
        for (const component of components) {
          expect(component.nanos).toBeGreaterThanOrEqual(0n);
          const minimum = sku.rows.find(({ id }) => id === component.row)?.minimum ?? 0;
          expect(component.quantity).toBe(Math.max(usage[component.class] ?? 1, minimum));
        }
        if (cost.type === "unpriced" || sku.free !== undefined) return;
        expect(cost.nanos).toBe(components.reduce((sum, { nanos }) => sum + nanos, 0n));
        const counted = usageClasses.filter((name) => (usage[name] ?? 0) > 0 && name !== "requests");
        expect(classes.filter((name) => name !== "requests")).toEqual(counted);
      }),
      { numRuns: runsOf(2_000) },
    );
  });

  it("never falls when a quantity grows", () => {
    fc.assert(
      fc.property(
        moments,
        usages,
        fc.constantFrom(...usageClasses),
        fc.nat(100_000),
        ({ sku, ...moment }, usage, name, more) => {
          if (sku === undefined) return;
          const before = nanosOf(sku, { usage, ...moment });
          const after = nanosOf(sku, { usage: { ...usage, [name]: (usage[name] ?? 0) + more }, ...moment });
          if (before !== undefined && after !== undefined) expect(after).toBeGreaterThanOrEqual(before);
        },
      ),
      { numRuns: runsOf(2_000) },
    );
  });

  it("adds up over classes where no context band joins them", () => {
    fc.assert(
      fc.property(moments, usages, fc.subarray([...usageClasses]), ({ sku, ...moment }, usage, chosen) => {
        if (sku === undefined || sku.rows.some((row) => row.over > 0 || row.class === "requests")) return;
        const part = (isIn: boolean) =>
          nanosOf(sku, { usage: only(usage, (name) => chosen.includes(name) === isIn), ...moment });
        const [left, right, whole] = [
          part(true),
          part(false),
          nanosOf(sku, { usage: only(usage, () => true), ...moment }),
        ];
        if (left !== undefined && right !== undefined) expect(whole).toBe(left + right);
      }),
      { numRuns: runsOf(2_000) },
    );
  });

  it("is unknown without any usage, which is not zero", () => {
    const sku = named("openai gpt-5", at);
    expect(sku && priceUsage(sku, { usage: {}, tier: undefined, at }).cost).toEqual({
      type: "unpriced",
      reason: "no usage reported",
    });
    expect(sku && priceUsage(sku, { usage: { input_uncached: 0 }, tier: undefined, at }).cost).toEqual({
      type: "priced",
      nanos: 0n,
    });
  });

  it("names every class that has no rate, and still shows the components that have one", () => {
    const sku = named("openai gpt-5", at);
    const priced =
      sku && priceUsage(sku, { usage: { input_uncached: 8, image_out: 3, code_sessions: 1 }, tier: undefined, at });
    expect(priced?.cost).toEqual({
      type: "unpriced",
      reason: "no rate: image_out; no rate: code_sessions (tier standard)",
    });
    expect(priced?.components.map(({ class: name, nanos, row }) => [name, nanos, row])).toEqual([
      ["input_uncached", 10_000n, "seed:openai/gpt-5:input_mtok"],
    ]);
  });
});

function only(usage: Usage, isIn: (name: UsageClass) => boolean): Usage {
  return Object.fromEntries(usageClasses.map((name) => [name, isIn(name) ? (usage[name] ?? 0) : 0]));
}

describe("the expected price of tokens", () => {
  it("is the booked price of the same tokens at the standard tier but for rounding, and unknown where that is", () => {
    const tokens = fc.record({
      input_uncached: fc.nat(300_000),
      cache_read: fc.nat(300_000),
      output_text: fc.nat(50_000),
    });
    fc.assert(
      fc.property(moments, tokens, ({ sku, at: when }, usage) => {
        if (sku === undefined) return;
        const expected = expectNanos(sku, usage, { at: when });
        const requests = priceUsage(sku, { usage: { ...usage, requests: 0 }, tier: undefined, at: when });
        const isBilledByRequest = requests.components.some(({ class: name }) => name === "requests");
        const hasMinimum = requests.components.some(({ class: name, quantity }) => quantity !== countIn(usage, name));
        if (isBilledByRequest || hasMinimum || Object.values(usage).every((count) => count === 0)) return;
        if (requests.cost.type === "unpriced") expect(expected).toBeUndefined();
        else
          expect(Math.abs((expected ?? NaN) - Number(requests.cost.nanos))).toBeLessThan(
            2 + Number(requests.cost.nanos) * 1e-9,
          );
      }),
    );
  });
});

function countIn(usage: Usage, name: UsageClass): number {
  return usage[name] ?? 0;
}
