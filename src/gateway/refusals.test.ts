import { connect } from "node:net";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, describe, expect, it } from "vitest";
import { instant } from "#units";
import { refusals, speak } from "./refusals.ts";
import { answering, ask, type Answered, chat, Rig, type RigOptions, wholeAnswer } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({ script: answering, ...options });
  return rig;
}

function codeOf({ status, body }: Answered): readonly [number, string] {
  return [status, JSON.parse(body).error.tare_code];
}

/** What comes back on a bare connection until it closes, or until `stop` was seen. */
function talk(port: number, text: string, stop?: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => {
      heard += chunk.toString();
      if (stop !== undefined && heard.includes(stop)) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(heard));
  });
}

describe("every refusal", () => {
  it.for(Object.keys(refusals))("%s says what happened in words, with every fact filled in", (name) => {
    const code = Object.keys(refusals).includes(name) ? (name as keyof typeof refusals) : "internal_error";
    const facts = Object.fromEntries(
      [...refusals[code].message.matchAll(/\{(\w+)\}/g)].map(([, fact]) => [fact ?? "", "fact"]),
    );
    const { message, status } = speak({ code, facts }, "call_1");
    expect(message).not.toMatch(/[{}?]/);
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it("is said in the protocol's shape, with an id, and tells SDKs not to try again where that cannot help", async () => {
    const made = await start();
    const answer = await ask(made, { body: "{" });
    expect(JSON.parse(answer.body)).toMatchObject({
      error: { type: "invalid_request_error", tare_code: "invalid_json" },
    });
    expect(answer.headers).toMatchObject({ "x-should-retry": "false", "x-request-id": answer.headers["x-tare-call"] });
    expect(made.booked("call-refused")).toMatchObject([{ code: "invalid_json", status: 400, key: "key_0" }]);
  });

  it("of a known key tells the interaction that it was written down under, and that nothing was attempted", async () => {
    const made = await start();
    const { headers } = await ask(made, { body: "{", headers: { "x-tare-interaction": "one" } });
    expect(headers).toMatchObject({ "x-tare-interaction": "one", "x-tare-attempts": "0", "x-tare-cache": "off" });
    const { headers: anew } = await ask(made, { body: "{", headers: { "x-tare-interaction": "not an id" } });
    expect(made.booked("call-refused").map(({ attribution }) => attribution.interaction)).toEqual([
      "one",
      anew["x-tare-interaction"],
    ]);
  });

  it("of an unknown caller leaves no event behind", async () => {
    const made = await start();
    await ask(made, { body: chat(), isAnonymous: true });
    expect(made.events).toEqual([]);
    expect(made.gateway.metrics().counters).toMatchObject([{ labels: { code: "missing_key" }, value: 1 }]);
  });
});

describe("a credential", () => {
  it.for([
    ["missing_key", {}],
    ["unknown_key", { authorization: "Bearer nobody" }],
    ["expired_key", { authorization: "Bearer expired" }],
    ["revoked_key", { "x-api-key": "revoked" }],
    ["malformed_key", { authorization: "Basic abc" }],
    ["conflicting_credentials", { authorization: "Bearer one", "x-api-key": "two" }],
  ] as const)("is refused 401 with %s", async ([code, headers]) => {
    const made = await start({
      keys: [
        { secret: "expired", expiresAt: instant(1) },
        { secret: "revoked", revokedAt: instant(1) },
      ],
    });
    expect(codeOf(await ask(made, { headers, body: "not even json", isAnonymous: true }))).toEqual([401, code]);
    expect(made.sent).toEqual([]);
  });

  it("may come in the URL", async () => {
    const made = await start();
    const path = "/v1/chat/completions?key=tare_sk_client-canary";
    expect((await ask(made, { path, body: chat(), isAnonymous: true })).status).toBe(200);
  });
});

describe("a path", () => {
  it.for([
    ["GET", "/nope", 404, "unknown_path"],
    ["POST", "/v1/chat/completions/", 404, "unknown_path"],
    ["GET", "/v1/chat/completions", 405, "method_not_allowed"],
    ["PUT", "/v1/chat/completions", 405, "method_not_allowed"],
    ["POST", "/v1/traces", 503, "steps_unavailable"],
    ["POST", "/v1/batches", 501, "not_built"],
    ["GET", "/v1/responses/..%2Ffiles", 404, "unknown_path"],
    ["GET", "/v1/files/file-a%2Fcontent", 404, "unknown_path"],
    ["GET", "/v1/files/file-a%3Fx=1", 404, "unknown_path"],
    ["GET", "/v1/files/file-a%20", 404, "unknown_path"],
    ["GET", "/v1/files/file-a%00", 404, "unknown_path"],
  ] as const)("%s %s is answered %i %s", async ([method, path, status, code]) => {
    const made = await start();
    expect(codeOf(await ask(made, { method, path }))).toEqual([status, code]);
    expect(made.sent).toEqual([]);
  });

  it.for([
    ["/v1beta/cachedContents", { error: { code: 404, status: "NOT_FOUND" } }],
    ["/v1/messages/none/here", { type: "error", error: { type: "not_found_error" } }],
    ["/v1/nope", { error: { code: "unknown_path" } }],
  ] as const)("%s that nothing is served at is told in the format of those beside it", async ([path, shape]) => {
    const made = await start();
    const { body } = await ask(made, { method: "GET", path });
    expect(JSON.parse(body)).toMatchObject(shape);
  });

  it.for(["/chat/completions", "/v1/v1/messages", "/v1beta/v1beta/models/gemini-2.5-flash:generateContent"])(
    "%s of a wrong base URL is told what the right one is",
    async (path) => {
      const made = await start();
      const { body } = await ask(made, { path });
      expect(JSON.parse(body).error.message).toContain("it ends in `/v1` for OpenAI's SDK");
    },
  );

  it.for(["/healthz", "/readyz", "/v1/models"])(
    "%s of ours answers HEAD as it answers GET, without the body",
    async (path) => {
      const made = await start();
      const asked = await ask(made, { method: "GET", path });
      const head = await ask(made, { method: "HEAD", path });
      expect([head.status, head.headers["content-length"], head.body]).toEqual([
        asked.status,
        asked.headers["content-length"],
        "",
      ]);
    },
  );

  it("cannot become a WebSocket", async () => {
    const made = await start();
    const heard = await talk(
      made.port,
      "GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n",
    );
    expect(heard).toMatch(/^HTTP\/1\.1 426 /);
  });

  it("of health needs no key", async () => {
    const made = await start();
    expect((await ask(made, { method: "GET", path: "/healthz", isAnonymous: true })).status).toBe(200);
    expect((await ask(made, { method: "GET", path: "/readyz", isAnonymous: true })).status).toBe(200);
    made.gateway.admit(false);
    expect((await ask(made, { method: "GET", path: "/readyz", isAnonymous: true })).status).toBe(503);
    expect(codeOf(await ask(made, { body: chat() }))).toEqual([503, "ledger_unavailable"]);
  });
});

describe("a body", () => {
  it("over the limit is refused before it is read", async () => {
    const made = await start({ limits: { jsonBytesMax: 100 } });
    const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer tare_sk_client-canary\r\n";
    const heard = await talk(made.port, `${head}content-length: 5000000000\r\n\r\n`, "body_too_large");
    expect(heard).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("that waits to be asked for is not asked for when it is over the limit", async () => {
    const made = await start({ limits: { jsonBytesMax: 100 } });
    const head =
      "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer tare_sk_client-canary\r\nexpect: 100-continue\r\n";
    expect(await talk(made.port, `${head}content-length: 101\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
    const body = "{}".padEnd(50);
    const asked = await talk(made.port, `${head}content-length: 50\r\nconnection: close\r\n\r\n${body}`);
    expect(asked).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 /);
  });

  it("in chunks is cut at the limit", async () => {
    const made = await start({ limits: { jsonBytesMax: 1000 } });
    const answer = await ask(made, { body: "x".repeat(1001), headers: { "transfer-encoding": "chunked" } });
    expect(codeOf(answer)).toEqual([413, "body_too_large"]);
  });

  it.for([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ] as const)("packed as %s is unpacked, and goes on plain", async ([encoding, pack]) => {
    const made = await start();
    const answer = await ask(made, { body: pack(chat({ max_tokens: 5 })), headers: { "content-encoding": encoding } });
    expect(answer.body).toBe(wholeAnswer);
    expect(made.sent[0]?.body).toBe(chat({ max_tokens: 5 }));
    expect(made.sent[0]?.headers["content-encoding"]).toBeUndefined();
  });

  it("that unpacks without end is refused", async () => {
    const made = await start();
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
    expect(codeOf(await ask(made, { body: bomb, headers: { "content-encoding": "gzip" } }))).toEqual([
      413,
      "body_too_large",
    ]);
  });

  it("in an unknown or broken packing is refused", async () => {
    const made = await start();
    expect(codeOf(await ask(made, { body: "x", headers: { "content-encoding": "compress" } }))[0]).toBe(415);
    expect(codeOf(await ask(made, { body: "x", headers: { "content-encoding": "gzip, gzip" } }))[0]).toBe(415);
    expect(codeOf(await ask(made, { body: "x", headers: { "content-encoding": "gzip" } }))[1]).toBe("broken_encoding");
  });

  it.for([
    ["invalid_json", "{"],
    ["too_deep", `{"model":"m","messages":${"[".repeat(70)}${"]".repeat(70)}}`],
    ["ambiguous_field", '{"model":"a","model":"b","messages":[]}'],
    ["ambiguous_field", '{"model":"a","\\u006dodel":"b","messages":[]}'],
    ["missing_model", '{"messages":[]}'],
    ["missing_model", '{"model":"","messages":[]}'],
    ["invalid_field", '{"model":5,"messages":[]}'],
  ] as const)("is refused 400 with %s", async ([code, body]) => {
    const made = await start();
    expect(codeOf(await ask(made, { body }))).toEqual([400, code]);
    expect(made.sent).toEqual([]);
  });

  it("waits for no room: beyond the thread's share the call is refused and may come again", async () => {
    const made = await start({ limits: { heldBytesMax: 50 } });
    const answer = await ask(made, { body: chat() });
    expect([...codeOf(answer), answer.headers["retry-after"]]).toEqual([503, "busy", "1"]);
    expect(made.gateway.metrics().heldBytes).toBe(0);
  });

  it("that stops in the middle is closed in the stated time", async () => {
    const made = await start({ limits: { bodyIdleMs: 60 } });
    const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer tare_sk_client-canary\r\n";
    expect(await talk(made.port, `${head}content-length: 100\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe("a head", () => {
  it("that comes slowly is closed in the stated time", async () => {
    const made = await start({ limits: { headersMs: 60 } });
    expect(await talk(made.port, "POST /v1/chat/completions HTTP/1.1\r\nhost")).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("that is not HTTP, or too large, is answered with the reason", async () => {
    const made = await start();
    expect(await talk(made.port, "hello\r\n\r\n")).toContain("invalid_http");
    expect(await talk(made.port, `GET / HTTP/1.1\r\nhost: x\r\na: ${"b".repeat(40_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });
});

describe("a method that no API has", () => {
  it.for(["PROPFIND", "TRACE", "M-SEARCH", "PURGE", "CONNECT"])("%s is told which the path takes", async (method) => {
    const made = await start();
    const said = (path: string) =>
      talk(made.port, `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}`);
    const told = await said("/v1/chat/completions?key=a");
    expect(told).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/);
    expect(told).toMatch(/\r\nallow: POST\r\n/);
    expect(told).toContain("This path does not take this method. Use: POST.");
    expect(told).toMatch(/\r\nconnection: close\r\n/);
    expect(await said("/nope")).toMatch(/^HTTP\/1\.1 404 Not Found\r\n[^]*unknown_path/);
    expect(made.sent).toEqual([]);
  });

  it.for([
    ["in lower case", "propfind / HTTP/1.1\r\nhost: x"],
    ["with two lengths", "PROPFIND / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2"],
    ["without a host", "PROPFIND / HTTP/1.1"],
    ["for no path", "CONNECT a:443 HTTP/1.1\r\nhost: a"],
    ["of another version", "PRI / HTTP/2.0\r\nhost: a"],
  ] as const)("%s is no HTTP, as with all others", async ([, head]) => {
    const made = await start();
    expect(await talk(made.port, `${head}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 [^]*invalid_http/);
  });
});

describe("what comes before a call", () => {
  const heads = {
    broken: (path: string) => `POST ${path} HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n`,
    large: (path: string) => `POST ${path}?key=a HTTP/1.1\r\nhost: x\r\na: ${"b".repeat(40_000)}\r\n\r\n`,
    many: (path: string) => `POST ${path} HTTP/1.1\r\nhost: x\r\n${"a: b\r\n".repeat(257)}\r\n`,
    unended: (path: string) => `POST ${path} HTTP/1.1\r\nhost: x\r\na: ${"b".repeat(40_000)}`,
  };
  const shapes = [
    ["/v1/chat/completions", { error: { type: "invalid_request_error" } }, ["x-request-id"]],
    ["/v1/messages", { type: "error", error: { type: expect.any(String) } }, ["x-request-id", "request-id"]],
    ["/v1beta/models/gemini-2.5-pro:generateContent", { error: { status: expect.any(String) } }, ["x-request-id"]],
  ] as const;

  it.each(
    shapes.flatMap(([path, shape, ids]) =>
      (Object.keys(heads) as (keyof typeof heads)[]).map((kind) => ({ path, shape, ids, kind })),
    ),
  )("is refused in the shape of $path: a head that is $kind", async ({ path, shape, ids, kind }) => {
    const made = await start();
    const [head = "", body = ""] = (await talk(made.port, heads[kind](path))).split("\r\n\r\n");
    expect(head.split(" ")[1]).toBe(kind === "broken" ? "400" : "431");
    expect(JSON.parse(body)).toMatchObject(shape);
    const call = /^x-tare-call: (\S+)$/m.exec(head)?.[1];
    for (const id of ids) expect(head).toMatch(new RegExp(`^${id}: ${call}\r?$`, "m"));
    expect(head).toMatch(/^date: \w{3}, /m);
    expect(head).toMatch(/^x-should-retry: false\r?$/m);
  });

  it("has an id and a word on trying again for Anthropic's own client, whatever it was", async () => {
    const made = await start();
    const client = (apiKey: string) => new Anthropic({ apiKey, baseURL: `http://127.0.0.1:${made.port}` });
    const message = { model: "m", max_tokens: 1, messages: [{ role: "user" as const, content: "hi" }] };
    const large = { headers: { "x-large": "a".repeat(40_000) } };
    for (const [status, asking] of [
      [401, () => client("nobody").messages.create(message)],
      [404, () => client("tare_sk_client-canary").get("/v1/messages/nothing/here")],
      [431, () => client("tare_sk_client-canary").messages.create(message, large)],
    ] as const) {
      const error: unknown = await asking().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof Anthropic.APIError)) throw new Error(`${status} is no error of the API`);
      expect([error.status, error.requestID]).toEqual([status, expect.stringMatching(/^call_/)]);
      expect(error.headers?.get("x-should-retry")).toBe("false");
      expect(error.error).toMatchObject({ type: "error" });
    }
    expect(made.sent).toEqual([]);
  });
});

describe("a model", () => {
  it("that the key may not use is refused, whatever it is called by", async () => {
    const made = await start({
      key: { models: ["support", "openai/gpt-5*"] },
      routes: { support: { to: ["openai/gpt-4o"] } },
    });
    const statuses = await Promise.all(
      ["support", "gpt-5-mini", "openai/gpt-5", "gpt-4o", "openai/gpt-4o"].map(
        async (model) => (await ask(made, { body: chat({ model }) })).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 200, 403, 403]);
  });

  it("is listed when the key may use it", async () => {
    const made = await start({
      key: { models: ["support", "openai/gpt-5-mini"] },
      routes: { support: { to: ["openai/gpt-4o"] } },
    });
    const answer = await ask(made, { method: "GET", path: "/v1/models" });
    const ids: unknown[] = JSON.parse(answer.body).data.map(({ id }: { id: unknown }) => id);
    expect(ids).toEqual(["support", "openai/gpt-5-mini"]);
  });

  it("that nothing serves is refused", async () => {
    const made = await start({
      provider: { name: "claude", format: "anthropic" },
      routes: { support: { to: ["claude/haiku"] } },
    });
    const moderation = { path: "/v1/moderations", body: '{"model":"support","input":"a"}' };
    expect(codeOf(await ask(made, moderation))).toEqual([400, "format_not_served"]);
    for (const path of ["/v1/completions", "/v1/images/generations"]) {
      const answer = await ask(made, { path, body: '{"model":"support","prompt":"a"}' });
      expect(codeOf(answer)).toEqual([400, "format_not_served"]);
      expect(answer.body).toContain("To a model of another format go `/v1/chat/completions`");
    }
    expect(codeOf(await ask(made, { body: chat({ model: "gpt" }) }))).toEqual([404, "unknown_model"]);
  });
});
