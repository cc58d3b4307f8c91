import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { instant } from "#units";
import { dispatched, settled } from "../events/event-examples.ts";
import { entryOfSettled } from "./make-entry.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
/** So many that single blocks of 256 KiB weigh little: of 3,000 a day the size differs by a fifth from day to day. */
const ENTRIES_A_DAY = 20_000;
const DAYS_BEFORE = 10;
const DAYS = 14;
const DAYS_KEPT = 4;

/** A day's entries, each of another interaction and user, so that nothing compresses to nothing. */
async function liveOn(store: DuckDbStore, day: number): Promise<void> {
  const entries = Array.from({ length: ENTRIES_A_DAY }, (_, index) => {
    const name = `${day}-${index}-${(index * 2_654_435_761) % 4_294_967_296}`;
    const { attribution } = dispatched(name);
    const at = instant(START + day * DAY + index);
    const differing = { at, attribution: { ...attribution, user: name, interaction: name } };
    return entryOfSettled(dispatched(name, differing), settled(name, { at }));
  });
  const stretches = [{ segment: `day-${day}`, from: 0, to: 1, isDone: true, corrupted: 0 }];
  expect(await store.append({ stretches, entries, refusals: [] })).toMatchObject({ ok: true });
  expect(await store.checkpoint()).toMatchObject({ ok: true });
}

async function keepDays(store: DuckDbStore, from: number): Promise<void> {
  const before = instant(START + from * DAY);
  expect(await store.retire({ before, stepsBefore: undefined, segments: [] })).toMatchObject({ ok: true });
}

it("a ledger that keeps four days is as large after fourteen as after ten", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-reuse-"));
  const path = join(folder, "ledger.duckdb");
  const opened = await openDuckDbStore(path, { memoryBytes: 2 ** 28, threads: 2 });
  if (!opened.ok) throw new Error(opened.error.type);
  const sizes: number[] = [];
  for (let day = 0; day < DAYS; day += 1) {
    await liveOn(opened.value, day);
    await keepDays(opened.value, day - DAYS_KEPT + 1);
    sizes.push(statSync(path).size);
  }
  opened.value.close();
  rmSync(folder, { recursive: true });
  expect(Math.max(...sizes.slice(DAYS_BEFORE)) / Math.max(...sizes.slice(0, DAYS_BEFORE))).toBeLessThan(1.1);
});
