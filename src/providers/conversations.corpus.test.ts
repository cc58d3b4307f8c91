import { describe, expect, it } from "vitest";
import { type AnswerEvent } from "#inference";
import { type Exchange, hasCorpus, readExchanges } from "../../e2e/corpus/exchanges.ts";
import { AnswerCollector, type CollectedAnswer } from "./answer-encoding.ts";
import { type ConversationName, conversationNames } from "./conversation.ts";
import { conversations } from "./conversations.ts";
import { plainDialect } from "./dialects.ts";
import { wireFormats } from "./index.ts";
import { type AskSource } from "./ask-source.ts";

/** Recordings that no reader of their format could take for an answer; each with what is wrong in it. */
const exceptions: ReadonlyMap<string, string> = new Map<string, string>(
  Object.entries({
    "test_openai/test_text_response.yaml": "the body is no JSON",
    "google-live-speech-translation": "messages of another API, which do not end as generated content does",
    "google-stream-": "arguments of calls in pieces, which no translated call asks for",
    "google-vertex-stream-": "arguments of calls in pieces, which no translated call asks for",
    "parallel-tool-call-wrapper": "one frame holds no JSON",
    "test_multiple_agent_tool_calls.yaml": "the recording has lost the list of tools",
    "anthropic_completion_error.yaml": "a request that was made to be refused",
  }),
);

function exceptionFor({ name }: Exchange): string | undefined {
  return [...exceptions].find(([part]) => name.includes(part))?.[1];
}

function conversationOf({ place }: Exchange): ConversationName | undefined {
  return conversationNames.find((name) => {
    const { path } = conversations[name];
    return place.path === path.whole || place.path === path.stream;
  });
}

function isStream({ answer, place }: Exchange): boolean {
  const type = answer.headers.get("content-type") ?? "";
  return (
    type.includes("event-stream") ||
    /^(?:data|event|id|:)/.test(answer.body.toString("latin1", 0, 16)) ||
    place.path === ""
  );
}

function read(exchange: Exchange, name: ConversationName, size: number): CollectedAnswer {
  const { body } = exchange.answer;
  const decoding = conversations[name].decodeAnswer({ isStream: isStream(exchange), call: "call_1" });
  const events: AnswerEvent[] = [];
  for (let at = 0; at < body.length; at += size) events.push(...decoding.push(body.subarray(at, at + size)));
  events.push(...decoding.finish());
  const collector = new AnswerCollector();
  for (const event of events) collector.add(event);
  return collector.collected();
}

if (!hasCorpus()) console.info("Skipped: the recorded exchanges are not there.");

describe.skipIf(!hasCorpus())("Recorded conversations", () => {
  const exchanges = hasCorpus() ? [...readExchanges()] : [];
  const answered = exchanges.flatMap((exchange) => {
    const name = conversationOf(exchange);
    return name === undefined || exchange.answer.body.length === 0 || exchange.method === "GET"
      ? []
      : [{ exchange, name }];
  });
  const whole = answered.filter(({ exchange }) => exchange.status < 300);

  it("give their answers as parts", () => {
    const counts = new Map<string, number>();
    const failures: string[] = [];
    for (const { exchange, name } of whole) {
      const answer = read(exchange, name, Infinity);
      const outcome = outcomeOf(answer);
      const key = `${name} ${isStream(exchange) ? "streamed" : "whole"}: ${outcome}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (outcome === "complete" || outcome === "failed, as the provider says") continue;
      const reason = exceptionFor(exchange);
      if (reason === undefined) failures.push(`${exchange.name}: ${outcome} ${answer.failure?.message ?? ""}`);
      else console.info(`  exception: ${exchange.name}: ${reason}`);
    }
    console.info(`${whole.length} answers of ${exchanges.length} exchanges`);
    for (const [key, count] of counts) console.info(`  ${count} ${key}`);
    expect(failures).toEqual([]);
  });

  it("give the same parts, however they are cut into chunks", () => {
    for (const [index, { exchange, name }] of whole.entries()) {
      expect(read(exchange, name, 1 + (index % 89)), exchange.name).toEqual(read(exchange, name, Infinity));
    }
  });

  it("count what was counted while they were relayed", () => {
    for (const { exchange, name } of whole) {
      const { usage, failure } = read(exchange, name, Infinity);
      // Counts beside an error are booked, and not shown.
      if (failure !== undefined) continue;
      const { place, status, answer } = exchange;
      const format = wireFormats.find((one) => one.name === place.format);
      const operation = name === "openai-responses" ? "response" : "chat";
      const contentType = isStream(exchange) ? "text/event-stream" : "application/json";
      const stream = isStream(exchange) || place.path.endsWith(":streamGenerateContent");
      const options = { operation, stream, status, contentType, stripUsage: false } as const;
      const reader = format?.readAnswer({ ...options, receipt: undefined });
      reader?.push(answer.body);
      reader?.finish();
      // What a provider's own tools do has no field in other formats.
      const { web_searches, web_fetches, file_searches, code_sessions, ...tokens } = reader?.facts().usage ?? {};
      const { web_searches: searches, web_fetches: fetches, ...decoded } = usage ?? {};
      expect(decoded, exchange.name).toEqual(tokens);
    }
  });

  it("ask for what every other format can say, and name what it cannot", () => {
    const losses = new Map<string, number>();
    const unreadable: string[] = [];
    let translated = 0;
    for (const { exchange, name } of answered) {
      const source = sourceOf(exchange);
      if (source === undefined) continue;
      const prompt = conversations[name].decodePrompt(source);
      if (!prompt.ok) {
        if (exceptionFor(exchange) === undefined) unreadable.push(`${exchange.name}: ${JSON.stringify(prompt.error)}`);
        continue;
      }
      for (const to of conversationNames.filter((one) => one !== name)) {
        const encoded = conversations[to].encodePrompt(prompt.value.prompt, {
          model: "model",
          outputCap: undefined,
          dialect: plainDialect,
        });
        translated += 1;
        for (const { field } of [...prompt.value.losses, ...encoded.losses]) {
          const key = `${name}: ${field.replaceAll(/\[\d+\]/g, "[]")}`;
          losses.set(key, (losses.get(key) ?? 0) + 1);
        }
      }
    }
    console.info(`${translated} translated requests; fields without a place elsewhere:`);
    for (const [field, count] of [...losses].toSorted((left, right) => right[1] - left[1])) {
      console.info(`  ${count} ${field}`);
    }
    expect(translated).toBeGreaterThan(1_000);
    expect(unreadable).toEqual([]);
  });

  it("say why they failed", () => {
    const failed = answered.filter(({ exchange }) => exchange.status >= 400);
    for (const { exchange, name } of failed) {
      const { kind, message } = conversations[name].decodeFailure(exchange.status, exchange.answer.body);
      expect(message.length, exchange.name).toBeGreaterThan(0);
      expect(kind, exchange.name).not.toBe("upstream");
    }
    console.info(`${failed.length} errors read`);
  });
});

function outcomeOf({ isWhole, failure, finish }: CollectedAnswer): string {
  if (failure !== undefined) {
    return failure.message.startsWith("The provider sent") ? "unreadable" : "failed, as the provider says";
  }
  if (!isWhole) return "cut";
  return finish === undefined ? "without a reason to end" : "complete";
}

function sourceOf({ request, place, method }: Exchange): AskSource | undefined {
  if (request === undefined || request.body.length === 0 || method !== "POST") return undefined;
  const operation = "chat";
  const { path, parameters } = place;
  try {
    JSON.parse(request.body.toString());
  } catch {
    return undefined;
  }
  return {
    endpoint: { method: "POST", path, upstreamPath: path, operation, body: "json" },
    parameters,
    query: new URLSearchParams(),
    contentType: "application/json",
    body: request.body,
  };
}
