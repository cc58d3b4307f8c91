/** Promise 5: no secret leaves its place. Canaries go in everywhere; afterwards they are looked for everywhere. */
import { createServer } from "node:http";
import { readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Product } from "./harness/product.ts";

const canaries = {
  providerKey: "canary-provider-key-5d0c1f",
  adminKey: "canary-admin-key-2f9d03",
  staticKey: "canary-static-key-77ab20e1",
  wrongKey: "canary-wrong-key-9e1b44",
  queryKey: "canary-query-key-31cc08",
  header: "canary-header-60b2f9",
  cookie: "canary-cookie-12d7aa",
  prompt: "canary-prompt-84eef1",
  answer: "canary-answer-c20d67",
  providerError: "canary-provider-error-f37a90",
  metadata: "canary-metadata-2b8c13",
} as const;

describe("canaries", () => {
  let product: Product;
  let secret: string;
  let upstreamSaw = "";
  const upstream = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      upstreamSaw += `${JSON.stringify(request.headers)}\n${request.url}\n${body}\n`;
      if (body.includes("fail")) {
        response.writeHead(500, { "content-type": "application/json" });
        response.end(
          JSON.stringify({ error: { message: canaries.providerError, type: canaries.providerError, code: null } }),
        );
        return;
      }
      const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
      if (body.includes('"stream":true')) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`data: {"id":"c1","choices":[{"index":0,"delta":{"content":"${canaries.answer}"}}]}\n\n`);
        if (body.includes("cut")) {
          setTimeout(() => response.destroy(), 30);
          return;
        }
        response.end(`data: {"id":"c1","choices":[],"usage":${JSON.stringify(usage)}}\n\ndata: [DONE]\n\n`);
        return;
      }
      response.writeHead(200, { "content-type": "application/json", "set-cookie": canaries.cookie });
      response.end(
        JSON.stringify({
          id: "c2",
          model: "gpt-4o-mini",
          usage,
          choices: [{ index: 0, message: { content: canaries.answer } }],
        }),
      );
    });
  });

  beforeAll(async () => {
    await new Promise<void>((done) => void upstream.listen(0, "127.0.0.1", done));
    const address = upstream.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    product = new Product({
      config: `providers:
  openai: { format: openai, base_url: "http://127.0.0.1:${port}/v1", api_key: "\${PROVIDER_KEY}" }
  gemini: { format: gemini, base_url: "http://127.0.0.1:${port}", api_key: "\${PROVIDER_KEY}" }
reports:
  openai: { admin_key: "\${ADMIN_KEY}", base_url: "http://127.0.0.1:${port}/v1" }
keys:
  - { name: static, secret: "\${STATIC_KEY}", team: canaries }
log: { calls: true }
`,
      env: { ADMIN_KEY: canaries.adminKey, PROVIDER_KEY: canaries.providerKey, STATIC_KEY: canaries.staticKey },
    });
    await product.start();
    ({ secret } = await product.createKey({ name: "made" }));
  });
  afterAll(async () => {
    await product.stop();
    product.remove();
    upstream.close();
  });

  const chat = (key: string, text: string, more: object = {}) =>
    fetch(`${product.dataPlane}/v1/chat/completions?trace=${canaries.header}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        cookie: `session=${canaries.cookie}`,
        "x-custom-thing": canaries.header,
        "x-tare-feature": "canaries",
      },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: text }], ...more }),
    }).then(async (answer) => ({ status: answer.status, text: await answer.text().catch(() => "(broken)") }));

  it("stand in files that are their owner's alone", () => {
    const open = product.files().filter((file) => (statSync(file).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });

  it("are nowhere outside their place once everything has been done with them", async () => {
    const seen: string[] = [];
    for (const key of [secret, canaries.staticKey, canaries.wrongKey]) {
      for (const text of [canaries.prompt, `${canaries.prompt} fail`]) {
        seen.push((await chat(key, text, { metadata: { tare_feature: "x", other: canaries.metadata } })).text);
        seen.push((await chat(key, text, { stream: true })).text);
        seen.push((await chat(key, `${text} cut`, { stream: true })).text);
      }
    }
    await chat(secret, canaries.prompt, { n: "many", temperature: canaries.prompt });
    await fetch(`${product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}` },
      body: `{"model": "gpt-4o-mini", "messages": "${canaries.prompt}", broken`,
    });
    await fetch(`${product.dataPlane}/v1beta/models/gemini-2.5-flash:generateContent?key=${canaries.queryKey}`, {
      method: "POST",
      body: JSON.stringify({ contents: [{ parts: [{ text: canaries.prompt }] }] }),
    });
    await fetch(`${product.dataPlane}/nowhere/${canaries.header}?key=${canaries.queryKey}`);
    await product.api("/reports/openai/fetch", { method: "POST", body: {} });
    await product.waitUntilBooked();
    await product.kill("SIGKILL");
    await product.start();

    const pages = await Promise.all(
      [
        "/spend?by=feature,team,model",
        "/entries?limit=1000",
        "/calls",
        "/errors",
        "/keys",
        "/status",
        "/latency",
        "/audit",
        "/reports",
        "/reconciliations",
      ].map(async (path) => JSON.stringify(await product.api(withRange(path)))),
    );
    await product.says(/"event":"call".*"feature":"canaries".*"cost_nanos":"\d+"/);
    await product.says("report-not-fetched");
    const metrics = await fetch(`${product.control}/metrics`).then((answer) => answer.text());
    const files = product.files().map((file) => ({ file, text: readFileSync(file).toString("latin1") }));
    const places = [
      { place: "output and logs", text: product.output },
      { place: "metrics", text: metrics },
      ...pages.map((text, index) => ({ place: `page ${index}`, text })),
      ...files.map(({ file, text }) => ({ place: file.slice(product.dataFolder.length), text })),
    ];
    for (const [name, canary] of [...Object.entries(canaries), ["made key", secret]] as const) {
      for (const { place, text } of places) expect(text.includes(canary), `${name} in ${place}`).toBe(false);
    }
    // The admin token stands in its own file and nowhere else.
    for (const { place, text } of places) {
      if (!place.endsWith("admin-token"))
        expect(text.includes(product.adminToken), `admin token in ${place}`).toBe(false);
    }
    // What clients are told holds the provider's own words, but no key of anybody.
    for (const text of seen) {
      for (const key of [canaries.providerKey, canaries.adminKey, canaries.staticKey, canaries.wrongKey, secret]) {
        expect(text).not.toContain(key);
      }
    }
    // And the provider got its key and the prompt, but nothing of ours.
    expect(upstreamSaw).toContain(canaries.providerKey);
    expect(upstreamSaw).toContain(canaries.adminKey);
    expect(upstreamSaw).toContain(canaries.prompt);
    for (const kept of [
      secret,
      canaries.staticKey,
      canaries.wrongKey,
      canaries.queryKey,
      canaries.cookie,
      "x-tare-",
      "tare_feature",
    ]) {
      expect(upstreamSaw, `${kept} upstream`).not.toContain(kept);
    }
  }, 60_000);
});

function withRange(path: string): string {
  const range = "from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";
  return ["/spend", "/errors", "/latency"].some((each) => path.startsWith(each))
    ? `${path}${path.includes("?") ? "&" : "?"}${range}`
    : path;
}
