import { GoogleGenAI } from "@google/genai";
import { afterEach, describe, expect, it } from "vitest";
import {
  ask,
  chat,
  CLIENT_SECRET,
  frame,
  PROVIDER_SECRET,
  Rig,
  type RigOptions,
  type Script,
  usageFrame,
} from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: RigOptions): Promise<Rig> {
  rig = await Rig.start(options);
  return rig;
}

const claude = { name: "claude", format: "anthropic", basePath: "", prices: "anthropic" } as const;

const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-haiku-4-5-20251001",
  content: [
    { type: "thinking", thinking: "weighing", signature: "c2lnbmVk" },
    { type: "text", text: "answer-canary" },
    { type: "tool_use", id: "toolu_1", name: "weigh", input: { what: "token" } },
  ],
  stop_reason: "tool_use",
  stop_sequence: null,
  usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 7 },
};

const answering: Script = (sent, response) => {
  if (sent.body.includes('"stream":true')) {
    response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_claude" });
    response.end(events(message));
    return;
  }
  response.writeHead(200, { "content-type": "application/json", "request-id": "req_claude" });
  response.end(JSON.stringify(message));
};

const answeringBoth: Script = (sent, response, number) => {
  if (sent.url === "/v1/messages") return answering(sent, response, number);
  response.writeHead(200, { "content-type": "application/json" });
  response.end('{"choices":[]}');
};

function events(whole: typeof message): string {
  const { content, stop_reason, usage, ...head } = whole;
  const said = [
    { type: "message_start", message: { ...head, content: [], usage: { ...usage, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: content[1]?.text } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason }, usage: { output_tokens: usage.output_tokens } },
    { type: "message_stop" },
  ];
  return said.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join("");
}

const routes = { support: { to: ["claude/claude-haiku-4-5"] } };

describe("A chat that is sent to a provider of another format", () => {
  it("arrives in that provider's format, with its credential and none of the client's headers", async () => {
    const made = await start({ provider: claude, routes, script: answering });
    await ask(made, {
      body: chat({ model: "support", stop: ["x"] }),
      headers: { "openai-organization": "org-1", "user-agent": "openai/1" },
    });
    const [sent] = made.sent;
    expect(sent?.url).toBe("/v1/messages");
    expect(sent?.headers).toMatchObject({ "x-api-key": PROVIDER_SECRET, "anthropic-version": "2023-06-01" });
    expect(sent?.headers).not.toHaveProperty("openai-organization");
    expect(sent?.headers).not.toHaveProperty("authorization");
    expect(JSON.parse(sent?.body ?? "")).toEqual({
      model: "claude-haiku-4-5",
      max_tokens: 100,
      messages: [{ role: "user", content: [{ type: "text", text: "prompt-canary" }] }],
      stop_sequences: ["x"],
    });
  });

  it("is answered in the client's format, and booked by what the provider counted", async () => {
    const made = await start({ provider: claude, routes, script: answering });
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-type": "application/json",
      "x-tare-target": "claude/claude-haiku-4-5",
      "x-tare-upstream-id": "req_claude",
      "x-tare-max-tokens": "100",
    });
    expect(JSON.parse(answer.body)).toMatchObject({
      object: "chat.completion",
      model: "claude-haiku-4-5-20251001",
      choices: [
        {
          message: {
            content: "answer-canary",
            reasoning_content: "weighing",
            tool_calls: [{ id: "toolu_1", function: { name: "weigh", arguments: '{"what":"token"}' } }],
          },
          finish_reason: "tool_calls",
        },
      ],
      usage: { prompt_tokens: 15, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 5 } },
    });
    const [settled] = made.booked("attempt-settled");
    expect(settled).toMatchObject({ state: "answered", delivered: "full", upstreamId: "msg_1" });
    expect(settled?.usage).toEqual({ input_uncached: 10, cache_read: 5, output_text: 7 });
    expect(settled?.cost.type).toBe("priced");
    expect(made.booked("attempt-dispatched")[0]?.bound.type).toBe("proven");
  });

  it("streams in the client's format, with usage only where it was asked for", async () => {
    const made = await start({ provider: claude, routes, script: answering });
    const plain = await ask(made, { body: chat({ model: "support", stream: true }) });
    expect(plain.headers["content-type"]).toBe("text/event-stream");
    expect(plain.body).toContain('"delta":{"content":"answer-canary"}');
    expect(plain.body).not.toContain("usage");
    expect(plain.body.endsWith("data: [DONE]\n\n")).toBe(true);
    const asked = await ask(made, {
      body: chat({ model: "support", stream: true, stream_options: { include_usage: true } }),
      headers: { "x-tare-receipt": "1" },
    });
    expect(asked.body).toContain('"prompt_tokens":15');
    expect(asked.body).toMatch(/: tare cost=0\.\d+\ndata: \[DONE\]\n\n$/);
  });

  it("streams to Google's SDK so that its chat remembers what was said", async () => {
    const made = await start({ provider: claude, routes, script: answering });
    const google = new GoogleGenAI({ apiKey: CLIENT_SECRET, httpOptions: { baseUrl: made.url } });
    const talk = google.chats.create({ model: "support" });
    const heard: unknown[] = [];
    for await (const part of await talk.sendMessageStream({ message: "weigh" })) heard.push(part.text);
    expect(heard).toEqual(["answer-canary", ""]);
    for await (const _ of await talk.sendMessageStream({ message: "again" }));
    expect(JSON.parse(made.sent[1]?.body ?? "").messages).toEqual([
      { role: "user", content: [{ type: "text", text: "weigh" }] },
      { role: "assistant", content: [{ type: "text", text: "answer-canary" }] },
      { role: "user", content: [{ type: "text", text: "again" }] },
    ]);
  });

  it("gives back signed thinking, and the provider gets its signature as it made it", async () => {
    const made = await start({ provider: claude, routes, script: answering });
    const first = await ask(made, { body: chat({ model: "support" }) });
    const [choice] = JSON.parse(first.body).choices;
    const result = { role: "tool", tool_call_id: "toolu_1", content: "light" };
    const messages = [{ role: "user", content: "weigh" }, choice.message, result];
    await ask(made, { body: chat({ model: "support", messages }) });
    expect(JSON.parse(made.sent[1]?.body ?? "").messages).toEqual([
      { role: "user", content: [{ type: "text", text: "weigh" }] },
      { role: "assistant", content: message.content },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "light" }] }],
      },
    ]);
  });
});

describe("What a target has no field for", () => {
  it("is refused by its name before anything is sent", async () => {
    const made = await start({ provider: claude, routes, script: answering });
    const answer = await ask(made, { body: chat({ model: "support", logit_bias: { 1: 2 } }) });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).error).toMatchObject({ tare_code: "unsupported_field", field: "logit_bias" });
    expect(made.sent).toEqual([]);
    expect(made.booked("call-refused")[0]).toMatchObject({ code: "unsupported_field" });
  });

  it("is told to whoever gets the answer again, too", async () => {
    const made = await start({
      provider: claude,
      routes: { support: { ...routes.support, onUnsupported: "drop", cache: { exactMs: 60_000, tools: false } } },
      script: answering,
    });
    for (const mark of ["miss", "exact"]) {
      const { headers } = await ask(made, { body: chat({ model: "support", logit_bias: { 1: 2 }, seed: 7 }) });
      expect(headers).toMatchObject({ "x-tare-cache": mark, "x-tare-dropped": "logit_bias, seed" });
    }
  });

  it("is left out where the route says so, and told in a header", async () => {
    const made = await start({
      provider: claude,
      routes: { support: { ...routes.support, onUnsupported: "drop" } },
      script: answering,
    });
    const answer = await ask(made, { body: chat({ model: "support", logit_bias: { 1: 2 }, seed: 7 }) });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-tare-dropped"]).toBe("logit_bias, seed");
    expect(made.sent[0]?.body).not.toMatch(/logit_bias|seed/);
  });

  it("sends the call on to a target that has one", async () => {
    const made = await start({
      provider: claude,
      more: [{ name: "openai" }],
      routes: { support: { to: ["claude/claude-haiku-4-5", "openai/gpt-5-mini"] } },
      script: (sent, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ model: sent.url, choices: [] }));
      },
    });
    const answer = await ask(made, { body: chat({ model: "support", logit_bias: { 1: 2 } }) });
    expect(answer.headers["x-tare-target"]).toBe("openai/gpt-5-mini");
    expect(answer.headers["x-tare-attempts"]).toBe("1");
    expect(JSON.parse(answer.body).model).toBe("/v1/chat/completions");
  });
});

describe("A failure of a provider of another format", () => {
  const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded by canaries" } };

  it("is said in the client's words, with the provider's message and status", async () => {
    const made = await start({
      provider: claude,
      routes,
      script: (_, response) => {
        response.writeHead(529, { "content-type": "application/json", "retry-after": "3" });
        response.end(JSON.stringify(overloaded));
      },
    });
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(answer.status).toBe(529);
    expect(answer.headers["retry-after"]).toBe("3");
    expect(JSON.parse(answer.body)).toEqual({
      error: { message: "Overloaded by canaries", type: "server_error", param: null, code: "overloaded_error" },
    });
    expect(made.booked("attempt-settled")[0]).toMatchObject({ state: "failed", error: "upstream_overloaded_error" });
  });

  it("in the middle of a stream is the client's protocol's error event", async () => {
    const [begin] = events(message).split("event: message_delta");
    const made = await start({
      provider: claude,
      routes,
      script: (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(`${begin}event: error\ndata: ${JSON.stringify(overloaded)}\n\n`);
      },
    });
    const answer = await ask(made, { body: chat({ model: "support", stream: true }) });
    expect(answer.body).toContain("answer-canary");
    expect(answer.body).toContain('data: {"error":{"message":"Overloaded by canaries"');
    expect(answer.body).not.toContain("[DONE]");
  });

  it("is a cut stream's too, which gets no clean end", async () => {
    const [begin] = events(message).split("event: message_delta");
    const made = await start({
      provider: claude,
      routes,
      script: (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(begin);
      },
    });
    const answer = await ask(made, { body: chat({ model: "support", stream: true }) });
    expect(answer.body).toContain('"tare_code":"upstream_cut"');
    expect(answer.isCut).toBe(true);
  });

  it("is an answer that cannot be read", async () => {
    const made = await start({
      provider: claude,
      routes,
      script: (_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end("surprise");
      },
    });
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body).error.message).toContain("cannot be translated");
  });

  it("falls over to the next target, whatever its format", async () => {
    const made = await start({
      provider: claude,
      more: [{ name: "openai" }],
      routes: { support: { to: ["claude/claude-haiku-4-5", "openai/gpt-5-mini"] } },
      script: (sent, response) => {
        const isClaude = sent.url === "/v1/messages";
        response.writeHead(isClaude ? 529 : 200, {
          "content-type": isClaude ? "application/json" : "text/event-stream",
        });
        response.end(isClaude ? JSON.stringify(overloaded) : `${frame("one")}${usageFrame}data: [DONE]\n\n`);
      },
    });
    const answer = await ask(made, {
      path: "/v1/messages",
      body: JSON.stringify({
        model: "support",
        max_tokens: 50,
        stream: true,
        messages: [{ role: "user", content: "hello" }],
      }),
    });
    expect(answer.headers["x-tare-target"]).toBe("openai/gpt-5-mini");
    expect(answer.body).toContain('"type":"text_delta","text":"one"');
    expect(answer.body).toContain('"input_tokens":1000');
    expect(answer.body.trimEnd().endsWith('data: {"type":"message_stop"}')).toBe(true);
    expect(made.booked("attempt-settled")[1]).toMatchObject({ state: "answered", usage: { output_text: 100 } });
  });
});

describe("A provider of the client's own format", () => {
  it("gets every byte as it came", async () => {
    const made = await start({ script: answering, routes: { support: { to: ["openai/gpt-5-mini"] } } });
    const body = '{"messages" : [ ], "logit_bias":{"1":2},\n"model":"support", "max_tokens": 5}';
    await ask(made, { body });
    expect(made.sent[0]?.body).toBe(body.replace('"support"', '"gpt-5-mini"'));
  });

  it("gets the route's output cap under the name that its server knows, in its own format and in another", async () => {
    const made = await start({
      provider: { dialect: "mistral" },
      script: answering,
      routes: { short: { to: ["openai/mistral-small"], maxOutputTokens: 64 } },
    });
    await ask(made, { body: chat({ model: "short", max_completion_tokens: undefined }) });
    await ask(made, {
      path: "/v1beta/models/short:generateContent",
      body: JSON.stringify({ contents: [{ parts: [{ text: "x" }] }] }),
    });
    for (const { body } of made.sent) {
      expect(JSON.parse(body)).toMatchObject({ model: "mistral-small", max_tokens: 64 });
      expect(body).not.toContain("max_completion_tokens");
    }
    expect(made.sent).toHaveLength(2);
  });

  it("gets no signature that another provider made", async () => {
    const made = await start({
      provider: claude,
      more: [{ name: "openrouter", prices: "openai" }],
      routes: { ...routes, other: { to: ["openrouter/gpt-5-mini"] } },
      script: answeringBoth,
    });
    const first = await ask(made, { body: chat({ model: "support" }) });
    const [choice] = JSON.parse(first.body).choices;
    const answer = await ask(made, { body: chat({ model: "other", messages: [choice.message] }) });
    const [given] = JSON.parse(made.sent[1]?.body ?? "").messages;
    expect(given).toMatchObject({ content: "answer-canary", reasoning_details: [] });
    expect(answer.headers["x-tare-dropped"]).toBe("thinking");
  });
});

const empty: Script = (_, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ id: "c", model: "gpt-4o-mini", choices: [] }));
};

describe("Azure OpenAI", () => {
  const azure = {
    name: "azure",
    basePath: "",
    cloud: { type: "azure", apiVersion: "2024-10-21" },
    prices: "azure",
  } as const;
  it("is asked at its deployment with the version of its API, its own header, and the client's bytes", async () => {
    const made = await start({ provider: azure, routes: { support: { to: ["azure/my deployment"] } }, script: empty });
    const body = chat({ model: "support", max_tokens: 5 });
    expect((await ask(made, { body })).status).toBe(200);
    const [sent] = made.sent;
    expect(sent?.url).toBe("/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21");
    expect(sent?.headers).toMatchObject({ "api-key": PROVIDER_SECRET });
    expect(sent?.headers).not.toHaveProperty("authorization");
    expect(sent?.body).toBe(body.replace('"support"', '"my deployment"'));
  });

  it("takes responses at the account, and messages of Anthropic's clients as chats", async () => {
    const made = await start({ provider: azure, routes: { support: { to: ["azure/mini"] } }, script: empty });
    await ask(made, { path: "/v1/responses?a=1", body: '{"model":"support","input":"x"}' });
    const body = { model: "support", max_tokens: 9, messages: [{ role: "user", content: "x" }] };
    await ask(made, { path: "/v1/messages", body: JSON.stringify(body) });
    expect(made.sent.map(({ url }) => url)).toEqual([
      "/openai/responses?a=1&api-version=2024-10-21",
      "/openai/deployments/mini/chat/completions?api-version=2024-10-21",
    ]);
    expect(made.sent[1]?.headers).toMatchObject({ "api-key": PROVIDER_SECRET });
  });
});
