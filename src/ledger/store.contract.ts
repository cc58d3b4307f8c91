import { afterEach, describe, expect, it } from "vitest";
import { instant, money } from "#units";
import { dispatched, refused, settled } from "../events/event-examples.ts";
import { type Batch, type LedgerStore } from "./ledger-store.ts";
import { entryOfCorrection, entryOfSettled } from "./make-entry.ts";

export interface OpenedStore {
  readonly store: LedgerStore;
  /** Ids of all entries, sorted, with the nanos of each. */
  rows(): Promise<readonly string[]>;
  /** Closes and opens again what was stored; the same store where nothing outlives it. */
  reopen(): Promise<OpenedStore>;
  remove(): void;
}

function batchOf(names: readonly string[], from: number, to: number): Batch {
  return {
    stretches: [{ segment: "n.0.a.000001.journal", from, to, isDone: false, corrupted: 0 }],
    entries: names.map((name) => entryOfSettled(dispatched(name), settled(name))),
    refusals: [refused(names.join())],
  };
}

/** What every ledger store must do. */
export function describeLedgerStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`a ledger store: ${name}`, () => {
    let opened: OpenedStore | undefined;
    afterEach(() => opened?.remove());

    it("keeps rows and position of a batch together", async () => {
      opened = await open();
      expect(await opened.store.append(batchOf(["a", "b"], 0, 100))).toEqual({ ok: true, value: "appended" });
      expect(await opened.store.append(batchOf(["c"], 100, 150))).toEqual({ ok: true, value: "appended" });
      expect(await opened.store.counts()).toEqual({ entries: 3, refusals: 2 });
      expect(await opened.store.positions()).toEqual([
        { segment: "n.0.a.000001.journal", to: 150, isDone: false, corrupted: 0 },
      ]);
      expect(await opened.rows()).toEqual(["attempt_a 1000", "attempt_b 1000", "attempt_c 1000"]);
    });

    it("takes a batch once, also after it was opened again", async () => {
      opened = await open();
      await opened.store.append(batchOf(["a"], 0, 100));
      expect(await opened.store.append(batchOf(["a"], 0, 100))).toEqual({ ok: true, value: "already" });
      opened = await opened.reopen();
      expect(await opened.store.append(batchOf(["a"], 0, 100))).toEqual({ ok: true, value: "already" });
      expect(await opened.store.counts()).toEqual({ entries: 1, refusals: 1 });
    });

    it("refuses a batch that leaves a gap or overlaps, and writes nothing of it", async () => {
      opened = await open();
      await opened.store.append(batchOf(["a"], 0, 100));
      for (const from of [50, 120])
        expect(await opened.store.append(batchOf(["b"], from, 200))).toMatchObject({
          ok: false,
          error: { type: "not-next", expected: 100, from },
        });
      expect(await opened.store.counts()).toEqual({ entries: 1, refusals: 1 });
    });

    it("refuses a batch of which one stretch is in and another is not", async () => {
      opened = await open();
      await opened.store.append(batchOf(["a"], 0, 100));
      const mixed = batchOf(["b"], 0, 100);
      const other = { segment: "n.1.a.000001.journal", from: 0, to: 10, isDone: true, corrupted: 0 };
      const appended = await opened.store.append({ ...mixed, stretches: [...mixed.stretches, other] });
      expect(appended.ok).toBe(false);
      expect(await opened.store.counts()).toEqual({ entries: 1, refusals: 1 });
    });

    it("counts one correction of an attempt, the first booked, in whatever order they come", async () => {
      const first = correction(1);
      const second = correction(2);
      for (const order of [
        [first, second],
        [second, first],
      ]) {
        opened?.remove();
        opened = await open();
        for (const [index, entry] of order.entries())
          await opened.store.append({ ...batchOf([], index * 10, index * 10 + 10), entries: [entry], refusals: [] });
        expect(await opened.rows()).toEqual(["attempt_a:correction 1"]);
      }
    });
  });
}

function correction(nanos: number) {
  return entryOfCorrection({
    type: "attempt-corrected",
    dispatched: dispatched("a"),
    before: { cost: { type: "unpriced", reason: "background" }, residual: money(5_000n) },
    settlement: settled("a", {
      at: instant(1_790_000_000_000 + nanos),
      cost: { type: "priced", nanos: money(BigInt(nanos)) },
    }),
    reason: "read",
  });
}
