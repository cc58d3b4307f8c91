import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTare, type TareOptions } from "./index.ts";

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
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

function headersOf(about: object): Record<string, string> {
  const { tare } = open();
  return tare.interaction(about, () => tare.step("chat", () => tare.headers()));
}

function digest(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}

function asRead(value: string | undefined): string {
  return Buffer.from(value ?? "", "latin1").toString();
}

describe("headers of a model call", () => {
  it("carry names in any writing, and what Tare would refuse as its digest or not at all", () => {
    const long = "x".repeat(129);
    const headers = headersOf({
      interaction: "a ticket",
      customer: "株式会社 é",
      user: long,
      session: "a\nb",
      feature: " ",
    });
    expect(() => new Headers(headers)).not.toThrow();
    expect(asRead(headers["x-tare-customer"])).toBe("株式会社 é");
    expect(headers["x-tare-user"]).toBe(digest(long));
    expect(headers["x-tare-session"]).toBe(digest("a\nb"));
    expect(headers["x-tare-feature"]).toBeUndefined();
    expect(headers["x-tare-interaction"]).toBe(headers["traceparent"]?.slice(3, 35));
    expect(headersOf({ customer: 42, user: null, session: "\ud800" })).toMatchObject({
      "x-tare-customer": "42",
      "x-tare-session": digest("\ufffd"),
    });
  });

  it("carry the tags that steps say, encoded where a header cannot hold them as they are", async () => {
    const { tare, sent } = open();
    const tags = { plan: "pro", "": "a", __tier: "2", both: "a,b", city: "Köln", off: "5%", long: "y".repeat(200) };
    const headers = tare.interaction({ tags }, () => tare.step("chat", () => tare.headers()));
    expect(headers["x-tare-tags"]).toBe(
      `plan=pro,__tier=2,both=a%2Cb,city=K%C3%B6ln,off=5%,long=${digest("y".repeat(200))}`,
    );
    await tare.flush();
    expect(sent.map(told)).toMatchObject([{ "tare.tag.plan": "pro", "tare.tag.both": "a,b", "tare.tag.city": "Köln" }]);
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`t${index}`, "1"]));
    expect(headersOf({ tags: many })["x-tare-tags"]?.split(",")).toHaveLength(16);
    expect(headersOf({ tags: { plan: null, tier: undefined, city: " ", n: 2 } })["x-tare-tags"]).toBe("n=2");
    expect(headersOf({ tags: null })["x-tare-tags"]).toBeUndefined();
  });

  it("are such as the gateway accepts, whatever is said", () => {
    const bounded = fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 140 }));
    const anyAbout = fc.record(
      { interaction: bounded, customer: bounded, feature: bounded, tags: fc.dictionary(bounded, bounded) },
      { requiredKeys: [] },
    );
    const { tare } = open();
    fc.assert(
      fc.property(anyAbout, (about) => {
        const headers = tare.interaction(about, () => tare.headers());
        expect(() => new Headers(headers)).not.toThrow();
        expect(headers["x-tare-interaction"]).toMatch(/^[A-Za-z0-9_.:-]{1,64}$/);
        for (const name of ["x-tare-customer", "x-tare-feature"]) {
          const value = asRead(headers[name]);
          expect(Buffer.byteLength(value)).toBeLessThanOrEqual(128);
          expect(value).not.toMatch(/[\p{Cc}\ufffd]/u);
        }
        for (const tag of headers["x-tare-tags"]?.split(",") ?? [])
          expect(tag).toMatch(/^[A-Za-z0-9_.-]{1,64}=[\x20-\x7e]{1,384}$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a model's step", () => {
  it("says whose answer it was and its tokens", async () => {
    const { tare, sent } = open();
    const answer = { provider: "openai", model: "gpt-5-mini", inputTokens: 9, outputTokens: 2, answerId: "resp_1" };
    tare.step("chat", { kind: "model" }, (step) => step.measure(answer));
    await tare.flush();
    expect(sent.map(told)).toMatchObject([
      {
        "tare.kind": "model",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.usage.input_tokens": "9",
        "gen_ai.usage.output_tokens": "2",
        "gen_ai.response.id": "resp_1",
      },
    ]);
  });

  it("that nothing will price is told of once", () => {
    const problems: string[] = [];
    const { tare } = open({ onProblem: (problem) => problems.push(problem) });
    tare.step("a call through Tare", { kind: "model" }, () => tare.headers());
    tare.step("paid", { kind: "model", cost: "0.01" }, () => 1);
    tare.step("counted", { kind: "model", inputTokens: 3 }, () => 1);
    tare.step("a tool", { kind: "tool" }, () => 1);
    expect(problems).toEqual([]);
    tare.step("chat", { kind: "model" }, () => 1);
    tare.step("chat again", { kind: "model" }, () => 1);
    expect(problems).toEqual([expect.stringContaining("The model step chat says neither its tokens nor its cost")]);
  });
});

describe("values that no span can carry", () => {
  it("are left out, and hold up nothing that is sent with them", async () => {
    const { tare, sent } = open();
    const odd = { vectors: 5n, calls: Number.NaN, cost: null, gpuSeconds: { a: 1 }, personMinutes: 2 };
    tare.step("odd", odd as never, () => undefined);
    tare.step(undefined as never, () => undefined);
    await tare.flush();
    expect(sent.map(({ name }) => name)).toEqual(["odd", "(none)"]);
    expect(told(sent[0] as SentSpan)).toEqual({
      "tare.kind": "custom",
      "tare.vectors": "5",
      "tare.person_minutes": "2",
    });
  });
});

describe("work that gives something to be awaited that is no promise", () => {
  /** A query builder: each `then` runs it. */
  class Query implements PromiseLike<string> {
    #runs = 0;
    readonly table = "tickets";
    get runs(): number {
      return this.#runs;
    }
    // oxlint-disable-next-line unicorn/no-thenable -- it is what is tested
    then: PromiseLike<string>["then"] = (onDone, onFailed) => {
      this.#runs += 1;
      return new Promise<string>((resolve) => setTimeout(() => resolve("rows"), 30)).then(onDone, onFailed);
    };
    named(): string {
      return `${this.table} ${this.#runs}`;
    }
  }

  it("is measured until it is done, is run once, and stays what it is", async () => {
    const { tare, sent } = open();
    const query = new Query();
    const given = tare.step("query", () => query);
    expect(given.table).toBe("tickets");
    expect(await given).toBe("rows");
    expect(await given).toBe("rows");
    expect(given.named()).toBe("tickets 1");
    await tare.flush();
    const [span] = sent;
    expect(Number(span?.endTimeUnixNano) - Number(span?.startTimeUnixNano)).toBeGreaterThan(20_000_000);
  });

  it("is not run for being measured, and run once as part of the step however it is awaited, built on or not", async () => {
    const { tare, sent } = open();
    /** As most are: its other ways of being awaited run it again, and building on it gives itself. */
    class Builder extends Query {
      readonly steps: unknown[] = [];
      where(): this {
        this.steps.push("where");
        return this;
      }
      catch(onFailed: (reason: unknown) => string): PromiseLike<string> {
        return this.then(undefined, onFailed);
      }
    }
    const query = new Builder();
    const given = tare.step("query", () => query);
    await tare.flush();
    expect([query.runs, sent.length]).toEqual([0, 0]);
    expect(await given.where().catch(() => "failed")).toBe("rows");
    expect(await given).toBe("rows");
    expect([query.runs, query.steps]).toEqual([1, ["where"]]);
    await tare.flush();
    expect(sent.map(({ name }) => name)).toEqual(["query"]);
  });

  it("runs within the step, whoever awaits it", async () => {
    const { tare } = open();
    let within = {};
    const lazy: PromiseLike<number> = {
      // oxlint-disable-next-line unicorn/no-thenable -- it is what is tested
      then: (...args) => {
        within = tare.headers();
        return Promise.resolve(1).then(...args);
      },
    };
    const given = tare.interaction({ interaction: "i1" }, () => tare.step("query", () => lazy));
    await given;
    expect(within).toMatchObject({ "x-tare-interaction": "i1", traceparent: expect.any(String) });
  });
});

describe("a failure that nobody handles", () => {
  it("ends the program as it does without us", () => {
    const entry = new URL("index.ts", import.meta.url).href;
    const program = `const { createTare } = await import(${JSON.stringify(entry)});
      const fetch = () => Promise.resolve({ status: 200 });
      const tare = createTare({ url: "http://tare.test", key: "k", delayMs: 60_000, fetch });
      tare.step("a", () => Promise.reject(new Error("nobody saw this")));`;
    const run = () =>
      execFileSync(process.execPath, ["--input-type=module", "--eval", program], { stdio: "pipe", timeout: 20_000 });
    expect(run).toThrow("nobody saw this");
  });
});

describe("a program that ends at once", () => {
  const entry = new URL("index.ts", import.meta.url).href;
  const run = (status: number) =>
    execFileSync(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `const { createTare } = await import(${JSON.stringify(entry)});
         const answer = (status) => () => (console.log("sent"), Promise.resolve({ status }));
         createTare({ url: "http://tare.test", key: "k", delayMs: 60_000, fetch: answer(${status}) }).step("a", () => 1);
         console.log("done");`,
      ],
      { encoding: "utf8", timeout: 20_000 },
    );

  it("sends what it measured before, and tries once where Tare is away", () => {
    expect(run(200)).toBe("done\nsent\n");
    expect(run(503)).toBe("done\nsent\n");
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
