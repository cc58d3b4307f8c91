/** What fails around the product, one thing after the other, and what comes of it: rows of docs/failure-modes.md. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BudgetPage, type SpendAnswer, type Status } from "#contract";
import { fault } from "./harness/faults.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const folder = mkdtempSync(join(tmpdir(), "tare-faults-"));
const worldFile = join(folder, "world.json");
const preload = pathToFileURL(resolve(import.meta.dirname, "harness/shifted-world.ts")).href;
let stage: Stage;
let secret: string;

beforeAll(async () => {
  setWorld({});
  stage = await setStage({
    folder,
    env: { NODE_OPTIONS: `--import=${preload}`, TARE_TEST_WORLD: worldFile },
    config:
      '  nowhere: { format: openai, base_url: "http://nowhere.invalid/v1", api_key: none }\n' +
      '  shut: { format: openai, base_url: "http://127.0.0.1:9/v1", api_key: none }\n' +
      "budgets: [{ scope: { team: support }, per: total, limit: 100 USD }]\n",
  });
  ({ secret } = await stage.product.createKey({ name: "faults", team: "support" }));
  await load(20);
});
afterAll(async () => {
  await stage.strike();
  rmSync(folder, { recursive: true, force: true });
});

function setWorld(world: { readonly shiftMs?: number; readonly syncMs?: number }): void {
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

async function restartWith(change: () => void): Promise<void> {
  const { product } = stage;
  expect(await product.stop()).toBe(0);
  change();
  await product.start();
  await product.waitUntilBooked();
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
async function expectSpent(nanos: string): Promise<void> {
  await until(async () => {
    const { rows } = await stage.product.api<BudgetPage>("/budgets");
    return rows[0]?.spent === nanos;
  }, `the budget knows that ${nanos} are spent`);
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
  }),
  async () => {
    const answer = await chat({ model: "nowhere/gpt-4o-mini" });
    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain("upstream_dns");
  },
);

it(
  ...fault({
    name: "a provider is down: its port is shut",
    users: "the next target's answer, else 502 `upstream_refused`",
    lost: "nothing: nothing was sent, the attempt costs 0",
    recovery: "with the first call after it is back; an ejected target is tried again after its pause",
  }),
  async () => {
    const answer = await chat({ model: "shut/gpt-4o-mini" });
    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain("upstream_refused");
    expect((await chat()).status).toBe(200);
  },
);

it(
  ...fault({
    name: "the disk takes half a second for a sync",
    users: "nothing: with `fsync: 50ms` no call waits for the device",
    lost: "after a loss of power at that moment, what the disk had not taken yet",
    recovery: "at once",
  }),
  async () => {
    setWorld({ syncMs: 500 });
    await chat();
    const from = performance.now();
    for (let call = 0; call < 5; call += 1) expect((await chat()).status).toBe(200);
    expect((performance.now() - from) / 5).toBeLessThan(400);
    setWorld({});
  },
);

it(
  ...fault({
    name: "the clock jumps two hours ahead",
    users: "nothing; what is booked then stands two hours late, and a period may end early",
    lost: "nothing",
    recovery: "at once; `tare doctor` compares the clock with the providers'",
  }),
  async () => {
    const before = await bookedAttempts();
    setWorld({ shiftMs: 2 * 3_600_000 });
    for (let call = 0; call < 6; call += 1) expect((await chat()).status).toBe(200);
    await until(async () => (await spend()).attempts === before + 6, "they are booked", 30_000);
  },
);

it(
  ...fault({
    name: "the clock jumps back two hours",
    users: "nothing; what is booked then stands two hours early, and pages say `booked until` from before",
    lost: "nothing",
    recovery: "at once; expiries count from the clock as it is",
  }),
  async () => {
    const before = (await spend()).attempts;
    setWorld({ shiftMs: 0 });
    for (let call = 0; call < 6; call += 1) expect((await chat()).status).toBe(200);
    await until(async () => (await spend()).attempts === before + 6, "they are booked", 30_000);
  },
);

it(
  ...fault({
    name: "the ledger's file is lost",
    users: "calls: nothing; pages are empty and fill",
    lost: "nothing: it is made again out of the journal",
    recovery: "about half a minute for a million entries",
  }),
  async () => {
    const before = await spend();
    await restartWith(() => rmSync(inData("ledger.duckdb")));
    await until(async () => (await spend()).attempts === before.attempts, "it is loaded", 30_000);
    expect(await spend()).toEqual(before);
  },
);

it(
  ...fault({
    name: "the budgets' checkpoint is lost",
    users: "nothing: the port opens when what is spent is known",
    lost: "nothing: it is made again out of the journal",
    recovery: "before the first call, longer with more journal",
  }),
  async () => {
    fault({
      name: "the key ring is gone (`secrets/key-ring.json`)",
      users: "401 `invalid_key` until the office has told the gateway its keys",
      lost: "nothing: the books have every key",
      recovery: "a second or two after the start, while the office runs",
    });
    fault({
      name: "the admin's token is gone (`secrets/admin-token`)",
      users: "commands on this machine find a new one; other tokens stay good",
      lost: "nothing",
      recovery: "with the next start",
    });
    const [before, token] = [await bookedNanos(), stage.product.adminToken];
    await restartWith(() => {
      for (const name of ["budgets/checkpoint", "secrets/key-ring.json", "secrets/admin-token"]) rmSync(inData(name));
    });
    await expectSpent(before);
    expect(stage.product.output).toContain("budgets-rebuilt-from-journals");
    await until(async () => (await chat()).status === 200, "the key is known again");
    expect(stage.product.adminToken).not.toBe(token);
    expect((await stage.product.api<Status>("/status")).role).toBe("admin");
  },
);

it(
  ...fault({
    name: "the budgets' checkpoint is damaged",
    users: "nothing: its checksum does not fit, so it is not believed",
    lost: "nothing: it is made again out of the journal",
    recovery: "before the first call, longer with more journal",
  }),
  async () => {
    const before = await bookedNanos();
    await restartWith(() => flipByte(inData("budgets/checkpoint"), 100));
    await expectSpent(before);
    expect(stage.product.output).toContain("budget-checkpoint-unreadable");
  },
);

it(
  ...fault({
    name: "the books are restored from yesterday",
    users: "keys and tokens made since are refused with 401; older ones are good, revoked ones too",
    lost: "what was changed since: keys, tokens, budgets made through the API, audit lines. Spend is not in the books",
    recovery: "make the keys again, revoke again; restore the newest backup there is",
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
    await product.waitUntilBooked();
    expect((await spend()).attempts).toBe(before + 1);
  },
);

it(
  ...fault({
    name: "the journal is corrupted in the middle, and the ledger is lost",
    users: "calls: nothing; `torn_lines` in `tare status`, `tare_journal_corrupted_lines` in the metrics",
    lost: "what the damaged lines said, counted; a ledger that had loaded them before has it still",
    recovery: "restore the ledger or the segment from a backup",
  }),
  async () => {
    const before = await spend();
    await restartWith(() => {
      const [segment = ""] = readdirSync(inData("journal")).filter((name) => /\.1\.\d+\.\d+\.journal$/.test(name));
      const path = join(inData("journal"), segment);
      const text = readFileSync(path, "latin1");
      flipByte(path, text.indexOf('"attempt-settled"') + 2);
      rmSync(inData("ledger.duckdb"));
    });
    const { journal } = await stage.product.api<Status>("/status");
    expect(journal.torn_lines).toBe(1);
    const after = await spend();
    // Its dispatch is there, so the attempt is in doubt with its hold and not forgotten.
    expect(after.attempts).toBe(before.attempts);
    expect(BigInt(after.in_doubt_nanos)).toBeGreaterThan(BigInt(before.in_doubt_nanos));
  },
);

it(
  ...fault({
    name: "the keys' pepper is gone (`secrets/key-pepper`)",
    users: "401 `invalid_key` for every key of the API; static keys of tare.yaml stay good",
    lost: "every key and token made through the API: their digests fit nothing any more",
    recovery: "restore `secrets/` from a backup, or make new keys",
  }),
  async () => {
    const pepper = readFileSync(inData("secrets/key-pepper"));
    await restartWith(() => rmSync(inData("secrets/key-pepper")));
    expect((await chat()).status).toBe(401);
    await restartWith(() => writeFileSync(inData("secrets/key-pepper"), pepper));
    await until(async () => (await chat()).status === 200, "the key is good again");
  },
);

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
