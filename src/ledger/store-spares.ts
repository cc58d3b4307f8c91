import { type CallRefused } from "#events";
import { entryColumns, keptColumns, outcomeColumns, refusalColumns } from "./entry-columns.ts";
import { type Entry } from "./entry.ts";
import { type KeptRows } from "./kept-rows.ts";
import { kindColumns, type KindOfBills } from "./load-bills.ts";
import { type OutcomeRow } from "./outcome-row.ts";
import { SpareBuffers } from "./spare-buffers.ts";
import { SpareChunks } from "./spare-chunks.ts";

/** What the batches of one store leave to those that come after them. */
export class StoreSpares {
  readonly chunks = new SpareChunks();
  readonly entries = new SpareBuffers<Entry>(entryColumns);
  readonly refusals = new SpareBuffers<CallRefused>(refusalColumns);
  readonly outcomes = new SpareBuffers<OutcomeRow>(outcomeColumns);
  readonly kinds = new SpareBuffers<KindOfBills>(kindColumns);
  readonly kept = new SpareBuffers<KeptRows>(keptColumns);
}
