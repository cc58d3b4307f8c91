import { afterAll, describe, expect, it } from "vitest";
import { realWorld } from "#world";
import { encodingOf } from "./encoding-of.ts";
import { TokenCounter } from "./token-counter.ts";

const counter = new TokenCounter(realWorld().clock, (thrown) => {
  throw thrown;
});
afterAll(() => counter.close());

const bodyOf = (json: unknown) => Buffer.from(JSON.stringify(json));
const chat = (content: string) => bodyOf({ model: "gpt-4o", messages: [{ role: "user", content }] });

/** The first count starts the thread and is late; how long that takes says nothing. */
async function counted(body: Uint8Array, model = "gpt-4o"): Promise<number | undefined> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    const tokens = await counter.count(body, model);
    if (tokens !== undefined) return tokens;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return undefined;
}

describe("the helper thread that counts tokens", { timeout: 60_000 }, () => {
  it("counts what is said, keys and marks of the tokenizer included, and far below the bytes", async () => {
    const words = "The quick brown fox jumps over the lazy dog. ".repeat(400);
    const tokens = (await counted(chat(words))) ?? 0;
    expect(tokens).toBeGreaterThan(4_000);
    expect(tokens).toBeLessThan(4_100);
    expect(await counted(chat("<|endoftext|>"))).toBeGreaterThan(6);
    expect(await counted(bodyOf({ n: 123456 }))).toBeGreaterThanOrEqual(7);
  });

  it("counts each of several equal keys, whichever a provider reads", async () => {
    const long = "word ".repeat(500);
    expect(await counted(Buffer.from(`{"content":"${long}","content":"x"}`))).toBeGreaterThan(500);
  });

  it(
    "leaves it to the bytes when a body takes too long, and counts again afterwards",
    { timeout: 60_000 },
    async () => {
      await counted(chat("hello"));
      const began = performance.now();
      // One word without an end: the time of the merging grows with its square.
      expect(await counter.count(chat("a".repeat(50_000)), "gpt-4o")).toBeUndefined();
      expect(performance.now() - began).toBeLessThan(1_000);
      const deadline = performance.now() + 30_000;
      let tokens: number | undefined;
      while (tokens === undefined && performance.now() < deadline) tokens = await counted(chat("hello"));
      expect(tokens).toBeGreaterThan(3);
    },
  );

  it("says at once what it does not count", () => {
    expect(counter.count(chat("hello"), "claude-haiku-4-5")).toBeUndefined();
    expect(counter.count(Buffer.alloc(256 * 1024 + 1), "gpt-4o")).toBeUndefined();
  });

  it("does not count what is not JSON", async () => {
    await counted(chat("hello"));
    expect(await counter.count(Buffer.from('{"a'), "gpt-4o")).toBeUndefined();
    expect(await counter.count(Buffer.from('{"a":"\\x"}'), "gpt-4o")).toBeUndefined();
  });
});

describe("the encoding of a model", () => {
  it.for([
    ["gpt-4o-mini", "o200k_base"],
    ["openai/gpt-5.1-codex", "o200k_base"],
    ["o3", "o200k_base"],
    ["gpt-4-turbo", "cl100k_base"],
    ["text-embedding-3-small", "cl100k_base"],
    ["claude-haiku-4-5", undefined],
    ["gpt-oss-120b", undefined],
    ["o365-mail", undefined],
  ] as const)("of %s is %s", ([model, encoding]) => {
    expect(encodingOf(model)).toBe(encoding);
  });
});
