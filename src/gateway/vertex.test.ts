import { createVerify, generateKeyPairSync } from "node:crypto";
import { GoogleGenAI } from "@google/genai";
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "#units";
import { ask, chat, PROVIDER_SECRET, Rig, type RigOptions, type Script } from "./rig.ts";

const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop();
});

async function start(options: RigOptions): Promise<Rig> {
  const rig = await Rig.start(options);
  rigs.push(rig);
  return rig;
}

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Vertex AI and whoever gives out its tokens, at one address. */
function vertexScript({ expiresIn = 3_600, refusesTokens = false, refusesCall = 0 }): Script {
  return (sent, response, number) => {
    const isToken = sent.url === "/token";
    const isRefused = isToken ? refusesTokens : number === refusesCall;
    response.writeHead(isRefused ? 401 : 200, { "content-type": "application/json" });
    if (isRefused) response.end('{"error":{"code":401,"message":"no","status":"UNAUTHENTICATED"}}');
    else if (isToken) response.end(JSON.stringify({ access_token: `token-${number}`, expires_in: expiresIn }));
    else response.end(JSON.stringify(generated));
  };
}

const generated = {
  candidates: [{ content: { role: "model", parts: [{ text: "Hello." }] }, finishReason: "STOP" }],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 2, totalTokenCount: 12 },
  modelVersion: "gemini-2.5-flash",
};

interface OtherModel {
  readonly format?: "gemini" | "anthropic";
  readonly model?: string;
  readonly script?: Script;
  readonly direct?: NonNullable<RigOptions["direct"]>;
}

/** The rig's upstream has an address of its own each time, which the account has to name. */
async function startVertex(
  asked: Parameters<typeof vertexScript>[0],
  more: NonNullable<RigOptions["more"]> = [],
  { format = "gemini", model = "gemini-2.5-flash", script = vertexScript(asked), direct = {} }: OtherModel = {},
): Promise<Rig> {
  const identity = {
    type: "google-service-account" as const,
    email: "tare@my-project.iam.gserviceaccount.com",
    keyId: "key-1",
    privateKey: new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
    url: "",
  };
  const cloud = { type: "vertex" as const, project: "my-project", location: "europe-west4", identity };
  const provider = {
    name: "vertex",
    format,
    basePath: "",
    apiKey: undefined,
    prices: format === "gemini" ? "google" : "anthropic",
    cloud,
  };
  const to = [`vertex/${model}`, ...more.map(({ name }) => `${name}/gemini-2.5-flash`)];
  return start({
    provider,
    more,
    routes: { support: { to } },
    direct,
    script,
    placed: (origin) => {
      identity.url = `${origin}/token`;
    },
  });
}

const tokensAsked = ({ sent }: Rig) => sent.filter(({ url }) => url === "/token");
const callsSent = ({ sent }: Rig) => sent.filter(({ url }) => url !== "/token");

describe("Gemini on Vertex AI", () => {
  it("is asked below its project with a token that a signed assertion was given for", async () => {
    const made = await startVertex({});
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(JSON.parse(answer.body).choices[0].message.content).toBe("Hello.");
    const [asked, sent] = made.sent;
    expect(sent?.url).toBe(
      "/v1beta1/projects/my-project/locations/europe-west4/publishers/google/models/gemini-2.5-flash:generateContent",
    );
    expect(sent?.headers).toMatchObject({ authorization: "Bearer token-1" });
    expect(sent?.headers).not.toHaveProperty("x-goog-api-key");
    const form = new URLSearchParams(asked?.body);
    expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    const [head = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const isSigned = createVerify("RSA-SHA256").update(`${head}.${claims}`).verify(publicKey, signature, "base64url");
    expect(isSigned).toBe(true);
    expect(decoded(head)).toEqual({ alg: "RS256", typ: "JWT", kid: "key-1" });
    const { iss, scope, iat, exp } = decoded(claims);
    expect({ iss, scope, seconds: Number(exp) - Number(iat) }).toEqual({
      iss: "tare@my-project.iam.gserviceaccount.com",
      scope: "https://www.googleapis.com/auth/cloud-platform",
      seconds: 3_600,
    });
    expect(Math.abs(Number(iat) - Date.now() / 1000)).toBeLessThan(60);
  });

  it("is asked where Google's own SDK asks it", async () => {
    const made = await startVertex({});
    await ask(made, { body: chat({ model: "support" }) });
    await ask(made, { body: chat({ model: "support", stream: true }) });
    const ours = callsSent(made).map(({ url }) => url);
    const authClient = { getRequestHeaders: () => Promise.resolve(new Headers({ authorization: "Bearer t" })) };
    const sdk = new GoogleGenAI({
      vertexai: true,
      project: "my-project",
      location: "europe-west4",
      httpOptions: { baseUrl: made.upstreamUrl },
      googleAuthOptions: { authClient } as never,
    });
    const asked = { model: "gemini-2.5-flash", contents: "x" };
    await sdk.models.generateContent(asked);
    await sdk.models.generateContentStream(asked);
    expect(callsSent(made).map(({ url }) => url)).toEqual([...ours, ...ours]);
  });

  it("takes Gemini's own clients byte for byte, and streams", async () => {
    const made = await startVertex({});
    const body = '{ "contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"maxOutputTokens":5} }';
    await ask(made, { path: "/v1beta/models/vertex%2Fgemini-2.5-flash:streamGenerateContent?alt=sse", body });
    const [sent] = callsSent(made);
    expect(sent?.url).toMatch(/models\/gemini-2\.5-flash:streamGenerateContent\?alt=sse$/);
    expect(sent?.body).toBe(body);
  });

  it("shares one token among calls", async () => {
    const made = await startVertex({});
    const first = await Promise.all(Array.from({ length: 8 }, () => ask(made, { body: chat({ model: "support" }) })));
    expect(first.map(({ status }) => status)).toEqual(first.map(() => 200));
    expect(tokensAsked(made)).toHaveLength(1);
    expect(callsSent(made)).toHaveLength(8);
  });

  it("renews its token ahead while calls go on", async () => {
    const made = await startVertex({ expiresIn: 200 });
    await ask(made, { body: chat({ model: "support" }) });
    // 200 seconds are less than it is renewed ahead of, so the next call begins that, and is served on.
    await ask(made, { body: chat({ model: "support" }) });
    await expect.poll(() => tokensAsked(made).length).toBe(2);
    expect(callsSent(made).at(-1)?.headers).toMatchObject({ authorization: "Bearer token-1" });
    await expect
      .poll(async () => {
        await ask(made, { body: chat({ model: "support" }) });
        return callsSent(made).at(-1)?.headers["authorization"];
      })
      .not.toBe("Bearer token-1");
  });

  it("is asked with the token of the account that Google runs us as", async () => {
    const identity = { type: "google-metadata" as const, url: "" };
    const cloud = { type: "vertex" as const, project: "my-project", location: "europe-west4", identity };
    const made = await start({
      provider: { name: "vertex", format: "gemini", basePath: "", apiKey: undefined, prices: "google", cloud },
      routes: { support: { to: ["vertex/gemini-2.5-flash"] } },
      script: (sent, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const isToken = sent.headers["metadata-flavor"] === "Google";
        response.end(JSON.stringify(isToken ? { access_token: "token-1", expires_in: 3_600 } : generated));
      },
      placed: (origin) => {
        identity.url = origin;
      },
    });
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(made.sent[1]?.url).toContain("/projects/my-project/locations/europe-west4/");
    expect(made.sent[1]?.headers).toMatchObject({ authorization: "Bearer token-1" });
    expect(made.sent[1]?.headers).not.toHaveProperty("x-goog-api-key");
  });

  it("without a token is passed over, asked for once, and told where nothing else is left", async () => {
    const made = await startVertex({ refusesTokens: true });
    for (let count = 0; count < 3; count += 1) {
      const answer = await ask(made, { body: chat({ model: "support" }) });
      expect([answer.status, JSON.parse(answer.body).error.tare_code]).toEqual([503, "no_access_token"]);
    }
    expect(tokensAsked(made)).toHaveLength(1);
    expect(made.logged.join("")).toContain("access-token-refused");
    const express = { name: "express", format: "gemini", basePath: "", prices: "google" } as const;
    const cloud = { type: "vertex", project: undefined, location: "global" } as const;
    const other = await startVertex({ refusesTokens: true }, [{ ...express, cloud }]);
    expect((await ask(other, { body: chat({ model: "support" }) })).headers["x-tare-target"]).toBe(
      "express/gemini-2.5-flash",
    );
  });

  it("without a token is stood in for by the last resort of its route", async () => {
    const direct = { lastResort: { lastGoodMs: undefined, text: "Later." } };
    const made = await startVertex({ refusesTokens: true }, [], { direct });
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(answer).toMatchObject({ status: 200, headers: { "x-tare-cache": "static", "x-tare-attempts": "0" } });
    expect(made.booked("answer-recalled")).toMatchObject([{ how: "static", number: 1 }]);
    expect(made.booked("call-refused")).toEqual([]);
  });

  it("asks for another token when the one at hand is not taken any more", async () => {
    const made = await startVertex({ refusesCall: 2 });
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(401);
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(tokensAsked(made)).toHaveLength(2);
  });

  it("takes a key in express mode", async () => {
    const cloud = { type: "vertex", project: undefined, location: "global" } as const;
    const provider = { name: "vertex", format: "gemini", basePath: "", prices: "google", cloud } as const;
    const made = await start({
      provider,
      routes: { support: { to: ["vertex/gemini-2.5-flash"] } },
      script: vertexScript({}),
    });
    await ask(made, { body: chat({ model: "support" }) });
    expect(made.sent[0]).toMatchObject({
      url: "/v1beta1/publishers/google/models/gemini-2.5-flash:generateContent",
      headers: { "x-goog-api-key": PROVIDER_SECRET },
    });
  });
});

describe("Claude on Vertex AI", () => {
  const message = {
    id: "msg_vrtx_1",
    type: "message",
    role: "assistant",
    model: "claude-haiku-4-5-20251001",
    content: [{ type: "text", text: "Hello." }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1_000, output_tokens: 100 },
  };
  const script: Script = (sent, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(sent.url === "/token" ? { access_token: "token-1", expires_in: 3_600 } : message));
  };
  const startClaude = () => startVertex({}, [], { format: "anthropic", model: "claude-haiku-4-5@20251001", script });
  const prefix = "/v1/projects/my-project/locations/europe-west4/publishers/anthropic/models";

  it("takes Anthropic's own clients, with the model in the path and the version in the body, and nothing else changed", async () => {
    const made = await startClaude();
    const rest = '"max_tokens": 9, "messages":[{"role":"user","content":"x"}]';
    const answer = await ask(made, { path: "/v1/messages", body: `{ "model": "support", ${rest} }` });
    expect(JSON.parse(answer.body)).toEqual(message);
    const [sent] = callsSent(made);
    expect(sent).toMatchObject({
      url: `${prefix}/claude-haiku-4-5%4020251001:rawPredict`,
      headers: { authorization: "Bearer token-1" },
      body: `{"anthropic_version":"vertex-2023-10-16", ${rest} }`,
    });
    // 1 USD for a million tokens of input, 5 USD for one of output.
    expect(answer.headers["x-tare-cost"]).toBe("0.0015");
  });

  it("takes clients of other formats, streams and counts of tokens", async () => {
    const made = await startClaude();
    await ask(made, { body: chat({ model: "support", stream: true }) });
    const body = '{"model":"vertex/claude-haiku-4-5@20251001","anthropic_version":"x","messages":[]}';
    await ask(made, { path: "/v1/messages/count_tokens", body });
    const [streamed, counted] = callsSent(made);
    expect(streamed?.url).toBe(`${prefix}/claude-haiku-4-5%4020251001:streamRawPredict`);
    expect(JSON.parse(streamed?.body ?? "")).toMatchObject({ anthropic_version: "vertex-2023-10-16", stream: true });
    expect(JSON.parse(streamed?.body ?? "")).not.toHaveProperty("model");
    expect(counted?.url).toBe(`${prefix}/count-tokens:rawPredict`);
    expect(counted?.body).toBe(
      '{"anthropic_version":"vertex-2023-10-16","model":"claude-haiku-4-5@20251001","messages":[]}',
    );
  });
});

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}
