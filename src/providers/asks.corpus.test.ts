import { describe, expect, it } from "vitest";
import { type Exchange, hasCorpus, readExchanges } from "../../e2e/corpus/exchanges.ts";
import { askPaths as anthropicPaths } from "./anthropic/ask-paths.ts";
import { askPaths as bedrockPaths } from "./bedrock/ask-paths.ts";
import { askPaths as geminiPaths } from "./gemini/ask-paths.ts";
import { formatAt } from "./format-at.ts";
import { type AskSource } from "./ask-source.ts";
import { findDifference, mutator } from "./json-scan.differential.ts";
import { askPaths as openaiPaths } from "./openai/ask-paths.ts";

const paths = { openai: openaiPaths, anthropic: anthropicPaths, gemini: geminiPaths, bedrock: bedrockPaths };

if (!hasCorpus()) console.info("Skipped: the recorded exchanges are not there.");

describe.skipIf(!hasCorpus())("Recorded requests", () => {
  const asked = (hasCorpus() ? [...readExchanges(), ...readExchanges({ isBedrock: true })] : []).flatMap((exchange) => {
    const body = exchange.request?.body;
    return body === undefined || body.length === 0 || body[0] !== 0x7b ? [] : [{ exchange, body }];
  });

  it("are read as JSON.parse reads them", () => {
    console.info(`  ${asked.length} recorded JSON requests`);
    for (const { exchange, body } of asked) {
      expect(findDifference(body, paths[exchange.place.format]), exchange.name).toBeUndefined();
    }
  });

  it("are still read as JSON.parse reads them after a million mutations", () => {
    const mutate = mutator(11);
    const small = asked.filter(({ body }) => body.length < 4_000);
    for (let round = 0; round < 1_000_000; round += 1) {
      const { exchange, body } = small[round % small.length] ?? { exchange: undefined, body: Buffer.alloc(0) };
      const mutated = mutate(body);
      const difference = findDifference(mutated, paths[exchange?.place.format ?? "openai"]);
      if (difference !== undefined) expect.fail(`${difference}\n${mutated.toString("latin1")}`);
    }
  });

  it("are accepted, and changed only where a change was asked for", () => {
    for (const { exchange, body } of asked) {
      const source = sourceOf(exchange, body);
      const read = formatOf(exchange).readAsk(source);
      if (!read.ok) expect.fail(`${exchange.name}: ${JSON.stringify(read.error)}`);
      const same = read.value.rewrite({ model: read.value.facts.model, outputCap: undefined, includeUsage: false });
      expect(same.equals(body), exchange.name).toBe(true);
      const renamed = read.value.rewrite({ model: "other", outputCap: undefined, includeUsage: false });
      const [before, after] = [body, renamed].map((bytes) => JSON.parse(bytes.toString("utf8")) as { model?: string });
      if (sourceOf(exchange, body).endpoint.modelParameter === undefined) {
        expect(read.value.facts.model).toBe(before?.model);
        expect(after).toEqual({ ...before, model: "other" });
      }
    }
  });
});

function formatOf({ place }: Exchange) {
  return formatAt(place.format);
}

function sourceOf(exchange: Exchange, body: Buffer): AskSource {
  const endpoint = formatOf(exchange).endpoints.find((one) => one.path === exchange.place.path);
  if (endpoint === undefined) throw new Error(`No endpoint ${exchange.place.path}`);
  const { parameters } = exchange.place;
  return { endpoint, parameters, query: new URLSearchParams(), contentType: "application/json", body };
}
