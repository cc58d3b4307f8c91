/** What is past its time is deleted, and so are the words that only it had: names of people are kept no longer than their entries. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { stepKinds } from "#inference";
import { instant } from "#units";
import { dispatched, settled } from "../events/event-examples.ts";
import { entryOfSettled } from "./make-entry.ts";

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

async function openAt(path: string): Promise<DuckDbStore> {
  const opened = await openDuckDbStore(path, { memoryBytes: 2 ** 28, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  return opened.value;
}

function entryOf(user: string, day: number) {
  const name = `${user}-${day}`;
  const at = instant(START + day * DAY);
  const { attribution } = dispatched(name);
  return entryOfSettled(dispatched(name, { at, attribution: { ...attribution, user } }), settled(name, { at }));
}

let place = 0;
async function append(store: DuckDbStore, users: readonly string[], day: number): Promise<void> {
  place += 1;
  const stretches = [{ segment: `segment-${place}`, from: 0, to: 1, isDone: true, corrupted: 0 }];
  const entries = users.map((user) => entryOf(user, day));
  expect(await store.append({ stretches, entries, refusals: [] })).toMatchObject({ ok: true });
}

async function retireBefore(store: DuckDbStore, day: number): Promise<void> {
  const before = instant(START + day * DAY);
  expect(await store.retire({ before, stepsBefore: undefined, segments: [] })).toMatchObject({ ok: true });
}

async function usersOf(store: DuckDbStore): Promise<readonly unknown[]> {
  const rows = await store.query("SELECT user FROM entries ORDER BY user", []);
  const coded = await store.query("SELECT user FROM entry_rows", []);
  expect(coded.map(({ user }) => String(user)).toSorted()).toEqual(rows.map(({ user }) => user));
  return rows.map(({ user }) => user);
}

async function wordsOf(store: DuckDbStore): Promise<readonly unknown[]> {
  return (await store.query("SELECT word FROM words", [])).map(({ word }) => word);
}

it("names go with the last entry that has them, and may come again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-retire-"));
  const path = join(folder, "ledger.duckdb");
  const store = await openAt(path);
  await append(store, ["alice", "bob"], 0);
  await append(store, ["bob", "carol"], 5);
  expect(await usersOf(store)).toEqual(["alice", "bob", "bob", "carol"]);
  expect(await wordsOf(store)).toEqual(expect.arrayContaining(["alice", "bob", "carol"]));
  await retireBefore(store, 3);
  expect(await usersOf(store)).toEqual(["bob", "carol"]);
  expect(await wordsOf(store)).toEqual(expect.arrayContaining(["bob", "carol"]));
  expect(await wordsOf(store)).not.toContain("alice");
  expect(await wordsOf(store)).toContain("in_doubt");
  await append(store, ["dave", "alice"], 6);
  expect(await usersOf(store)).toEqual(["alice", "bob", "carol", "dave"]);
  store.close();
  const again = await openAt(path);
  await append(again, ["alice", "erin"], 7);
  expect(await usersOf(again)).toEqual(["alice", "alice", "bob", "carol", "dave", "erin"]);
  again.close();
  rmSync(folder, { recursive: true });
});

it("steps that applications report go before calls, hits of the cache, bills and what meters measured", async () => {
  const store = await openAt(":memory:");
  const stretches = [{ segment: "segment-kinds", from: 0, to: 1, isDone: true, corrupted: 0 }];
  const kinds = [...stepKinds, "bill"] as const;
  const entries = kinds.map((kind) => ({ ...entryOf(`of ${kind}`, 0), kind }));
  expect(await store.append({ stretches, entries, refusals: [] })).toMatchObject({ ok: true });
  const stepsBefore = instant(START + DAY);
  expect(await store.retire({ before: undefined, stepsBefore, segments: [] })).toEqual({ ok: true, value: 6 });
  const gone = ["retrieval", "tool", "guard", "judge", "review", "custom"].map((kind) => `of ${kind}`);
  expect(await usersOf(store)).toEqual(
    kinds
      .map((kind) => `of ${kind}`)
      .filter((user) => !gone.includes(user))
      .toSorted(),
  );
  store.close();
});

it("who began to read before gets the names of all that stood then", { timeout: 30_000 }, async () => {
  const store = await openAt(":memory:");
  await append(store, ["alice", "bob"], 0);
  await append(store, ["carol"], 5);
  // Reads what stood when it began, and only after a while.
  const slow = "SELECT user FROM entry_rows WHERE (SELECT sum(sin(n)) FROM range(20000000) AS numbers(n)) IS NOT NULL";
  let hasRead = false;
  const reading = store.query(slow, []).finally(() => (hasRead = true));
  await retireBefore(store, 3);
  expect(hasRead).toBe(true);
  expect((await reading).map(({ user }) => String(user)).toSorted()).toEqual(["alice", "bob", "carol"]);
  expect(await usersOf(store)).toEqual(["carol"]);
  expect(await wordsOf(store)).not.toContain("alice");
  store.close();
});

it("loads a segment from its start again once it has forgotten it, and not before", async () => {
  const folder = mkdtempSync(join(tmpdir(), "retire-rows-"));
  const path = join(folder, "ledger.duckdb");
  const store = await openAt(path);
  const stretch = { segment: "it's-one.journal", from: 0, to: 1, isDone: true, corrupted: 0 };
  const batch = { stretches: [stretch], entries: [entryOf("ann", 0)], refusals: [] };
  const next = { ...batch, stretches: [{ ...stretch, from: 1, to: 2, corrupted: 3 }] };
  expect(await store.append(batch)).toEqual({ ok: true, value: "appended" });
  expect(await store.append(batch)).toEqual({ ok: true, value: "already" });
  expect(await store.append(next)).toEqual({ ok: true, value: "appended" });
  expect(await store.positions()).toEqual([{ segment: stretch.segment, to: 2, isDone: true, corrupted: 3 }]);
  const what = { before: undefined, stepsBefore: undefined, segments: [stretch.segment] };
  expect(await store.retire(what)).toEqual({ ok: true, value: 0 });
  expect(await store.positions()).toEqual([]);
  expect(await store.append(next)).toEqual({
    ok: false,
    error: { type: "not-next", segment: stretch.segment, expected: 0, from: 1 },
  });
  expect(await store.append(batch)).toEqual({ ok: true, value: "appended" });
  expect(await store.checkpoint()).toEqual({ ok: true, value: undefined });
  store.close();
  const again = await openAt(path);
  expect(await again.append(batch)).toEqual({ ok: true, value: "already" });
  again.close();
  rmSync(folder, { recursive: true });
});
