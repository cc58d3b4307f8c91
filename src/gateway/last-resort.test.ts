import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { answering, ask, chat, CLIENT_SECRET, Rig, type Script } from "./rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

const dead: Script = (_, response) => void response.writeHead(503, { "x-should-retry": "false" }).end("{}");

async function start(script: Script, lastResort: { lastGoodMs?: number; text?: string }): Promise<Rig> {
  const ladder = { lastGoodMs: lastResort.lastGoodMs, text: lastResort.text };
  rig = await Rig.start({
    script,
    more: [
      { name: "claude", format: "anthropic" },
      { name: "gemini", format: "gemini", basePath: "" },
    ],
    direct: { lastResort: ladder },
    routes: { support: { to: ["openai/gpt-5-mini"] } },
  });
  return rig;
}

describe("when no target answers", () => {
  it("the last good answer to the same call is given and marked as stale, and every attempt is booked", async () => {
    let isDead = false;
    const made = await start((...args) => (isDead ? dead : answering)(...args), { lastGoodMs: 60_000 });
    const first = await ask(made, { body: chat() });
    isDead = true;
    const second = await ask(made, { body: chat() });
    expect(second).toMatchObject({ status: 200, body: first.body, headers: { "x-tare-cache": "stale" } });
    expect(made.booked("attempt-settled").map(({ state, callEnd }) => [state, callEnd])).toEqual([
      ["answered", true],
      ["failed", false],
    ]);
    expect(made.booked("answer-recalled")).toMatchObject([{ how: "last_good", number: 2 }]);
    expect((await ask(made, { body: chat({ n: 2 }) })).status).toBe(503);
  });

  it("the last good answer is not given while a target answers", async () => {
    const made = await start(answering, { lastGoodMs: 60_000 });
    await ask(made, { body: chat() });
    await ask(made, { body: chat() });
    expect(made.sent).toHaveLength(2);
  });

  it("a call that is at fault itself is told so", async () => {
    const made = await start((_, response) => void response.writeHead(400).end('{"error":{"message":"no"}}'), {
      text: "Later.",
    });
    expect((await ask(made, { body: chat() })).status).toBe(400);
  });

  it("a model that is not there is said to whoever named it, and stood in for where the route did", async () => {
    const made = await start((_, response) => void response.writeHead(404).end('{"error":{"message":"no"}}'), {
      text: "Later.",
    });
    expect((await ask(made, { body: chat() })).status).toBe(404);
    expect((await ask(made, { body: chat({ model: "support" }) })).body).toContain("Later.");
  });

  it("a call that our account could not pay gets the configured text", async () => {
    const made = await start((_, response) => void response.writeHead(402).end('{"error":{"message":"no"}}'), {
      text: "Later.",
    });
    expect((await ask(made, { body: chat() })).body).toContain("Later.");
  });

  it("the configured text is an answer that the OpenAI SDK reads, whole and streamed, chat and responses", async () => {
    const made = await start(dead, { text: "We are back soon." });
    const client = new OpenAI({ apiKey: CLIENT_SECRET, baseURL: `${made.url}/v1`, maxRetries: 0 });
    const asked = { model: "gpt-5-mini", messages: [{ role: "user" as const, content: "hi" }] };
    const whole = await client.chat.completions.create(asked);
    expect(whole.choices[0]?.message.content).toBe("We are back soon.");
    let text = "";
    for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe("We are back soon.");
    const response = await client.responses.create({ model: "gpt-5-mini", input: "hi" });
    expect(response.output_text).toBe("We are back soon.");
    expect(made.booked("answer-recalled").map(({ how }) => how)).toEqual(["static", "static", "static"]);
  });

  it("the configured text is an answer that the Anthropic SDK reads, whole and streamed", async () => {
    const made = await start(dead, { text: "We are back soon." });
    const client = new Anthropic({ apiKey: CLIENT_SECRET, baseURL: made.url, maxRetries: 0 });
    const asked = { model: "claude/haiku", max_tokens: 10, messages: [{ role: "user" as const, content: "hi" }] };
    expect((await client.messages.create(asked)).content).toMatchObject([{ type: "text", text: "We are back soon." }]);
    expect(await client.messages.stream(asked).finalText()).toBe("We are back soon.");
  });

  it("the configured text is an answer in Gemini's format too", async () => {
    const made = await start(dead, { text: "We are back soon." });
    const body = '{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}';
    const whole = await ask(made, { path: "/v1beta/models/flash:generateContent", body });
    expect(JSON.parse(whole.body)).toMatchObject({
      candidates: [{ content: { parts: [{ text: "We are back soon." }] } }],
    });
    const streamed = await ask(made, { path: "/v1beta/models/flash:streamGenerateContent?alt=sse", body });
    expect(streamed.headers["content-type"]).toBe("text/event-stream");
    expect(streamed.body).toContain("We are back soon.");
  });
});
