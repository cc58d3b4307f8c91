/** A store in arrays, too simple to be wrong: the oracle that other stores and every question are held against. */
import { type BillsBooked, type CallRefused } from "#events";
import { err, ok, type Result } from "#std";
import { type Entry } from "./entry.ts";
import { entriesOfBills } from "./make-bill-entry.ts";
import { type OutcomeRow } from "./outcome-row.ts";
import { type Batch, type BatchDraft, joinStretch, type LedgerStore } from "./ledger-store.ts";
import { type Position, type StoreProblem, type Stretch } from "./ledger-store.ts";

export class NaiveStore implements LedgerStore {
  readonly #positions = new Map<string, Position>();
  entries: Entry[] = [];
  readonly refusals: CallRefused[] = [];
  readonly outcomes: OutcomeRow[] = [];

  positions(): Promise<readonly Position[]> {
    return Promise.resolve([...this.#positions.values()].toSorted((a, b) => (a.segment < b.segment ? -1 : 1)));
  }

  append({
    stretches,
    entries,
    refusals,
    outcomes = [],
    bills = [],
  }: Batch): Promise<Result<"appended" | "already", StoreProblem>> {
    const loaded = (segment: string) => this.#positions.get(segment)?.to ?? 0;
    if (stretches.every(({ segment, to }) => loaded(segment) >= to)) return Promise.resolve(ok("already"));
    for (const { segment, from } of stretches) {
      const expected = loaded(segment);
      if (expected !== from) return Promise.resolve(err({ type: "not-next", segment, expected, from }));
    }
    for (const entry of [...entries, ...bills.flatMap(entriesOfBills)]) this.#add(entry);
    this.refusals.push(...refusals);
    this.outcomes.push(...outcomes);
    for (const { segment, to, isDone, corrupted } of stretches)
      this.#positions.set(segment, { segment, to, isDone, corrupted });
    return Promise.resolve(ok("appended"));
  }

  draft(): BatchDraft {
    const batch = {
      stretches: new Array<Stretch>(),
      entries: new Array<Entry>(),
      refusals: new Array<CallRefused>(),
      outcomes: new Array<OutcomeRow>(),
      bills: new Array<BillsBooked>(),
    };
    return {
      get rows() {
        const bills = batch.bills.reduce((sum, { columns }) => sum + columns.bill.length, 0);
        return batch.entries.length + batch.refusals.length + batch.outcomes.length + bills;
      },
      get isEmpty() {
        return batch.stretches.length === 0;
      },
      add({ stretch, entries, refusals, outcomes, bills }) {
        joinStretch(batch.stretches, stretch);
        batch.entries.push(...entries);
        batch.refusals.push(...refusals);
        batch.outcomes.push(...outcomes);
        batch.bills.push(...bills);
      },
      append: () => this.append(batch),
    };
  }

  #add(entry: Entry): void {
    const rival = entry.state === "correction" ? this.entries.find(({ id }) => id === entry.id) : undefined;
    if (rival === undefined) this.entries.push(entry);
    else if (entry.bookedAt < rival.bookedAt) this.entries[this.entries.indexOf(rival)] = entry;
  }

  checkpoint(): Promise<Result<void, StoreProblem>> {
    return Promise.resolve(ok(undefined));
  }

  counts() {
    return Promise.resolve({ entries: this.entries.length, refusals: this.refusals.length });
  }

  close(): void {
    // Nothing is held.
  }
}
