/** A chaos run against the whole product: whatever a provider does before the first content, clients do not see it. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EntryPage, type Status } from "#contract";
import { Product } from "./harness/product.ts";
import { firstContentAt, recorded, startWireProvider, wholeText, type WireProvider } from "./resilience-upstream.ts";
import { busyness, fault, recovers } from "./harness/faults.ts";

const offsets = Array.from({ length: recorded.length + 1 }, (_, index) => index);
const moods = [
  "status-402",
  "status-404",
  "status-429",
  "status-500",
  "status-503",
  "status-520",
  "status-524",
  "status-529",
  "garbage",
  "badchunk",
  "badframe",
  "silent",
  "drip",
];

/** Targets that rest after one answer, so that the next call goes to the other at once. */
const resting: ReadonlySet<string> = new Set(["status-402", "status-429"]);

/** With a `retry-after` of so many seconds, where the route would try again. */
const pauses = [402, 404, 429, 500, 503, 520, 529].flatMap((status) =>
  [0, 1, 5].map((seconds) => `status-${status}-${seconds}`),
);

let chaos: WireProvider;
let healthy: WireProvider;
let product: Product;
let secret: string;

beforeAll(async () => {
  [chaos, healthy] = [await startWireProvider(), await startWireProvider()];
  const routes = [...offsets.map((offset) => `reset-${offset}`), ...moods, "mood"]
    .map(
      (model) =>
        `  r-${model}: { targets: [chaos/${model}, healthy/ok], retries: 0, timeouts: { first_byte: 700ms, idle: 700ms } }\n`,
    )
    .join("");
  const retrying = pauses
    .map((model) => `  r-${model}: { targets: [chaos/${model}, healthy/ok], retries: 2 }\n`)
    .join("");
  product = new Product({
    config: `providers:
  chaos: { format: openai, base_url: "${chaos.url}", api_key: none, prices: openai }
  healthy: { format: openai, base_url: "${healthy.url}", api_key: none, prices: openai }
limits: { calls: 20 }
routes:
  limited: { targets: [healthy/slow-250], retries: 0 }
${routes}${retrying}`,
  });
  await product.start();
  ({ secret } = await product.createKey({ name: "chaos" }));
}, 60_000);

afterAll(async () => {
  await product.stop();
  product.remove();
  await Promise.all([chaos.close(), healthy.close()]);
});

interface Seen {
  readonly status: number;
  readonly text: string;
  readonly isCut: boolean;
  readonly target: string | null;
  readonly attempts: number;
  readonly tookMs: number;
}

async function call(model: string, { stream = true }: { readonly stream?: boolean } = {}): Promise<Seen> {
  const from = performance.now();
  const response = await fetch(`${product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "How is it?" }] }),
  });
  let text = "";
  let isCut = false;
  try {
    for await (const bytes of response.body ?? []) text += Buffer.from(bytes).toString();
  } catch {
    isCut = true;
  }
  const { status, headers } = response;
  const attempts = Number(headers.get("x-tare-attempts") ?? 0);
  return { status, text, isCut, target: headers.get("x-tare-target"), attempts, tookMs: performance.now() - from };
}

function contentOf({ text }: Seen): string {
  return [...text.matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content).join("");
}

async function inParallel<Item, Made>(items: readonly Item[], width: number, make: (item: Item) => Promise<Made>) {
  const made: Made[] = [];
  const left = items.entries();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, item] of left) made[index] = await make(item);
    }),
  );
  return made;
}

async function entriesOf(route: string): Promise<EntryPage["rows"]> {
  const page = await product.api<EntryPage>(`/entries?route=${route}&limit=1000`);
  return page.rows;
}

describe("a provider that fails before any content", () => {
  it("by a reset after any byte of its answer is not seen by the client; later, the stream says that it broke", async () => {
    fault({
      name: "a provider cuts its answer off",
      users: "before any content nothing: the next target answers; later the stream ends with `upstream_cut`",
      lost: "nothing: the cut attempt is estimated, the rest of its hold in doubt",
      recovery: "with the next call",
      within: "1 s",
    });
    const seen = await inParallel(offsets, 8, (offset) => call(`r-reset-${offset}`));
    const bad = offsets.filter((offset) => {
      const one = seen[offset];
      if (one === undefined || one.status !== 200) return true;
      const isWhole = contentOf(one) === wholeText && one.text.endsWith("data: [DONE]\n\n") && !one.isCut;
      if (offset < firstContentAt) return !(isWhole && one.target === "healthy/ok" && one.attempts === 2);
      const isBroken = one.isCut && one.text.includes("upstream_cut") && one.target?.startsWith("chaos/");
      return !(isWhole || isBroken === true);
    });
    expect(bad).toEqual([]);
    expect(seen.filter(({ isCut }) => isCut).length).toBeGreaterThan(100);
    await recovers("a provider cuts its answer off", async () => (await call("r-mood")).target === "chaos/mood");
  }, 120_000);

  it.for(moods)("by %s is answered by the other, streamed or not", async (mood) => {
    // A frame that breaks off says nothing of an answer that is no stream.
    const kinds = mood === "badframe" ? [true, true] : [true, false];
    for (const [time, stream] of kinds.entries()) {
      const seen = await call(`r-${mood}`, { stream });
      // Whoever is limited is not asked again before the time that it named, nor whoever cannot be paid within a minute.
      const attempts = resting.has(mood) && time === 1 ? 1 : 2;
      expect(seen).toMatchObject({ status: 200, isCut: false, target: "healthy/ok", attempts });
      expect(contentOf(seen)).toBe(wholeText);
    }
  });

  it("by whatever status, with whatever pause it asks for, is answered by the other where retries are allowed too", async () => {
    const asked = pauses.flatMap((pause) => [true, false].map((stream) => ({ pause, stream })));
    const seen = await inParallel(asked, 8, ({ pause, stream }) => call(`r-${pause}`, { stream }));
    const bad = asked.filter((_, index) => {
      const one = seen[index];
      return one?.status !== 200 || one.isCut || one.target !== "healthy/ok" || contentOf(one) !== wholeText;
    });
    expect(bad).toEqual([]);
    expect(new Set(chaos.asked.filter((model) => pauses.includes(model)))).toEqual(new Set(pauses));
  });

  it("is in the ledger with every attempt, and each call ends once", async () => {
    await product.waitUntilBooked();
    for (const mood of moods.filter((each) => each !== "status-429")) {
      const ofMood = await entriesOf(`r-${mood}`);
      const once = ["answer failed", "fallback answered"];
      const twice = resting.has(mood) ? ["answer answered"] : once;
      const made = ofMood.map(({ purpose, state }) => `${purpose} ${state}`);
      expect(made.toSorted(), mood).toEqual([...once, ...twice].toSorted());
    }
    const rows = await entriesOf(`r-reset-${firstContentAt - 1}`);
    expect(rows.map(({ purpose, state, error }) => [purpose, state, error])).toEqual(
      expect.arrayContaining([
        ["answer", "failed", "upstream_reset"],
        ["fallback", "answered", undefined],
      ]),
    );
    expect(rows.find(({ purpose }) => purpose === "fallback")?.why).toContain("target 2 of 2");
  });
});

describe("a provider that comes and goes", () => {
  it("is answered for by the other all the time, and takes calls again within what it asked for and a second", async () => {
    fault({
      name: "a provider comes and goes",
      users: "nothing while another target stands in the route",
      lost: "nothing",
      recovery: "when the pause of a second is over that it asked for",
      within: "2 s",
    });
    const seen: Seen[] = [];
    for (const mood of ["status-429", "status-500", "garbage"]) {
      chaos.mood = mood;
      const until = performance.now() + 300;
      while (performance.now() < until) seen.push(await call("r-mood"));
      chaos.mood = undefined;
      if (mood !== "status-429") continue;
      await recovers("a provider comes and goes", async () => {
        const one = await call("r-mood");
        seen.push(one);
        return one.target === "chaos/mood";
      });
    }
    expect(seen.filter(({ status, isCut }) => status !== 200 || isCut)).toEqual([]);
    expect(seen.length).toBeGreaterThan(20);
  }, 30_000);

  it("is hardly asked while it fails: five times in a row, then not at all", async () => {
    chaos.mood = "status-500";
    const before = chaos.asked.length;
    for (let time = 0; time < 50; time += 1) expect((await call("r-mood")).status).toBe(200);
    chaos.mood = undefined;
    expect(chaos.asked.length - before).toBeLessThanOrEqual(5);
  });
});

/** What heaps and buffers take anew at their first load, in bytes; what was refused is not kept. */
const MEMORY_GROWTH_MAX = 64 * 1024 * 1024;

describe("three times as many calls as fit", () => {
  it("are refused at once but for those that fit, which go on as before, and nothing is left of it afterwards", async () => {
    fault({
      name: "three times as many calls as fit",
      users: "503 `overloaded` with `retry-after` for what does not fit",
      lost: "nothing",
      recovery: "when no more calls come than fit",
      within: "1 s",
    });
    const peak = await perSecond(20, 2_500);
    const memoryBefore = await gatewayMemory();
    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    const sent: Promise<Seen>[] = [];
    const overMs = 2_500;
    const every = 1000 / (3 * peak);
    const from = performance.now();
    while (performance.now() - from < overMs) {
      while (sent.length < (performance.now() - from) / every) sent.push(call("limited", { stream: false }));
      await new Promise((later) => setTimeout(later, 2));
    }
    const all = await Promise.all(sent);
    lag.disable();
    const answered = all.filter(({ status }) => status === 200);
    const refused = all.filter(({ status }) => status === 503);
    expect(answered.length + refused.length).toBe(all.length);
    expect(refused.length).toBeGreaterThan(all.length / 3);
    expect((answered.length * 1000) / overMs).toBeGreaterThanOrEqual((0.9 * peak) / busyness());
    const took = refused.map(({ tookMs }) => tookMs).toSorted((left, right) => left - right);
    const p99 = took[Math.floor(took.length * 0.99)] ?? Number.NaN;
    // This process sends and measures in one: what it was late itself is none of the gateway's time.
    const ownLateMs = lag.percentile(99) / 1e6;
    expect(p99).toBeLessThan(50 * busyness() + ownLateMs);
    expect((await gatewayMemory()) - memoryBefore).toBeLessThan(MEMORY_GROWTH_MAX);
    await recovers(
      "three times as many calls as fit",
      async () => (await call("limited", { stream: false })).status === 200,
    );
    expect(await perSecond(20, 1_500)).toBeGreaterThanOrEqual((0.9 * peak) / busyness());
  }, 30_000);
});

/** Resident, in bytes. */
async function gatewayMemory(): Promise<number> {
  const { processes } = await product.api<Status>("/status");
  return processes.find(({ process }) => process === "gateway")?.memory_bytes ?? Number.NaN;
}

/** Answers a second with so many clients that wait for each other's end. */
async function perSecond(clients: number, forMs: number): Promise<number> {
  let answered = 0;
  const until = performance.now() + forMs;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < until) {
        const { status } = await call("limited", { stream: false });
        if (status === 200) answered += 1;
      }
    }),
  );
  return (answered * 1000) / forMs;
}
