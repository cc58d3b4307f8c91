import { describe, expect, it } from "vitest";
import { type AnswerEvent, type AnswerFacts } from "#inference";
import { type Exchange, hasCorpus, readExchanges } from "../../../e2e/corpus/exchanges.ts";
import { AnswerCollector, type CollectedAnswer } from "../answer-encoding.ts";
import { bodyKind } from "../body-kind.ts";
import { formatAt } from "../format-at.ts";
import { bedrockConverse } from "./conversation.ts";

interface Relayed {
  readonly facts: AnswerFacts;
  readonly answer: CollectedAnswer;
}

/** What the gateway does with an answer: read for the books, and decoded from what the reader gives on. */
function relay({ answer, status, place }: Exchange, size: number): Relayed {
  const stream = place.path.endsWith("-stream");
  const contentType = answer.headers.get("content-type");
  const options = { operation: "chat", stream, status, contentType, stripUsage: false, receipt: undefined } as const;
  const reader = formatAt("bedrock").readAnswer(options);
  const decoding = bedrockConverse.decodeAnswer({ isStream: bodyKind(options) === "sse", call: "call_1" });
  const collector = new AnswerCollector();
  const add = (events: readonly AnswerEvent[]) => events.forEach((event) => collector.add(event));
  for (let at = 0; at < answer.body.length; at += size) {
    add(decoding.push(reader.push(answer.body.subarray(at, at + size))));
  }
  add(decoding.push(reader.finish()));
  add(decoding.finish());
  return { facts: reader.facts(), answer: collector.collected() };
}

if (!hasCorpus()) console.info("Skipped: the recorded exchanges are not there.");

describe.skipIf(!hasCorpus())("Recorded traffic with Bedrock", () => {
  const exchanges = hasCorpus() ? [...readExchanges({ isBedrock: true })] : [];
  const answered = exchanges.filter(({ status, answer }) => status < 300 && answer.body.length > 0);

  it("is read to its end, with what was used", () => {
    const ends = new Map<string, number>();
    for (const exchange of answered) {
      const { facts, answer } = relay(exchange, Infinity);
      expect(facts.end, exchange.name).toBe("complete");
      expect(answer, exchange.name).toMatchObject({ isWhole: true, failure: undefined });
      expect(answer.finish, exchange.name).not.toBe("other");
      expect(answer.usage, exchange.name).toEqual(facts.usage);
      expect(facts.usage?.input_uncached, exchange.name).toBeGreaterThan(0);
      const reported: Record<string, number> = JSON.parse(facts.reported ?? "{}");
      const counted = Object.values(facts.usage ?? {}).reduce((sum, count) => sum + count, 0);
      expect(counted, exchange.name).toBe(reported["totalTokens"]);
      const key = `${exchange.place.path.split("/").at(-1)}: ${answer.finish}`;
      ends.set(key, (ends.get(key) ?? 0) + 1);
    }
    console.info(`${answered.length} answers of ${exchanges.length} exchanges with Bedrock`);
    for (const [key, count] of ends) console.info(`  ${count} ${key}`);
    expect(answered.length).toBeGreaterThan(80);
  });

  it("gives the same parts and facts, however it is cut into chunks", () => {
    for (const [index, exchange] of answered.entries()) {
      expect(relay(exchange, 1 + (index % 89)), exchange.name).toEqual(relay(exchange, Infinity));
    }
  });

  it("says why it failed", () => {
    const failed = exchanges.filter(({ status }) => status >= 400);
    for (const { name, status, answer } of failed) {
      const { kind, message } = bedrockConverse.decodeFailure(status, answer.body);
      expect(message.length, name).toBeGreaterThan(10);
      expect(kind, name).not.toBe("upstream");
    }
    console.info(`${failed.length} errors of Bedrock read`);
    expect(failed.length).toBeGreaterThan(0);
  });

  it("asks with fields that ours is asked with too", () => {
    const format = formatAt("bedrock");
    for (const { name, place, request } of exchanges) {
      if (request === undefined || request.body.length === 0) continue;
      const endpoint = format.endpoints.find(({ path }) => path === place.path);
      if (endpoint === undefined) throw new Error(place.path);
      const { parameters } = place;
      const source = { endpoint, parameters, query: new URLSearchParams(), contentType: undefined, body: request.body };
      const ask = format.readAsk(source);
      if (!ask.ok) throw new Error(`${name}: ${JSON.stringify(ask.error)}`);
      const body = JSON.parse(request.body.toString());
      expect(ask.value.facts.messages, name).toBe(body.messages.length);
      expect(ask.value.facts.outputCap, name).toBe(body.inferenceConfig?.maxTokens);
      expect(ask.value.rewrite({ model: undefined, outputCap: undefined, includeUsage: false })).toEqual(request.body);
      const capped = JSON.parse(ask.value.rewrite({ model: "m", outputCap: 1, includeUsage: false }).toString());
      expect(capped, name).toEqual({ ...body, inferenceConfig: { ...body.inferenceConfig, maxTokens: 1 } });
    }
  });
});
