import { describe, expect, it } from "vitest";
import { instant } from "#units";
import { bundledSeed, ownSkus, PriceBook, priceUsage, PricingSection } from "#pricing";
import { type PriceRow } from "./price-row.ts";
import manifest from "../../package.json" with { type: "json" };
import { type Seed, SEED_VERSION } from "./seed.ts";
import { fault, recovers } from "../../e2e/harness/faults.ts";

const seed = await bundledSeed();
const own = ownSkus();
const at = instant(Date.parse("2026-11-01T12:00:00Z"));
const book = PriceBook.build({ seed, own, configured: [] });

const plainSku = {
  provider: "p",
  model: "m",
  derived: [],
  free: undefined,
  searchesUnasked: false,
  minimum: undefined,
  hasStaleWindow: false,
};

/** A price list of one provider with these prices for its one model. */
function listOf(prices: Seed[number]["models"][number]["prices"]): Seed {
  const model = { id: "m", match: { equals: "m" }, prices };
  return [{ id: "p", name: "P", api_pattern: "https://p\\.example", models: [model] }];
}

function idOf(provider: string, model: string): string | undefined {
  return book.find({ provider, model, at })?.id;
}

const ratesOfMain = PricingSection.parse({
  "gpt-5": { input: "1 USD/M", output: "8 USD/M", flex: { input: "0.5 USD/M" }, source: "contract 7" },
  later: { input: "1 USD/M", valid_from: "2027-01-01" },
});
const contract = PriceBook.build({
  seed,
  own,
  configured: [
    { provider: "main", prices: "openai", rates: ratesOfMain },
    { provider: "local", prices: undefined, rates: {} },
  ],
});

function laterAt(day: string) {
  return contract.find({ provider: "main", model: "later", at: instant(Date.parse(day)) });
}

function revisionWith(input: string, names: readonly string[] = ["a", "b"]): string {
  const configured = names.map((provider) => ({ provider, prices: undefined, rates: { m: { input } } }));
  return PriceBook.build({ seed, own, configured }).revision;
}

function reasonsOf(prices: Parameters<typeof listOf>[0]): readonly string[] {
  const { quarantined } = PriceBook.build({ seed: listOf(prices), own: [], configured: [] }).search({ model: "m" });
  return quarantined.map(({ row, reason }) => `${row.slice("seed:p/m:".length)}: ${reason}`);
}

function changedTo(input_mtok: number): Parameters<typeof listOf>[0] {
  const since = { type: "start_date", start_date: "2026-01-01" } as const;
  return [{ prices: { input_mtok: 1, output_mtok: 4 } }, { constraint: since, prices: { input_mtok, output_mtok: 4 } }];
}

function modelsOf(query: Parameters<typeof book.search>[0]): readonly string[] {
  return [...new Set(book.search(query).rows.map((row) => `${row.provider}/${row.model}`))];
}

describe("a sku is found", () => {
  it("by exact name, alias, version and date in either spelling, whatever the case", () => {
    expect(idOf("openai", "gpt-5")).toBe("openai/gpt-5");
    expect(idOf("openai", " GPT-5-2025-08-07 ")).toBe("openai/gpt-5");
    expect(idOf("openai", "gpt-5.6")).toBe("openai/gpt-5.6-sol");
    expect(idOf("openai", "gpt-5.5-20260423")).toBe("openai/gpt-5.5");
    expect(idOf("anthropic", "claude-haiku-4-5-20251001")).toBe("anthropic/claude-haiku-4-5");
    expect(idOf("azure", "gpt-4o")).toBe("openai/gpt-4o");
  });

  it("or not at all: a similar name is not a price", () => {
    expect(idOf("openai", "gpt-5-ultra")).toBeUndefined();
    expect(idOf("nobody", "gpt-5")).toBeUndefined();
    expect(idOf("openai", "")).toBeUndefined();
    expect(idOf("openai", "gpt-5".padEnd(300, "-"))).toBeUndefined();
    expect(idOf("cerebras", "qwen-3-coder-480b")).toBeUndefined();
  });

  it("by the name of a model that the seed would sell as another", () => {
    expect(idOf("groq", "openai/gpt-oss-safeguard-20b")).toBe("groq/openai/gpt-oss-safeguard-20b");
    expect(idOf("openai", "gpt-4o-audio-preview-2024-10-01")).toBe("openai/gpt-4o-audio-preview-2024-10-01");
  });

  it("for any number of names that clients make up", () => {
    for (let number = 0; number < 10_000; number++) expect(idOf("openai", `made-up-${number}`)).toBeUndefined();
    expect(idOf("openai", "gpt-5")).toBe("openai/gpt-5");
  });

  it("every model of the book under its provider, where the list's own rules know its name", () => {
    const rows = book.search({}).rows;
    const models = new Set(rows.map((row) => `${row.provider} ${row.model}`));
    const found = [...models].filter((name) => {
      const [provider = "", model = ""] = name.split(" ");
      return idOf(provider, model) === `${provider}/${model}`;
    });
    expect(found.length / models.size).toBeGreaterThan(0.93);
  });
});

describe("configured rates", () => {
  it("come before the price list and price their model alone", () => {
    const sku = contract.find({ provider: "main", model: "gpt-5-2025-08-07", at });
    expect(sku?.id).toBe("configured:main/gpt-5");
    const usage = { input_uncached: 10, cache_read: 10, output_text: 10 };
    const priced = sku && priceUsage(sku, { usage, tier: undefined, at });
    expect(priced?.cost).toEqual({ type: "priced", nanos: 100_000n });
    expect(priced?.components.map(({ row }) => row)).toEqual([
      "configured:main/gpt-5:input",
      "configured:main/gpt-5:input",
      "configured:main/gpt-5:output",
    ]);
    expect(sku && priceUsage(sku, { usage: { output_text: 1 }, tier: "flex", at }).cost.type).toBe("unpriced");
    expect(sku && priceUsage(sku, { usage: { web_searches: 1 }, tier: undefined, at }).cost.type).toBe("unpriced");
  });

  it("leave the other models to the list they stand before, and none where there is no list", () => {
    expect(contract.find({ provider: "main", model: "gpt-5-mini", at })?.id).toBe("openai/gpt-5-mini");
    expect(contract.find({ provider: "local", model: "gpt-5", at })).toBeUndefined();
    expect(contract.find({ provider: "openai", model: "gpt-5", at })?.id).toBe("openai/gpt-5");
  });

  it("hold from their first day only", () => {
    expect(laterAt("2026-12-31T23:59:59Z")).toBeUndefined();
    expect(laterAt("2027-01-01T00:00:00Z")?.id).toBe("configured:main/later");
  });
});

describe("a revision", () => {
  it("is the same for the same prices, in whatever order they are configured", () => {
    expect(PriceBook.build({ seed, own: ownSkus(), configured: [] }).revision).toBe(book.revision);
    expect(revisionWith("1 USD/M", ["b", "a"])).toBe(revisionWith("1 USD/M"));
  });

  it("changes with any price", () => {
    expect(revisionWith("1.000000000001 USD/M")).not.toBe(revisionWith("1 USD/M"));
    expect(revisionWith("1 USD/M")).not.toBe(book.revision);
    expect(PriceBook.build({ seed, own: [], configured: [] }).revision).not.toBe(book.revision);
  });
});

describe("a row that cannot be true is set aside with its reason, and the book loads", () => {
  it.for([
    [
      "a cache read above input",
      { input_mtok: 3, cache_read_mtok: 4.5 },
      "cache_read_mtok: cache_read is above input (seed:p/m:input_mtok)",
    ],
    ["zero", { input_mtok: 0, output_mtok: 1 }, "input_mtok: zero, and not marked free"],
    [
      "no decimal",
      { input_mtok: -1, output_mtok: 1 },
      "input_mtok: not a decimal in a unit that has a usage class; the rate is as the seed writes it",
    ],
    [
      "a unit that nothing measures",
      { input_mtok: 1, input_gpixels: 2 },
      "input_gpixels: not a decimal in a unit that has a usage class; the rate is as the seed writes it",
    ],
  ] as const)("%s", ([, prices, reason]) => {
    expect(reasonsOf(prices)).toEqual([reason]);
  });

  it("a change of more than twofold", () => {
    expect(reasonsOf(changedTo(2))).toEqual([]);
    expect(reasonsOf(changedTo(0.5))).toEqual([]);
    expect(reasonsOf(changedTo(2.01))).toEqual([
      "input_mtok@2026-01-01: changed more than twofold from seed:p/m:input_mtok",
    ]);
  });

  it("and what it prices is unpriced rather than guessed", async () => {
    fault({
      name: "a price list holds rows that cannot be true",
      users: "nothing: the rows stay in quarantine with the reason, the rest of the book is used",
      lost: "calls at those rows are unpriced and counted, never 0",
      recovery: "a corrected list, or `rates` in tare.yaml; what is unpriced can be priced again",
      within: "1 s",
    });
    const broken = PriceBook.build({ seed: listOf({ input_mtok: 3, cache_read_mtok: 4.5 }), own: [], configured: [] });
    const sku = broken.find({ provider: "p", model: "m", at });
    expect(sku && priceUsage(sku, { usage: { cache_read: 1 }, tier: undefined, at }).cost).toEqual({
      type: "unpriced",
      reason: "quarantined: seed:p/m:cache_read_mtok: cache_read is above input (seed:p/m:input_mtok) (tier standard)",
    });
    await recovers("a price list holds rows that cannot be true", () => {
      const seedOfLater = listOf({ input_mtok: 3, cache_read_mtok: 0.3 });
      const found = PriceBook.build({ seed: seedOfLater, own: [], configured: [] }).find({
        provider: "p",
        model: "m",
        at,
      });
      return (
        found !== undefined &&
        priceUsage(found, { usage: { cache_read: 1 }, tier: undefined, at }).cost.type === "priced"
      );
    });
  });

  it("also one of ours: a batch rate above standard", () => {
    const dear = ownSkus().filter((sku) => sku.provider === "openai" && sku.model === "gpt-5");
    const cheap = listOf({ input_mtok: 0.1, output_mtok: 10, cache_read_mtok: 0.01 }).map((provider) => ({
      ...provider,
      id: "openai",
      models: provider.models.map((model) => ({ ...model, id: "gpt-5", match: { equals: "gpt-5" } })),
    }));
    const { quarantined } = PriceBook.build({ seed: cheap, own: dear, configured: [] }).search({ model: "gpt-5" });
    expect(quarantined.map(({ row }) => row)).toEqual([
      "own:openai/gpt-5:input_uncached+batch",
      "own:openai/gpt-5:cache_read+batch",
      "own:openai/gpt-5:input_uncached+flex",
      "own:openai/gpt-5:cache_read+flex",
    ]);
  });
});

describe("of the rows that are valid at a moment", () => {
  const row = ownSkus().find((sku) => sku.model === "tts-1")?.rows[0];
  const priceAt = (rows: readonly Partial<PriceRow>[], day: string, region?: string) => {
    if (row === undefined) throw new Error("tts-1 is one of ours");
    const sku = { ...plainSku, rows: rows.map((some, number) => ({ ...row, id: `own:${number}`, ...some })) };
    const when = instant(Date.parse(day));
    const found = PriceBook.build({ seed: [], own: [sku], configured: [] }).find({
      provider: "p",
      model: "m",
      at: when,
    });
    return (
      found && priceUsage(found, { usage: { characters_in: 1 }, tier: undefined, at: when, region }).components[0]?.row
    );
  };

  it("one of the region comes first, and another region's never applies", () => {
    const rows = [{}, { region: "eu" }];
    expect(priceAt(rows, "2026-01-01", "eu")).toBe("own:1");
    expect(priceAt(rows, "2026-01-01", "us")).toBe("own:0");
    expect(priceAt(rows, "2026-01-01")).toBe("own:0");
  });

  it("one of the time of day comes before one of the whole day, over midnight too", () => {
    const rows = [{}, { window: { fromMs: 23 * 3_600_000, toMs: 3_600_000 } }];
    expect(priceAt(rows, "2026-01-01T23:00:00Z")).toBe("own:1");
    expect(priceAt(rows, "2026-01-01T00:59:59Z")).toBe("own:1");
    expect(priceAt(rows, "2026-01-01T01:00:00Z")).toBe("own:0");
  });

  it("the latest start wins, and an end is exclusive", () => {
    const [first, second] = ["2026-01-01", "2026-02-01"].map((day) => instant(Date.parse(day)));
    const rows = [{ until: second }, { from: second }].map((some) => ({ ...some, rate: row?.rate }));
    expect(priceAt([{ from: first }, { from: second }], "2026-03-01")).toBe("own:1");
    expect(priceAt(rows as Partial<PriceRow>[], "2026-01-31T23:59:59Z")).toBe("own:0");
    expect(priceAt(rows as Partial<PriceRow>[], "2026-02-01T00:00:00Z")).toBe("own:1");
  });
});

describe("the book as shipped", () => {
  it("names the version of the seed that is installed", () => {
    expect(manifest.dependencies["@pydantic/genai-prices"]).toBe(SEED_VERSION);
  });

  it("sets aside what only one list says, and says which", () => {
    const models = new Set(book.search({}).quarantined.map((row) => `${row.provider}/${row.model}`));
    expect([...models].toSorted()).toEqual([
      "aws/regional.openai.gpt-5.6-luna",
      "mistral/mistral-ocr-2503",
      "mistral/mistral-ocr-2505",
      "mistral/mistral-ocr-2512",
      "mistral/mistral-ocr-4-0",
      "mistral/mistral-ocr-4-1",
      "mistral/mistral-ocr-latest",
      "openrouter/~anthropic/claude-opus-latest",
      "perplexity/sonar-deep-research",
      "x-ai/grok-voice-latest",
      "x-ai/grok-voice-think-fast-1.0",
      "x-ai/grok-voice-think-fast-2.0",
    ]);
  });

  it("gives every row an id of its own and a source, and every row of ours a day on which it was checked", () => {
    const { rows } = book.search({});
    expect(new Set(rows.map(({ row }) => row)).size).toBe(rows.length);
    for (const row of rows) {
      expect(row.source).not.toBe("");
      if (row.row.startsWith("own:")) expect(row.checked_at).toMatch(/^2026-\d\d-\d\d$/);
    }
  });

  it("prices both input and output in every tier of ours, so that a set of rows is never half a price list", () => {
    const tiered = book
      .search({})
      .rows.filter((row) => row.row.startsWith("own:") && !["standard", "any"].includes(row.tier));
    const sets = Map.groupBy(tiered, (row) =>
      [row.provider, row.model, row.tier, row.valid_from, row.valid_to].join(" "),
    );
    for (const [name, rows] of sets) {
      const classes = new Set(rows.map((row) => row.class));
      expect([...classes], name).toEqual(expect.arrayContaining(["input_uncached", "output_text"]));
    }
  });

  it("is searched by whole name first, then by a part of it, within a provider or all", () => {
    expect(modelsOf({ provider: "openai", model: "gpt-5" })).toEqual(["openai/gpt-5"]);
    expect(modelsOf({ provider: "anthropic", model: "claude-haiku-4-5-20251001" })).toEqual([
      "anthropic/claude-haiku-4-5",
    ]);
    expect(modelsOf({ provider: "openai", model: "embedding" })).toEqual([
      "openai/text-embedding-3-large",
      "openai/text-embedding-3-small",
      "openai/text-embedding-ada-002",
    ]);
    expect(modelsOf({ provider: "groq" }).length).toBeGreaterThan(20);
    expect(modelsOf({ model: "no such model" })).toEqual([]);
  });

  it("prices a provider by the list that is named, else of its address, else of its format's maker", async () => {
    const ofOpenai = { prices: undefined, rates: {}, otherwise: "openai" };
    const configured = [
      { ...ofOpenai, provider: "named", prices: "groq" },
      { ...ofOpenai, provider: "at", url: "https://api.groq.com/openai/v1" },
      { ...ofOpenai, provider: "proxy", url: "http://127.0.0.1:8000/v1" },
      { ...ofOpenai, provider: "off", prices: "none" },
    ];
    const priced = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured });
    const lists = configured.map(({ provider: name }) =>
      ["gpt-4o-mini", "llama-3.3-70b-versatile"].map((model) => priced.find({ provider: name, model, at })?.provider),
    );
    expect(lists).toEqual([
      [undefined, "groq"],
      [undefined, "groq"],
      ["openai", undefined],
      [undefined, undefined],
    ]);
  });
});
