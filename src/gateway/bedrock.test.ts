import { createHash, createHmac } from "node:crypto";
import { type IncomingHttpHeaders } from "node:http";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "#units";
import { eventMessage } from "../../e2e/corpus/event-message.ts";
import { answering as answeringOpenai, ask, chat, Rig, type RigOptions, type Script, type Sent } from "./rig.ts";

const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop();
});

async function start(options: RigOptions): Promise<Rig> {
  const rig = await Rig.start(options);
  rigs.push(rig);
  return rig;
}

const accessKey = {
  id: new Secret("AKIDEXAMPLE"),
  secret: new Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
  sessionToken: new Secret("session-canary"),
};
const bedrock = {
  name: "bedrock",
  format: "bedrock",
  basePath: "",
  apiKey: undefined,
  prices: "aws",
  cloud: { type: "aws", region: "eu-central-1", accessKey },
} as const;
const MODEL = "anthropic.claude-3-haiku-20240307-v1:0";
const routes = { support: { to: [`bedrock/${MODEL}`] } };

const answering: Script = (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "x-amzn-requestid": "aws-1" });
  const message = { role: "assistant", content: [{ text: "Hello." }] };
  const usage = { inputTokens: 1000, outputTokens: 100, totalTokens: 1100 };
  response.end(JSON.stringify({ output: { message }, stopReason: "end_turn", usage }));
};

const throttling: Script = (_, response) => {
  response.writeHead(429, { "content-type": "application/json", "x-amzn-errortype": "ThrottlingException" });
  response.end('{"message":"Too many requests, please wait before trying again."}');
};

/** A container's role, whose credentials are given out where Bedrock stands. `session`: what the nth of them is called. */
function ofContainer(script: Script, { session = (number: number) => `session-${number}` } = {}) {
  const identity = { type: "aws-container" as const, url: "", token: undefined, tokenFile: undefined };
  let given = 0;
  return {
    provider: { ...bedrock, cloud: { type: "aws" as const, region: "eu-central-1", accessKey: undefined, identity } },
    placed: (origin: string) => {
      identity.url = `${origin}/v1/credentials`;
    },
    script: ((sent, response, number) => {
      if (sent.url !== "/v1/credentials") return script(sent, response, number);
      given += 1;
      response.writeHead(200, { "content-type": "application/json" });
      const written = {
        AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
        SecretAccessKey: accessKey.secret.reveal(),
        Token: session(given),
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      };
      response.end(JSON.stringify(written));
    }) satisfies Script,
  };
}

const givingNothing: Script = (sent, response, number) => {
  if (sent.url !== "/v1/credentials") return answeringOpenai(sent, response, number);
  response.writeHead(403).end('{"code":"AccessDenied","message":"canary"}');
};

const quotingSession: Script = (sent, response) => {
  response.writeHead(400, { "content-type": "application/json" });
  response.end(JSON.stringify({ message: `bad ${textOf(sent.headers, "x-amz-security-token")}` }));
};

const exchanges = ({ sent }: Rig) => sent.filter(({ url }) => url === "/v1/credentials");
const calls = ({ sent }: Rig) => sent.filter(({ url }) => url !== "/v1/credentials");

/** The signature as AWS's documentation of version 4 says it is made, over what really arrived. */
function expectedSignature({ method, url, headers, body }: Sent): string {
  const names = /SignedHeaders=([^,]+)/.exec(headers["authorization"] ?? "")?.[1] ?? "";
  const time = textOf(headers, "x-amz-date");
  const scope = `${time.slice(0, 8)}/eu-central-1/bedrock/aws4_request`;
  const canonical = [
    method,
    url.split("/").map(encodeURIComponent).join("/"),
    "",
    ...names.split(";").map((name) => `${name}:${textOf(headers, name)}`),
    "",
    names,
    sha256(body),
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${accessKey.secret.reveal()}`);
  return hmac(key, toSign).toString("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function textOf(headers: IncomingHttpHeaders, name: string): string {
  return String(headers[name] ?? "");
}

describe("AWS Bedrock", () => {
  it("gets requests that are signed over what is sent", async () => {
    const made = await start({ provider: bedrock, routes, script: answering });
    const answer = await ask(made, { body: chat({ model: "support", max_tokens: 5 }) });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-tare-upstream-id"]).toBe("aws-1");
    expect(JSON.parse(answer.body).choices[0].message.content).toBe("Hello.");
    const [sent] = made.sent;
    if (sent === undefined) throw new Error("nothing was sent");
    expect(sent.url).toBe(`/model/${encodeURIComponent(MODEL)}/converse`);
    const authorization = textOf(sent.headers, "authorization");
    expect(authorization).toContain("Credential=AKIDEXAMPLE/");
    expect(authorization).toMatch(/SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security-token,/);
    expect(authorization).toContain(`Signature=${expectedSignature(sent)}`);
    expect(sent.headers["x-amz-security-token"]).toBe("session-canary");
    const age =
      Date.now() - Date.parse(textOf(sent.headers, "x-amz-date").replace(/(.{4})(..)(..T..)(..)/, "$1-$2-$3:$4:"));
    expect(Math.abs(age)).toBeLessThan(60_000);
  });

  it("is named with the colon of its models in the paths of Gemini's clients too", async () => {
    const made = await start({ provider: bedrock, routes, script: answering });
    const body = JSON.stringify({ contents: [{ parts: [{ text: "x" }] }] });
    const answer = await ask(made, { path: `/v1beta/models/bedrock/${MODEL}:generateContent`, body });
    expect(JSON.parse(answer.body).candidates[0].content.parts).toEqual([{ text: "Hello." }]);
    expect(made.sent[0]?.url).toBe(`/model/${encodeURIComponent(MODEL)}/converse`);
  });

  it("is booked by its own list of prices", async () => {
    const made = await start({ provider: bedrock, routes, script: answering });
    const answer = await ask(made, { body: chat({ model: "support", max_tokens: 500 }) });
    // Claude 3 Haiku on Bedrock: 0.25 USD for a million tokens of input, 1.25 USD for one of output.
    expect(answer.headers["x-tare-cost"]).toBe("0.000375");
    const [settled] = made.booked("attempt-settled");
    expect(settled?.usage).toEqual({ input_uncached: 1000, output_text: 100 });
  });

  it("takes an API key of its own where there is no access key", async () => {
    const cloud = { type: "aws", region: "eu-central-1", accessKey: undefined } as const;
    const provider = { ...bedrock, cloud, apiKey: new Secret("bedrock-api-key") };
    const made = await start({ provider, routes, script: answering });
    await ask(made, { body: chat({ model: "support" }) });
    expect(made.sent[0]?.headers).toMatchObject({ authorization: "Bearer bedrock-api-key" });
    expect(made.sent[0]?.headers).not.toHaveProperty("x-amz-date");
  });

  it("is asked again when it throttles, and its error reaches the client in the client's words", async () => {
    const tries = { support: { ...routes.support, retries: 1 } };
    const made = await start({ provider: bedrock, routes: tries, script: throttling });
    const body = JSON.stringify({ model: "support", max_tokens: 9, messages: [{ role: "user", content: "x" }] });
    const answer = await ask(made, { path: "/v1/messages", body });
    expect(answer.status).toBe(429);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: "error",
      error: { type: "rate_limit_error", message: "Too many requests, please wait before trying again." },
    });
    expect(made.sent).toHaveLength(2);
  });

  it("that breaks off before any content is followed by another provider unseen; later the client is told", async () => {
    const beginning = eventMessage("messageStart", { role: "assistant" });
    const content = eventMessage("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hel" } });
    const stream = Buffer.concat([beginning, content]);
    for (const length of [0, 5, beginning.length, beginning.length + 5, stream.length - 1, stream.length]) {
      const made = await start({
        provider: bedrock,
        more: [{ name: "openai" }],
        routes: { support: { to: [`bedrock/${MODEL}`, "openai/gpt-5-mini"] } },
        script: (sent, response, number) => {
          if (!sent.url.startsWith("/model/")) return answeringOpenai(sent, response, number);
          response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
          response.write(stream.subarray(0, length), () => setTimeout(() => response.destroy(), 5));
        },
      });
      const answer = await ask(made, { body: chat({ model: "support", stream: true }) });
      const isSeen = length === stream.length;
      expect(answer.headers["x-tare-target"]).toBe(isSeen ? `bedrock/${MODEL}` : "openai/gpt-5-mini");
      expect(answer.body.includes("upstream_cut")).toBe(isSeen);
      expect(answer.body.endsWith("data: [DONE]\n\n")).toBe(!isSeen);
    }
  });

  it("does not serve clients in its own format, nor hands its secrets on", async () => {
    const leaking: Script = (_, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ message: `bad ${accessKey.secret.reveal()}` }));
    };
    const made = await start({ provider: bedrock, routes, script: leaking });
    expect((await ask(made, { path: `/model/${MODEL}/converse`, body: "{}" })).status).toBe(404);
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(answer.body).toContain("upstream_withheld");
    expect(answer.body + made.logged.join("")).not.toContain(accessKey.secret.reveal());
  });
});

describe("AWS Bedrock by a role", () => {
  it("gets requests that are signed with what the role was given, once for all calls", async () => {
    const made = await start({ ...ofContainer(answering), routes });
    const first = await Promise.all(Array.from({ length: 6 }, () => ask(made, { body: chat({ model: "support" }) })));
    expect(first.map(({ status }) => status)).toEqual(first.map(() => 200));
    expect(exchanges(made)).toHaveLength(1);
    const sent = calls(made);
    expect(sent).toHaveLength(6);
    for (const one of sent) {
      expect(one.headers["x-amz-security-token"]).toBe("session-1");
      const authorization = textOf(one.headers, "authorization");
      expect(authorization).toContain("Credential=ASIAIOSFODNN7EXAMPLE/");
      expect(authorization).toContain(`Signature=${expectedSignature(one)}`);
    }
  });

  it("that is given nothing is passed over, and told where nothing else is left", async () => {
    const role = { ...ofContainer(answering), script: givingNothing };
    const made = await start({ ...role, routes });
    for (let count = 0; count < 3; count += 1) {
      const answer = await ask(made, { body: chat({ model: "support" }) });
      expect([answer.status, JSON.parse(answer.body).error.tare_code]).toEqual([503, "no_access_token"]);
    }
    expect(exchanges(made)).toHaveLength(1);
    expect(made.logged.join("")).toContain("status 403");
    expect(made.logged.join("")).not.toContain("canary");
    const more = [{ name: "openai" }];
    const both = { support: { to: [`bedrock/${MODEL}`, "openai/gpt-5-mini"] } };
    const other = await start({ ...role, more, routes: both });
    const answer = await ask(other, { body: chat({ model: "support" }) });
    expect(answer.headers["x-tare-target"]).toBe("openai/gpt-5-mini");
  });

  it.each([
    ["ExpiredTokenException:http://internal.amazon.com/coral/", 2],
    ["UnrecognizedClientException", 2],
    ["AccessDeniedException", 1],
  ])("asks again after a 403 only where its credentials are not taken any more: %s", async (type, times) => {
    let refusals = 0;
    const script: Script = (sent, response, number) => {
      if (refusals > 0) return answering(sent, response, number);
      refusals += 1;
      response.writeHead(403, { "content-type": "application/json", "x-amzn-errortype": type });
      response.end('{"message":"The security token included in the request is expired"}');
    };
    const made = await start({ ...ofContainer(script), routes });
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(403);
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(exchanges(made)).toHaveLength(times);
    expect(calls(made).at(-1)?.headers["x-amz-security-token"]).toBe(`session-${times}`);
  });

  it("does not hand on what it was given, to clients or to logs", async () => {
    const role = ofContainer(quotingSession, { session: () => "session-canary" });
    const made = await start({ ...role, routes, logsCalls: true });
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(answer.body).toContain("upstream_withheld");
    expect(calls(made)[0]?.headers["x-amz-security-token"]).toBe("session-canary");
    const told = answer.body + made.logged.join("") + inspect(made.events, { depth: 9 });
    for (const secret of ["session-canary", accessKey.secret.reveal()]) expect(told).not.toContain(secret);
  });
});
