import { afterEach, describe, expect, it } from "vitest";
import {
  answering,
  ask,
  chat,
  doneFrame,
  frame,
  PROVIDER_SECRET,
  Rig,
  type RigOptions,
  type Script,
  wholeAnswer,
} from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: RigOptions): Promise<Rig> {
  rig = await Rig.start(options);
  return rig;
}

const settledAs = (made: Rig) =>
  made.booked("attempt-settled").map(({ state, status, callEnd }) => [state, status, callEnd]);
const purposes = (made: Rig) =>
  made.booked("attempt-dispatched").map(({ purpose, provider }) => `${purpose} ${provider}`);

const embedding = (input: unknown) => ({ path: "/v1/embeddings", body: { model: "support", input } });
const vectors = (...indexes: number[]) =>
  `{"object":"list","data":[${indexes.map((index) => `{"index":${index},"embedding":[0.5]}`).join(",")}]}`;

async function transcription() {
  const form = new FormData();
  form.set("model", "whisper-1");
  form.set("response_format", "text");
  form.set("file", new Blob(["silence"]), "a.wav");
  const sent = new Response(form);
  const headers = { "content-type": sent.headers.get("content-type") ?? "" };
  return { path: "/v1/audio/transcriptions", headers, body: Buffer.from(await sent.arrayBuffer()) };
}

describe("a 200 in place of an answer", () => {
  const page = "<html>Sign in</html>";
  const overloaded = '{"error":{"message":"overloaded","type":"server_error"}}';

  const answers = new Map([
    [false, wholeAnswer],
    [true, frame("one") + frame("two") + doneFrame],
  ]);
  const instead = [
    ["a page", "text/html; charset=utf-8", page],
    ["a page that says that it is JSON", "application/json", page],
    ["nothing", "application/json", ""],
    ["an error and no more", "application/json", overloaded],
    ["an error and no more", "text/plain", overloaded],
    ["an error and no more", "text/html", `\n ${overloaded}`],
  ] as const;

  it.for([false, true].flatMap((stream) => instead.map((one) => [...one, stream] as const)))(
    "that is %s (%s) is followed by the next target, and goes on as it came where none is left: %s, streamed: %s",
    async ([, contentType, body, stream]) => {
      const script: Script = (sent, response, number) => {
        if (number === 2) return answering(sent, response, number);
        response.writeHead(200, { "content-type": contentType });
        response.write(body.slice(0, 1));
        setImmediate(() => response.end(body.slice(1)));
      };
      const to = ["openai/gpt-5-mini", "second/gpt-5-mini"];
      const made = await start({ script, more: [{ name: "second" }], routes: { support: { to } } });
      expect((await ask(made, { body: chat({ model: "support", stream }) })).body).toBe(answers.get(stream));
      expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
      expect(await ask(made, { body: chat({ stream }) })).toMatchObject({ status: 200, body });
      expect(settledAs(made).at(-1)).toEqual(["failed", 200, true]);
      // Nothing was cut: it came whole, and said that it failed or nothing that was asked for.
      const error = body.trim() === overloaded ? "upstream_server_error" : "upstream_no_answer";
      expect(made.booked("attempt-settled").map((settled) => settled.error)).toEqual([error, undefined, error]);
    },
  );

  it.for([
    ["no word at all", '{"error":{"message":"x"}}', "upstream_error"],
    ["a text", '{"error":"x"}', "upstream_error"],
    ["a status in its place", '{"error":{"message":"x","code":502}}', "upstream_502"],
    ["a number that is none", '{"error":{"message":"x","code":1305}}', "upstream_error"],
  ] as const)("that is an error with %s is not booked by the status of a success", async ([, body, error]) => {
    const said: readonly (readonly [boolean, string])[] = [
      [false, body],
      [true, `data: ${body}\n\n`],
    ];
    for (const [stream, text] of said) {
      const made = await start({
        script: (_, response) =>
          void response.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" }).end(text),
      });
      expect((await ask(made, { body: chat({ stream }) })).body).toBe(text);
      expect(made.booked("attempt-settled")).toMatchObject([{ state: "failed", status: 200, error }]);
      await made.stop();
    }
  });

  it("is never seen in a whole answer to a call that wants a stream", async () => {
    const made = await start({
      script: (_, response) => void response.writeHead(200, { "content-type": "application/json" }).end(wholeAnswer),
      direct: { retries: 1 },
    });
    expect((await ask(made, { body: chat({ stream: true }) })).body).toBe(wholeAnswer);
    expect(settledAs(made)).toEqual([["answered", 200, true]]);
  });

  it.for([
    ["a chat", chat(), "text/plain"],
    ["a stream", chat({ stream: true }), "text/plain"],
    ["a stream", chat({ stream: true }), "text/html"],
    ["speech", JSON.stringify({ model: "gpt-4o-mini-tts", input: "x", voice: "alloy" }), "text/plain"],
    ["a transcript", undefined, "text/plain"],
  ] as const)(
    "that quotes our key in place of %s is withheld, whatever its type: %s %s",
    async ([what, body, contentType]) => {
      const made = await start({
        script(_, response) {
          response.writeHead(200, { "content-type": contentType });
          response.write(' {"error":');
          setImmediate(() => response.end(`{"message":"bad key ${PROVIDER_SECRET}"}}`));
        },
      });
      const path = what === "speech" ? "/v1/audio/speech" : "/v1/chat/completions";
      const answer = await ask(made, body === undefined ? await transcription() : { path, body });
      expect(answer.body).not.toContain(PROVIDER_SECRET);
      expect([answer.status, JSON.parse(answer.body).error.tare_code]).toEqual([502, "upstream_withheld"]);
      expect(settledAs(made)).toEqual([["failed", 200, true]]);
    },
  );

  it("is never seen in an answer that is called plain text, and what it used is read", async () => {
    const made = await start({
      script: (_, response) => void response.writeHead(200, { "content-type": "text/plain" }).end(wholeAnswer),
      direct: { retries: 1 },
    });
    expect(await ask(made, { body: chat() })).toMatchObject({ status: 200, body: wholeAnswer });
    const [settled] = made.booked("attempt-settled");
    expect(settled).toMatchObject({ state: "answered", cost: { type: "priced" } });
    expect(settled?.usage).toBeDefined();
  });

  it("is never seen in a stream that is called plain text", async () => {
    const made = await start({
      script: (_, response) => {
        response.writeHead(200, { "content-type": "text/plain" });
        response.write("\n");
        setImmediate(() => response.end(frame("one") + doneFrame));
      },
      direct: { retries: 1 },
    });
    expect((await ask(made, { body: chat({ stream: true }) })).body).toBe(`\n${frame("one")}${doneFrame}`);
    expect(made.sent).toHaveLength(1);
  });

  it.for([
    ["chat", chat(), '\n {"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":0}}'],
    ["chat", chat(), '\n {"choices":[{}]}'],
    ["chat", chat(), '{"detail":"odd"}'],
    ["responses", '{"model":"gpt-5-mini","input":"x"}', '{"id":"resp_1","object":"response","error":{"code":"x"}}'],
  ])("is never seen in what is one, however odd: %s", async ([path = "", body = "", answer = ""]) => {
    const script: Script = (_, response) =>
      void response.writeHead(200, { "content-type": "application/json" }).end(answer);
    const made = await start({ script, direct: { retries: 1 } });
    const asked = { path: path === "chat" ? "/v1/chat/completions" : "/v1/responses", body };
    expect(await ask(made, asked)).toMatchObject({ status: 200, body: answer });
    expect(made.sent).toHaveLength(1);
  });

  const speech = { path: "/v1/audio/speech", body: { model: "support", input: "x", voice: "alloy" } };
  const image = { path: "/v1/images/generations", body: { model: "support", prompt: "x" } };
  const moderation = { path: "/v1/moderations", body: { model: "support", input: "x" } };
  const pictures = '{"created":1,"data":[{"b64_json":"AA=="}]}';

  it.for([
    ["sound", "nothing", speech, "audio/mpeg", ""],
    ["sound", "nothing, without a type", speech, undefined, ""],
    ["sound", "a page", speech, "text/html", page],
    ["sound", "an error and no more", speech, "application/json", overloaded],
    ["sound", "an error and no more", speech, "text/plain; charset=utf-8", overloaded],
    ["sound", "a word", speech, "text/plain", "overloaded"],
    ["a picture", "an error and no more", image, "text/plain", overloaded],
    ["a picture", "a word", image, "Text/Plain", "overloaded"],
    ["a picture", "nothing", image, "application/json", ""],
    ["a picture", "a page", image, "text/html; charset=utf-8", page],
    ["a picture", "an error and no more", image, "application/json", overloaded],
    ["a moderation", "nothing", moderation, "application/json", ""],
  ] as const)("to a call for %s that is %s (%s) is followed by the next target", async ([, , asked, type, said]) => {
    const whole = asked === speech ? "sound" : pictures;
    const made = await start({
      script(_, response, number) {
        const isFirst = number === 1;
        const right = asked === speech ? "audio/mpeg" : "application/json";
        const contentType = isFirst ? type : right;
        response.writeHead(200, contentType === undefined ? {} : { "content-type": contentType });
        response.end(isFirst ? said : whole);
      },
      more: [{ name: "second" }],
      routes: { support: { to: ["openai/gpt-4o-mini-tts", "second/gpt-4o-mini-tts"] } },
    });
    const answer = await ask(made, { path: asked.path, body: JSON.stringify(asked.body) });
    expect(answer).toMatchObject({ status: 200, body: whole, headers: { "x-tare-attempts": "2" } });
    expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
    expect(settledAs(made)).toEqual([
      ["failed", 200, false],
      ["answered", 200, true],
    ]);
  });

  const chatted = {
    path: "/v1/chat/completions",
    body: { model: "support", messages: [{ role: "user", content: "x" }] },
  };
  const completion = { path: "/v1/completions", body: { model: "support", prompt: "x" } };
  const completed = '{"id":"c","choices":[{"index":0,"text":"y"}]}';

  it.for([
    ["no choice", chatted, '{"id":"c","object":"chat.completion","choices":[]}', wholeAnswer],
    ["no choice, in another word", chatted, '{"id":"","choices":null,"usage":null}', wholeAnswer],
    ["no choice", completion, '{"id":"c","choices":[]}', completed],
  ] as const)(
    "that holds %s and used nothing is followed by the next target, and goes on as it came where none is left",
    async ([, { path, body }, said, whole]) => {
      const made = await start({
        script: (_, response, number) =>
          void response.writeHead(200, { "content-type": "application/json" }).end(number === 2 ? whole : said),
        more: [{ name: "second" }],
        routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"] } },
      });
      expect((await ask(made, { path, body: JSON.stringify(body) })).body).toBe(whole);
      expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
      const alone = JSON.stringify({ ...body, model: "gpt-5-mini" });
      expect(await ask(made, { path, body: alone })).toMatchObject({ status: 200, body: said });
      expect(made.booked("attempt-settled").at(-1)).toMatchObject({ state: "failed", error: "upstream_no_answer" });
    },
  );

  it.for([
    '{"id":"c","choices":[',
    '{"id":"c","choices":[]',
    '{"id":"c","choices":[{"index":0,"message":{"content":"Ab',
  ])("is never seen in one that breaks off in its list of choices: %s", async (half) => {
    const made = await start({
      script: (_, response) => void response.writeHead(200, { "content-type": "application/json" }).end(half),
      direct: { retries: 1 },
    });
    expect(await ask(made, { body: chat() })).toMatchObject({ status: 200, body: half });
    expect(settledAs(made)).toEqual([["cut", 200, true]]);
  });

  it("is never seen in a stream whose first and last frames hold no choice, as Azure's do", async () => {
    const filtered = 'data: {"id":"","choices":[],"prompt_filter_results":[]}\n\n';
    const usage = 'data: {"id":"c","choices":[],"usage":null}\n\n';
    for (const content of [frame("one"), ""]) {
      const text = filtered + content + usage + doneFrame;
      const made = await start({
        script: (_, response) => void response.writeHead(200, { "content-type": "text/event-stream" }).end(text),
        direct: { retries: 1 },
      });
      for (const stream of [true, false]) {
        expect((await ask(made, { body: chat({ stream, stream_options: { include_usage: true } }) })).body).toBe(text);
      }
      expect(settledAs(made)).toEqual([
        ["answered", 200, true],
        ["answered", 200, true],
      ]);
      await made.stop();
    }
  });

  const paid = '{"object":"list","data":[],"model":"gpt-5-mini","usage":{"prompt_tokens":1000,"total_tokens":1000}}';

  it.for([
    ["pictures", "none", image, '{"created":1,"data":[]}', pictures],
    ["verdicts", "none", moderation, '{"id":"m","model":"x","results":[]}', '{"id":"m","results":[{"flagged":false}]}'],
    ["a vector", "none", embedding("a"), vectors(), vectors(0)],
    ["a vector", "none of it", embedding([1, 2, 3]), vectors(), vectors(0)],
    ["vectors", "fewer", embedding(["a", "b"]), vectors(0), vectors(0, 1)],
    ["vectors", "fewer", embedding([[1, 2], [3]]), vectors(1), vectors(0, 1)],
    ["vectors", "none, and has to be paid", embedding("a"), paid, vectors(0)],
  ] as const)("to a call for %s that holds %s is followed by the next target", async ([, , asked, said, whole]) => {
    const made = await start({
      script(_, response, number) {
        response.writeHead(200, { "content-type": "application/json" }).end(number === 1 ? said : whole);
      },
      more: [{ name: "second" }],
      routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"] } },
    });
    const answer = await ask(made, { path: asked.path, body: JSON.stringify(asked.body) });
    expect(answer).toMatchObject({ status: 200, body: whole, headers: { "x-tare-attempts": "2" } });
    const [failed] = made.booked("attempt-settled");
    expect(failed).toMatchObject({ state: "failed", error: "upstream_no_answer", callEnd: false });
    // What it says that it used is owed, whatever it is worth.
    if (said === paid)
      expect(failed).toMatchObject({ usage: { input_uncached: 1000 }, cost: { type: "priced" }, residual: 0n });
  });

  it("to a call for vectors in Google's words that holds fewer is followed by the next target", async () => {
    const few = '{"embeddings":[{"values":[0.5]}]}';
    const whole = '{"embeddings":[{"values":[0.5]},{"values":[0.25]}]}';
    const made = await start({
      script(_, response, number) {
        const said = ['{"embedding":{"values":[]}}', '{"embedding":{"values":[0.5]}}', few, whole][number - 1];
        response.writeHead(200, { "content-type": "application/json" }).end(said);
      },
      provider: { format: "gemini" },
      direct: { retries: 1 },
    });
    const content = { parts: [{ text: "a" }] };
    const asked = [
      ["embedContent", { content }, '{"embedding":{"values":[0.5]}}'],
      ["batchEmbedContents", { requests: [{ content }, { content }] }, whole],
    ] as const;
    for (const [verb, body, expected] of asked) {
      const path = `/v1beta/models/gemini-embedding-001:${verb}`;
      expect(await ask(made, { path, body: JSON.stringify(body) })).toMatchObject({ status: 200, body: expected });
    }
    expect(purposes(made)).toEqual(["answer openai", "retry openai", "answer openai", "retry openai"]);
  });

  it("is never seen in some of the pictures, nor in an answer in other words than are known", async () => {
    const said = [pictures, '{"embeddings":[[0.5]]}'];
    const made = await start({
      script: (_, response, number) =>
        void response.writeHead(200, { "content-type": "application/json" }).end(said[number - 1]),
      direct: { retries: 1 },
    });
    const asked = [
      [image.path, { ...image.body, model: "gpt-5-mini", n: 2 }],
      ["/v1/embeddings", { model: "gpt-5-mini", input: ["a", "b"] }],
    ] as const;
    for (const [place, [path, body]] of asked.entries())
      expect(await ask(made, { path, body: JSON.stringify(body) })).toMatchObject({ status: 200, body: said[place] });
    expect(made.sent).toHaveLength(2);
  });

  it("is never seen in sound that begins, however little, nor in a transcript of silence", async () => {
    const made = await start({
      script: (sent, response) => {
        const isSpeech = sent.url.endsWith("/speech");
        response.writeHead(200, { "content-type": isSpeech ? "audio/mpeg" : "text/plain" });
        response.end(isSpeech ? "s" : "");
      },
      direct: { retries: 1 },
    });
    const body = JSON.stringify({ ...speech.body, model: "gpt-4o-mini-tts" });
    expect(await ask(made, { path: speech.path, body })).toMatchObject({ status: 200, body: "s" });
    expect(await ask(made, await transcription())).toMatchObject({ status: 200, body: "" });
    expect(made.sent).toHaveLength(2);
    expect(settledAs(made)).toEqual([
      ["answered", 200, true],
      ["answered", 200, true],
    ]);
  });
});
