/** A full disk: admission refuses, what runs is settled, and nothing that was booked is lost. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type EntryPage } from "#contract";
import { until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";
import { fault, recovers } from "./harness/faults.ts";

const folder = mkdtempSync(join(tmpdir(), "tare-full-"));
const data = join(folder, "tare-data");
mkdirSync(data);
const isMounted = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", "size=48m,mode=0700", "tmpfs", data]).status === 0;
if (!isMounted) console.log("A small disk cannot be mounted here, which takes root: the full disk is skipped.");

afterAll(() => {
  if (isMounted) spawnSync("/bin/umount", ["-l", data]);
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!isMounted)("a full disk", () => {
  let stage: Stage;
  afterAll(() => stage.strike());

  it("refuses calls with ledger_unavailable, settles what runs, and takes calls again when there is room", async () => {
    fault({
      name: "the disk is full",
      users: "503 `ledger_unavailable` for new calls; running ones are answered",
      lost: "nothing: what runs is settled in memory and written when there is room",
      recovery: "with the first call after there is room",
      within: "5 s",
    });
    stage = await setStage({
      folder,
      latency: { firstTokenMs: { median: 300, sigma: 0 }, perTokenMs: { median: 2, sigma: 0 }, perThousandInputMs: 0 },
    });
    const { product } = stage;
    const { secret } = await product.createKey({ name: "full" });
    const call = (stream: boolean) =>
      fetch(`${product.dataPlane}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "gpt-4o-mini", stream, messages: [{ role: "user", content: "Go on." }] }),
      });
    expect((await call(false)).status).toBe(200);

    const running = [call(true), call(true), call(false)];
    await until(() => stage.providers.invoice().length === 1 + running.length, "all of them run at their provider");
    fill(join(data, "filler"));
    let whole = 1;
    for (const answer of await Promise.all(running)) {
      const text = await answer.text();
      expect(answer.status).toBe(200);
      expect(text).toMatch(/\[DONE\]|"usage"/);
      whole += 1;
    }
    await until(async () => {
      const answer = await call(false);
      if (answer.status === 200) whole += 1;
      return answer.status === 503 && (await answer.text()).includes("ledger_unavailable");
    }, "calls are refused");

    rmSync(join(data, "filler"));
    await recovers("the disk is full", async () => {
      const isTaken = (await call(false)).status === 200;
      if (isTaken) whole += 1;
      return isTaken;
    });
    // An office that could not write its stores ends, and is started again.
    await until(
      () =>
        fetch(`${product.control}/healthz`)
          .then(({ ok }) => ok)
          .catch(() => false),
      "the office is there",
      60_000,
    );
    await product.waitUntilBooked();
    const { rows } = await product.api<EntryPage>("/entries?limit=1000");
    expect(rows.filter(({ state }) => state === "answered")).toHaveLength(whole);
    expect(rows.every(({ state }) => state === "answered")).toBe(true);
  }, 120_000);
});

/** Writes until nothing more fits, in ever smaller pieces. */
function fill(path: string): void {
  for (let piece = 1024 * 1024; piece >= 1; piece = Math.floor(piece / 4)) {
    for (;;) {
      try {
        writeFileSync(path, Buffer.alloc(piece, 1), { flag: "a" });
      } catch {
        break;
      }
    }
  }
}
