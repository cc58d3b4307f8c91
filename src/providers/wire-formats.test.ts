import { describe, expect, it } from "vitest";
import { Secret } from "#units";
import { type SpokenError, wireFormats } from "./index.ts";

const error: SpokenError = {
  status: 402,
  code: "budget_exceeded",
  kind: "insufficient_quota",
  message: 'Not "enough"\nleft.',
  call: "call_1",
  facts: { scope: "team", left: "0.000000000" },
};

describe("Every wire format", () => {
  it("serves each method and path once, without two readings of one path", () => {
    const places = wireFormats.flatMap(({ endpoints }) => endpoints.map(({ method, path }) => `${method} ${path}`));
    expect(new Set(places).size).toBe(places.length);
  });

  it.for(wireFormats)("$name says errors with the code that clients can rely on", (format) => {
    const whole: unknown = JSON.parse(format.encodeError(error).toString());
    const stream = format.encodeStreamError(error, { operation: "chat", sequence: 1 }).toString();
    const data: unknown = JSON.parse(/^data: (.*)$/m.exec(stream)?.[1] ?? "");
    expect(stream.endsWith("\n\n")).toBe(true);
    for (const said of [whole, data])
      expect(said).toMatchObject({ error: { message: error.message, tare_code: "budget_exceeded" } });
  });

  it.for(wireFormats)("$name reads its own errors back", (format) => {
    const options = { operation: "chat", stream: true, stripUsage: false, receipt: undefined } as const;
    const stream = format.readAnswer({ ...options, status: 200, contentType: "text/event-stream" });
    stream.push(format.encodeStreamError(error, { operation: "chat", sequence: 1 }));
    const whole = format.readAnswer({ ...options, status: 402, contentType: "application/json" });
    whole.push(format.encodeError(error));
    for (const reader of [stream, whole]) {
      reader.finish();
      expect(reader.facts()).toMatchObject({ end: "error" });
      expect(reader.facts().errorType).toBeDefined();
    }
  });

  it("keeps the error shapes of the protocols", () => {
    const [openai, anthropic, gemini] = wireFormats.map((format): unknown =>
      JSON.parse(format.encodeError(error).toString()),
    );
    expect(openai).toMatchObject({
      error: { type: "insufficient_quota", param: null, code: "insufficient_quota", scope: "team" },
    });
    expect(anthropic).toMatchObject({ type: "error", error: { type: "billing_error" }, request_id: "call_1" });
    expect(gemini).toMatchObject({ error: { code: 402, status: "RESOURCE_EXHAUSTED" } });
  });

  it("numbers the error of a response stream on", () => {
    const stream = wireFormats[0]?.encodeStreamError(error, { operation: "response", sequence: 9 }).toString();
    expect(stream).toContain("event: error\n");
    expect(stream).toMatch(/"type":"error".*"sequence_number":9/);
  });

  it("puts the credential where its provider looks for it", () => {
    expect(wireFormats.map((format) => format.credentialHeaders(new Secret("s")))).toEqual([
      ["authorization", "Bearer s"],
      ["x-api-key", "s"],
      ["x-goog-api-key", "s"],
    ]);
  });
});
