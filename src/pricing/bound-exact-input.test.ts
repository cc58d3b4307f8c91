import { describe, expect, it } from "vitest";
import { boundUsage, bundledSeed, ownSkus, PriceBook } from "#pricing";
import { type AskFacts } from "#inference";
import { instant } from "#units";
import { frameTokens } from "./bound-usage.ts";

describe("an exact count", () => {
  it("takes the place of bytes where it is smaller, with the same frames, and never that of pictures", async () => {
    const at = instant(Date.parse("2026-11-01T02:00:00Z"));
    const book = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
    const sku = book.find({ provider: "openai", model: "gpt-4o", at });
    const ask: AskFacts = {
      format: "openai",
      operation: "chat",
      model: "gpt-4o",
      stream: false,
      background: false,
      bodyBytes: 40_000,
      messages: 2,
      tools: 1,
      outputCap: 100,
      choices: 1,
      serviceTier: "default",
      writesLongCache: false,
      unbounded: [],
      inlineMedia: 0,
      references: [],
    };
    const terms = { sku, outputCap: 100, holdCeiling: undefined, at };
    const frames = frameTokens.call + 2 * frameTokens.message + frameTokens.tool;
    expect(boundUsage(ask, terms).tokens).toBe(40_000 + frames + 100);
    expect(boundUsage(ask, { ...terms, inputTokens: 9_000 }).tokens).toBe(9_000 + frames + 100);
    expect(boundUsage(ask, { ...terms, inputTokens: 90_000 })).toEqual(boundUsage(ask, terms));
    const picture = { ...ask, inlineMedia: 1 };
    expect(boundUsage(picture, { ...terms, inputTokens: 9_000 })).toEqual(boundUsage(picture, terms));
  });
});
