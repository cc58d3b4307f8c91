/** The office hangs, or dies again and again, while calls go on. */
import { describe, expect, it } from "vitest";
import { type Status } from "#contract";
import { fault, recovers } from "./harness/faults.ts";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { type Product } from "./harness/product.ts";
import { setStage } from "./harness/stage.ts";

const AWAY_MS = Number(process.env["TARE_E2E_AWAY_MS"] ?? 30_000);

// Side by side: each is half a minute of which the machine is busy for a part.
describe.concurrent("while the office is away", () => {
  it.each(["SIGSTOP", "SIGKILL"] as const)(
    `no call fails (%s for ${AWAY_MS} ms under load)`,
    async (signal) => {
      fault({
        name: "the office hangs, or dies again and again",
        users: "calls: nothing; pages do not answer",
        lost: "nothing: the journal is loaded later",
        recovery: "one that hung goes on; one that died is started again after a pause, of half a minute at most",
        within: "45 s",
      });
      const own = await setStage({ threads: 2 });
      const { product } = own;
      const load = await product.createKey({ name: "load" });
      const before = (await product.api<Status>("/status")).ledger.entries;
      const office = product.officePid ?? 0;
      process.kill(office, signal);
      const end = performance.now() + AWAY_MS;
      let whole = 0;
      while (performance.now() < end) {
        if (signal === "SIGKILL" && product.officePid !== undefined) process.kill(product.officePid, "SIGKILL");
        const calls = { secret: load.secret, calls: 200, atOnce: 8, seed: whole };
        const outcome = await runMixedCalls({ baseUrl: product.dataPlane, ...calls }).finished;
        expect(outcome).toMatchObject({ refusedOrFailed: 0, broken: 0, said: [] });
        whole += outcome.whole;
      }
      if (signal === "SIGSTOP") process.kill(office, "SIGCONT");
      await recovers("the office hangs, or dies again and again", () => answersAt(product));
      await product.waitUntilBooked();
      expect((await product.api<Status>("/status")).ledger.entries - before).toBe(whole);
      await own.strike();
    },
    300_000,
  );
});

function answersAt({ control }: Product): Promise<boolean> {
  return fetch(`${control}/healthz`)
    .then(({ ok }) => ok)
    .catch(() => false);
}
