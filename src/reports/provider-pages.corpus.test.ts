import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readReport } from "./index.ts";

const FOLDER = join(import.meta.dirname, "../../../shared/data/billing/openai/usage-costs-api");
const isThere = existsSync(FOLDER);
if (!isThere) console.log(`skipped: ${FOLDER} is not there`);

function page(name: string): { data: { results: Record<string, unknown>[] }[]; has_more: boolean } {
  return JSON.parse(readFileSync(join(FOLDER, `get_organization_${name}.json`), "utf8"));
}

describe.skipIf(!isThere)("the pages that OpenAI documents", () => {
  it("say no model, and are refused for it; with one they are read to the last token", () => {
    const usage = { ...page("usage_completions"), has_more: false };
    const refused = readReport([usage], "USD");
    expect(refused.ok || refused.error.type).toBe("not-by-model");
    for (const { results } of usage.data) for (const result of results) result["model"] = "gpt-5-mini";
    const read = readReport([usage, page("costs")], "USD");
    expect(read.ok && read.value.usage.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(1500);
    expect(read.ok && read.value.costs.map(({ nanos }) => nanos)).toEqual([60_000_000n]);
  });

  it.each(["embeddings", "images", "audio_speeches", "audio_transcriptions", "web_search_calls", "file_search_calls"])(
    "of %s are read",
    (name) => {
      const usage = page(`usage_${name}`);
      for (const { results } of usage.data) for (const result of results) result["model"] = "some-model";
      const read = readReport([usage], "USD");
      expect(read.ok && read.value.usage.length).toBeGreaterThan(0);
    },
  );
});
