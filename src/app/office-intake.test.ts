import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readConfig } from "#config";
import { openDuckDbStore } from "#ledger";
import { instant } from "#units";
import { realWorld } from "#world";
import { buildPrices } from "./compile.ts";
import { OfficeIntake } from "./office-intake.ts";

const real = realWorld();
const passed = { segments: 0, bytes: 0, bytesNotLoaded: 0, corruptedLines: 0, unmatched: 0, problems: [] };

it("tells once, and not at each pass, that the disk has no room to take steps, and opens when there is room", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-intake-"));
  const store = await openDuckDbStore(join(folder, "ledger.duckdb"), { memoryBytes: 2 ** 28, threads: 1 });
  if (!store.ok) throw new Error(store.error.type);
  const config = readConfig("{}", { env: {}, readSecretFile: () => undefined, now: instant(0) });
  if (!config.ok) throw new Error("defaults are good");
  const inForce = { config: config.value, prices: await buildPrices(config.value) };
  let freeBytes = 1000;
  const logged: unknown[] = [];
  const intake = new OfficeIntake(
    { ...real, disk: { ...real.disk, freeBytes: () => freeBytes } },
    {
      opening: { folder },
      store: store.value,
      inForce: () => inForce,
      log: (_, event, facts) => void logged.push([event, facts?.["problem"]]),
      tell: () => undefined,
    },
  );
  onTestFinished(async () => {
    await intake.close();
    store.value.close();
    rmSync(folder, { recursive: true });
  });
  for (let pass = 0; pass < 3; pass += 1) await intake.afterPass(passed);
  expect(logged).toEqual([["intake-not-open", "disk-full"]]);
  expect(intake.intake).toBeUndefined();
  freeBytes = 1e12;
  await intake.afterPass(passed);
  expect(intake.intake).toBeDefined();
  expect(logged).toHaveLength(1);
});
