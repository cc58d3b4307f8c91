import { describe, expect, it } from "vitest";
import { type AskSource, type BadAsk } from "../ask-source.ts";
import { type Ask, type AskChanges } from "../wire-format.ts";
import { openai } from "./openai.ts";

const unchanged: AskChanges = { model: undefined, outputCap: undefined, includeUsage: false };

describe("A chat request", () => {
  it("tells its facts", () => {
    const ask = read({
      model: "support",
      stream: true,
      max_tokens: 10,
      max_completion_tokens: 20,
      n: 2,
      service_tier: "flex",
      messages: [{ role: "user", content: "hi" }],
      tools: [{ type: "function" }],
      user: "u1",
    });
    expect(ask.facts).toMatchObject({
      format: "openai",
      operation: "chat",
      model: "support",
      stream: true,
      outputCap: 20,
      choices: 2,
      messages: 1,
      tools: 1,
      serviceTier: "flex",
      unbounded: [],
      inlineMedia: 0,
    });
    expect(ask.bodyUser).toBe("u1");
    expect(ask.asksForStreamUsage).toBe(false);
  });

  it("goes upstream as it came when nothing is to be changed", () => {
    const body = Buffer.from('{ "model" : "m" , "x":1.0,"messages":[] }');
    expect(accepted(source(body)).rewrite({ ...unchanged, model: "m" })).toBe(body);
  });

  it.for([
    ['{"model":"r","messages":[]}', { model: "m" }, '{"model":"m","messages":[]}'],
    ['{"model":"r","max_tokens":9}', { outputCap: 5 }, '{"model":"r","max_tokens":5}'],
    ['{"model":"r","max_tokens":3}', { outputCap: 5 }, '{"model":"r","max_tokens":3}'],
    ['{"max_tokens":9,"max_completion_tokens":8}', { outputCap: 5 }, '{"max_tokens":5,"max_completion_tokens":5}'],
    ['{"model":"r"}', { outputCap: 5 }, '{"max_completion_tokens":5,"model":"r"}'],
    ['{"model":"r"}', { outputCap: 5, dialect: "mistral" }, '{"max_tokens":5,"model":"r"}'],
    ['{"model":"r"}', { outputCap: 5, dialect: "groq" }, '{"max_completion_tokens":5,"model":"r"}'],
    ['{"max_tokens": null}', { outputCap: 5, dialect: "ollama" }, '{"max_tokens": 5}'],
    ["{ }", { outputCap: 5 }, '{"max_completion_tokens":5 }'],
    ['{"stream":true}', { includeUsage: true }, '{"stream_options":{"include_usage":true},"stream":true}'],
    ['{"stream":false}', { includeUsage: true }, '{"stream":false}'],
    [
      '{"stream":true,"stream_options":null}',
      { includeUsage: true },
      '{"stream":true,"stream_options":{"include_usage":true}}',
    ],
    [
      '{"stream":true,"stream_options":{}}',
      { includeUsage: true },
      '{"stream":true,"stream_options":{"include_usage":true}}',
    ],
    [
      '{"stream":true,"stream_options":{ "include_obfuscation":false}}',
      { includeUsage: true },
      '{"stream":true,"stream_options":{"include_usage":true, "include_obfuscation":false}}',
    ],
    [
      '{"stream":true,"stream_options":{"include_usage":false}}',
      { includeUsage: true },
      '{"stream":true,"stream_options":{"include_usage":true}}',
    ],
    ['{"metadata":{"tare_feature":"a"}}', {}, '{"metadata":{}}'],
    ['{"metadata":{"tare_feature":"a", "b":"c"}}', {}, '{"metadata":{"b":"c"}}'],
    ['{"metadata":{"b":"c" , "tare_a":"1","tare_b":"2"}}', {}, '{"metadata":{"b":"c"}}'],
    ['{"metadata":{"a":"1","tare_a":"1","b":"2","tare_b":"2","c":"3"}}', {}, '{"metadata":{"a":"1","b":"2","c":"3"}}'],
  ] as const)("%s with the changes %j becomes %s", ([before, changes, after]) => {
    const rewritten = accepted(source(Buffer.from(before))).rewrite({ ...unchanged, ...changes });
    expect(rewritten.toString()).toBe(after);
  });

  it("gives its attribution, also under escaped keys", () => {
    const body = Buffer.from('{"metadata":{"tare_feature":"support","t\\u0061re_customer":"acme","other":"x"}}');
    expect(accepted(source(body)).attribution).toEqual({ feature: "support", customer: "acme" });
    expect(accepted(source(body)).rewrite(unchanged).toString()).toBe('{"metadata":{"other":"x"}}');
  });

  it.for([
    ['{"metadata":{"tare_a":"1","tare_a":"2"}}', "ambiguous_field", "metadata.tare_a"],
    ['{"metadata":{"tare_a":1}}', "invalid_field", "metadata.tare_a"],
    ['{"max_tokens":"5"}', "invalid_field", "max_tokens"],
    ['{"max_tokens":-1}', "invalid_field", "max_tokens"],
    ['{"max_tokens":1e30}', "invalid_field", "max_tokens"],
    ['{"n":1.5}', "invalid_field", "n"],
    ['{"stream":"true"}', "invalid_field", "stream"],
    ['{"stream_options":{"include_usage":1},"stream":true}', "invalid_field", "stream_options.include_usage"],
    ['{"model":["m"]}', "invalid_field", "model"],
  ] as const)("%s is refused as %s", ([body, type, field]) => {
    expect(refused(source(Buffer.from(body)))).toMatchObject({ type, field });
  });

  it("is refused when its text is not well-formed", () => {
    expect(refused(source(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])))).toMatchObject({
      type: "invalid_json",
    });
    expect(refused(source(Buffer.from('\ufeff{"model":"m"}')))).toMatchObject({ type: "invalid_json", at: 0 });
  });

  it.for([
    [{ type: "image_url", image_url: { url: "https://x/y.png" } }, ["media_by_reference"], 0],
    [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }, [], 1],
    [{ type: "input_audio", input_audio: { data: "AA" } }, [], 1],
    [{ type: "file", file: { file_id: "file_1" } }, ["media_by_reference"], 0],
    [{ type: "file", file: { file_data: "data:" } }, [], 1],
    [{ type: "text", text: "image_url" }, [], 0],
  ] as const)("with the part %j cannot be bounded by %j", ([part, unbounded, inlineMedia]) => {
    const { facts } = read({ messages: [{ role: "user", content: [part] }] });
    expect(facts).toMatchObject({ unbounded, inlineMedia });
  });
});

describe("Other requests", () => {
  it("of responses name what they refer to, and their cap", () => {
    const ask = read(
      {
        model: "m",
        previous_response_id: "resp_1",
        conversation: { id: "conv_1" },
        input: [
          { type: "item_reference", id: "msg_1" },
          { role: "user", content: "x", id: "not_this" },
        ],
        tools: [{ type: "web_search" }],
        background: true,
        max_output_tokens: 7,
      },
      "/v1/responses",
    );
    expect(ask.facts).toMatchObject({
      operation: "response",
      background: true,
      outputCap: 7,
      references: ["msg_1", "resp_1", "conv_1"],
    });
    expect(ask.facts.unbounded.toSorted()).toEqual(["server_tool", "stored_context"]);
    expect(ask.asksForStreamUsage).toBe(true);
  });

  it("of completions ask for each choice of each prompt", () => {
    expect(read({ prompt: ["a", "b"], n: 2, best_of: 3 }, "/v1/completions").facts.choices).toBe(6);
    expect(read({ prompt: [1, 2, 3] }, "/v1/completions").facts.choices).toBe(1);
  });

  it("of speech count the characters they are billed by", () => {
    expect(read({ input: "añ🎉" }, "/v1/audio/speech").facts).toMatchObject({
      characters: 3,
      unbounded: ["media_output"],
    });
  });

  it("to edit pictures may be JSON", () => {
    const ask = read({ model: "gpt-image-1", images: [{ image_url: "https://x" }], n: 2 }, "/v1/images/edits");
    expect(ask.facts).toMatchObject({ model: "gpt-image-1", choices: 2, unbounded: ["media_output"] });
  });

  it("in forms name a model, which is replaced between its boundaries", () => {
    const body = form([
      ['name="file"; filename="a.mp3"', "\r\n--x\r\n not the boundary"],
      ['name="model"', "whisper"],
    ]);
    const ask = accepted({
      ...source(body, "/v1/audio/transcriptions"),
      contentType: "multipart/form-data; boundary=XyZ",
    });
    expect(ask.facts).toMatchObject({ model: "whisper", operation: "transcription", inlineMedia: 1 });
    const renamed = ask.rewrite({ ...unchanged, model: "other-model" }).toString();
    expect(renamed).toBe(body.toString().replace("whisper", "other-model"));
  });

  it.for([
    [
      [
        ['name="model"', "a"],
        ['name="model"', "b"],
      ],
    ],
    [[['name="Model"', "a"]]],
    [[['name="model"; filename="x"', "a"]]],
    [[['name="a"; name="model"', "a"]]],
    [[["name*=utf-8''model", "a"]]],
  ] as const)("in forms are refused when their model is ambiguous: %j", ([parts]) => {
    const body = form(parts);
    const asked = { ...source(body, "/v1/audio/transcriptions"), contentType: "multipart/form-data; boundary=XyZ" };
    expect(refused(asked).type).toMatch(/ambiguous_field|invalid_field/);
  });
});

function form(parts: readonly (readonly [string, string])[]): Buffer {
  const text = parts.map(([head, value]) => `--XyZ\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`);
  return Buffer.from(`${text.join("")}--XyZ--\r\n`);
}

function source(body: Buffer, path = "/v1/chat/completions"): AskSource {
  const endpoint = openai.endpoints.find((one) => one.path === path && one.method === "POST");
  if (endpoint === undefined) throw new Error(`No endpoint ${path}`);
  return { endpoint, parameters: {}, query: new URLSearchParams(), contentType: "application/json", body };
}

function read(body: object, path?: string): Ask {
  return accepted(source(Buffer.from(JSON.stringify(body)), path));
}

function accepted(asked: AskSource): Ask {
  const ask = openai.readAsk(asked);
  if (!ask.ok) throw new Error(JSON.stringify(ask.error));
  return ask.value;
}

function refused(asked: AskSource): BadAsk {
  const ask = openai.readAsk(asked);
  if (ask.ok) throw new Error("The request was accepted.");
  return ask.error;
}
