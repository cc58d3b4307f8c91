import { createHash, createHmac } from "node:crypto";
import { type IncomingHttpHeaders } from "node:http";
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
