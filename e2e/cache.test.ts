/** The cache in the whole product: what it avoids is on the books, nothing crosses tenants, and what is forgotten is gone. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EntryPage, type SpendAnswer, type Status } from "#contract";
import { Product, until } from "./harness/product.ts";
import { startWireProvider, wholeText, type WireProvider } from "./resilience-upstream.ts";

let provider: WireProvider;
let product: Product;
let [one, other] = ["", ""];

beforeAll(async () => {
  provider = await startWireProvider();
  product = new Product({
    config: `providers:
  openai: { format: openai, base_url: "${provider.url}", api_key: none, prices: openai }
limits: { cache: 512KiB, cache_disk: 8MiB }
routes:
  kept: { targets: [openai/gpt-5-mini], cache: { exact: 1h } }
`,
  });
  await product.start();
  one = (await product.createKey({ name: "one", team: "one" })).secret;
  other = (await product.createKey({ name: "other", team: "other" })).secret;
}, 60_000);

afterAll(async () => {
  await product.stop();
  product.remove();
  await provider.close();
});

async function call(secret: string, content: string, { stream = false, feature = "faq" } = {}) {
  const response = await fetch(`${product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", "x-tare-feature": feature },
    body: JSON.stringify({ model: "kept", stream, messages: [{ role: "user", content }] }),
  });
  return { text: await response.text(), mark: response.headers.get("x-tare-cache"), status: response.status };
}

describe("an answer that was kept", () => {
  it("costs nothing, and what it avoided stands in the ledger and in the sums, to the nano", async () => {
    const made = await call(one, "What is Tare?");
    const kept = [await call(one, "What is Tare?"), await call(one, "What is Tare?")];
    expect([made, ...kept].map(({ mark }) => mark)).toEqual(["miss", "exact", "exact"]);
    expect(kept.every(({ text }) => text === made.text && text.includes(wholeText))).toBe(true);
    await product.waitUntilBooked();
    const { rows } = await product.api<EntryPage>("/entries?feature=faq&limit=100");
    const paid = rows.find(({ kind }) => kind === "model")?.nanos;
    expect(Number(paid)).toBeGreaterThan(0);
    expect(rows.filter(({ kind }) => kind === "cache")).toMatchObject([
      { nanos: "0", why: "kept from an identical call", call_end: true, is_net: false },
      { nanos: "0", why: "kept from an identical call", call_end: true, is_net: false },
    ]);
    const day = 86_400_000;
    const [from, to] = [-day, day].map((offset) => new Date(Date.now() + offset).toISOString());
    const spend = await product.api<SpendAnswer>(`/spend?by=feature&from=${from}&to=${to}`);
    const faq = spend.rows.find(({ dimensions }) => dimensions["feature"] === "faq");
    expect(faq).toMatchObject({ gross_nanos: paid, avoided_nanos: String(2n * BigInt(paid ?? 0)), calls: 3 });
    await until(async () => (await product.api<Status>("/status")).cache.answers === 1, "the answer is counted");
  }, 60_000);

  it("is streamed again, with its usage, to whoever asked for a stream", async () => {
    const streams = [await call(one, "Stream.", { stream: true }), await call(one, "Stream.", { stream: true })];
    expect(streams.map(({ mark }) => mark)).toEqual(["miss", "exact"]);
    expect(streams[1]?.text).toBe(streams[0]?.text);
    expect(streams[1]?.text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  it("never reaches another tenant: 2,000 calls that are the same or nearly", async () => {
    const asked = provider.asked.length;
    const marks = new Map<string, (string | null)[]>([
      [one, []],
      [other, []],
    ]);
    for (let question = 0; question < 500; question += 1) {
      for (const secret of [one, other, one, other]) {
        marks.get(secret)?.push((await call(secret, `Question ${question}`)).mark);
      }
    }
    for (const seen of marks.values()) {
      expect(seen.filter((mark) => mark === "miss")).toHaveLength(500);
      expect(seen.filter((mark) => mark === "exact")).toHaveLength(500);
    }
    expect(provider.asked.length - asked).toBe(1_000);
    // Other tests ask too. The threads tell what they have seen once a second.
    const counted = async () => (await product.api<Status>("/status")).cache;
    await until(async () => (await counted()).hits >= 1_000, "the threads have told what they answered");
    const { hits, misses, hit_rate: rate } = await counted();
    expect(misses).toBeGreaterThanOrEqual(1_000);
    expect(rate).toBeCloseTo(hits / (hits + misses), 10);
    // More than memory may hold: the rest lies on the disk, where nobody can read it.
    await until(async () => (await product.api<Status>("/status")).cache.disk_answers > 0, "answers are on the disk");
    const shelf = join(product.dataFolder, "cache", "1");
    const bytes = Buffer.concat(readdirSync(shelf).map((name) => readFileSync(join(shelf, name))));
    expect(bytes.length).toBeGreaterThan(10_000);
    expect(bytes.includes(wholeText)).toBe(false);
    expect((await call(one, "Question 360")).mark).toBe("exact");
  }, 60_000);

  it("is gone within a second when an admin forgets its feature", async () => {
    await call(one, "Forget me.", { feature: "forgotten" });
    await call(one, "Keep me.", { feature: "remembered" });
    const forgotten = await fetch(`${product.control}/api/v1/cache/forget`, {
      method: "POST",
      headers: { authorization: `Bearer ${product.adminToken}`, "content-type": "application/json" },
      body: JSON.stringify({ feature: "forgotten" }),
    });
    expect(forgotten.status).toBe(204);
    await until(async () => {
      const { cache } = await product.api<Status>("/status");
      return cache.answers > 0;
    }, "the threads have told what they keep");
    const isForgotten = async () => (await call(one, "Forget me.", { feature: "forgotten" })).mark === "miss";
    await until(isForgotten, "the answer is forgotten", 1_000);
    expect((await call(one, "Keep me.", { feature: "remembered" })).mark).toBe("exact");
  });
});
