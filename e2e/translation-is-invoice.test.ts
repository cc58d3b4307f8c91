/** What is translated is billed as what is not: the books hold what the providers measured, and clients are told the same. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type EntryPage } from "#contract";
import { type InvoiceLine } from "#demo";
import { type Stage, setStage } from "./harness/stage.ts";
import { askAs, formats, type Understood } from "./translation-clients.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ latency: "none", seed: 7, config: "limits: { lag: 10s }\n" });
});
afterAll(() => stage.strike());

const models = ["openai/gpt-4o-mini", "claude/claude-haiku-4-5", "gemini/gemini-2.5-flash"];

it("books every answer as its provider measured it, and tells each client these counts in its own words", async () => {
  const { product, providers } = stage;
  const { secret } = await product.createKey({ name: "translation", team: "web" });
  const told = new Map<InvoiceLine, Understood>();
  const seen = new Set<string>();
  for (const format of formats) {
    for (const model of models) {
      for (const stream of [true, false]) {
        const understood = await askAs(format, { url: product.dataPlane, key: secret, model }, { stream });
        expect(understood.text, `${format} asks ${model}`).not.toBe("");
        const lines = providers.invoice().filter(({ id }) => !seen.has(id));
        for (const line of lines) told.set(line, understood);
        for (const { id } of lines) seen.add(id);
        expect(lines).toHaveLength(1);
      }
    }
  }
  await product.waitUntilBooked();
  const { rows } = await product.api<EntryPage>("/entries?limit=100");
  const booked = new Map(rows.map((entry) => [entry.upstream_id, entry]));
  for (const [{ id, quantities }, understood] of told) {
    const entry = booked.get(id);
    expect(entry).toMatchObject({ state: "answered", delivered: "full", cost_type: "priced" });
    expect(withoutZeros(entry?.usage ?? {})).toEqual(withoutZeros(quantities));
    const { input_uncached = 0, cache_read = 0, output_text = 0, output_reasoning = 0 } = quantities;
    const written = (quantities.cache_write_5m ?? 0) + (quantities.cache_write_1h ?? 0);
    expect(understood.inputTokens).toBe(input_uncached + cache_read + written);
    expect(understood.outputTokens).toBe(output_text + output_reasoning);
  }
});

function withoutZeros(quantities: Readonly<Record<string, number | undefined>>) {
  return Object.fromEntries(Object.entries(quantities).filter(([, count]) => count !== 0));
}
