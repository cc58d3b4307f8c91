import { type AttemptDispatched, type BillEvent, type CallRefused, type JournalEvent } from "#events";
import { type BillsBooked, type StepEvent } from "#events";
import { type SegmentPart } from "#journal";
import { unreachable } from "#std";
import { type Entry } from "./entry.ts";
import { type Piece, type Position } from "./ledger-store.ts";
import { entriesOfCorrectedBill, entryOfBill } from "./make-bill-entry.ts";
import { entriesOfCorrectedStep, entryOfStep } from "./make-step-entry.ts";
import { type OutcomeRow, outcomeRow, rowsOfCorrectedOutcome } from "./outcome-row.ts";
import { entryOfAdjusted } from "./make-adjustment.ts";
import { entryInDoubt, entryOfCorrection, entryOfRecalled, entryOfSettled } from "./make-entry.ts";

interface Rows {
  readonly entries: Entry[];
  readonly refusals: CallRefused[];
  readonly outcomes: OutcomeRow[];
  readonly bills: BillsBooked[];
}

/**
 * One segment, read from its start towards its seal. Settled attempts become entries as they come; dispatched ones wait
 * here, and are in doubt only once the seal says that no settlement will follow and no other segment carries them.
 */
export class SegmentReading {
  readonly #segment: string;
  readonly #pending = new Map<string, AttemptDispatched>();
  #to: number;
  #isDone: boolean;
  #corrupted: number;
  #unmatched = 0;
  #isWhole: boolean;

  constructor(segment: string, position: Position | undefined) {
    this.#segment = segment;
    this.#to = position?.to ?? 0;
    this.#isDone = position?.isDone ?? false;
    this.#corrupted = position?.corrupted ?? 0;
    this.#isWhole = this.#isDone || this.#to === 0;
  }

  get to(): number {
    return this.#to;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  get corrupted(): number {
    return this.#corrupted;
  }

  get unmatched(): number {
    return this.#unmatched;
  }

  /** Dispatched, and not settled as far as the segment was read. */
  get pending(): Iterable<AttemptDispatched> {
    return this.#pending.values();
  }

  /** False after a restart, until `replay` was given what stands before `to`: the waiting dispatches are not stored. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Parts from 0 to exactly `to`, in order; makes no rows, since they are in the store. */
  replay({ events, end }: SegmentPart): void {
    for (const { event } of events) {
      if (event.type === "attempt-dispatched") this.#pending.set(event.attempt, event);
      else if (event.type === "attempt-settled") this.#pending.delete(event.attempt);
    }
    this.#isWhole = end >= this.#to;
  }

  /** The part that begins at `to`. Undefined when it holds nothing new. */
  take({ events, end, seal, corrupted }: SegmentPart): Piece | undefined {
    if (end === this.#to) return undefined;
    const rows: Rows = { entries: [], refusals: [], outcomes: [], bills: [] };
    for (const { event } of events) this.#takeEvent(event, rows);
    if (seal !== undefined) {
      const carried = new Set(seal.carried);
      for (const dispatched of this.#pending.values())
        if (!carried.has(dispatched.attempt)) rows.entries.push(entryInDoubt(dispatched, seal.at));
      this.#pending.clear();
      this.#isDone = true;
    }
    const from = this.#to;
    this.#to = end;
    this.#corrupted += corrupted;
    const stretch = { segment: this.#segment, from, to: end, isDone: this.#isDone, corrupted: this.#corrupted };
    return { stretch, ...rows };
  }

  #takeEvent(event: JournalEvent, rows: Rows): void {
    switch (event.type) {
      case "attempt-dispatched":
        this.#pending.set(event.attempt, event);
        return;
      case "attempt-settled": {
        const dispatched = this.#pending.get(event.attempt);
        if (dispatched === undefined) this.#unmatched += 1;
        else rows.entries.push(entryOfSettled(dispatched, event));
        this.#pending.delete(event.attempt);
        return;
      }
      case "attempt-corrected":
        rows.entries.push(entryOfCorrection(event));
        return;
      case "cost-adjusted":
        rows.entries.push(entryOfAdjusted(event));
        return;
      case "answer-recalled":
        rows.entries.push(entryOfRecalled(event));
        return;
      case "call-refused":
        rows.refusals.push(event);
        return;
      default:
        takeReported(event, rows);
    }
  }
}

/** What did not pass through the gateway. */
function takeReported(event: StepEvent | BillEvent, rows: Rows): void {
  switch (event.type) {
    case "step-recorded":
      rows.entries.push(entryOfStep(event.step, event.at));
      return;
    case "steps-recorded":
      for (const step of event.steps) rows.entries.push(entryOfStep(step, event.at));
      return;
    case "step-corrected":
      rows.entries.push(...entriesOfCorrectedStep(event));
      return;
    case "bill-booked":
      rows.entries.push(entryOfBill(event));
      return;
    case "bills-booked":
      rows.bills.push(event);
      return;
    case "bill-corrected":
      rows.entries.push(...entriesOfCorrectedBill(event));
      return;
    case "outcome-recorded":
      rows.outcomes.push(outcomeRow(event.outcome, { bookedAt: event.at, correction: 0, count: 1 }));
      return;
    case "outcome-corrected":
      rows.outcomes.push(...rowsOfCorrectedOutcome(event));
      return;
    default:
      unreachable(event);
  }
}
