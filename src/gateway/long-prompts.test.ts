import { afterEach, describe, expect, it } from "vitest";
import { answering, ask, chat, Rig, type RigOptions, type Script, wholeAnswer } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

/** Two targets of one route; the first of them has a retry left. */
async function start(script: Script, { provider, routes }: Partial<RigOptions> = {}): Promise<Rig> {
  const support = { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], retries: 2, ...routes?.["support"] };
  rig = await Rig.start({ script, more: [{ name: "second" }], routes: { support }, ...(provider && { provider }) });
  return rig;
}

const saying = {
  openai: '{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}',
  anthropic: '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8"}}',
  gemini:
    '{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}',
} as const;

function refuse(response: Parameters<Script>[1], body: string): void {
  response.writeHead(400, { "content-type": "application/json" }).end(body);
}

const attempts = (made: Rig) =>
  made.booked("attempt-dispatched").map(({ purpose, provider }) => `${purpose} ${provider}`);

describe("a prompt that does not fit the target's model", () => {
  it.for(["openai", "anthropic", "gemini"] as const)(
    "as %s says, is asked of the next target at once",
    async (format) => {
      const made = await start(
        (sent, response, number) =>
          number === 1 ? refuse(response, saying[format]) : answering(sent, response, number),
        { provider: { format } },
      );
      expect((await ask(made, { body: chat({ model: "support" }) })).body).toBe(wholeAnswer);
      expect(attempts(made)).toEqual(["answer openai", "fallback second"]);
      expect(made.booked("attempt-settled")[0]).toMatchObject({
        error: "upstream_context_length_exceeded",
        cost: { type: "priced", nanos: 0n },
      });
      expect(made.gateway.metrics().targets[0]).toMatchObject({ attempts: 1, failures: 0 });
    },
  );

  it("in a stream that was accepted is asked of the next target unseen, and does not count against the first", async () => {
    const failed = { id: "r", status: "failed", error: { code: "context_length_exceeded", message: "too long" } };
    const completed = { id: "r", status: "completed" };
    const made = await start((_, response, number) => {
      const [type, of] = number === 1 ? ["response.failed", failed] : ["response.completed", completed];
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`data: ${JSON.stringify({ type, response: of })}\n\n`);
    });
    const body = JSON.stringify({ model: "support", input: "hi", stream: true, store: false });
    expect((await ask(made, { path: "/v1/responses", body })).body).toContain("response.completed");
    expect(attempts(made)).toEqual(["answer openai", "fallback second"]);
    expect(made.gateway.metrics().targets[0]).toMatchObject({ attempts: 1, failures: 0 });
  });

  it("nor any other's is told in the provider's own words, not by the last resort", async () => {
    const lastResort = { lastGoodMs: undefined, text: "We are away." };
    const made = await start((_, response) => refuse(response, saying.openai), {
      routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], lastResort } },
    });
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect([answer.status, answer.body]).toEqual([400, saying.openai]);
    expect(attempts(made)).toEqual(["answer openai", "fallback second"]);
    expect(made.booked("attempt-settled").map(({ callEnd }) => callEnd)).toEqual([false, true]);
  });
});
