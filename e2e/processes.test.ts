/** Two processes, either of which may die, stop or be reconfigured while calls go on. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CreatedKey, type EntryPage, type Status } from "#contract";
import { openDuckDbStore } from "#ledger";
import { forgetInspectors, killThread } from "./harness/kill-thread.ts";
import { Product, PROGRAM, until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";
import { busyness, fault, recovers } from "./harness/faults.ts";

let stage: Stage;
let secret: string;

beforeAll(async () => {
  stage = await setStage({ threads: 2 });
  ({ secret } = await stage.product.createKey({ name: "load" }));
});
afterAll(() => stage.strike());

const chat = (key: string, init: RequestInit = {}) =>
  fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "What does it weigh?" }] }),
    ...init,
  });

async function targetOf(model: string): Promise<string | null> {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Go." }] });
  return (await chat(secret, { body })).headers.get("x-tare-target");
}

describe("a key", () => {
  it("is known to every thread when its maker is told of it, and unknown when its revoker is", async () => {
    for (let round = 0; round < 10; round += 1) {
      const { key, secret: fresh } = await stage.product.createKey({ name: `fresh-${round}` });
      const statusOfEach = async () =>
        new Set(await Promise.all(Array.from({ length: 8 }, async () => (await chat(fresh)).status)));
      expect(await statusOfEach()).toEqual(new Set([200]));
      await stage.product.api(`/keys/${key.id}/revoke`, { method: "POST" });
      expect(await statusOfEach()).toEqual(new Set([401]));
    }
  });
});

describe("a second Tare", () => {
  it("on the same folder, or the same port, ends with a message that says so", async () => {
    fault({
      name: "the port is taken by another program",
      users: "the start ends and says which port",
      lost: "nothing",
      recovery: "free the port, or choose one with `--port`",
      within: "15 s",
    });
    fault({
      name: "a second Tare is started on the same folder",
      users: "nothing: the second one ends and says why",
      lost: "nothing",
      recovery: "nothing is to be done",
      within: "1 s",
    });
    const { product } = stage;
    const config = join(product.folder, "tare.yaml");
    const start = (...more: string[]) =>
      spawnSync(process.execPath, [PROGRAM, "up", "--config", config, ...more], {
        encoding: "utf8",
        env: { SIMULATED_KEY: "x" },
        timeout: 20_000,
      });
    const sameFolder = start("--port", "0", "--control-port", "0");
    expect(sameFolder.status).toBe(1);
    expect(sameFolder.stderr).toContain("is in use by another Tare");
    await recovers("a second Tare is started on the same folder", async () => (await chat(secret)).status === 200);
    const port = new URL(product.dataPlane).port;
    const samePort = start("--port", port, "--control-port", "0", "--data", join(product.folder, "other"));
    expect(samePort.status).toBe(1);
    expect(samePort.stderr).toContain(`Port ${port}`);
    const control = new URL(product.control).port;
    const sameControl = start("--port", "0", "--control-port", control, "--data", join(product.folder, "other"));
    expect(sameControl).toMatchObject({ status: 1, stdout: "" });
    expect(sameControl.stderr).toMatch(
      new RegExp(`^(warning: .*\n)*Port ${control} of \\S+ cannot be used [^\n]*--control-port\\.\n$`),
    );
    const onFile = start("--port", "0", "--control-port", "0", "--data", config);
    expect(onFile).toMatchObject({ status: 1, stdout: "" });
    expect(onFile.stderr).toContain(
      `${config} cannot be used: a file has this name (EEXIST). Choose another with --data.`,
    );
    const onePort = start("--port", "4001", "--control-port", "4001", "--data", join(product.folder, "other"));
    expect(onePort).toMatchObject({ status: 1, stdout: "" });
    expect(onePort.stderr).toContain("Port 4001 cannot be had by two listeners.");
    const elsewhere = new Product({ config: stage.providersText, env: { SIMULATED_KEY: "x" } });
    const startsElsewhere = async () => (await elsewhere.start()).dataPlane !== product.dataPlane;
    await recovers("the port is taken by another program", startsElsewhere);
    expect(await elsewhere.stop()).toBe(0);
    elsewhere.remove();
  }, 120_000);
});

describe("a changed configuration", () => {
  it("is in force within a second, and a bad one changes nothing", async () => {
    fault({
      name: "tare.yaml is broken while it runs",
      users: "nothing: the configuration in force stays; `config_problem` in `tare status`",
      lost: "nothing",
      recovery: "with the corrected file",
      within: "2 s",
    });
    const { product } = stage;
    const file = join(product.folder, "tare.yaml");
    const good = readFileSync(file, "utf8");
    const { revision } = await product.api<Status>("/status");
    writeFileSync(file, `${good}routes:\n  weighing: { targets: [openai/gpt-4o-mini] }\n`);
    const changedAt = performance.now();
    await until(async () => (await targetOf("weighing")) === "openai/gpt-4o-mini", "the new route answers");
    expect(performance.now() - changedAt).toBeLessThan(1500 * busyness());
    writeFileSync(file, `${good}routes: { weighing: { targets: nonsense, colour: red } }\n`);
    await until(
      async () => (await product.api<Status>("/status")).config_problem !== undefined,
      "the bad file is reported",
    );
    expect(await targetOf("weighing")).toBe("openai/gpt-4o-mini");
    await product.says(/routes\.weighing/);
    writeFileSync(file, good);
    await recovers("tare.yaml is broken while it runs", async () => (await targetOf("weighing")) === "openai/weighing");
    await until(async () => (await product.api<Status>("/status")).revision === revision, "the status says so");
  });
});

describe("a key", () => {
  it("works as soon as it is made, and no longer once it is revoked", async () => {
    const { product } = stage;
    const { key, secret: fresh } = await product.createKey({ name: "short-lived" });
    await until(async () => (await chat(fresh)).status === 200, "the new key is known", 2000);
    await product.api(`/keys/${key.id}/revoke`, { method: "POST", body: {} });
    await until(async () => (await chat(fresh)).status === 401, "the key is revoked", 2000);
  });

  it("stays good beside its successor for the overlap, and is known after a restart without the office", async () => {
    const { product } = stage;
    const { key, secret: old } = await product.createKey({ name: "rotating" });
    const { key: successor, secret: next } = await product.api<CreatedKey>(`/keys/${key.id}/rotate`, {
      method: "POST",
      body: { overlap_seconds: 600 },
    });
    await until(async () => (await chat(next)).status === 200, "the successor is known", 2000);
    expect((await chat(old)).status).toBe(200);
    await until(
      () => readFileSync(join(product.dataFolder, "secrets/key-ring.json"), "utf8").includes(successor.id),
      "the gateway has kept the keys for its next start",
    );
    await product.kill("SIGKILL");
    await product.start({ waitForOffice: false });
    expect((await chat(next)).status).toBe(200);
    expect((await chat(old)).status).toBe(200);
    await until(() => answersAt(product), "the office is back");
  });
});

function answersAt({ control }: Product): Promise<boolean> {
  return fetch(`${control}/healthz`)
    .then(({ ok }) => ok)
    .catch(() => false);
}

/** In the ledger's file as it stands, with nothing of the journal loaded behind it. */
async function entriesWritten({ dataFolder }: Product): Promise<number> {
  const opened = await openDuckDbStore(join(dataFolder, "ledger.duckdb"), { memoryBytes: 2 ** 28, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  const { entries } = await opened.value.counts();
  opened.value.close();
  return entries;
}

describe("SIGTERM", () => {
  it("lets a running stream finish, writes it into the ledger, and exits 0", async () => {
    const slow = await setStage({
      latency: { firstTokenMs: { median: 50, sigma: 0 }, perTokenMs: { median: 3, sigma: 0 }, perThousandInputMs: 0 },
    });
    const { secret: key } = await slow.product.createKey({ name: "slow" });
    const answer = await fetch(`${slow.product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o-mini", stream: true, messages: [{ role: "user", content: "Go on." }] }),
    });
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    const exited = slow.product.stop();
    let text = Buffer.from(first?.value ?? []).toString();
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      text += Buffer.from(part.value).toString();
    }
    expect(text).toContain("data: [DONE]");
    expect(await exited).toBe(0);
    expect(await entriesWritten(slow.product)).toBe(1);
    await slow.product.start();
    await slow.product.waitUntilBooked();
    const { rows } = await slow.product.api<EntryPage>("/entries");
    expect(rows.map(({ state, delivered }) => `${state} ${delivered}`)).toEqual(["answered full"]);
    await slow.strike();
  }, 60_000);
});

describe("SIGTERM to a gateway that has counted tokens", () => {
  it("ends its threads without force, and exits 0", async () => {
    const counted = await setStage({ config: "budgets: [{ scope: everything, per: total, limit: 0.000001 USD }]\n" });
    const { product } = counted;
    const key = await product.createKey({ name: "counted" });
    const answer = await fetch(`${product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key.secret}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Weigh it." }] }),
    });
    expect(answer.status).toBe(402);
    expect(await product.stop()).toBe(0);
    expect(product.output).not.toContain("thread-did-not-end");
    await counted.strike();
  }, 60_000);
});

describe("a configuration that cannot be run", () => {
  it("ends the start with every problem, its place and a suggestion", async () => {
    const product = new Product({ config: "providors: {}\nroutes: { a: { targets: [none/x] } }\n" });
    await expect(product.start()).rejects.toThrow(/providors[\s\S]*providers[\s\S]*none/);
    product.remove();
  });
});

describe("a gateway whose only thread and whose office die at the same moment", () => {
  it("stays, and starts both again", async () => {
    const alone = await setStage({ threads: 1, env: { NODE_OPTIONS: "--inspect=127.0.0.1:0" } });
    const { product } = alone;
    const office = product.officePid ?? 0;
    await killThread(product, 0);
    process.kill(office, "SIGKILL");
    await product.says("thread-died");
    await product.says("office-died");
    const isBack = async () =>
      (await product.api<Status>("/status")).gateway.threads.every(({ state }) => state === "up");
    await until(() => isBack().catch(() => false), "thread and office are back");
    forgetInspectors(product);
    await alone.strike();
  }, 120_000);
});
