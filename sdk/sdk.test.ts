import { describe, expect, it } from "vitest";
import { createTare, type TareOptions } from "./index.ts";

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status?: { readonly code: number };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

function open(options: Partial<TareOptions> = {}, statuses: number[] = []) {
  const sent: SentSpan[] = [];
  const keys: string[] = [];
  const tare = createTare({
    url: "http://tare.test/",
    key: "tare_sk_x",
    delayMs: 60_000,
    fetch: (url, { body, headers }) => {
      const status = statuses.shift() ?? 200;
      keys.push(`${url} ${headers["authorization"]}`);
      if (status === 0) return Promise.reject(new Error("refused"));
      if (status === 200) sent.push(...JSON.parse(body).resourceSpans[0].scopeSpans[0].spans);
      return Promise.resolve({ status });
    },
    ...options,
  });
  return { tare, sent, keys };
}

function told({ attributes }: SentSpan): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

describe("steps", () => {
  it("are measured around the work, nested as it is, and belong to whom the interaction is for", async () => {
    const { tare, sent, keys } = open();
    const value = await tare.interaction({ interaction: "ticket-7", feature: "answers", tags: { plan: "pro" } }, () =>
      tare.step("answer", { kind: "group" }, async () => {
        const docs = await tare.step("retrieve", { kind: "retrieval" }, async (step) => {
          await Promise.resolve();
          step.measure({ vectors: 250 });
          return ["a"];
        });
        tare.outcome("resolved", { id: "o1", value: "2.50" });
        return docs.length;
      }),
    );
    expect(value).toBe(1);
    await tare.flush();
    expect(keys).toEqual(["http://tare.test/v1/traces Bearer tare_sk_x"]);
    const [retrieve, outcome, answer] = [...sent].toSorted((a, b) => (a.name < b.name ? 1 : -1)) as [
      SentSpan,
      SentSpan,
      SentSpan,
    ];
    expect([retrieve.name, outcome.name, answer.name]).toEqual(["retrieve", "outcome", "answer"]);
    expect(retrieve.parentSpanId).toBe(answer.spanId);
    expect(outcome.parentSpanId).toBe(answer.spanId);
    expect(new Set(sent.map(({ traceId }) => traceId)).size).toBe(1);
    expect(told(retrieve)).toMatchObject({
      "tare.kind": "retrieval",
      "tare.vectors": "250",
      "tare.interaction": "ticket-7",
      "tare.feature": "answers",
      "tare.tag.plan": "pro",
    });
    expect(told(outcome)).toMatchObject({ "tare.outcome": "resolved", "tare.outcome.id": "o1" });
  });

  it("give what the work gives and throw what it throws, and say that it failed", async () => {
    const { tare, sent } = open();
    expect(tare.step("plain", () => 7)).toBe(7);
    expect(() =>
      tare.step("sync", () => {
        throw new RangeError("no");
      }),
    ).toThrow("no");
    await expect(tare.step("async", () => Promise.reject(new TypeError("never")))).rejects.toThrow("never");
    await tare.flush();
    const failed = sent.filter(({ status }) => status?.code === 2);
    expect(failed.map((span) => [span.name, told(span)["error.type"]])).toEqual([
      ["sync", "RangeError"],
      ["async", "TypeError"],
    ]);
  });

  it("give model calls the headers that make them part of the running step", () => {
    const { tare } = open();
    tare.interaction({ interaction: "i1", customer: "acme" }, () =>
      tare.step("chat", () => {
        expect(tare.headers()).toEqual({
          traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
          "x-tare-interaction": "i1",
          "x-tare-customer": "acme",
        });
      }),
    );
  });
});

describe("while Tare is away", () => {
  it("nothing is thrown, spans wait, and are sent in order when it is back", async () => {
    const problems: string[] = [];
    const { tare, sent } = open({ onProblem: (problem) => problems.push(problem) }, [0, 503, 200]);
    for (const name of ["a", "b"]) tare.step(name, () => undefined);
    await tare.flush();
    expect(tare.state()).toEqual({ waiting: 2, dropped: 0 });
    await tare.flush();
    tare.step("c", () => undefined);
    await tare.flush();
    expect(sent.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(problems).toEqual(["refused", "Tare answered 503"]);
  });

  it("no more than the bound is held, and what is given up is counted", async () => {
    const { tare, sent } = open({ queueMax: 3 }, [0]);
    for (const name of ["a", "b", "c", "d", "e"]) tare.step(name, () => undefined);
    await tare.flush();
    expect(tare.state()).toEqual({ waiting: 3, dropped: 2 });
    await tare.flush();
    expect(sent.map(({ name }) => name)).toEqual(["c", "d", "e"]);
  });

  it("spans that Tare will never take are not sent again", async () => {
    const { tare, keys } = open({}, [401]);
    tare.step("a", () => undefined);
    await tare.flush();
    await tare.flush();
    expect(tare.state()).toEqual({ waiting: 0, dropped: 1 });
    expect(keys).toHaveLength(1);
  });
});
