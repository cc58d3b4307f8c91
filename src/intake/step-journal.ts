import { type JournalEvent } from "#events";
import { err, ok, type Result } from "#std";

/** Where events go: all of one turn are written together, and each is told how that went. */
export interface StepJournal {
  readonly writable: boolean;
  appendInTurn(event: JournalEvent, written: (result: Result<void, { readonly type: string }>) => void): void;
}

/** `too-fast`: the ledger is so far behind that its spans fill our memory; it will have caught up in some seconds. */
export type IntakeProblem = { readonly type: "not-written" | "too-fast" };

/** Resolves when all of them are in the journal. */
export async function writeAll(
  journal: StepJournal,
  events: readonly JournalEvent[],
): Promise<Result<void, IntakeProblem>> {
  const results = await Promise.all(
    events.map((event) => new Promise<boolean>((resolve) => journal.appendInTurn(event, (said) => resolve(said.ok)))),
  );
  return results.every(Boolean) ? ok(undefined) : err({ type: "not-written" });
}
