/** A role of a container in the whole product: its threads ask for credentials, sign with them, and tell nobody. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type EntryPage } from "#contract";
import { Product } from "./harness/product.ts";

const SESSION = "session-token-canary";
const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYcanary";
const TOKEN = "container-token-canary";

const asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
let aws: Server;
let product: Product;
let key: string;
beforeAll(async () => {
  aws = createServer((request, response) => {
    const { url = "", headers } = request;
    asked.push({ url, headers });
    const expiration = new Date(Date.now() + 3_600_000).toISOString();
    const session = {
      AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
      SecretAccessKey: SECRET,
      Token: SESSION,
      Expiration: expiration,
    };
    const message = { role: "assistant", content: [{ text: "Hello." }] };
    const usage = { inputTokens: 1000, outputTokens: 100, totalTokens: 1100 };
    const said = url === "/v1/credentials" ? session : { output: { message }, stopReason: "end_turn", usage };
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(said));
    });
  });
  await new Promise<void>((resolve) => {
    aws.listen(0, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`;
  product = new Product({
    config: `providers:
  bedrock:
    format: bedrock
    base_url: "${origin}"
    prices: aws
    aws:
      region: us-east-1
      container: { url: "\${AWS_CONTAINER_CREDENTIALS_FULL_URI}", token: "\${AWS_CONTAINER_AUTHORIZATION_TOKEN}" }
    api_key: none
limits: { lag: 10s }
`,
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: TOKEN,
    },
    threads: 1,
  });
  await product.start();
  ({ secret: key } = await product.createKey({ name: "bedrock", team: "web", feature: "chat" }));
});
afterAll(async () => {
  await product.stop();
  aws.closeAllConnections();
  aws.close();
  product.remove();
});

it("signs calls with what the container's role was given, once for a thread, and keeps it to itself", async () => {
  const body = JSON.stringify({
    model: "bedrock/anthropic.claude-3-haiku-20240307-v1:0",
    messages: [{ role: "user", content: "x" }],
  });
  const call = () =>
    fetch(`${product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body,
    });
  const answers = await Promise.all([call(), call(), call()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const [exchange, ...calls] = asked;
  expect(exchange).toMatchObject({ url: "/v1/credentials", headers: { authorization: TOKEN } });
  expect(calls).toHaveLength(3);
  for (const { url, headers } of calls) {
    expect(url).toMatch(/^\/model\/.+\/converse$/);
    expect(headers["x-amz-security-token"]).toBe(SESSION);
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE\/\d{8}\/us-east-1\/bedrock\//,
    );
  }
  await product.waitUntilBooked();
  const page = await product.api<EntryPage>("/entries?limit=10");
  expect(page.rows.map(({ nanos }) => nanos)).toEqual(["375000", "375000", "375000"]);
  const told = JSON.stringify(page) + product.output;
  for (const secret of [SESSION, SECRET, TOKEN]) expect(told).not.toContain(secret);
});
