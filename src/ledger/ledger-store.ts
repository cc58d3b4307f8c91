import { type BillsBooked, type CallRefused } from "#events";
import { type Result } from "#std";
import { type Entry } from "./entry.ts";
import { type OutcomeRow } from "./outcome-row.ts";

/** How far a segment has been loaded. */
export interface Position {
  /** Name of the segment's file. */
  readonly segment: string;
  /** Bytes loaded. */
  readonly to: number;
  /** Sealed and loaded to its seal: nothing more will come. */
  readonly isDone: boolean;
  /** Lines passed over because their checksum did not fit. */
  readonly corrupted: number;
}

/** A stretch of one segment. */
export interface Stretch extends Position {
  readonly from: number;
}

/** Rows that a stretch of one segment makes. */
export interface Piece {
  readonly stretch: Stretch;
  readonly entries: readonly Entry[];
  readonly refusals: readonly CallRefused[];
  readonly outcomes: readonly OutcomeRow[];
  /** Each has an entry for each of its bills. */
  readonly bills: readonly BillsBooked[];
}

/** Rows and the stretches of journal that they are made of: the stretches are the batch's identity. */
export interface Batch {
  readonly stretches: readonly Stretch[];
  readonly entries: readonly Entry[];
  readonly refusals: readonly CallRefused[];
  readonly outcomes?: readonly OutcomeRow[];
  readonly bills?: readonly BillsBooked[];
}

export type StoreProblem =
  /** A stretch does not begin where its segment was loaded to; nothing was written. */
  | { readonly type: "not-next"; readonly segment: string; readonly expected: number; readonly from: number }
  /** Written by another version of this program, and the journal has no longer all of what it was made of. */
  | { readonly type: "other-version"; readonly version: number }
  | { readonly type: "store-failed"; readonly detail: string };

export interface StoreCounts {
  readonly entries: number;
  readonly refusals: number;
}

/** A batch that is being gathered; of one store, appended once. */
export interface BatchDraft {
  readonly rows: number;
  readonly isEmpty: boolean;
  /** Stretches of one segment follow each other. */
  add(piece: Piece): void;
  /** As `LedgerStore.append`. */
  append(): Promise<Result<"appended" | "already", StoreProblem>>;
}

/** Where entries are kept. Rows never change; loading the same journal again changes nothing. */
export interface LedgerStore {
  positions(): Promise<readonly Position[]>;
  /**
   * Rows and positions in one transaction, or nothing. `already` when this very batch was committed before. A second
   * correction of an attempt does not count: the one that was booked first stays, whatever the order of loading.
   */
  append(batch: Batch): Promise<Result<"appended" | "already", StoreProblem>>;
  /** Rows added to a draft need not be held by whoever makes them, which keeps long loads out of the garbage collector. */
  draft(): BatchDraft;
  /**
   * Makes durable what was appended. Until then a crash may take it, whole batches from the last on; `positions` tells
   * after the restart where to load again.
   */
  checkpoint(): Promise<Result<void, StoreProblem>>;
  counts(): Promise<StoreCounts>;
  close(): void;
}

/** Puts a stretch at the end of a batch; one that goes on with the last makes it longer. */
export function joinStretch(stretches: Stretch[], stretch: Stretch): void {
  const last = stretches.at(-1);
  if (last?.segment === stretch.segment) stretches.splice(-1, 1, { ...stretch, from: last.from });
  else stretches.push(stretch);
}
