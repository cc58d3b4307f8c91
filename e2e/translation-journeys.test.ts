/** Whole conversations of the official SDKs with providers of other formats. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Exchange } from "./corpus/exchanges.ts";
import { anthropicAt, geminiAt, openaiAt } from "./translation-clients.ts";
import { models, setTranslationStage, type TranslationStage } from "./translation-stage.ts";

let stage: TranslationStage;
beforeAll(async () => {
  stage = await setTranslationStage();
});
afterAll(() => stage.strike());

function answering(format: Exchange["place"]["format"], body: unknown, status = 200): void {
  stage.upstream.ready({
    name: "made here",
    provider: format,
    place: { format, path: "", parameters: {} },
    method: "POST",
    url: "",
    request: undefined,
    status,
    answer: {
      headers: new Map([["content-type", typeof body === "string" ? "text/event-stream" : "application/json"]]),
      body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
    },
  });
}

/** As far as these tests look into it. */
interface Sent {
  readonly messages: readonly { readonly content: readonly { readonly type: string }[] }[];
  readonly system: unknown;
  readonly output_config: { readonly format: unknown };
  readonly input: readonly unknown[];
  readonly contents: readonly { readonly parts: readonly GeminiPart[] }[];
}

interface GeminiPart {
  readonly thoughtSignature?: string;
  readonly functionResponse?: { readonly id: string; readonly name: string };
}

/** What the provider was sent last. */
function sent(): Sent {
  return JSON.parse(stage.upstream.received.at(-1)?.body.toString() ?? "{}");
}

const usage = { input_tokens: 3, output_tokens: 2 };
const claudeMessage = (content: readonly unknown[], stop_reason = "end_turn") => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-haiku-4-5",
  content,
  stop_reason,
  stop_sequence: null,
  usage,
});
const events = (list: readonly { readonly type: string }[]) =>
  list.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join("");
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe("The openai package against Anthropic", () => {
  it("streams thinking and a call, hands its own final message back, and the signature arrives as it was made", async () => {
    const client = openaiAt(stage.place(""));
    answering(
      "anthropic",
      events([
        { type: "message_start", message: { ...claudeMessage([]), stop_reason: null } } as never,
        {
          type: "content_block_start",
          index: 0,
          content_block: { type: "thinking", thinking: "", signature: "" },
        } as never,
        { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "weigh it" } } as never,
        { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "c2lnbmVk" } } as never,
        { type: "content_block_stop", index: 0 } as never,
        {
          type: "content_block_start",
          index: 1,
          content_block: { type: "tool_use", id: "toolu_1", name: "weigh", input: {} },
        } as never,
        {
          type: "content_block_delta",
          index: 1,
          delta: { type: "input_json_delta", partial_json: '{"what":' },
        } as never,
        {
          type: "content_block_delta",
          index: 1,
          delta: { type: "input_json_delta", partial_json: '"token"}' },
        } as never,
        { type: "content_block_stop", index: 1 } as never,
        { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } } as never,
        { type: "message_stop" },
      ]),
    );
    const model = models.anthropic;
    const tools = [
      { type: "function" as const, function: { name: "weigh", parameters: { type: "object", properties: {} } } },
    ];
    const opening = { role: "user" as const, content: "weigh" };
    const first = await client.chat.completions
      .stream({ model, messages: [opening], tools, reasoning_effort: "low", max_completion_tokens: 4_000 })
      .finalChatCompletion();
    expect(sent()).toMatchObject({ thinking: { type: "enabled", budget_tokens: 2_048 }, max_tokens: 4_000 });
    const [choice] = first.choices;
    expect(choice?.finish_reason).toBe("tool_calls");
    answering("anthropic", claudeMessage([{ type: "text", text: "a gram" }]));
    const second = await client.chat.completions.create({
      model,
      tools,
      messages: [
        opening,
        choice?.message ?? { role: "assistant" },
        { role: "tool", tool_call_id: "toolu_1", content: "1 g" },
      ],
    });
    expect(second.choices[0]?.message.content).toBe("a gram");
    expect(sent().messages[1]?.content).toEqual([
      { type: "thinking", thinking: "weigh it", signature: "c2lnbmVk" },
      { type: "tool_use", id: "toolu_1", name: "weigh", input: { what: "token" } },
    ]);
  });

  it("sends pictures and documents, and gets structured output", async () => {
    const client = openaiAt(stage.place(""));
    answering("anthropic", claudeMessage([{ type: "text", text: '{"grams":1}' }]));
    const answer = await client.responses.parse({
      model: models.anthropic,
      instructions: "Be exact.",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "weigh" },
            { type: "input_image", detail: "auto", image_url: `data:image/png;base64,${pixel}` },
            { type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${pixel}` },
          ],
        },
      ],
      text: { format: zodTextFormat(z.object({ grams: z.number() }), "weight") },
    });
    expect(answer.output_parsed).toEqual({ grams: 1 });
    expect(sent().system).toEqual([{ type: "text", text: "Be exact." }]);
    expect(sent().messages[0]?.content.map(({ type }) => type)).toEqual(["text", "image", "document"]);
    expect(sent().output_config.format).toMatchObject({ type: "json_schema", schema: { required: ["grams"] } });
  });

  it("raises its own errors for Anthropic's, and for a field that Anthropic has no place for", async () => {
    const client = openaiAt(stage.place(""));
    const messages = [{ role: "user" as const, content: "weigh" }];
    const error = { type: "error", error: { type: "rate_limit_error", message: "Slow down, canary" } };
    answering("anthropic", error, 429);
    const limited = client.chat.completions.create({ model: models.anthropic, messages });
    await expect(limited).rejects.toThrow(OpenAI.RateLimitError);
    await expect(limited).rejects.toThrow("Slow down, canary");
    const unsupported = client.chat.completions.create({ model: models.anthropic, messages, n: 2 });
    await expect(unsupported).rejects.toThrow(OpenAI.BadRequestError);
    await expect(unsupported).rejects.toMatchObject({ code: "unsupported_field" });
  });
});

describe("The @anthropic-ai/sdk package against OpenAI and Gemini", () => {
  it("gets encrypted reasoning of a response as signed thinking, and gives it back as it came", async () => {
    const client = anthropicAt(stage.place(""));
    const reasoning = {
      id: "rs_1",
      type: "reasoning",
      encrypted_content: "ZW5jcnlwdGVk",
      summary: [{ type: "summary_text", text: "hm" }],
    };
    const call = { id: "fc_1", type: "function_call", call_id: "call_1", name: "weigh", arguments: '{"what":"token"}' };
    answering("openai", {
      id: "resp_1",
      object: "response",
      status: "completed",
      model: "gpt-5-mini",
      output: [reasoning, call],
      usage,
    });
    const model = models["openai-responses"];
    const tools = [{ name: "weigh", input_schema: { type: "object" as const, properties: {} } }];
    const opening = { role: "user" as const, content: "weigh" };
    const first = await client.messages.create({ model, max_tokens: 999, messages: [opening], tools });
    expect(first.stop_reason).toBe("tool_use");
    expect(first.content.map(({ type }) => type)).toEqual(["thinking", "tool_use"]);
    expect(sent()).toMatchObject({ store: false, include: ["reasoning.encrypted_content"], max_output_tokens: 999 });
    const result = { type: "tool_result" as const, tool_use_id: "call_1", content: "1 g" };
    await client.messages.create({
      model,
      max_tokens: 999,
      tools,
      messages: [opening, { role: "assistant", content: first.content }, { role: "user", content: [result] }],
    });
    expect(sent().input.slice(1)).toEqual([
      { type: "reasoning", id: "rs_1", encrypted_content: "ZW5jcnlwdGVk", summary: reasoning.summary },
      { type: "function_call", call_id: "call_1", name: "weigh", arguments: '{"what":"token"}' },
      { type: "function_call_output", call_id: "call_1", output: "1 g" },
    ]);
  });

  it("gets parallel calls of Gemini with ids of their own, and Gemini its signature in its place", async () => {
    const client = anthropicAt(stage.place(""));
    const parts = [
      { functionCall: { name: "weigh", args: { what: "a" } }, thoughtSignature: "c2lnbmVk" },
      { functionCall: { name: "weigh", args: { what: "b" } } },
    ];
    answering("gemini", {
      candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, thoughtsTokenCount: 1 },
      modelVersion: "gemini-2.5-flash",
    });
    const opening = { role: "user" as const, content: "weigh both" };
    const first = await client.messages.create({ model: models.gemini, max_tokens: 99, messages: [opening] });
    expect(first.usage.output_tokens).toBe(3);
    const calls = first.content.filter((block) => block.type === "tool_use");
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    const results = calls.map(({ id }) => ({ type: "tool_result" as const, tool_use_id: id, content: "1 g" }));
    await client.messages.create({
      model: models.gemini,
      max_tokens: 99,
      messages: [opening, { role: "assistant", content: first.content }, { role: "user", content: results }],
    });
    const [, said, told] = sent().contents;
    expect(said?.parts.map(({ thoughtSignature }) => thoughtSignature)).toEqual(["c2lnbmVk", undefined]);
    expect(told?.parts.map(({ functionResponse: given }) => [given?.id, given?.name])).toEqual(
      calls.map(({ id }) => [id, "weigh"]),
    );
  });

  it("raises its own errors for OpenAI's", async () => {
    const client = anthropicAt(stage.place(""));
    answering(
      "openai",
      { error: { message: "No money left, canary", type: "insufficient_quota", code: "insufficient_quota" } },
      429,
    );
    const asked = client.messages.create({
      model: models["openai-chat"],
      max_tokens: 9,
      messages: [{ role: "user", content: "x" }],
    });
    await expect(asked).rejects.toThrow(Anthropic.RateLimitError);
    await expect(asked).rejects.toThrow("No money left, canary");
  });
});

describe("Embeddings", () => {
  const vectors = [
    [0.5, -0.25],
    [1, 0],
  ];

  it("of Gemini are the openai package's, which asks for them in base64", async () => {
    answering("gemini", { embeddings: vectors.map((values) => ({ values })) });
    const answer = await openaiAt(stage.place("")).embeddings.create({
      model: "content/gemini-embedding-001",
      input: ["a", "b"],
      dimensions: 2,
    });
    expect(answer.data.map(({ embedding }) => embedding)).toEqual(vectors);
    expect(sent()).toEqual({
      requests: ["a", "b"].map((text) => ({
        model: "models/gemini-embedding-001",
        content: { parts: [{ text }] },
        outputDimensionality: 2,
      })),
    });
  });

  it("of OpenAI are the @google/genai package's", async () => {
    const data = vectors.map((embedding, index) => ({ object: "embedding", index, embedding }));
    answering("openai", { object: "list", model: "text-embedding-3-small", data, usage: { prompt_tokens: 2 } });
    const client = geminiAt(stage.place(""));
    const answer = await client.models.embedContent({ model: "chat/text-embedding-3-small", contents: ["a", "b"] });
    expect(answer.embeddings?.map(({ values }) => values)).toEqual(vectors);
    expect(sent()).toEqual({ model: "text-embedding-3-small", input: ["a", "b"], encoding_format: "float" });
  });

  it("of tokens, and from a maker that embeds nothing, are refused by name", async () => {
    const client = openaiAt(stage.place(""));
    const tokens = client.embeddings.create({ model: "content/gemini-embedding-001", input: [[1, 2]] });
    await expect(tokens).rejects.toThrow("`input` cannot be read");
    const nobody = client.embeddings.create({ model: "messages/claude-haiku-4-5", input: "a" });
    await expect(nobody).rejects.toMatchObject({ code: "unsupported_field" });
    answering("gemini", { error: { code: 400, message: "Too long, canary", status: "INVALID_ARGUMENT" } }, 400);
    const refused = client.embeddings.create({ model: "content/gemini-embedding-001", input: "a" });
    await expect(refused).rejects.toThrow("Too long, canary");
  });
});

describe("The @google/genai package against OpenAI and Anthropic", () => {
  it("holds a chat whose history it keeps itself", async () => {
    const chat = geminiAt(stage.place("")).chats.create({
      model: models.anthropic,
      config: { systemInstruction: "Be exact." },
    });
    answering(
      "anthropic",
      claudeMessage([
        { type: "thinking", thinking: "hm", signature: "c2lnbmVk" },
        { type: "text", text: "one" },
      ]),
    );
    expect((await chat.sendMessage({ message: "first" })).text).toBe("one");
    answering("anthropic", claudeMessage([{ type: "text", text: "two" }]));
    expect((await chat.sendMessage({ message: "second" })).text).toBe("two");
    expect(sent().messages).toEqual([
      { role: "user", content: [{ type: "text", text: "first" }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "c2lnbmVk" },
          { type: "text", text: "one" },
        ],
      },
      { role: "user", content: [{ type: "text", text: "second" }] },
    ]);
  });

  it("asks a chat for JSON by a schema, and raises its own error", async () => {
    const client = geminiAt(stage.place(""));
    answering("openai", {
      id: "c",
      object: "chat.completion",
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: '{"a":1}' }, finish_reason: "stop" }],
    });
    const schema = { type: "object", properties: { a: { type: "integer" } } };
    const answer = await client.models.generateContent({
      // OpenAI's own API takes no wish to think for a model that does not.
      model: "chat/gpt-5-mini",
      contents: "x",
      config: {
        responseMimeType: "application/json",
        responseJsonSchema: schema,
        thinkingConfig: { thinkingBudget: 500 },
      },
    });
    expect(answer.text).toBe('{"a":1}');
    expect(sent()).toMatchObject({
      response_format: { type: "json_schema", json_schema: { schema } },
      reasoning_effort: "low",
    });
    answering("openai", { error: { message: "Bad canary", type: "invalid_request_error" } }, 400);
    await expect(client.models.generateContent({ model: models["openai-chat"], contents: "x" })).rejects.toThrow(
      "Bad canary",
    );
  });
});
