/** Telemetry that nobody here wrote, sent to a running server: OpenTelemetry's SDK with both exporters, the Vercel AI SDK. */
import { context, type Span, SpanStatusCode, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { generateText, stepCountIs, tool } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type EntryPage, type InteractionDetail, type SpendAnswer, type TakenOutcomes, type UnitRows } from "#contract";
import { createTare } from "../sdk/index.ts";
import { freePort } from "./harness/free-port.ts";
import { until } from "./harness/product.ts";
import { setStage, type Stage } from "./harness/stage.ts";
import { fault, recovers } from "./harness/faults.ts";

const RATES = `step_rates:
  - { kind: tool, name: search, per: call, rate: 0.004 USD, source: contract 17 }
  - { kind: retrieval, per: 1k_vectors, rate: 0.20 USD, source: price page }
`;

let stage: Stage;
let secret = "";
/** Where spans have a port of their own. */
let spansOrigin = "";

beforeAll(async () => {
  const otlpPort = await freePort();
  spansOrigin = `http://127.0.0.1:${otlpPort}`;
  stage = await setStage({ latency: "none", config: RATES, listen: `otlp_port: ${otlpPort}` });
  ({ secret } = await stage.product.createKey({ name: "agent", team: "web" }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  await until(
    async () => (await postTraces(Buffer.from('{"resourceSpans":[]}'))).status === 200,
    "spans are taken",
    60_000,
  );
});
afterAll(() => stage.strike());

function postTraces(body: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${stage.product.dataPlane}/v1/traces`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", ...headers },
    body: new Uint8Array(body),
  });
}

type Exporter = "protobuf" | "json";

/** Runs some work under a tracer of the real SDK, and waits until its spans were taken: protobuf beside calls, JSON on the port for spans. */
async function traced<Value>(exporter: Exporter, work: (tracer: Tracer) => Promise<Value>): Promise<Value> {
  const options = {
    url: `${exporter === "json" ? spansOrigin : stage.product.dataPlane}/v1/traces`,
    headers: { authorization: `Bearer ${secret}` },
    compression: "gzip",
  };
  const provider = new TracerProvider({
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: exporter === "json" ? new JsonExporter(options as never) : new ProtobufExporter(options as never),
      }),
    ],
  });
  const value = await work(provider.getTracer("test"));
  await provider.forceFlush();
  await provider.shutdown();
  return value;
}

async function inSpan<Value>(tracer: Tracer, name: string, work: (span: Span) => Promise<Value>): Promise<Value> {
  return tracer.startActiveSpan(name, async (span) => {
    try {
      return await work(span);
    } finally {
      span.end();
    }
  });
}

/** Once all is in: steps that a call of the gateway turns out to be are corrected when the call is booked. */
async function interaction(id: string, isWhole: (detail: InteractionDetail) => boolean): Promise<InteractionDetail> {
  let detail: InteractionDetail | undefined;
  await until(async () => {
    await stage.product.waitUntilBooked();
    detail = await stage.product.api<InteractionDetail>(`/interactions/${id}`).catch(() => undefined);
    return detail !== undefined && isWhole(detail);
  }, `all steps of ${id}`);
  if (detail === undefined) throw new Error("no interaction");
  return detail;
}

function byName([one]: readonly unknown[], [other]: readonly unknown[]): number {
  return String(one).localeCompare(String(other));
}

function usageOf(input: number, output: number) {
  return {
    inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: output, text: output, reasoning: 0 },
  };
}

function step(id: string, more: object = {}) {
  return {
    id,
    interaction: `ticket-${id}`,
    kind: "review",
    name: "approve",
    cost: "0.50",
    feature: "reviews",
    customer: "acme",
    ...more,
  };
}

function outcome(id: string, more: object = {}) {
  return {
    outcomes: [{ id: `o${id}`, interaction: `ticket-${id}`, name: "resolved", value: "2", ...more }],
  };
}

describe.each(["protobuf", "json"] as const)("spans of OpenTelemetry's own SDK, as %s", (exporter) => {
  it("become steps with time and money, beside the call that went through the gateway, which counts once", async () => {
    const id = await traced(exporter, async (tracer) =>
      inSpan(tracer, "answer a ticket", async (root) => {
        root.setAttributes({
          "gen_ai.operation.name": "invoke_agent",
          "tare.feature": "tickets",
          "tare.customer": "acme",
          "tare.outcome": "resolved",
          "tare.outcome.value": "1.25 USD",
        });
        await inSpan(tracer, "look up", async (span) => {
          span.setAttributes({ "gen_ai.operation.name": "retrieval", "tare.vectors": 250 });
        });
        await inSpan(tracer, "search", async (span) => {
          span.setAttributes({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search" });
          span.setStatus({ code: SpanStatusCode.OK });
        });
        await inSpan(tracer, "chat gpt-4o-mini", async (span) => {
          const headers: Record<string, string> = {};
          const { traceId, spanId } = span.spanContext();
          headers["traceparent"] = `00-${traceId}-${spanId}-01`;
          const answer = await fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
            method: "POST",
            headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", ...headers },
            body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Why?" }] }),
          });
          const { usage } = (await answer.json()) as { usage: { prompt_tokens: number; completion_tokens: number } };
          span.setAttributes({
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage.completion_tokens,
          });
        });
        return root.spanContext().traceId;
      }),
    );
    const detail = await interaction(
      id,
      ({ steps }) => steps.length === 5 && steps.some(({ name, nanos }) => name.startsWith("chat") && nanos === "0"),
    );
    expect(detail.calls).toHaveLength(1);
    // Steps that began in the same millisecond stand in any order.
    const told = detail.steps.map(({ name, depth, nanos }) => [name, depth, nanos]).toSorted(byName);
    const [call] = detail.calls;
    expect(told).toEqual([
      ["answer a ticket", 0, "0"],
      ["chat gpt-4o-mini", 1, "0"],
      ["look up", 1, "50000000"],
      [expect.stringMatching(/^openai.gpt-4o-mini/), 2, call?.nanos],
      ["search", 1, "4000000"],
    ]);
    expect(BigInt(detail.gross_nanos)).toBe(54_000_000n + BigInt(call?.nanos ?? "0"));
    expect(detail.steps[0]?.total_nanos).toBe(detail.gross_nanos);
    expect(detail.outcomes).toMatchObject([{ name: "resolved", success: true, value_nanos: "1250000000" }]);
    const { rows } = await stage.product.api<EntryPage>(`/entries?interaction=${id}`);
    const sum = rows.reduce((all, { nanos }) => all + BigInt(nanos ?? "0"), 0n);
    expect(sum.toString()).toBe(detail.gross_nanos);
    expect(rows.every(({ team }) => team === "web")).toBe(true);
  });
});

describe("the Vercel AI SDK's telemetry", () => {
  it("is counted once, step by step, with its tool", async () => {
    const model = new MockLanguageModelV3({
      provider: "openai.responses",
      modelId: "gpt-4o-mini",
      doGenerate: [
        {
          content: [{ type: "tool-call", toolCallId: "1", toolName: "search", input: '{"for":"tare"}' }],
          finishReason: { unified: "tool-calls", raw: undefined },
          usage: usageOf(1000, 20),
          warnings: [],
        },
        {
          content: [{ type: "text", text: "A weight." }],
          finishReason: { unified: "stop", raw: undefined },
          usage: usageOf(1100, 30),
          warnings: [],
        },
      ],
    });
    const id = await traced("protobuf", async (tracer) =>
      inSpan(tracer, "request", async (span) => {
        await generateText({
          model,
          prompt: "What is tare?",
          stopWhen: stepCountIs(3),
          tools: { search: tool({ inputSchema: z.object({ for: z.string() }), execute: async () => "weight" }) },
          experimental_telemetry: { isEnabled: true, tracer, functionId: "explain", metadata: { userId: "ada" } },
        });
        return span.spanContext().traceId;
      }),
    );
    const detail = await interaction(id, ({ steps }) => steps.length === 4);
    const priced = detail.steps.filter(({ nanos }) => nanos !== undefined && nanos !== "0");
    expect(priced.map(({ name, nanos }) => [name, nanos])).toEqual([
      // 1,000 at $0.15 and 20 at $0.60 a million.
      ["ai.generateText.doGenerate", "162000"],
      ["search", "4000000"],
      ["ai.generateText.doGenerate", "183000"],
    ]);
    expect(detail.gross_nanos).toBe("4345000");
    const spend = await stage.product.api<SpendAnswer>(
      `/spend?by=feature,user&from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z&feature=explain`,
    );
    expect(spend.rows).toMatchObject([{ dimensions: { feature: "explain", user: "ada" }, gross_nanos: "4345000" }]);
  });
});

describe("our own SDK", () => {
  it("makes one interaction of its steps and of the calls that it sends along, with what came of it", async () => {
    const tare = createTare({ url: stage.product.dataPlane, key: secret });
    await tare.interaction(
      { interaction: "sdk-1", feature: "sdk", customer: "株式会社 é", tags: { plan: "pro" } },
      () =>
        tare.step("answer", { kind: "group" }, async () => {
          await tare.step("handbook", { kind: "retrieval", vectors: 1000 }, async () => undefined);
          await tare.step("chat", { kind: "group" }, () =>
            fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
              method: "POST",
              headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", ...tare.headers() },
              body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Why?" }] }),
            }).then((answer) => answer.text()),
          );
          tare.outcome("resolved", { id: "sdk-o1", value: "0.75" });
        }),
    );
    await tare.flush();
    expect(tare.state()).toEqual({ waiting: 0, dropped: 0 });
    const detail = await interaction("sdk-1", ({ steps, outcomes }) => steps.length === 4 && outcomes.length === 1);
    expect(detail.steps.map(({ name, depth }) => `${depth} ${name.slice(0, 8)}`).toSorted()).toEqual([
      "0 answer",
      "1 chat",
      "1 handbook",
      "2 openai/g",
    ]);
    expect(detail.calls).toMatchObject([{ feature: "sdk", state: "answered" }]);
    const spend = await stage.product.api<SpendAnswer>(
      `/spend?by=customer,tag.plan&from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z&feature=sdk`,
    );
    expect(spend.rows.map(({ dimensions }) => dimensions)).toEqual([{ customer: "株式会社 é", "tag.plan": "pro" }]);
    expect(BigInt(detail.gross_nanos)).toBe(200_000_000n + BigInt(detail.calls[0]?.nanos ?? "0"));
  });
});

describe("steps and outcomes that are posted", () => {
  const range = "from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z";

  it("are priced, divided by what succeeded, corrected and withdrawn", async () => {
    const body = { steps: [step("1"), step("2"), step("3", { cost: undefined, kind: "tool", name: "search" })] };
    expect(await stage.product.api("/steps", { method: "POST", body })).toEqual({
      recorded: 3,
      corrected: 0,
      repeated: 0,
      unpriced: 0,
    });
    expect(await stage.product.api("/steps", { method: "POST", body })).toMatchObject({ recorded: 0, repeated: 3 });
    const post = (some: object) => stage.product.api<TakenOutcomes>("/outcomes", { method: "POST", body: some });
    expect(await post(outcome("1"))).toMatchObject({ recorded: 1 });
    expect(await post(outcome("1"))).toMatchObject({ unchanged: 1 });
    expect(await post(outcome("1", { value: "3" }))).toMatchObject({ corrected: 1 });
    await post(outcome("2", { success: false, value: undefined }));
    await post(outcome("3"));
    const units = async () => {
      await stage.product.waitUntilBooked();
      return (await stage.product.api<UnitRows>(`/unit-costs?${range}&by=feature&feature=reviews`)).rows[0];
    };
    expect(await units()).toMatchObject({
      gross_nanos: "1004000000",
      interactions: 3,
      outcomes: 3,
      successes: 2,
      value_nanos: "5000000000",
      margin_nanos: "3996000000",
      per_success_nanos: "502000000",
    });
    await stage.product.api("/outcomes/o3", { method: "DELETE" }).catch((error: Error) => {
      // A 204 has no body to parse.
      if (!(error instanceof SyntaxError)) throw error;
    });
    expect(await units()).toMatchObject({ outcomes: 2, successes: 1, value_nanos: "3000000000" });
    const found = await stage.product.api<{ rows: { interaction: string }[] }>(
      `/interactions?feature=reviews&outcome=success&min_nanos=1`,
    );
    expect(found.rows.map((row) => row.interaction)).toEqual(["ticket-1"]);
  });

  it("stay the same when the server is killed and everything is sent again", async () => {
    const before = await stage.product.api<SpendAnswer>(`/spend?${range}&by=`);
    const body = { steps: [{ id: "1", interaction: "ticket-1", kind: "review", name: "approve", cost: "0.50" }] };
    await stage.product.kill();
    await stage.product.start();
    await until(
      () =>
        stage.product
          .api<{ repeated: number }>("/steps", { method: "POST", body })
          .then(({ repeated }) => repeated === 1)
          .catch(() => false),
      "the step is known again",
      60_000,
    );
    await stage.product.waitUntilBooked();
    const after = await stage.product.api<SpendAnswer>(`/spend?${range}&by=`);
    expect(after.total).toEqual(before.total);
  });
});

describe("/v1/traces", () => {
  it("are taken out of bodies that come in many pieces, one after another", async () => {
    for (const id of ["a1", "a2", "a3"]) {
      const span = {
        traceId: id.padStart(32, "0"),
        spanId: id.padStart(16, "0"),
        name: "long",
        startTimeUnixNano: `${Date.now()}000000`,
        attributes: [
          { key: "tare.kind", value: { stringValue: "tool" } },
          { key: "prompt", value: { stringValue: "p".repeat(700_000) } },
        ],
      };
      const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
      const answer = await postTraces(Buffer.from(body));
      expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
    }
  });

  it("says no as OTLP does, and never takes a span without a key", async () => {
    await until(
      async () => (await postTraces(Buffer.from('{"resourceSpans":[]}'))).status === 200,
      "spans are taken",
      60_000,
    );
    expect((await postTraces(Buffer.from("{"))).status).toBe(400);
    expect((await postTraces(Buffer.from("x"), { "content-type": "text/plain" })).status).toBe(415);
    expect((await postTraces(Buffer.from("{}"), { authorization: "Bearer tare_sk_wrong" })).status).toBe(401);
    const partly = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: "1", spanId: "2", name: "x" }] }] }] };
    const answer = await postTraces(Buffer.from(JSON.stringify(partly)));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ partialSuccess: { rejectedSpans: "1" } });
  });

  it("has a port of its own where one is configured, and nothing else is there", async () => {
    const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    const statusOf = async (method: string, path: string, body?: string) =>
      (await fetch(`${spansOrigin}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })).status;
    expect(await statusOf("POST", "/v1/traces", '{"resourceSpans":[]}')).toBe(200);
    expect(await statusOf("GET", "/healthz")).toBe(200);
    expect(await statusOf("GET", "/v1/models")).toBe(404);
    expect(await statusOf("POST", "/v1/chat/completions", "{}")).toBe(404);
  });

  it("answers 503 with Retry-After while the office is away, and takes spans again when it is back", async () => {
    fault({
      name: "the office is away while spans are sent",
      users: "exporters get 503 with `Retry-After` and send again",
      lost: "nothing: a step that comes twice is booked once",
      recovery: "when the office has been started again, by itself",
      within: "15 s",
    });
    const office = stage.product.officePid;
    if (office === undefined) throw new Error("no office");
    process.kill(office, "SIGKILL");
    let away: Response | undefined;
    await until(async () => {
      away = await postTraces(Buffer.from('{"resourceSpans":[]}'));
      return away.status === 503;
    }, "the office is missed");
    expect(away?.headers.get("retry-after")).toBe("1");
    await recovers(
      "the office is away while spans are sent",
      async () => (await postTraces(Buffer.from('{"resourceSpans":[]}'))).status === 200,
    );
  });
});
