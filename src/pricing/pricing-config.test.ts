import { describe, expect, it } from "vitest";
import { z } from "zod";
import { instant } from "#units";
import { PriceBook, priceUsage, PricingSection } from "#pricing";

function problemsOf(rates: unknown): readonly string[] {
  const read = PricingSection.safeParse({ m: rates });
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.slice(1).join(".")}: ${message}`);
}

describe("rates in tare.yaml", () => {
  it("are read exactly in their units", () => {
    const rates = {
      m: {
        input: "0.40 USD/M",
        cache_read: "0.0000125 USD/k",
        output: "0.80 USD/M",
        images: "0.04 USD/unit",
        minutes_in: "0.006 USD/min",
        minutes_out: "0.36 USD/h",
        requests: "0.005 USD/unit",
        web_searches: "10 USD/k",
        context_window: 8192,
      },
    };
    const configured = [{ provider: "local", prices: undefined, rates: PricingSection.parse(rates) }];
    const { rows } = PriceBook.build({ seed: [], own: [], configured }).search({ provider: "local" });
    expect(Object.fromEntries(rows.map((row) => [row.class, `${row.rate} ${row.tier}`]))).toEqual({
      input_uncached: "0.4 standard",
      cache_read: "0.0125 standard",
      output_text: "0.8 standard",
      images: "40000 any",
      audio_ms_in: "0.1 any",
      audio_ms_out: "0.1 any",
      requests: "5000 any",
      web_searches: "10000 any",
    });
  });

  it.for([
    ["0.40", "input: write a rate as `0.40 USD/M`, `10 USD/k` or `0.04 USD/unit`"],
    ["0.40 EUR/M", "input: write a rate as `0.40 USD/M`, `10 USD/k` or `0.04 USD/unit`"],
    ["4e-1 USD/M", "input: write a rate as `0.40 USD/M`, `10 USD/k` or `0.04 USD/unit`"],
    ["-1 USD/M", "input: write a rate as `0.40 USD/M`, `10 USD/k` or `0.04 USD/unit`"],
    ["0.40 USD/min", "input: write a rate as `0.40 USD/M`, `10 USD/k` or `0.04 USD/unit`"],
    ["0 USD/M", "input: is zero; say `free: true` if that is meant"],
  ])("refuse %s", ([input, problem]) => {
    expect(problemsOf({ input })).toEqual([problem]);
  });

  it("refuse a cached price above input, an end before the start, and unknown fields", () => {
    expect(problemsOf({ input: "1 USD/M", cache_read: "1.1 USD/M" })).toEqual(["cache_read: is above `input`"]);
    expect(problemsOf({ input: "1 USD/M", valid_from: "2026-02-01", valid_to: "2026-02-01" })).toEqual([
      "valid_to: is not after `valid_from`",
    ]);
    expect(problemsOf({ inptu: "1 USD/M" })).toHaveLength(1);
  });

  it("of zero are free where that is said", () => {
    const rates = PricingSection.parse({ m: { input: "0 USD/M", output: "0 USD/M", free: true } });
    const book = PriceBook.build({ seed: [], own: [], configured: [{ provider: "local", prices: undefined, rates }] });
    const at = instant(0);
    const sku = book.find({ provider: "local", model: "M", at });
    expect(sku && priceUsage(sku, { usage: { input_uncached: 5, output_text: 5 }, tier: undefined, at }).cost).toEqual({
      type: "priced",
      nanos: 0n,
    });
  });

  it("have a JSON Schema", () => {
    expect(JSON.stringify(z.toJSONSchema(PricingSection, { io: "input" }))).toContain("USD");
  });
});
