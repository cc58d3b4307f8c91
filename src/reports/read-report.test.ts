import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readReport } from "./index.ts";

const DAY = { start_time: 1_798_761_600, end_time: 1_798_848_000 };
const completions = (fields: object) => ({ object: "organization.usage.completions.result", ...fields });
const openAi = (results: readonly object[], more = false) => ({
  object: "page",
  data: [{ ...DAY, results }],
  has_more: more,
});
const plain = completions({ model: "gpt-5-mini", service_tier: "default", input_tokens: 10, output_tokens: 2 });

function problemOf(pages: readonly unknown[]): string {
  const read = readReport(pages, "USD");
  return read.ok ? "none" : `${read.error.type} at ${read.error.page}/${read.error.path}`;
}

describe("a page of OpenAI's usage", () => {
  it("is split into counts that do not overlap", () => {
    const mixed = completions({
      model: "gpt-audio",
      batch: false,
      input_tokens: 1000,
      input_cached_tokens: 400,
      input_cache_write_tokens: 100,
      input_audio_tokens: 50,
      input_cached_audio_tokens: 60,
      input_image_tokens: 40,
      input_cached_image_tokens: 30,
      output_tokens: 500,
      output_audio_tokens: 70,
    });
    const read = readReport([openAi([mixed])], "USD");
    const quantities = read.ok ? read.value.usage.map(({ meter, quantity }) => [meter, quantity]) : [];
    expect(Object.fromEntries(quantities)).toEqual({
      input: 410,
      audio_in: 50,
      image_in: 40,
      cache_read: 310,
      audio_cache_read: 60,
      image_cache_read: 30,
      cache_write: 100,
      output: 430,
      audio_out: 70,
    });
    expect(quantities.reduce((sum, [, quantity]) => sum + Number(quantity), 0)).toBe(1500);
  });

  it("names the tier, and batch before it", () => {
    const read = readReport([openAi([{ ...plain, batch: true }])], "USD");
    expect(read.ok && read.value.usage.map(({ tier }) => tier)).toEqual(["batch", "batch"]);
  });
});

describe("pages that would be compared wrongly", () => {
  it("are refused with what is wrong and where", () => {
    expect(problemOf([openAi([{ ...plain, model: null }])])).toBe("not-by-model at 0/data.0");
    expect(problemOf([openAi([plain]), openAi([plain])])).toBe("repeated at 1/data.0");
    expect(problemOf([openAi([plain], true)])).toBe("incomplete at 0/has_more");
    expect(problemOf([{ ...openAi([]), data: [{ ...DAY, end_time: DAY.end_time + 1, results: [] }] }])).toBe(
      "not-daily at 0/data.0",
    );
    expect(problemOf([openAi([plain, { ...plain, service_tier: null, project_id: "p" }])])).toBe("none");
    expect(problemOf([openAi([{ ...plain, input_tokens: -1 }])])).toMatch(/^not-a-report/);
    expect(problemOf([openAi([{ ...plain, input_cached_tokens: 11 }])])).toBe("not-a-report at 0/data.0");
    expect(problemOf([{ hello: 1 }])).toBe("not-a-report at 0/data");
    expect(problemOf([])).toBe("not-a-report at 0/");
    const euros = { object: "organization.costs.result", amount: { value: 1, currency: "eur" }, line_item: null };
    expect(problemOf([openAi([euros])])).toBe("other-currency at 0/data.0");
    const claude = {
      data: [
        {
          starting_at: "2027-01-01T00:00:00Z",
          ending_at: "2027-01-02T00:00:00Z",
          results: [
            { uncached_input_tokens: 1, output_tokens: 1, model: "claude-haiku-4-5", service_tier: "standard" },
          ],
        },
      ],
    };
    expect(problemOf([openAi([plain]), claude])).toBe("mixed at 1/");
  });

  it("are never more than an error, whatever the JSON", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 3 }), (pages) => {
        expect(readReport(pages, "USD").ok).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(plain), "amount"), fc.jsonValue()), (fields) => {
        readReport([openAi([{ ...plain, ...fields }])], "USD");
      }),
    );
  });
});

describe("amounts", () => {
  it("are read to the nano from doubles with exponents and from cents", () => {
    const costs = [6e-7, 0.06, 12.000000001, 0.0000000015].map((value) => ({
      object: "organization.costs.result",
      amount: { value, currency: "usd" },
      line_item: `${value}`,
    }));
    const read = readReport([openAi(costs)], "USD");
    expect(read.ok && read.value.costs.map(({ nanos }) => nanos)).toEqual([600n, 60_000_000n, 12_000_000_001n, 2n]);
    const cents = {
      data: [
        {
          starting_at: "2027-01-01T00:00:00Z",
          ending_at: "2027-01-02T00:00:00Z",
          results: [{ amount: "123.4567891", currency: "USD", description: "a" }],
        },
      ],
    };
    const claude = readReport([cents], "USD");
    expect(claude.ok && claude.value.costs.map(({ nanos }) => nanos)).toEqual([1_234_567_891n]);
  });
});
