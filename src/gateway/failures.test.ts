import { type ServerResponse } from "node:http";
import { createServer } from "node:net";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { answering, ask, chat, frame, Rig, type Answered, type RigOptions, type Script, wholeAnswer } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({ script: answering, ...options });
  return rig;
}

function codeOf({ status, body }: Answered): readonly [number, string] {
  return [status, JSON.parse(body).error.tare_code];
}

function answerJson(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(
    status === 200 ? wholeAnswer : JSON.stringify({ error: { message: "no", type: "rate_limit_exceeded" } }),
  );
}

function refuse(response: ServerResponse, body: object): void {
  response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Answers with these statuses, one for each attempt, then 200. */
function answersOf(...statuses: (number | Record<string, string>)[]): Script {
  return (sent, response, number) => {
    const status = statuses[number - 1];
    if (status === undefined) answering(sent, response, number);
    else if (typeof status === "number") answerJson(response, status, { "retry-after-ms": "1" });
    else answerJson(response, 429, status);
  };
}

const rejectingStreamUsage =
  (status: number): Script =>
  (sent, response, number) => {
    if (!sent.body.includes("stream_options")) return answering(sent, response, number);
    response.writeHead(status, { "content-type": "application/json" });
    response.end('{"error":{"message":"Unrecognized request argument: stream_options"}}');
  };

const settledAs = (made: Rig) =>
  made.booked("attempt-settled").map(({ state, status, callEnd }) => [state, status, callEnd]);
const purposes = (made: Rig) =>
  made.booked("attempt-dispatched").map(({ purpose, provider }) => `${purpose} ${provider}`);

describe("an upstream that says no", () => {
  it.for([400, 404, 409, 422, 429, 500, 503])(
    "%i reaches the client as it is when no attempt is left",
    async (status) => {
      const made = await start({ script: answersOf(status) });
      const answer = await ask(made, { body: chat() });
      expect([answer.status, answer.body]).toEqual([status, '{"error":{"message":"no","type":"rate_limit_exceeded"}}']);
      expect(settledAs(made)).toEqual([["failed", status, true]]);
      expect(made.booked("attempt-settled")[0]).toMatchObject({
        error: "upstream_rate_limit_exceeded",
        cost: { type: "priced", nanos: 0n },
        residual: 0n,
        delivered: "none",
      });
    },
  );

  it.for([424, 429, 500, 501, 502, 503, 504, 505, 520, 524, 529])(
    "%i is tried again, each attempt with its own entry",
    async (status) => {
      const made = await start({ script: answersOf({ "retry-after-ms": "1" }, status), direct: { retries: 2 } });
      const answer = await ask(made, { body: chat() });
      expect([answer.status, answer.headers["x-tare-attempts"]]).toEqual([200, "3"]);
      expect(purposes(made)).toEqual(["answer openai", "retry openai", "retry openai"]);
      expect(settledAs(made)).toEqual([
        ["failed", 429, false],
        ["failed", status, false],
        ["answered", 200, true],
      ]);
    },
  );

  it.for([{ "retry-after-ms": "150" }, { "retry-after": "0.15" }])(
    "is waited for as long as it asks: %j",
    async (headers) => {
      const made = await start({ script: answersOf(headers), direct: { retries: 1 } });
      const before = performance.now();
      expect((await ask(made, { body: chat() })).status).toBe(200);
      expect(performance.now() - before).toBeGreaterThanOrEqual(145);
    },
  );

  it("is not waited for beyond the total timeout, nor tried again when it says so", async () => {
    for (const headers of [{ "retry-after": "60" }, { "retry-after": "0", "x-should-retry": "false" }]) {
      const made = await start({ script: answersOf(headers), direct: { retries: 3 } });
      expect((await ask(made, { body: chat() })).status).toBe(429);
      expect(made.sent).toHaveLength(1);
      await made.stop();
    }
  });

  it("is followed by the next target, at once when the wait would be too long", async () => {
    const made = await start({
      script: answersOf({ "retry-after": "60" }),
      more: [{ name: "second" }],
      routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-nano"], retries: 1 } },
    });
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect([answer.status, answer.headers["x-tare-target"]]).toEqual([200, "second/gpt-5-nano"]);
    expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
    expect(made.sent.map(({ body }) => JSON.parse(body).model)).toEqual(["gpt-5-mini", "gpt-5-nano"]);
    expect(made.booked("attempt-dispatched").map(({ route }) => route)).toEqual(["support", "support"]);
  });

  it.for([500, 501, 505, 520, 527])("with %i is followed by the next target", async (status) => {
    const made = await start({
      script: answersOf(status),
      more: [{ name: "second" }],
      routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"] } },
    });
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
  });

  it.for([429, 503])("with %i and wants no retry is followed by the next target, not tried again", async (status) => {
    const made = await start({
      script(sent, response, number) {
        if (number > 1) return answering(sent, response, number);
        answerJson(response, status, { "retry-after": "0", "x-should-retry": "false" });
      },
      more: [{ name: "second" }],
      routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], retries: 2 } },
    });
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
  });

  it.for([401, 402, 403, 404])("%i to what is ours is followed by the next target, not tried again", async (status) => {
    const made = await start({
      script: answersOf(status),
      more: [{ name: "second" }],
      routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], retries: 2 } },
    });
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
  });

  it("402 to our account counts against the target, as 404 does not, which may be one model's", async () => {
    const statuses = [402, 404, 402];
    const made = await start({
      script: (_, response, number) => void response.writeHead(statuses[number - 1] ?? 200).end("{}"),
    });
    for (const status of statuses) expect((await ask(made, { body: chat() })).status).toBe(status);
    expect(made.gateway.metrics().targets).toMatchObject([{ attempts: 3, failures: 2 }]);
  });

  describe("400 to our account, as Anthropic says that it is empty", () => {
    const empty = {
      type: "error",
      error: { type: "invalid_request_error", message: "Your credit balance is too low to access the Anthropic API." },
    };
    const quoting = { type: "error", error: { ...empty.error, message: `messages: ${empty.error.message}` } };
    it("is followed by the next target, not tried again, and costs nothing", async () => {
      const made = await start({
        script: (sent, response, number) =>
          number === 1 ? refuse(response, empty) : answering(sent, response, number),
        provider: { format: "anthropic" },
        more: [{ name: "second" }],
        routes: { support: { to: ["openai/claude-haiku-4-5", "second/gpt-5-mini"], retries: 2 } },
      });
      expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
      expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
      expect(made.booked("attempt-settled")[0]).toMatchObject({
        error: "upstream_insufficient_quota",
        cost: { type: "priced", nanos: 0n },
      });
    });

    it("counts against the target, as a call that quotes it does not, and is handed on where no other is", async () => {
      const said = [empty, quoting];
      const made = await start({
        script: (_, response, number) => refuse(response, said[number - 1] ?? {}),
        provider: { format: "anthropic" },
      });
      const messages = { model: "openai/claude-haiku-4-5", max_tokens: 9, messages: [{ role: "user", content: "hi" }] };
      for (const body of said) {
        const answer = await ask(made, { path: "/v1/messages", body: JSON.stringify(messages) });
        expect([answer.status, JSON.parse(answer.body)]).toEqual([400, body]);
      }
      expect(made.gateway.metrics().targets).toMatchObject([{ attempts: 2, failures: 1 }]);
    });
  });

  it("404 to what the client refers to is its answer", async () => {
    const made = await start({
      script: answersOf(404),
      more: [{ name: "second" }],
      routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], retries: 2 } },
    });
    const body = JSON.stringify({ model: "support", input: "hi", previous_response_id: "resp_gone" });
    expect((await ask(made, { path: "/v1/responses", body })).status).toBe(404);
    expect(purposes(made)).toEqual(["answer openai"]);
  });

  it.for([400, 422])("%i to stream_options is asked once more without them, and never again", async (status) => {
    const made = await start({ script: rejectingStreamUsage(status) });
    expect((await ask(made, { body: chat({ stream: true }) })).status).toBe(200);
    expect((await ask(made, { body: chat({ stream: true }) })).status).toBe(200);
    expect(made.sent.map(({ body }) => body.includes("stream_options"))).toEqual([true, false, false]);
  });
});

describe("an upstream that is not there", () => {
  it.for([
    ["upstream_refused", 502, "http://127.0.0.1:1"],
    ["upstream_dns", 502, "http://nowhere.invalid"],
  ] as const)("is told as %s with what was tried, and cost nothing", async ([code, status, origin]) => {
    const made = await start({ provider: { origin } });
    const answer = await ask(made, { body: chat() });
    expect(codeOf(answer)).toEqual([status, code]);
    expect(answer.body).toContain(`openai/gpt-5-mini: ${code}`);
    expect(answer.headers).toMatchObject({ "x-tare-attempts": "1", "x-tare-cache": "off" });
    expect(made.booked("attempt-settled")).toMatchObject([
      { error: code, cost: { type: "priced", nanos: 0n }, residual: 0n },
    ]);
  });

  it("or speaks no TLS is told as upstream_tls", async () => {
    const plain = createServer((socket) => socket.end("hello\r\n"));
    await new Promise<void>((resolve) => void plain.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void plain.close());
    const address = plain.address();
    const port = typeof address === "object" ? address?.port : 0;
    const made = await start({ provider: { origin: `https://127.0.0.1:${port}` } });
    expect(codeOf(await ask(made, { body: chat() }))).toEqual([502, "upstream_tls"]);
  });
});

describe("an upstream that dies", () => {
  const dies: readonly (readonly [string, Script])[] = [
    ["before its head", (_sent, response) => response.destroy()],
    [
      "after its head",
      (_sent, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
        response.write("{");
        setImmediate(() => response.destroy());
      },
    ],
  ];

  it.for(dies)("%s is told as upstream_reset, and all of the hold stays in doubt", async ([, script]) => {
    const made = await start({ script });
    expect(codeOf(await ask(made, { body: chat() }))).toEqual([502, "upstream_reset"]);
    const [dispatched] = made.booked("attempt-dispatched");
    const [settled] = made.booked("attempt-settled");
    expect(settled?.cost.type).toBe("estimated");
    const bound = dispatched?.bound.type === "proven" ? dispatched.bound.nanos : -1n;
    const estimated = settled?.cost.type === "estimated" ? settled.cost.nanos : -1n;
    expect(estimated + (settled?.residual ?? 0n)).toBe(bound);
  });

  it.for([
    ["more than 32 KiB", { "x-large": "a".repeat(40_000) }],
    ["more than 256", Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, "a"]))],
  ] as const)("with %s of headers is told apart from one that closed the connection", async ([, headers]) => {
    const script: Script = (sent, response, number) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      answering(sent, response, number);
    };
    const made = await start({ script, direct: { retries: 2 } });
    const answer = await ask(made, { body: chat() });
    expect(codeOf(answer)).toEqual([502, "upstream_head_too_large"]);
    expect(answer.headers["x-should-retry"]).toBe("false");
    expect(made.sent).toHaveLength(1);
    expect(made.booked("attempt-settled")).toMatchObject([
      { state: "failed", error: "upstream_head_too_large", cost: { type: "estimated" } },
    ]);
  });

  it("before anything was seen is tried again", async () => {
    const made = await start({
      direct: { retries: 1 },
      script: (sent, response, number) => (number === 1 ? response.destroy() : answering(sent, response, number)),
    });
    expect((await ask(made, { body: chat({ stream: true }) })).status).toBe(200);
  });

  it.for([
    ["resets", (response: ServerResponse) => response.destroy()],
    ["ends", (response: ServerResponse) => response.end()],
    ["ends in half a frame", (response: ServerResponse) => response.end('data: {"id":')],
  ] as const)("in a stream that %s: the error event, no clean end, an entry marked cut", async ([, die]) => {
    const made = await start({
      direct: { retries: 3 },
      script(_sent, response) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(frame("one"), () => die(response));
      },
    });
    const answer = await ask(made, { body: chat({ stream: true }) });
    expect(answer.isCut).toBe(true);
    expect(answer.body.startsWith(frame("one"))).toBe(true);
    expect(answer.body.slice(frame("one").length)).toMatch(/^data: \{"error":\{.*"upstream_cut".*\}\}\n\n$/);
    expect(made.sent).toHaveLength(1);
    const [settled] = made.booked("attempt-settled");
    expect(settled).toMatchObject({
      state: "cut",
      delivered: "partial",
      error: "upstream_cut",
      cost: { type: "estimated" },
    });
    expect(settled?.residual).toBeGreaterThan(0n);
  });
});

describe("an upstream that is silent", () => {
  it.for([
    ["upstream_first_byte_timeout", { firstByteMs: 60 }, () => undefined],
    [
      "upstream_idle_timeout",
      { idleMs: 60 },
      (response: ServerResponse) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write("{");
      },
    ],
    ["upstream_total_timeout", { totalMs: 60 }, () => undefined],
  ] as const)("is given up with %s", async ([code, limits, act]) => {
    const timeouts = { connectMs: 1000, firstByteMs: 3000, idleMs: 3000, totalMs: 5000, ...limits };
    const made = await start({ direct: { timeouts }, script: (_sent, response) => act(response) });
    expect(codeOf(await ask(made, { body: chat() }))).toEqual([504, code]);
    expect(made.booked("attempt-settled")).toMatchObject([{ state: "failed", error: code }]);
  });

  it("after a stream's head alone has sent no byte of the answer", async () => {
    const timeouts = { connectMs: 1000, firstByteMs: 60, idleMs: 3000, totalMs: 5000 };
    const made = await start({
      direct: { timeouts },
      script(_sent, response) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.flushHeaders();
      },
    });
    expect(codeOf(await ask(made, { body: chat({ stream: true }) }))).toEqual([504, "upstream_first_byte_timeout"]);
  });

  it("in the middle of a stream is told in the stream", async () => {
    const timeouts = { connectMs: 1000, firstByteMs: 3000, idleMs: 60, totalMs: 5000 };
    const made = await start({
      direct: { timeouts },
      script(_sent, response) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(frame("one"));
      },
    });
    const answer = await ask(made, { body: chat({ stream: true }) });
    expect([answer.isCut, answer.body.includes("upstream_idle_timeout")]).toEqual([true, true]);
    expect(made.booked("attempt-settled")).toMatchObject([{ state: "cut", error: "upstream_idle_timeout" }]);
  });
});
