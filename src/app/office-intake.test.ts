import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readConfig } from "#config";
import { Ledger, openDuckDbStore } from "#ledger";
import { instant } from "#units";
import { realWorld } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";
import { sender, spanOf } from "../intake/intake-rig.ts";
import { entryOfSettled } from "../ledger/make-entry.ts";
import { buildPrices } from "./compile.ts";
import { OfficeIntake } from "./office-intake.ts";

const real = realWorld();
const passed = { segments: 0, bytes: 0, bytesNotLoaded: 0, corruptedLines: 0, unmatched: 0, problems: [] };

/** An intake over a ledger of its own. */
async function openIntake({
  freeBytes,
  catchUpToNow,
}: Pick<typeof real.disk, "freeBytes"> & Pick<Ledger, "catchUpToNow">) {
  const folder = mkdtempSync(join(tmpdir(), "tare-intake-"));
  const store = await openDuckDbStore(join(folder, "ledger.duckdb"), { memoryBytes: 2 ** 28, threads: 1 });
  if (!store.ok) throw new Error(store.error.type);
  const config = readConfig("{}", { env: {}, readSecretFile: () => undefined, now: instant(0) });
  if (!config.ok) throw new Error("defaults are good");
  const inForce = { config: config.value, prices: await buildPrices(config.value) };
  const logged: unknown[] = [];
  const intake = new OfficeIntake(
    { ...real, disk: { ...real.disk, freeBytes } },
    {
      opening: { folder },
      store: store.value,
      ledger: { catchUpToNow },
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
  return { intake, store: store.value, folder, logged };
}

it("tells once, and not at each pass, that the disk has no room to take steps, and opens when there is room", async () => {
  let freeBytes = 1000;
  const { intake, logged } = await openIntake({
    freeBytes: () => freeBytes,
    catchUpToNow: () => Promise.resolve(passed),
  });
  for (let pass = 0; pass < 3; pass += 1) await intake.afterPass(passed);
  expect(logged).toEqual([["intake-not-open", "disk-full"]]);
  expect(intake.intake).toBeUndefined();
  freeBytes = 1e12;
  await intake.afterPass(passed);
  expect(intake.intake).toBeDefined();
  expect(logged).toHaveLength(1);
});

it("books a call once of which a span is the first ever, and comes while the ledger is about to have the call", async () => {
  const entry = entryOfSettled(dispatched("1"), settled("1", { upstreamId: "chatcmpl-1" }));
  const stretches = [{ segment: "gateway", from: 0, to: 1, isDone: false, corrupted: 0 }];
  const { intake, store, folder } = await openIntake({
    freeBytes: () => 1e12,
    catchUpToNow: async () => {
      await store.append({ stretches, entries: [entry], refusals: [] });
      return passed;
    },
  });
  await intake.afterPass(passed);
  intake.noteEntries([entry]);
  const answered = {
    "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.response.model": "gpt-5-mini",
    "gen_ai.usage.input_tokens": 1000,
  };
  await intake.intake?.takeSpans(sender, [spanOf({ id: "model", attributes: answered })]);
  await new Ledger({ ...real, folder: join(folder, "journal"), store }).catchUp();
  const rows = await store.query("SELECT number, nanos FROM entry_rows ORDER BY number", []);
  expect(rows).toEqual([
    { number: 0, nanos: 0n },
    { number: 1, nanos: 1_000n },
  ]);
});
