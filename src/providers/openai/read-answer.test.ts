import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { relayAnswer } from "../relay-answer.ts";

const usage = '{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":4}}';
const usageFrame = `data: {"id":"c","choices":[],"usage":${usage}}\n\n`;
const done = "data: [DONE]\n\n";

const receipt = (facts: { usage: unknown }) => (facts.usage === undefined ? undefined : "tare cost=0.000000012");

const readChat = (body: object, status = 200) =>
  relayAnswer("openai", JSON.stringify(body), { stream: false, status, contentType: "application/json" }).facts;

const response = (status: string, more: object = {}) => ({
  object: "response",
  id: "resp_1",
  model: "gpt-5",
  status,
  ...more,
});
const used = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 8,
  output_tokens_details: { reasoning_tokens: 8 },
  total_tokens: 18,
};
const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const readResponse = (body: object) =>
  relayAnswer("openai", JSON.stringify(body), {
    operation: "response",
    stream: false,
    contentType: "application/json",
  }).facts;

describe("A chat stream", () => {
  it("of which injected usage is stripped is what it would have been without, whatever its chunks", () => {
    const member = fc.constantFrom<string>(
      '"id":"c"',
      '"model":"m"',
      '"x":{"usage":null}',
      '"choices":[{"delta":{"content":"\\"usage\\":null é"}}]',
    );
    const space = fc.constantFrom("", " ", "\t");
    const frame = fc.record({ members: fc.uniqueArray(member, { minLength: 1 }), place: fc.nat(4), space });
    const end = fc.constantFrom("\n", "\r\n");
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), end, fc.integer({ min: 1, max: 60 }), (frames, lineEnd, size) => {
        const write = (wantsUsage: boolean) =>
          frames
            .map(({ members, place, space: gap }) => {
              const all = wantsUsage
                ? members.toSpliced(place % (members.length + 1), 0, `"usage":${gap}null`)
                : members;
              return `data: {${all.join(`,${gap}`)}}${lineEnd}${lineEnd}`;
            })
            .join("");
        const { text } = relayAnswer("openai", write(true) + usageFrame + done, { stripUsage: true, size });
        expect(text).toBe(write(false) + done);
      }),
    );
  });

  it("that the client asked usage of keeps it", () => {
    const stream = `data: {"choices":[],"usage":null}\n\n${usageFrame}${done}`;
    expect(relayAnswer("openai", stream).text).toBe(stream);
  });

  it("tells model, tier, id, usage and how much was generated", () => {
    const content =
      'data: {"id":"c1","model":"gpt-5-mini-2025","service_tier":"flex","choices":[{"delta":{"content":"héllo"}}]}\n\n';
    expect(relayAnswer("openai", content + usageFrame + done).facts).toEqual({
      end: "complete",
      usage: { input_uncached: 5, cache_read: 4, output_text: 5 },
      isUsageFinal: true,
      isUnread: false,
      reported: usage,
      model: "gpt-5-mini-2025",
      tier: "flex",
      upstreamId: "c1",
      isStored: false,
      errorType: undefined,
      contentBytes: 6,
    });
  });

  it("knows the last count from counts that go on, also where the end is cut off", () => {
    const going = `data: {"choices":[{"delta":{"content":"a"}}],"usage":${usage}}\n\n`;
    expect(relayAnswer("openai", going).facts).toMatchObject({ end: "cut", isUsageFinal: false });
    expect(relayAnswer("openai", going + usageFrame).facts).toMatchObject({ end: "cut", isUsageFinal: true });
  });

  it("sets usage that comes again and does not add it up", () => {
    const twice = `data: {"choices":[{"delta":{}}],"usage":${usage}}\n\n`.repeat(2);
    expect(relayAnswer("openai", twice + done, { stripUsage: true })).toMatchObject({
      text: twice + done,
      facts: { usage: { input_uncached: 5, cache_read: 4, output_text: 5 } },
    });
  });

  it("takes usage where Groq puts it", () => {
    const stream = `data: {"choices":[{"delta":{}}],"x_groq":{"id":"r","usage":${usage}}}\n\n${done}`;
    expect(relayAnswer("openai", stream, { stripUsage: true })).toMatchObject({
      text: stream,
      facts: { usage: { input_uncached: 5, cache_read: 4, output_text: 5 } },
    });
  });

  it("takes choices that are null for none", () => {
    const frame = `data: {"choices":null,"usage":${usage}}\n\n`;
    expect(relayAnswer("openai", frame + done, { stripUsage: true }).text).toBe(done);
  });

  it.for([
    ["without its mark", 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n', "cut", undefined],
    ["in the middle of a frame", 'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"choi', "cut", undefined],
    [
      "with an error",
      'data: {"error":{"message":"m","code":"server_error","type":"t"}}\n\ndata: [DONE]\n\n',
      "error",
      "server_error",
    ],
    ["with an error event", 'event: error\ndata: {"message":"m"}\n\n', "error", undefined],
    ["with an error that is no event", '{"error":{"code":503,"message":"overloaded"}}', "error", "503"],
    ["without the empty line after its mark", "data: [DONE]", "complete", undefined],
  ] as const)("that ends %s ends so in the books", ([, stream, end, errorType]) => {
    for (const size of [1, 7, Infinity])
      expect(relayAnswer("openai", stream, { size }).facts).toMatchObject({ end, errorType });
  });

  it("gives out no half frame", () => {
    const frame = 'data: {"choices":[]}\n\n';
    expect(relayAnswer("openai", `${frame}data: {"choi`).text).toBe(frame);
  });

  it("has no content before something was generated", () => {
    const role = 'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n';
    expect(relayAnswer("openai", role).reader.hasContent).toBe(false);
    const call = 'data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":""}}]}}]}\n\n';
    expect(relayAnswer("openai", role + call).reader.hasContent).toBe(true);
  });

  it("carries a receipt inside its last frame", () => {
    expect(relayAnswer("openai", usageFrame + done, { receipt, stripUsage: true }).text).toBe(
      `: tare cost=0.000000012\n${done}`,
    );
    expect(relayAnswer("openai", done, { receipt }).text).toBe(done);
  });
});

describe("A chat answer", () => {
  it.for([
    [
      { prompt_tokens: 10, completion_tokens: 8, completion_tokens_details: { reasoning_tokens: 6 } },
      { input_uncached: 10, output_text: 2, output_reasoning: 6 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 8, total_tokens: 24, completion_tokens_details: { reasoning_tokens: 6 } },
      { input_uncached: 10, output_text: 8, output_reasoning: 6 },
    ],
    [
      {
        prompt_tokens: 10,
        completion_tokens: 8,
        prompt_tokens_details: { audio_tokens: 4, cached_tokens: 3 },
        completion_tokens_details: { audio_tokens: 5 },
      },
      { input_uncached: 3, cache_read: 3, audio_in: 4, output_text: 3, audio_out: 5 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 0, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 6 },
      { input_uncached: 6, cache_read: 4, output_text: 0 },
    ],
    [
      {
        prompt_tokens: 10,
        completion_tokens: 8,
        completion_tokens_details: { accepted_prediction_tokens: 1, rejected_prediction_tokens: 2 },
      },
      { input_uncached: 10, output_text: 8 },
    ],
    [{ prompt_tokens: 10, completion_tokens: null }, { input_uncached: 10 }],
  ] as const)("with %j used %j", ([reported, expected]) => {
    expect(readChat({ usage: reported }).usage).toEqual(expected);
  });

  it.for([
    [{ prompt_tokens: 3, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 4 } }],
    [{ prompt_tokens: -1, completion_tokens: 1 }],
    [{ prompt_tokens: 1.5, completion_tokens: 1 }],
    [{ prompt_tokens: "12", completion_tokens: 1 }],
    [{}],
  ] as const)("with the impossible counts %j used an unknown amount, and what was reported is kept", ([reported]) => {
    expect(readChat({ usage: reported })).toMatchObject({
      usage: undefined,
      reported: JSON.stringify(reported),
      end: "complete",
    });
  });

  it("that is an error used nothing that is known", () => {
    expect(readChat({ error: { type: "insufficient_quota", code: "insufficient_quota" } }, 429)).toMatchObject({
      end: "error",
      errorType: "insufficient_quota",
      usage: undefined,
    });
  });

  it("that breaks off is cut", () => {
    const options = { stream: false, contentType: "application/json" };
    expect(relayAnswer("openai", '{"id":"c","usage":{"prompt_tokens":1},"choices":[', options).facts).toMatchObject({
      end: "cut",
    });
  });
});

describe("A response", () => {
  it("is known by its last event", () => {
    const stream =
      event("response.created", { response: response("in_progress", { usage: null, background: false }) }) +
      event("response.output_text.delta", { delta: "abc" }) +
      event("response.completed", { response: response("completed", { usage: used, service_tier: "default" }) });
    for (const size of [3, Infinity]) {
      const { facts, text } = relayAnswer("openai", stream, { operation: "response", size });
      expect(text).toBe(stream);
      expect(facts).toMatchObject({
        end: "complete",
        usage: { input_uncached: 6, cache_read: 4, output_text: 0, output_reasoning: 8 },
        tier: "default",
        upstreamId: "resp_1",
        isStored: true,
        contentBytes: 3,
      });
    }
  });

  it.for([
    ["response.incomplete", "complete"],
    ["response.failed", "error"],
    ["error", "error"],
    ["response.in_progress", "cut"],
  ] as const)("whose last event is %s ends %s", ([type, end]) => {
    expect(relayAnswer("openai", event(type, {}), { operation: "response" }).facts.end).toBe(end);
  });

  it("tells the number that an event of ours would carry", () => {
    const stream =
      event("response.created", { sequence_number: 0 }) + event("response.in_progress", { sequence_number: 1 });
    expect(relayAnswer("openai", stream, { operation: "response" }).reader.nextSequence).toBe(2);
  });

  it("that is too long to be read goes on whole, and its usage is unknown", () => {
    const huge = { ...response("completed", { usage: used }), output: "x".repeat(17 * 1_024 * 1_024) };
    const stream =
      event("response.created", { response: response("in_progress") }) +
      event("response.completed", { response: huge });
    const { facts, text } = relayAnswer("openai", stream, { operation: "response", size: 65_536 });
    expect(text === stream).toBe(true);
    expect(facts).toMatchObject({ end: "complete", usage: undefined, upstreamId: "resp_1" });
  });

  it("in the background is settled when it is read", () => {
    expect(readResponse(response("queued", { background: true, usage: null }))).toMatchObject({
      end: "background",
      isStored: true,
    });
    expect(readResponse(response("completed", { background: true, usage: used }))).toMatchObject({
      end: "complete",
      usage: { input_uncached: 6 },
    });
  });

  it("that is not kept says so", () => {
    expect(readResponse(response("completed", { store: false })).isStored).toBe(false);
  });

  it("counts what its tools are billed by", () => {
    const output = [
      { type: "web_search_call", action: { type: "search" } },
      { type: "web_search_call", action: { type: "open_page" } },
      { type: "file_search_call" },
      { type: "code_interpreter_call", container_id: "a" },
      { type: "code_interpreter_call", container_id: "a" },
    ];
    expect(readResponse(response("completed", { output, usage: used })).usage).toMatchObject({
      web_searches: 1,
      file_searches: 1,
      code_sessions: 1,
    });
  });
});

describe("Other answers", () => {
  const json = { stream: false, contentType: "application/json" };

  const isStored = (body: object) =>
    relayAnswer("openai", JSON.stringify(body), { ...json, operation: "file" }).facts.isStored;

  it.for([
    ["embedding", { data: [], usage: { prompt_tokens: 5, total_tokens: 5 } }, { input_uncached: 5 }],
    ["image", { data: [{ b64_json: "AA" }, { b64_json: "AA" }] }, { images: 2 }],
    ["transcription", { text: "x", usage: { type: "duration", seconds: 2.5 } }, { audio_ms_in: 2_500 }],
    ["transcription", { text: "x", duration: 1.25 }, { audio_ms_in: 1_250 }],
    [
      "transcription",
      {
        text: "x",
        usage: {
          type: "tokens",
          input_tokens: 14,
          input_token_details: { text_tokens: 4, audio_tokens: 10 },
          output_tokens: 3,
        },
      },
      { input_uncached: 4, audio_in: 10, output_text: 3 },
    ],
  ] as const)("to a call for %s tell usage", ([operation, body, usageRead]) => {
    expect(relayAnswer("openai", JSON.stringify(body), { ...json, operation }).facts).toMatchObject({
      usage: usageRead,
      end: "complete",
    });
  });

  it("in events end with their own last event", () => {
    const reported = { type: "tokens", input_tokens: 3, output_tokens: 2 };
    const stream =
      event("transcript.text.delta", { delta: "ab" }) + event("transcript.text.done", { text: "ab", usage: reported });
    const { facts } = relayAnswer("openai", stream, { operation: "transcription" });
    expect(facts).toMatchObject({ end: "complete", usage: { input_uncached: 3, output_text: 2 } });
  });

  it("that are files are kept until they are deleted", () => {
    const file = { id: "file_1", object: "file" };
    expect([isStored(file), isStored({ ...file, deleted: true })]).toEqual([true, false]);
  });

  it("that are no JSON are complete, and nothing is known of them", () => {
    for (const body of ["", '{"usage":NaN}']) {
      expect(relayAnswer("openai", body, json).facts).toMatchObject({ end: "complete", usage: undefined });
    }
  });

  it("that are sound go on unread", () => {
    const sound = Buffer.from([0, 1, 255, 10, 13]);
    const { text, facts } = relayAnswer("openai", sound, {
      stream: false,
      operation: "speech",
      contentType: "audio/mpeg",
    });
    expect(text).toBe(sound.toString("utf8"));
    expect(facts).toMatchObject({ end: "complete", usage: undefined });
  });
});
