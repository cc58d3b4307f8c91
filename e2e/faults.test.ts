/** What fails around the product, one thing after the other, and what comes of it: rows of docs/failure-modes.md. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BudgetPage, type SpendAnswer, type Status } from "#contract";
import { busyness, fault, recovers } from "./harness/faults.ts";
import { freePort } from "./harness/free-port.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { until } from "./harness/product.ts";
import type { ShiftedWorld } from "./harness/shifted-world.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const folder = mkdtempSync(join(tmpdir(), "tare-faults-"));
const worldFile = join(folder, "world.json");
const preload = pathToFileURL(resolve(import.meta.dirname, "harness/shifted-world.ts")).href;
let stage: Stage;
let secret: string;
/** Where nobody listens until a test has a provider come back. */
let shutPort: number;
let returned: Server | undefined;

beforeAll(async () => {
  setWorld({});
  shutPort = await freePort();
  stage = await setStage({
    folder,
    env: { NODE_OPTIONS: `--import=${preload}`, TARE_TEST_WORLD: worldFile },
    config: (providers) =>
      `  nowhere: { format: openai, base_url: "http://nowhere.shifted:${portOf(providers)}/v1", api_key: "\${SIMULATED_KEY}" }\n` +
      `  shut: { format: openai, base_url: "http://127.0.0.1:${shutPort}/v1", api_key: "\${SIMULATED_KEY}" }\n` +
      "budgets: [{ scope: { team: support }, per: total, limit: 100 USD }]\n",
  });
  ({ secret } = await stage.product.createKey({ name: "faults", team: "support" }));
  await load(20);
});
afterAll(async () => {
  await stage.strike();
  returned?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Of the simulated provider that speaks OpenAI's format. */
function portOf(providers: Stage["providers"]["providers"]): string {
  return new URL(providers.find(({ format }) => format === "openai")?.baseUrl ?? "").port;
}

function setWorld(world: ShiftedWorld): void {
  writeFileSync(`${worldFile}.new`, JSON.stringify(world));
  renameSync(`${worldFile}.new`, worldFile);
}

const inData = (name: string) => join(stage.product.dataFolder, name);

async function load(calls: number): Promise<void> {
  const { product } = stage;
  const outcome = await runMixedCalls({ baseUrl: product.dataPlane, secret, calls, atOnce: 4, seed: 7 }).finished;
  expect(outcome).toEqual({ whole: calls, refusedOrFailed: 0, broken: 0, said: [] });
  await product.waitUntilBooked();
}

function chat({ model = "openai/gpt-4o-mini", key = secret } = {}): Promise<Response> {
  return fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "What does it weigh?" }] }),
  });
}

/** Gives when the new start was begun. */
async function restartWith(change: () => void): Promise<number> {
  const { product } = stage;
  expect(await product.stop()).toBe(0);
  change();
  const startedAt = performance.now();
  await product.start();
  return startedAt;
}

async function bookedAttempts(): Promise<number> {
  await stage.product.waitUntilBooked();
  return (await spend()).attempts;
}

async function spend(): Promise<SpendAnswer["total"]> {
  const answer = await stage.product.api<SpendAnswer>(
    "/spend?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&by=model",
  );
  return answer.total;
}

/** The gateway's word on the team's budget is the ledger's on its calls, which are all that there are. */
async function isSpent(nanos: string): Promise<boolean> {
  const { rows } = await stage.product.api<BudgetPage>("/budgets");
  return rows[0]?.spent === nanos;
}

async function isAnswered(asked: Parameters<typeof chat>[0] = {}): Promise<boolean> {
  return (await chat(asked)).status === 200;
}

async function bookedNanos(): Promise<string> {
  await stage.product.waitUntilBooked();
  return (await spend()).gross_nanos;
}

it(
  ...fault({
    name: "DNS is down",
    users: "the next target's answer, else 502 `upstream_dns`",
    lost: "nothing: nothing was sent, the attempt costs 0",
    recovery: "with the next call after names resolve again",
    within: "1 s",
  }),
  async () => {
    const answer = await chat({ model: "nowhere/gpt-4o-mini" });
    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain("upstream_dns");
    setWorld({ hasNames: true });
    await recovers("DNS is down", () => isAnswered({ model: "nowhere/gpt-4o-mini" }));
  },
);

it(
  ...fault({
    name: "a provider is down: its port is shut",
    users: "the next target's answer, else 502 `upstream_refused`",
    lost: "nothing: nothing was sent, the attempt costs 0",
    recovery:
      "with the first call after it is back; one that failed five times in a row is asked again after its pause",
    within: "1 s",
  }),
  async () => {
    const answer = await chat({ model: "shut/gpt-4o-mini" });
    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain("upstream_refused");
    expect((await chat()).status).toBe(200);
    const port = Number(portOf(stage.providers.providers));
    returned = createServer((socket) => void socket.pipe(connect(port, "127.0.0.1")).pipe(socket));
    await new Promise<void>((listening) => void returned?.listen(shutPort, "127.0.0.1", listening));
    await recovers("a provider is down: its port is shut", () => isAnswered({ model: "shut/gpt-4o-mini" }));
  },
);

it(
  ...fault({
    name: "the disk takes half a second for a sync",
    users: "nothing: with `fsync: 50ms` no call waits for the device",
    lost: "after a loss of power at that moment, what the disk had not taken yet",
    recovery: "with the disk",
    within: "1 s",
  }),
  async () => {
    setWorld({ syncMs: 500 });
    await chat();
    const from = performance.now();
    for (let call = 0; call < 5; call += 1) expect((await chat()).status).toBe(200);
    expect((performance.now() - from) / 5).toBeLessThan(400 * busyness());
    setWorld({});
    await recovers("the disk takes half a second for a sync", isAnswered);
  },
);

it(
  ...fault({
    name: "the clock jumps two hours ahead",
    users: "nothing; what is booked then stands two hours late, and a period may end early",
    lost: "nothing",
    recovery: "calls, and what they cost, go on being booked; `tare doctor` compares the clock with the providers'",
    within: "10 s",
  }),
  async () => {
    const before = await bookedAttempts();
    setWorld({ shiftMs: 2 * 3_600_000 });
    const jumpedAt = performance.now();
    for (let call = 0; call < 6; call += 1) expect(await isAnswered()).toBe(true);
    const isBooked = async () => (await spend()).attempts === before + 6;
    await recovers("the clock jumps two hours ahead", isBooked, jumpedAt);
  },
);

it(
  ...fault({
    name: "the clock jumps back two hours",
    users: "nothing; what is booked then stands two hours early, and pages say `booked until` from before",
    lost: "nothing",
    recovery: "calls, and what they cost, go on being booked; expiries count from the clock as it is",
    within: "10 s",
  }),
  async () => {
    const before = (await spend()).attempts;
    setWorld({ shiftMs: 0 });
    const jumpedAt = performance.now();
    for (let call = 0; call < 6; call += 1) expect(await isAnswered()).toBe(true);
    const isBooked = async () => (await spend()).attempts === before + 6;
    await recovers("the clock jumps back two hours", isBooked, jumpedAt);
  },
);

it(
  ...fault({
    name: "the ledger's file is lost",
    users: "calls: nothing; pages are empty and fill",
    lost: "nothing: it is made again out of the journal",
    recovery: "with a start, and about half a minute more for each million entries",
    within: "15 s",
  }),
  async () => {
    const before = await spend();
    const startedAt = await restartWith(() => rmSync(inData("ledger.duckdb")));
    const isLoaded = async () => (await spend()).attempts === before.attempts;
    await recovers("the ledger's file is lost", isLoaded, startedAt);
    expect(await spend()).toEqual(before);
  },
);

it(
  ...fault({
    name: "the budgets' checkpoint is lost",
    users: "nothing: the port opens when what is spent is known",
    lost: "nothing: it is made again out of the journal",
    recovery: "with a start, before the first call; longer with more journal",
    within: "15 s",
  }),
  async () => {
    fault({
      name: "the key ring is gone (`secrets/key-ring.json`)",
      users: "401 `invalid_key` until the office has told the gateway its keys",
      lost: "nothing: the books have every key",
      recovery: "with a start, when the office is there",
      within: "15 s",
    });
    fault({
      name: "the admin's token is gone (`secrets/admin-token`)",
      users: "commands on this machine find a new one; other tokens stay good",
      lost: "nothing",
      recovery: "with the next start",
      within: "15 s",
    });
    const [before, token] = [await bookedNanos(), stage.product.adminToken];
    const startedAt = await restartWith(() => {
      for (const name of ["budgets/checkpoint", "secrets/key-ring.json", "secrets/admin-token"]) rmSync(inData(name));
    });
    const isAdmin = async () => (await stage.product.api<Status>("/status")).role === "admin";
    await recovers("the admin's token is gone (`secrets/admin-token`)", isAdmin, startedAt);
    expect(stage.product.adminToken).not.toBe(token);
    await recovers("the budgets' checkpoint is lost", () => isSpent(before), startedAt);
    await stage.product.says("budgets-rebuilt-from-journals");
    await recovers("the key ring is gone (`secrets/key-ring.json`)", isAnswered, startedAt);
  },
);

it(
  ...fault({
    name: "the budgets' checkpoint is damaged",
    users: "nothing: its checksum does not fit, so it is not believed",
    lost: "nothing: it is made again out of the journal",
    recovery: "with a start, before the first call; longer with more journal",
    within: "15 s",
  }),
  async () => {
    const before = await bookedNanos();
    const startedAt = await restartWith(() => flipByte(inData("budgets/checkpoint"), 100));
    await recovers("the budgets' checkpoint is damaged", () => isSpent(before), startedAt);
    await stage.product.says("budget-checkpoint-unreadable");
  },
);

it(
  ...fault({
    name: "the books are restored from yesterday",
    users: "keys and tokens made since are refused with 401; older ones are good, revoked ones too",
    lost: "what was changed since: keys, tokens, budgets made through the API, audit lines. Spend is not in the books",
    recovery: "make the keys again, revoke again; restore the newest backup there is",
    within: "2 s",
  }),
  async () => {
    const { product } = stage;
    const kept = join(folder, "books-of-yesterday");
    await restartWith(() => copyFileSync(inData("books.sqlite"), kept));
    const { secret: fresh } = await product.createKey({ name: "of today" });
    await until(async () => (await chat({ key: fresh })).status === 200, "the new key is known");
    const before = await bookedAttempts();
    await restartWith(() => {
      for (const name of readdirSync(product.dataFolder)) if (name.startsWith("books.sqlite")) rmSync(inData(name));
      copyFileSync(kept, inData("books.sqlite"));
    });
    await until(async () => (await chat({ key: fresh })).status === 401, "the new key is unknown");
    expect((await chat()).status).toBe(200);
    expect(await bookedAttempts()).toBe(before + 1);
    const { secret: again } = await product.createKey({ name: "of today" });
    await recovers("the books are restored from yesterday", () => isAnswered({ key: again }));
  },
);

it(
  ...fault({
    name: "the journal is corrupted in the middle, and the ledger is lost",
    users: "calls: nothing; `torn_lines` in `tare status`, `tare_journal_corrupted_lines` in the metrics",
    lost: "what the damaged lines said, counted; a ledger that had loaded them before has it still",
    recovery: "restore the ledger, or the segment, from a backup, and start",
    within: "15 s",
  }),
  async () => {
    await stage.product.waitUntilBooked();
    const before = await spend();
    let path = "";
    let text = "";
    await restartWith(() => {
      const [segment = ""] = readdirSync(inData("journal")).filter((name) => /\.1\.\d+\.\d+\.journal$/.test(name));
      path = join(inData("journal"), segment);
      text = readFileSync(path, "latin1");
      flipByte(path, text.indexOf('"attempt-settled"') + 2);
      rmSync(inData("ledger.duckdb"));
    });
    await stage.product.waitUntilBooked();
    const { journal } = await stage.product.api<Status>("/status");
    expect(journal.torn_lines).toBe(1);
    const after = await spend();
    // Its dispatch is there, so the attempt is in doubt with its hold and not forgotten.
    expect(after.attempts).toBe(before.attempts);
    expect(BigInt(after.in_doubt_nanos)).toBeGreaterThan(BigInt(before.in_doubt_nanos));
    const startedAt = await restartWith(() => {
      writeFileSync(path, text, "latin1");
      rmSync(inData("ledger.duckdb"));
    });
    const isWhole = async () => (await spend()).gross_nanos === before.gross_nanos;
    await recovers("the journal is corrupted in the middle, and the ledger is lost", isWhole, startedAt);
    expect(await spend()).toEqual(before);
  },
);

it(
  ...fault({
    name: "the keys' pepper is gone (`secrets/key-pepper`)",
    users: "401 `invalid_key` for every key of the API; static keys of tare.yaml stay good",
    lost: "every key and token made through the API: their digests fit nothing any more",
    recovery: "restore `secrets/` from a backup and start, or make new keys",
    within: "15 s",
  }),
  async () => {
    const pepper = readFileSync(inData("secrets/key-pepper"));
    await restartWith(() => rmSync(inData("secrets/key-pepper")));
    expect((await chat()).status).toBe(401);
    const startedAt = await restartWith(() => writeFileSync(inData("secrets/key-pepper"), pepper));
    await recovers("the keys' pepper is gone (`secrets/key-pepper`)", isAnswered, startedAt);
  },
);

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
