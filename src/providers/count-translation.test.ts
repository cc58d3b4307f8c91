import { describe, expect, it } from "vitest";
import { type Cloud, type FormatName } from "#inference";
import { formatAt } from "./format-at.ts";
import { translate } from "./translation.ts";
import { answerOptions } from "./translation-rig.ts";
import { type TranslationTask } from "./translation-task.ts";
import { wireFormats } from "./wire-formats.ts";

type Client = Exclude<FormatName, "bedrock">;

const tool = { type: "object", properties: { place: { type: "string" } } };

/** The same prompt as clients of each format ask how long it is. */
const asks: Readonly<Record<Client, { readonly path: string; readonly body: Record<string, unknown> }>> = {
  openai: {
    path: "/v1/responses/input_tokens",
    body: {
      model: "m",
      instructions: "Be brief.",
      input: "How warm is it?",
      tools: [{ type: "function", name: "weather", description: "Looks.", parameters: tool, strict: null }],
    },
  },
  anthropic: {
    path: "/v1/messages/count_tokens",
    body: {
      model: "m",
      system: "Be brief.",
      messages: [{ role: "user", content: "How warm is it?" }],
      tools: [{ name: "weather", description: "Looks.", input_schema: tool }],
    },
  },
  gemini: {
    path: "/v1beta/models/{model}:countTokens",
    body: {
      generateContentRequest: {
        model: "models/m",
        systemInstruction: { parts: [{ text: "Be brief." }] },
        contents: [{ role: "user", parts: [{ text: "How warm is it?" }] }],
        tools: [{ functionDeclarations: [{ name: "weather", description: "Looks.", parametersJsonSchema: tool }] }],
      },
    },
  },
};

interface Asked extends Partial<Omit<TranslationTask, "source" | "client" | "format">> {
  readonly from: Client;
  readonly to: FormatName;
  readonly cloud?: Cloud;
  readonly body?: Record<string, unknown>;
}

function counting({ from, to, cloud, body = asks[from].body, ...rest }: Asked) {
  const client = wireFormats.find(({ name }) => name === from);
  const endpoint = client?.endpoints.find(({ path }) => path === asks[from].path);
  if (client === undefined || endpoint === undefined) throw new Error(from);
  const written = Buffer.from(JSON.stringify(body));
  return translate({
    source: { endpoint, parameters: {}, query: new URLSearchParams(), contentType: "application/json", body: written },
    client,
    format: formatAt(to, cloud),
    target: { model: "target", outputCap: undefined },
    dialect: to === "openai" ? "openai" : undefined,
    mayDrop: false,
    call: "call_1",
    createdAt: 1,
    ...rest,
  });
}

function counted(asked: Asked) {
  const result = counting(asked);
  if (!result.ok || result.value === undefined) throw new Error(JSON.stringify(result));
  const { format, endpoint, parameters, body, ask } = result.value;
  const path = format.upstreamPath({ endpoint, parameters, query: new URLSearchParams() }, undefined);
  return { ...result.value, path, ask: ask.facts, sent: JSON.parse(body.toString()) };
}

const clients: readonly Client[] = ["openai", "anthropic", "gemini"];
const answers: Readonly<Record<FormatName, string>> = {
  openai: '{"object":"response.input_tokens","input_tokens":17}',
  anthropic: '{"input_tokens":17}',
  gemini: '{"totalTokens":17,"promptTokensDetails":[{"modality":"TEXT","tokenCount":17}]}',
  bedrock: '{"inputTokens":17}',
};
const said: Readonly<Record<Client, unknown>> = {
  openai: { object: "response.input_tokens", input_tokens: 17 },
  anthropic: { input_tokens: 17 },
  gemini: { totalTokens: 17 },
};
const pairs = clients.flatMap((from) =>
  (["openai", "anthropic", "gemini", "bedrock"] as const).flatMap((to) => (from === to ? [] : [{ from, to }])),
);

describe.each(pairs)("A client of $from that asks $to how many tokens a prompt has", ({ from, to }) => {
  it("asks where that provider counts, for instructions, turns and tools", () => {
    const { path, sent, ask } = counted({ from, to });
    const paths = {
      openai: "/responses/input_tokens",
      anthropic: "/v1/messages/count_tokens",
      gemini: "/v1beta/models/target:countTokens",
      bedrock: "/model/target/count-tokens",
    };
    expect(path).toBe(paths[to]);
    expect(ask.operation).toBe("count-tokens");
    for (const word of ["Be brief.", "How warm is it?", "weather", "Looks.", "place"])
      expect(JSON.stringify(sent)).toContain(word);
  });

  it("is told in its own format, in however many pieces the count comes", () => {
    const { format } = counted({ from, to });
    for (const size of [1, 7, 1_000]) {
      const reader = format.readAnswer({ ...answerOptions, operation: "count-tokens" });
      const bytes = Buffer.from(answers[to]);
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      expect(JSON.parse(reader.finish().toString())).toEqual(said[from]);
      expect(reader.facts()).toMatchObject({ end: "complete", usage: undefined });
    }
  });

  it("gets an error, and no number, for an answer without a count", () => {
    const { format } = counted({ from, to });
    for (const [status, body] of [
      [200, '{"tokens":"many"}'],
      [200, "not json"],
      [200, answers[to].replaceAll("17", "-1")],
      [404, '{"error":{"message":"no such model"}}'],
    ] as const) {
      const reader = format.readAnswer({ ...answerOptions, operation: "count-tokens", status });
      reader.push(Buffer.from(body));
      expect(JSON.parse(reader.finish().toString())).toHaveProperty("error");
      expect(reader.facts().end).toBe("error");
    }
  });
});

describe("What is asked of a counting endpoint", () => {
  it("has the fields that it takes and no others", () => {
    const body = { ...asks.anthropic.body, thinking: { type: "enabled", budget_tokens: 2_000 } };
    const sent = (to: FormatName, cloud?: Cloud) =>
      Object.keys(counted({ from: "anthropic", to, body, ...(cloud && { cloud }) }).sent);
    expect(sent("openai")).toEqual(["model", "input", "tools", "reasoning"]);
    expect(sent("gemini")).toEqual(["generateContentRequest"]);
    const vertex = { type: "vertex", project: "p", location: "eu", account: undefined } as const;
    expect(sent("gemini", vertex)).toEqual(["contents", "systemInstruction", "tools", "generationConfig"]);
    const { input } = counted({
      from: "anthropic",
      to: "bedrock",
      body,
      target: { model: "anthropic.claude-haiku-4-5-20251001-v1:0", outputCap: undefined },
    }).sent;
    expect(Object.keys(input.converse)).toEqual(["system", "messages", "toolConfig", "additionalModelRequestFields"]);
    const claude = counted({ from: "openai", to: "anthropic" }).sent;
    expect(Object.keys(claude)).toEqual(["model", "system", "messages", "tools"]);
  });

  it("is asked of the model itself where an inference profile would serve it", () => {
    const { format, endpoint, parameters } = counted({ from: "anthropic", to: "bedrock" });
    const source = { endpoint, parameters, query: new URLSearchParams() };
    const path = (model: string) => format.upstreamPath(source, model);
    expect(path("eu.anthropic.claude-haiku-4-5-20251001-v1:0")).toBe(
      "/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/count-tokens",
    );
    expect(path("amazon.nova-lite-v1:0")).toBe("/model/amazon.nova-lite-v1%3A0/count-tokens");
  });

  it("reads Google's contents with and without a request around them", () => {
    const { contents } = { contents: [{ parts: [{ text: "How warm?" }] }] };
    const bare = counted({ from: "gemini", to: "anthropic", body: { contents } }).sent;
    const inside = counted({
      from: "gemini",
      to: "anthropic",
      body: { generate_content_request: { model: "models/m", contents } },
    }).sent;
    expect(bare).toEqual(inside);
    expect(bare.messages).toEqual([{ role: "user", content: [{ type: "text", text: "How warm?" }] }]);
  });

  it("is refused by the name of what it cannot hold, unless the route may drop that", () => {
    const body = {
      ...asks.anthropic.body,
      tools: [{ type: "web_search_20250305", name: "web_search" }],
    };
    expect(counting({ from: "anthropic", to: "gemini", body })).toEqual({
      ok: false,
      error: { type: "unsupported_field", field: "tools[0]" },
    });
    expect(counted({ from: "anthropic", to: "gemini", body, mayDrop: true }).dropped).toEqual(["tools[]"]);
  });
});

describe("A prompt that would be counted without what was dropped", () => {
  const unsayable = { role: "user", content: [{ type: "container_upload", file_id: "file_1" }] };
  const search = { type: "web_search_20250305", name: "web_search" };

  it.each(["openai", "gemini", "bedrock"] as const)("is refused for %s where nothing of it is left", (to) => {
    const body = { model: "m", messages: [unsayable] };
    const refused = { ok: false, error: { type: "invalid_field", field: "messages" } };
    expect(counting({ from: "anthropic", to, body, mayDrop: true })).toMatchObject(refused);
  });

  it.each(["openai", "gemini", "bedrock"] as const)("makes no choice among tools of which %s gets none", (to) => {
    const body = { ...asks.anthropic.body, tools: [search], tool_choice: { type: "tool", name: "web_search" } };
    const { sent, dropped } = counted({ from: "anthropic", to, body, mayDrop: true });
    expect(JSON.stringify(sent)).not.toMatch(/tool_?choice|functionCallingConfig/i);
    expect(dropped).toEqual(["tools[]", "tool_choice"]);
  });
});

/** As OpenAI's own clients ask a server that cannot count. */
const sends = (fields: Record<string, unknown>, rest: Partial<Asked> = {}) =>
  counting({
    from: "openai",
    to: "openai",
    dialect: "openrouter",
    target: { model: "gpt-4o", outputCap: undefined },
    body: { model: "m", input: "How warm is it?", ...fields },
    ...rest,
  });

describe("Where a provider has no endpoint that counts", () => {
  const text = { model: "m", system: "Be brief.", messages: [{ role: "user", content: "How warm is it?" }] };
  const here = (model: string, body: Record<string, unknown> = text, rest: Partial<Asked> = {}) =>
    counting({
      from: "anthropic",
      to: "openai",
      dialect: "openrouter",
      target: { model, outputCap: undefined },
      body,
      ...rest,
    });

  it("the texts of a plain chat are counted here, within frames that are known", () => {
    const result = here("openai/gpt-4o");
    const count = result.ok ? result.value?.count : undefined;
    expect(count?.texts).toEqual(["system", "Be brief.", "user", "How warm is it?"]);
    expect(JSON.parse(count?.answer(10).toString() ?? "")).toEqual({ input_tokens: 19 });
  });

  it("so it is on Azure's deployments, and for OpenAI's own clients of servers that cannot count", () => {
    const cloud = { type: "azure", apiVersion: "2024-10-21" } as const;
    const onAzure = here("gpt-4o", text, { cloud, dialect: "openai" });
    expect(onAzure.ok && onAzure.value?.count?.texts).toHaveLength(4);
    const own = counting({
      from: "openai",
      to: "openai",
      dialect: "openrouter",
      target: { model: "gpt-4o", outputCap: undefined },
      body: { model: "m", input: "How warm is it?" },
    });
    expect(own.ok && own.value?.count?.texts).toEqual(["user", "How warm is it?"]);
    expect(counting({ from: "openai", to: "openai" })).toEqual({ ok: true, value: undefined });
  });

  it.each([
    ["the provider's own tools", { tools: [{ type: "web_search" }] }],
    ["an earlier response", { previous_response_id: "resp_1" }],
    ["a conversation that is kept", { conversation: "conv_1" }],
    ["a stored prompt", { prompt: { id: "pmpt_1" } }],
    ["an item of another's making", { input: [{ type: "web_search_call", id: "ws_1", status: "completed" }] }],
    ["what may be cut", { truncation: "auto" }],
  ])("%s is refused where it goes on as it came, whatever may be dropped elsewhere", (_, fields) => {
    const refused = { ok: false, error: { type: "no_token_count" } };
    expect(sends(fields)).toEqual(refused);
    expect(sends(fields, { mayDrop: true })).toEqual(refused);
  });

  it("what no model reads is no part of the count", () => {
    const own = sends({ store: true, metadata: { a: "b" }, include: ["file_search_call.results"] });
    expect(own.ok && own.value?.count?.texts).toEqual(["user", "How warm is it?"]);
    expect(own.ok && own.value?.dropped).toEqual([]);
  });

  it("what a translation loses is refused by its name, or not counted and told where the route drops it", () => {
    const body = { ...text, tools: [{ type: "web_search_20250305", name: "web_search" }] };
    expect(here("gpt-4o", body)).toEqual({ ok: false, error: { type: "unsupported_field", field: "tools[0]" } });
    const result = here("gpt-4o", body, { mayDrop: true });
    expect(result.ok && result.value?.dropped).toEqual(["tools[]"]);
    expect(result.ok && result.value?.count?.texts).toHaveLength(4);
    const nothing = { model: "m", messages: [{ role: "user", content: [{ type: "container_upload", file_id: "f" }] }] };
    expect(here("gpt-4o", nothing, { mayDrop: true })).toMatchObject({ ok: false, error: { type: "invalid_field" } });
  });

  it.each([
    ["a model without a public tokenizer", "llama-3.3-70b", text],
    ["a model of which nothing was recorded", "gpt-4o-search-preview", text],
    ["tools", "gpt-4o", asks.anthropic.body],
    [
      "an earlier answer of a model that reasons",
      "gpt-5",
      { ...text, messages: [...text.messages, { role: "assistant", content: "Very." }, ...text.messages] },
    ],
    [
      "a picture",
      "gpt-4o",
      {
        ...text,
        messages: [
          { role: "user", content: [{ type: "image", source: { type: "url", url: "https://x.test/a.png" } }] },
        ],
      },
    ],
  ])("%s is refused and not guessed", (_, model, body) => {
    expect(here(model, body)).toEqual({ ok: false, error: { type: "no_token_count" } });
  });
});
