/** A backup made under load, the data folder destroyed, and Tare started again on what was restored. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Backup, type SpendAnswer, type Status } from "#contract";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { PROGRAM, until } from "./harness/product.ts";
import { setStage, type Stage } from "./harness/stage.ts";
import { fault, recovers } from "./harness/faults.ts";

const copies = mkdtempSync(join(tmpdir(), "tare-copies-"));

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ threads: 2 });
});
afterAll(async () => {
  await stage.strike();
  rmSync(copies, { recursive: true, force: true });
});

function command(...words: readonly string[]): string {
  const { product } = stage;
  return execFileSync(process.execPath, [PROGRAM, ...words, "--data", product.dataFolder], {
    encoding: "utf8",
    env: { ...process.env, TARE_URL: product.control },
  });
}

const spend = (): Promise<SpendAnswer> =>
  stage.product.api<SpendAnswer>("/spend?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&by=model");

it("is whole after the data folder is gone: same keys, nothing booked before is missing, and calls go on", async () => {
  fault({
    name: "the data folder is gone, under load",
    users: "connections break; after the restore the same keys are good",
    lost: "what was booked after the last backup; `tare restore` says from when",
    recovery: "with `tare restore` and a start; a large backup takes as long as it takes to copy",
    within: "15 s",
  });
  const { product } = stage;
  const { secret } = await product.createKey({ team: "support" });
  const load = (seed: number, calls: number) =>
    runMixedCalls({ baseUrl: product.dataPlane, secret, calls, atOnce: 8, seed }).finished;
  await load(1, 100);
  await product.waitUntilBooked();
  const before = await spend();

  const loading = load(2, 200);
  const folder = join(copies, "monday");
  const made = Backup.parse(JSON.parse(command("backup", folder, "--json")));
  expect(made.entries).toBeGreaterThanOrEqual(before.total.attempts);
  expect(await loading).toMatchObject({ refusedOrFailed: 0, broken: 0 });

  const office = product.officePid ?? 0;
  await product.kill("SIGKILL");
  // It closes its stores by itself when its gateway is gone, and would write into the folder once more.
  await until(() => !existsSync(`/proc/${office}`), "the office has ended");
  rmSync(product.dataFolder, { recursive: true });
  const restoredAt = performance.now();
  const told = command("restore", folder);
  expect(told).toContain(made.made_at);
  await product.start();
  await recovers("the data folder is gone, under load", async () => (await load(4, 1)).whole === 1, restoredAt);

  const after = await spend();
  expect(BigInt(after.total.gross_nanos)).toBeGreaterThanOrEqual(BigInt(before.total.gross_nanos));
  for (const row of before.rows) {
    const same = after.rows.find(({ dimensions }) => dimensions["model"] === row.dimensions["model"]);
    expect(same?.attempts ?? 0).toBeGreaterThanOrEqual(row.attempts);
  }
  expect(await load(3, 20)).toMatchObject({ refusedOrFailed: 0, broken: 0 });
  await product.waitUntilBooked();
  const { ledger } = await product.api<Status>("/status");
  expect(ledger.entries).toBeGreaterThan(made.entries);
});
