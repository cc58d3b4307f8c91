/** From a journal in memory into a store, for tests of questions about steps. */
import { type JournalEvent } from "#events";
import { type DuckDbStore } from "./duckdb-store.ts";
import { assert } from "#std";
import { SegmentReading } from "./segment-reading.ts";

/** Loads what was written as one segment, in the two parts that `cut` makes of it. */
export async function loadWritten(store: DuckDbStore, written: readonly JournalEvent[], cut = 0): Promise<void> {
  const half = Math.min(cut, written.length);
  const reading = new SegmentReading("n.0.a.000001.journal", undefined);
  for (const [events, end] of [
    [written.slice(0, half), half + 1],
    [written.slice(half), written.length + 2],
  ] as const) {
    const lines = events.map((event) => ({ event, at: 0, end: 0 }));
    const part = { header: undefined, events: lines, end, seal: undefined, corrupted: 0, torn: 0, isAtEnd: true };
    const piece = reading.take(part);
    if (piece === undefined) continue;
    const appended = await store.append({ ...piece, stretches: [piece.stretch] });
    assert(appended.ok, "what was written can be loaded");
  }
}
