import { type JournalEvent } from "#events";
import { err, ok, type Result } from "#std";

/** Where events go: all of one turn are written together, and each is told how that went. */
export interface BillJournal {
  readonly writable: boolean;
  appendInTurn(event: JournalEvent, written: (result: Result<void, { readonly type: string }>) => void): void;
}

/** Resolves when all are in the journal. */
export function writeEvents(
  journal: BillJournal,
  events: readonly JournalEvent[],
): Promise<Result<void, { readonly type: "not-written" }>> {
  if (!journal.writable) return Promise.resolve(err({ type: "not-written" }));
  return new Promise((resolve) => {
    let waiting = events.length;
    let isWritten = true;
    if (waiting === 0) resolve(ok(undefined));
    for (const event of events)
      journal.appendInTurn(event, (result) => {
        isWritten &&= result.ok;
        waiting -= 1;
        if (waiting === 0) resolve(isWritten ? ok(undefined) : err({ type: "not-written" }));
      });
  });
}
