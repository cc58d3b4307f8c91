/** Spans that come in another life of the server than the call and the spans that they belong to. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InteractionDetail } from "#contract";
import { until } from "./harness/product.ts";
import { setStage, type Stage } from "./harness/stage.ts";

let stage: Stage;
let secret = "";

beforeAll(async () => {
  stage = await setStage({ latency: "none" });
  ({ secret } = await stage.product.createKey({ name: "agent", team: "web" }));
});
afterAll(() => stage.strike());

function send(span: object): Promise<Response> {
  return fetch(`${stage.product.dataPlane}/v1/traces`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
}

describe("a model's span that comes when the server was killed in between", () => {
  it("is not counted beside its call, also where only a span between the two tells that they belong together", async () => {
    const [trace, model, http] = ["5a".repeat(16), "aa".repeat(8), "bb".repeat(8)];
    const detail = () => stage.product.api<InteractionDetail>(`/interactions/${trace}`);
    const answer = await fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${secret}`,
        "content-type": "application/json",
        traceparent: `00-${trace}-${http}-01`,
      },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Why?" }] }),
    });
    await answer.text();
    const link = { traceId: trace, spanId: http, parentSpanId: model, name: "POST" };
    await until(async () => (await send(link)).status === 200, "taken", 60_000);
    await stage.product.waitUntilBooked();
    await stage.product.kill();
    await stage.product.start();
    const attributes = [
      { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
      { key: "gen_ai.provider.name", value: { stringValue: "openai" } },
      { key: "gen_ai.response.model", value: { stringValue: "gpt-4o-mini" } },
      { key: "gen_ai.usage.input_tokens", value: { intValue: "500" } },
      { key: "gen_ai.usage.output_tokens", value: { intValue: "50" } },
    ];
    const measured = { traceId: trace, spanId: model, name: "chat", attributes };
    await until(async () => (await send(measured)).status === 200, "taken", 60_000);
    await until(async () => (await detail()).steps.length === 2, "the step is booked", 60_000);
    const { gross_nanos: gross, calls } = await detail();
    expect(gross).toBe(calls[0]?.nanos);
  });
});
