import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { type ExactCounter } from "#inference";
import { ask, CLIENT_SECRET, Rig, type RigOptions, type Script } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

const counts: Readonly<Record<string, string>> = {
  "/v1/responses/input_tokens": '{"object":"response.input_tokens","input_tokens":11}',
  "/v1/messages/count_tokens": '{"input_tokens":12}',
  "/v1beta/models/gemini-2.5-flash:countTokens": '{"totalTokens":13}',
};

const counting: Script = (sent, response) => {
  const answer = counts[sent.url];
  response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(answer ?? '{"error":{"message":"no such path"}}');
};

const words: ExactCounter = {
  count(body) {
    const texts: readonly string[] = JSON.parse(Buffer.from(body).toString());
    return Promise.resolve(texts.join(" ").split(" ").length);
  },
};

async function start(options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({
    script: counting,
    provider: { dialect: "openai" },
    more: [
      { name: "claude", format: "anthropic", basePath: "", prices: "anthropic" },
      { name: "gemini", format: "gemini", basePath: "", prices: "google" },
      { name: "router", dialect: "openrouter" },
    ],
    ...options,
  });
  return rig;
}

const targets = { "openai/gpt-5-mini": 11, "claude/claude-haiku-4-5": 12, "gemini/gemini-2.5-flash": 13 };

describe.each(Object.entries(targets))("The tokens of a prompt for %s", (target, tokens) => {
  it("are told to the official SDK of each format, and cost nothing", async () => {
    const made = await start({ routes: { support: { to: [target] } } });
    const { url } = made;
    const claude = new Anthropic({ apiKey: CLIENT_SECRET, baseURL: url, maxRetries: 0 });
    const openai = new OpenAI({ apiKey: CLIENT_SECRET, baseURL: `${url}/v1`, maxRetries: 0 });
    const google = new GoogleGenAI({ apiKey: CLIENT_SECRET, httpOptions: { baseUrl: url } });
    const [model, text] = ["support", "How warm is it?"];
    const messages = [{ role: "user" as const, content: text }];
    expect((await claude.messages.countTokens({ model, messages })).input_tokens).toBe(tokens);
    expect((await openai.responses.inputTokens.count({ model, input: text })).input_tokens).toBe(tokens);
    expect((await google.models.countTokens({ model, contents: text })).totalTokens).toBe(tokens);
    const settled = made.booked("attempt-settled");
    expect(settled).toHaveLength(3);
    for (const { cost, state } of settled)
      expect({ cost, state }).toEqual({ cost: { type: "priced", nanos: 0n }, state: "answered" });
    expect(made.booked("attempt-dispatched").map(({ operation }) => operation)).toEqual(Array(3).fill("count-tokens"));
  });
});

describe("Where nobody can be asked", () => {
  const body = JSON.stringify({
    model: "router/openai/gpt-4o",
    messages: [{ role: "user", content: "How warm is it?" }],
  });
  const path = "/v1/messages/count_tokens";

  it("the gateway counts, sends nothing and books nothing", async () => {
    const made = await start({ counter: words });
    const answer = await ask(made, { path, body });
    expect(answer.status).toBe(200);
    // Five words of two texts, three tokens around the message, three before the answer.
    expect(JSON.parse(answer.body)).toEqual({ input_tokens: 11 });
    expect(answer.headers).toMatchObject({ "x-tare-target": "router/openai/gpt-4o", "x-tare-attempts": "0" });
    expect(made.sent).toEqual([]);
    expect(made.events).toEqual([]);
  });

  it("what the route drops is not counted, and told", async () => {
    const direct = { onUnsupported: "drop" } as const;
    const made = await start({ counter: words, routes: { support: { to: ["router/gpt-4o"], ...direct } } });
    const tools = [{ type: "web_search_20250305", name: "web_search" }];
    const answer = await ask(made, { path, body: JSON.stringify({ ...JSON.parse(body), model: "support", tools }) });
    expect(JSON.parse(answer.body)).toEqual({ input_tokens: 11 });
    expect(answer.headers["x-tare-dropped"]).toBe("tools[]");
  });

  it("a count that would be a guess is refused with what to do", async () => {
    const made = await start();
    const answer = await ask(made, { path, body });
    expect(answer.status).toBe(400);
    const { error } = JSON.parse(answer.body);
    expect(error).toMatchObject({ tare_code: "no_token_count", target: "router/openai/gpt-4o" });
    expect(error.message).toContain("Ask for a model whose provider counts");
    expect(made.booked("call-refused")).toHaveLength(1);
  });

  it("another target of the route that counts is asked", async () => {
    const made = await start({ routes: { support: { to: ["router/llama", "claude/claude-haiku-4-5"] } } });
    const asked = { contents: [{ parts: [{ text: "x" }] }] };
    const answer = await ask(made, { path: "/v1beta/models/support:countTokens", body: JSON.stringify(asked) });
    expect(JSON.parse(answer.body)).toEqual({ totalTokens: 12 });
    expect(answer.headers["x-tare-target"]).toBe("claude/claude-haiku-4-5");
  });
});
