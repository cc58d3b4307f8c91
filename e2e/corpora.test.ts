/** Every recorded exchange of our wire formats, replayed through the running product. */
import { isDeepStrictEqual } from "node:util";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EntryPage } from "#contract";
import { type Exchange, hasCorpus, readExchanges } from "./corpus/exchanges.ts";
import { Product } from "./harness/product.ts";
import { type ReplayingUpstream, startReplayingUpstream } from "./harness/replaying-upstream.ts";

/** Voyage counts only a total, in a usage object of its own; one recording contradicts itself about its cache. */
const exceptions = ["voyageai", "TestVoyageAI", "test_openrouter_cache_instructions_gemini_real_api"];

if (!hasCorpus()) console.log("The recorded exchanges are not at hand: their replay is skipped.");

describe.skipIf(!hasCorpus())("every recorded exchange", () => {
  let upstream: ReplayingUpstream;
  let product: Product;
  let secret: string;

  beforeAll(async () => {
    upstream = await startReplayingUpstream();
    product = new Product({
      config: `providers:
  # No provider of the corpus has these names, so no recorded model name is read as one of ours.
  replay-o: { format: openai, base_url: "${upstream.origin}/v1", api_key: "\${UPSTREAM_KEY}", prices: openai }
  replay-a: { format: anthropic, base_url: "${upstream.origin}", api_key: "\${UPSTREAM_KEY}", prices: anthropic }
  replay-g: { format: gemini, base_url: "${upstream.origin}", api_key: "\${UPSTREAM_KEY}", prices: google }
`,
      env: { UPSTREAM_KEY: "upstream-key-of-the-replay" },
    });
    await product.start();
    ({ secret } = await product.createKey({ name: "replay" }));
  });
  afterAll(async () => {
    expect(await product.stop()).toBe(0);
    upstream.close();
    product.remove();
  });

  it("reaches the client and the provider byte for byte, and its usage the books", async () => {
    const counts = {
      replayed: 0,
      sameAnswer: 0,
      usageTaken: 0,
      endedByUs: 0,
      sameRequest: 0,
      usageAsked: 0,
      refused: 0,
      withUsage: 0,
    };
    const refusals: string[] = [];
    const failures: string[] = [];
    const usageOf = new Map<string, Exchange>();
    for (const exchange of readExchanges()) {
      // Recordings of errors below 400 have none; those of retried failures answer alike each time.
      upstream.ready(exchange);
      const sent = askOf(exchange);
      const answer = await request(`${product.dataPlane}${sent.path}`, {
        method: exchange.method.toUpperCase() as "GET" | "POST",
        headers: { ...sent.headers, authorization: `Bearer ${secret}` },
        body: exchange.method === "GET" ? null : sent.body,
      });
      const bytes = Buffer.from(await answer.body.arrayBuffer().catch(() => new ArrayBuffer(0)));
      counts.replayed += 1;
      const [seen] = upstream.received;
      if (seen === undefined) {
        counts.refused += 1;
        const code = /"tare_code":"(\w+)"/.exec(bytes.toString())?.[1] ?? `${answer.statusCode}`;
        refusals.push(`${code}: ${exchange.name}`);
        continue;
      }
      if (answer.statusCode !== exchange.status) {
        failures.push(`${exchange.name}: status ${answer.statusCode} for ${exchange.status}`);
      } else if (bytes.equals(exchange.answer.body)) counts.sameAnswer += 1;
      else if (isWithoutUsage(bytes, exchange.answer.body)) counts.usageTaken += 1;
      else if (isEndedByUs(bytes, exchange.answer.body)) counts.endedByUs += 1;
      else
        failures.push(`${exchange.name}: the answer differs (${bytes.length} of ${exchange.answer.body.length} bytes)`);
      if (seen.body.equals(sent.body)) counts.sameRequest += 1;
      else if (isOnlyUsageAsked(sent.body, seen.body)) counts.usageAsked += 1;
      else failures.push(`${exchange.name}: the request differs: ${seen.body.toString().slice(0, 300)}`);
      expect(JSON.stringify(seen.headers), exchange.name).not.toContain(secret);
      if (exchange.status < 300 && hasUsage(exchange)) usageOf.set(String(answer.headers["x-tare-call"]), exchange);
    }
    await product.waitUntilBooked();
    const without = await callsWithoutUsage(usageOf);
    counts.withUsage = usageOf.size - without.length;
    console.log(counts, refusals);
    console.log(
      `usage not read of ${without.length} answers that have some:`,
      without.map(({ name }) => name),
    );
    expect(failures).toEqual([]);
    expect(counts.replayed).toBeGreaterThan(1000);
    expect(without.filter(({ name }) => !exceptions.some((part) => name.includes(part)))).toEqual([]);
  }, 600_000);

  async function callsWithoutUsage(usageOf: Map<string, Exchange>): Promise<readonly Exchange[]> {
    const missing = new Map(usageOf);
    for (let cursor: string | undefined; ;) {
      const query = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await product.api<EntryPage>(`/entries?limit=1000${query}`);
      for (const entry of page.rows) if (entry.usage !== undefined) missing.delete(entry.call);
      cursor = page.cursor;
      if (cursor === undefined) return [...missing.values()];
    }
  }
});

function askOf(exchange: Exchange): {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
} {
  const { place, url } = exchange;
  const path = place.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => place.parameters[name] ?? "unknown");
  const query = new URL(url === "" ? "http://none.test" : url.includes("://") ? url : `https://${url}`).searchParams;
  query.delete("key");
  const isArray = place.path.endsWith("streamGenerateContent") && url === "";
  if (isArray) query.set("alt", "sse");
  const type = exchange.request?.headers.get("content-type") ?? "application/json";
  return {
    path: query.size === 0 ? path : `${path}?${query}`,
    headers: { "content-type": type },
    body: exchange.request?.body ?? bodyFor(exchange),
  };
}

/** Answers that were recorded without their request are asked for with the least that leads to them. */
function bodyFor({ place, answer }: Exchange): Buffer {
  const isStream = answer.headers.get("content-type") === "text/event-stream";
  const stream = place.format === "gemini" ? {} : { stream: isStream };
  const options = isStream && place.path === "/v1/chat/completions" ? { stream_options: { include_usage: true } } : {};
  return Buffer.from(JSON.stringify({ model: "gpt-4o", ...stream, ...options }));
}

/** We have said the end that the provider did not, in the client's protocol, behind whole frames. */
function isEndedByUs(bytes: Buffer, recorded: Buffer): boolean {
  const at = bytes.toString().search(/(?:event: error\n)?data: \{[^\n]*"tare_code":"\w+"/);
  const relayed = at === -1 ? bytes : bytes.subarray(0, at);
  return recorded.subarray(0, relayed.length).equals(relayed) && (at !== -1 || relayed.length < recorded.length);
}

/** The client did not ask for usage, we did, and this back-end sends it in frames of its own even so. */
function isWithoutUsage(bytes: Buffer, recorded: Buffer): boolean {
  const frames = recorded.toString().split(/(?<=\r?\n\r?\n)/);
  const kept = frames.filter((frame) => !/"choices":\s*\[\s*\]/.test(frame) || !/"usage":\s*\{/.test(frame));
  return kept.map((frame) => frame.replace(/,\s*"usage":\s*null/, "")).join("") === bytes.toString();
}

function isOnlyUsageAsked(sent: Buffer, seen: Buffer): boolean {
  const [before, after] = [JSON.parse(sent.toString()), JSON.parse(seen.toString())];
  if (after.stream_options?.include_usage !== true) return false;
  delete after.stream_options.include_usage;
  delete before.stream_options?.include_usage;
  for (const body of [before, after]) {
    if (body.stream_options !== undefined && Object.keys(body.stream_options).length === 0) delete body.stream_options;
  }
  return isDeepStrictEqual(before, after);
}

/** An answer that is read back was used, and booked, when it was made. */
function hasUsage({ answer, place }: Exchange): boolean {
  if (place.path === "/v1/responses/{id}") return false;
  return /"(?:usage|usageMetadata|usage_metadata)"\s*:\s*\{\s*"/.test(answer.body.toString());
}
