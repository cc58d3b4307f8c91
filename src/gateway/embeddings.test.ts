import { type ServerResponse } from "node:http";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "#units";
import { ask, CLIENT_SECRET, Rig, type RigOptions, type Script } from "./rig.ts";

const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop();
});

const accessKey = { id: new Secret("AKID"), secret: new Secret("secret"), sessionToken: undefined };
const bedrock = {
  name: "bedrock",
  format: "bedrock",
  basePath: "",
  apiKey: undefined,
  prices: "aws",
  cloud: { type: "aws", region: "eu-central-1", accessKey },
} as const;
const vertex = {
  name: "vertex",
  format: "gemini",
  basePath: "",
  prices: "google",
  cloud: { type: "vertex", project: "p", location: "eu", account: undefined },
} as const;

/** The vector of a text is its length and its first letter, whoever makes it. */
function vectorOf(text: string): number[] {
  return [text.length / 8, text.charCodeAt(0)];
}

function answer(response: ServerResponse, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** Each text has 10 tokens. */
const embedding: Script = ({ url, body }, response) => {
  const asked = JSON.parse(body);
  if (url.includes("titan")) answer(response, { embedding: vectorOf(asked.inputText), inputTextTokenCount: 10 });
  else if (url.includes("nova"))
    answer(
      response,
      { embeddings: [{ embeddingType: "TEXT", embedding: vectorOf(asked.singleEmbeddingParams.text.value) }] },
      { "x-amzn-bedrock-input-token-count": "10" },
    );
  else if (url.includes("cohere"))
    answer(
      response,
      { response_type: "embeddings_by_type", embeddings: { float: asked.texts.map(vectorOf) } },
      { "x-amzn-bedrock-input-token-count": String(asked.texts.length * 10) },
    );
  else if (url.endsWith(":predict"))
    answer(response, {
      predictions: asked.instances.map(({ content }: { content: string }) => ({
        embeddings: { values: vectorOf(content), statistics: { token_count: 10, truncated: false } },
      })),
    });
  else
    answer(response, {
      embedding: { values: vectorOf(asked.content.parts[0].text) },
      usageMetadata: { promptTokenCount: 10 },
    });
};

async function start(to: string, options: Partial<RigOptions> = {}): Promise<Rig> {
  const provider = to.startsWith("bedrock") ? bedrock : vertex;
  const rig = await Rig.start({ script: embedding, provider, routes: { search: { to: [to] } }, ...options });
  rigs.push(rig);
  return rig;
}

const openaiAt = ({ url }: Rig) => new OpenAI({ apiKey: CLIENT_SECRET, baseURL: `${url}/v1`, maxRetries: 0 });
const asksOf = ({ sent }: Rig) => sent.map(({ body }) => JSON.parse(body));
const texts = (count: number) => Array.from({ length: count }, (_, index) => `${index} is the text`);

/** The status of a refusal, and the field that it names. */
async function refused(target: string, fields: Readonly<Record<string, unknown>>) {
  const rig = await start(target);
  const body = JSON.stringify({ model: "search", input: "a", ...fields });
  const { status, body: said } = await ask(rig, { path: "/v1/embeddings", body });
  return { status, field: JSON.parse(said).error.field };
}

const targets = [
  ["bedrock/amazon.titan-embed-text-v2:0", 30],
  ["bedrock/amazon.titan-embed-text-v1", 30],
  ["bedrock/amazon.nova-2-multimodal-embeddings-v1:0", 30],
  ["bedrock/cohere.embed-english-v3", 1],
  ["bedrock/eu.cohere.embed-v4:0", 1],
  ["vertex/text-embedding-005", 1],
  ["vertex/gemini-embedding-001", 30],
  ["vertex/gemini-embedding-2", 30],
] as const;

describe.each(targets)("Thirty texts for %s", (target, requests) => {
  it("are embedded for OpenAI's SDK in as many requests as it takes, in their order", async () => {
    const rig = await start(target);
    const made = await openaiAt(rig).embeddings.create({ model: "search", input: texts(30) });
    expect(made.data.map(({ embedding: vector }) => vector)).toEqual(texts(30).map(vectorOf));
    expect(made.usage).toEqual({ prompt_tokens: 300, total_tokens: 300 });
    expect(rig.sent).toHaveLength(requests);
    const settled = rig.booked("attempt-settled");
    expect(settled).toHaveLength(1);
    expect(settled[0]).toMatchObject({ state: "answered", delivered: "full", usage: { input_uncached: 300 } });
  });

  it("are embedded for Google's SDK", async () => {
    const rig = await start(target);
    const google = new GoogleGenAI({ apiKey: CLIENT_SECRET, httpOptions: { baseUrl: rig.url } });
    const made = await google.models.embedContent({ model: "search", contents: texts(30) });
    expect(made.embeddings?.map(({ values }) => values)).toEqual(texts(30).map(vectorOf));
  });
});

describe("Vectors of a model on Bedrock", () => {
  it("are asked for in its maker's words, each request signed by itself", async () => {
    const rig = await start("bedrock/amazon.titan-embed-text-v2:0");
    await openaiAt(rig).embeddings.create({ model: "search", input: ["a", "b"], dimensions: 256 });
    expect(asksOf(rig)).toEqual([
      { inputText: "a", dimensions: 256 },
      { inputText: "b", dimensions: 256 },
    ]);
    expect(rig.sent.map(({ url }) => url)).toEqual(Array(2).fill("/model/amazon.titan-embed-text-v2%3A0/invoke"));
    const signatures = rig.sent.map(({ headers }) => /Signature=(\w+)/.exec(headers["authorization"] ?? "")?.[1]);
    expect(new Set(signatures).size).toBe(2);
  });

  it("have a price where the book has one", async () => {
    const rig = await start("bedrock/amazon.titan-embed-text-v1");
    await openaiAt(rig).embeddings.create({ model: "search", input: texts(3) });
    // 30 tokens at 0.10 USD a million.
    expect(rig.booked("attempt-settled")[0]?.cost).toEqual({ type: "priced", nanos: 3_000n });
    const [dispatched] = rig.booked("attempt-dispatched");
    expect(dispatched).toMatchObject({ kind: "embedding", bound: { type: "proven" } });
  });

  it("are for a document unless the client says what they are for", async () => {
    const rig = await start("bedrock/cohere.embed-multilingual-v3");
    const client = openaiAt(rig);
    await client.embeddings.create({ model: "search", input: "a" });
    await client.post("/embeddings", { body: { model: "search", input: "a", input_type: "search_query" } });
    const asked = { content: { parts: [{ text: "a" }] }, taskType: "CLUSTERING" };
    await ask(rig, { path: "/v1beta/models/search:embedContent", body: JSON.stringify(asked) });
    expect(asksOf(rig).map(({ input_type }) => input_type)).toEqual(["search_document", "search_query", "clustering"]);
  });

  it("are refused by the field where the model has no place for it", async () => {
    const english = "bedrock/cohere.embed-english-v3";
    expect(await refused(english, { dimensions: 256 })).toEqual({ status: 400, field: "dimensions" });
    const titan = "bedrock/amazon.titan-embed-text-v2:0";
    expect(await refused(titan, { input_type: "search_query" })).toEqual({ status: 400, field: "taskType" });
    expect(await refused("bedrock/anthropic.claude-haiku-4-5", {})).toEqual({ status: 400, field: "/v1/embeddings" });
  });

  it("that were made before another request failed are booked, and the client hears why", async () => {
    let count = 0;
    const script: Script = (sent, response, number) => {
      count += 1;
      if (count < 40) return embedding(sent, response, number);
      response.writeHead(429, { "content-type": "application/json" });
      response.end('{"message":"Too many requests, please wait."}');
    };
    const rig = await start("bedrock/amazon.titan-embed-text-v1", { script });
    const body = JSON.stringify({ model: "search", input: texts(60) });
    const { status, body: said } = await ask(rig, { path: "/v1/embeddings", body });
    expect(status).toBe(429);
    expect(JSON.parse(said).error.message).toContain("Too many requests");
    const [settled] = rig.booked("attempt-settled");
    const tokens = settled?.usage?.input_uncached ?? 0;
    expect(tokens).toBeGreaterThan(0);
    expect(tokens).toBeLessThanOrEqual(390);
    // Those that were running then may have been made too.
    expect(settled?.cost).toMatchObject({ type: "estimated", nanos: BigInt(tokens) * 100n });
    expect(settled?.residual).toBeGreaterThan(0n);
    const wasted = rig.gateway.metrics().counters.find(({ name }) => name === "tare_undelivered_nanos_total");
    expect(wasted).toMatchObject({ labels: { route: "search", provider: "bedrock" }, value: tokens * 100 });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ["lacks a vector", (response) => answer(response, { response_type: "embeddings_floats", embeddings: [[1]] })],
    ["is no JSON", (response) => response.end("<html>")],
    ["holds a vector of words", (response) => answer(response, { embeddings: { float: [["a"], ["b"]] } })],
  ])("are none when the answer %s", async (_, respond) => {
    const rig = await start("bedrock/cohere.embed-v4:0", { script: (__, response) => respond(response) });
    const body = JSON.stringify({ model: "search", input: ["a", "b"] });
    const { status, body: said } = await ask(rig, { path: "/v1/embeddings", body });
    expect(status).toBe(502);
    expect(JSON.parse(said).error.message).toContain("no vectors");
  });

  it("stop being asked for when the client is gone", async () => {
    const waiting: ServerResponse[] = [];
    const rig = await start("bedrock/amazon.titan-embed-text-v1", { script: (_, response) => waiting.push(response) });
    const aborted = new AbortController();
    const asked = openaiAt(rig).embeddings.create({ model: "search", input: texts(40) }, { signal: aborted.signal });
    await expect.poll(() => rig.sent.length).toBe(16);
    aborted.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => rig.booked("attempt-settled")).toHaveLength(1);
    expect(rig.booked("attempt-settled")[0]?.state).toBe("cancelled");
    for (const response of waiting) response.end("{}");
    expect(rig.sent).toHaveLength(16);
  });
});

describe("Vectors of a model on Vertex AI", () => {
  it("are asked for where each of them is documented", async () => {
    const base = "/v1beta1/projects/p/locations/eu/publishers/google/models";
    for (const [model, path] of [
      ["text-embedding-005", "text-embedding-005:predict"],
      ["gemini-embedding-001", "gemini-embedding-001:predict"],
      ["gemini-embedding-2", "gemini-embedding-2:embedContent"],
    ]) {
      const rig = await start(`vertex/${model}`);
      await openaiAt(rig).embeddings.create({ model: "search", input: "a", dimensions: 8 });
      expect(rig.sent.map(({ url }) => url)).toEqual([`${base}/${path}`]);
      expect(rig.sent[0]?.body).toContain('"outputDimensionality":8');
    }
  });

  it("keep what Google's clients want them for", async () => {
    const rig = await start("vertex/text-embedding-005");
    const google = new GoogleGenAI({ apiKey: CLIENT_SECRET, httpOptions: { baseUrl: rig.url } });
    const config = { taskType: "RETRIEVAL_QUERY", outputDimensionality: 8 };
    await google.models.embedContent({ model: "search", contents: ["a", "b"], config });
    expect(asksOf(rig)).toEqual([
      {
        instances: [
          { content: "a", task_type: "RETRIEVAL_QUERY" },
          { content: "b", task_type: "RETRIEVAL_QUERY" },
        ],
        parameters: { outputDimensionality: 8 },
      },
    ]);
  });
});

describe("Vectors that are kept", () => {
  it("are asked for once each, for OpenAI's clients and Google's", async () => {
    const cache = { exactMs: 60_000, tools: false };
    const rig = await start("bedrock/cohere.embed-v4:0", {
      routes: { search: { to: ["bedrock/cohere.embed-v4:0"], cache } },
    });
    const client = openaiAt(rig);
    await client.embeddings.create({ model: "search", input: texts(9) });
    await client.embeddings.create({ model: "search", input: texts(10) });
    const google = new GoogleGenAI({ apiKey: CLIENT_SECRET, httpOptions: { baseUrl: rig.url } });
    await google.models.embedContent({ model: "search", contents: texts(3) });
    const made = await google.models.embedContent({ model: "search", contents: ["new", ...texts(3)] });
    expect(made.embeddings?.map(({ values }) => values)).toEqual(["new", ...texts(3)].map(vectorOf));
    expect(asksOf(rig).map(({ texts: asked }) => asked)).toEqual([texts(9), [texts(10)[9]], texts(3), ["new"]]);
  });
});
