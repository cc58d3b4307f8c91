import { type AttemptDispatched } from "#events";
import { type FoundSegment, listSegments, readSegment, type ReadProblem } from "#journal";
import { type Instant, instant } from "#units";
import { type Clock, type Disk } from "#world";
import { BatchPipe } from "./batch-pipe.ts";
import { type Entry } from "./entry.ts";
import { type LedgerStore, type Piece, type StoreProblem } from "./ledger-store.ts";
import { SegmentReading } from "./segment-reading.ts";

export interface LedgerOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** Of the journal. */
  readonly folder: string;
  readonly store: LedgerStore;
  /** Rows in one transaction, about. */
  readonly batchRows?: number;
  /** Told of entries on their way into the store; after a restart some come again. */
  readonly onEntries?: (entries: readonly Entry[]) => void;
  /** A pass is over: the entries that were told of are in the store for good, or will be told of again. */
  readonly onPass?: (pass: { readonly isKept: boolean; readonly bookedUntil: Instant }) => void;
}

export interface LedgerProgress {
  readonly segments: number;
  readonly bytes: number;
  readonly bytesNotLoaded: number;
  /** Lines passed over because their checksum did not fit. */
  readonly corruptedLines: number;
  /** Settlements that this process found without their dispatch, because its line was corrupted. */
  readonly unmatched: number;
  /** What stopped the loading of a segment, or of all; empty when everything is in. */
  readonly problems: readonly (ReadProblem | StoreProblem)[];
}

/**
 * With what a piece has beyond it, less than a row group of DuckDB, 122,880 rows. A batch of a little more becomes a full row
 * group and a tiny one, and the next checkpoint makes both anew with their neighbours: a third more work for each row.
 */
const BATCH_ROWS = 100_000;
/**
 * A few ms of work: the office answers pages between two pieces. What is read of one lives until its rows are made, and pieces
 * of a megabyte outlived collections of young memory: they cost a tenth more CPU for each entry than those of 256 KB, which
 * cost a thirtieth more for answers of the cache than these.
 */
const READ_BYTES = 128 * 1024;
/** Steps of one batch stand in one line, which may be longer. */
const SCRATCH_BYTES = 2 * READ_BYTES;
/** A thread writes what it booked in one turn at its end; no turn of a healthy thread is longer. */
const WRITTEN_WITHIN_MS = 250;

/**
 * Committed rows are written to the store's file this long after the first of them, or when there are many. Each time DuckDB
 * makes its last row group anew, up to 122,880 rows and a second of CPU, for however few new ones.
 */
const CHECKPOINT_MS = 300_000;

/** Tails the journal into the store. Rows are a pure function of the journal, in whatever order segments come. */
export class Ledger {
  readonly #options: LedgerOptions;
  /** Undefined before the first pass and after the store failed: then the store is asked how far it is. */
  #readings: Map<string, SegmentReading> | undefined;
  /** How far each segment is in the store; what a running pass has read is not there yet. */
  #committed: ReadonlyMap<string, number> = new Map();
  #problems: (ReadProblem | StoreProblem)[] = [];
  #bookedUntil = instant(0);
  #running: Promise<LedgerProgress> | undefined;
  readonly #scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  /** When the first row was committed that no checkpoint has; undefined when there is none. */
  #openSince: Instant | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Every attempt that ended before is in the store; 0 until a first pass came to the end of every segment. */
  bookedUntil(): Instant {
    return this.#bookedUntil;
  }

  /** As of now: what was written since the last pass is not loaded yet. */
  progress(): LedgerProgress {
    const segments = listSegments(this.#options.disk, this.#options.folder);
    const readings = [...(this.#readings?.values() ?? [])];
    return {
      segments: segments.length,
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      bytesNotLoaded: segments.reduce((sum, segment) => sum + this.#bytesNotLoaded(segment), 0),
      corruptedLines: this.corruptedLines(),
      unmatched: readings.reduce((sum, { unmatched }) => sum + unmatched, 0),
      problems: this.#problems,
    };
  }

  /** Lines of the journal that were passed over: what they said is in no total. */
  corruptedLines(): number {
    return [...(this.#readings?.values() ?? [])].reduce((sum, { corrupted }) => sum + corrupted, 0);
  }

  #bytesNotLoaded({ file, bytes }: FoundSegment): number {
    return Math.max(0, bytes - (this.#committed.get(file) ?? 0));
  }

  /** Attempts that were running when the journal was read last, each once: a segment may carry on those of another. */
  running(): readonly AttemptDispatched[] {
    const readings = [...(this.#readings?.values() ?? [])];
    const pending = readings.flatMap((reading) => [...reading.pending]);
    return [...new Map(pending.map((dispatched) => [dispatched.attempt, dispatched])).values()];
  }

  /** One pass over what was written since the last. A pass that is asked for while one runs is that one. */
  catchUp(): Promise<LedgerProgress> {
    this.#running ??= this.#pass().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** A pass that begins after this was asked: all that is written by now is in it. */
  async catchUpToNow(): Promise<LedgerProgress> {
    await this.#running;
    return this.catchUp();
  }

  async #pass(): Promise<LedgerProgress> {
    const { disk, clock, folder, store, batchRows = BATCH_ROWS } = this.#options;
    const startedAt = clock.now();
    this.#problems = [];
    this.#readings ??= new Map(
      (await store.positions()).map((position) => [position.segment, new SegmentReading(position.segment, position)]),
    );
    const pipe = new BatchPipe(store, batchRows);
    let storeProblem: StoreProblem | undefined;
    for (const segment of listSegments(disk, folder)) {
      storeProblem ??= await this.#loadSegment(segment, { reading: this.#readingOf(segment, this.#readings), pipe });
    }
    storeProblem ??= await pipe.finish();
    storeProblem ??= await this.#checkpoint(pipe.rows);
    if (storeProblem === undefined) {
      this.#committed = new Map([...this.#readings].map(([file, reading]) => [file, reading.to]));
    } else {
      this.#problems.push(storeProblem);
      this.#readings = undefined;
    }
    if (this.#problems.length === 0) this.#bookedUntil = instant(startedAt - WRITTEN_WITHIN_MS);
    this.#options.onPass?.({ isKept: storeProblem === undefined, bookedUntil: this.#bookedUntil });
    return this.progress();
  }

  async #checkpoint(rows: number): Promise<StoreProblem | undefined> {
    const { clock, store } = this.#options;
    if (rows > 0) this.#openSince ??= clock.now();
    if (this.#openSince === undefined || clock.now() - this.#openSince < CHECKPOINT_MS) return undefined;
    this.#openSince = undefined;
    const kept = await store.checkpoint();
    return kept.ok ? undefined : kept.error;
  }

  #readingOf({ file }: FoundSegment, readings: Map<string, SegmentReading>): SegmentReading {
    const known = readings.get(file);
    if (known !== undefined) return known;
    const fresh = new SegmentReading(file, undefined);
    readings.set(file, fresh);
    return fresh;
  }

  /** Reads to the segment's end. A segment that cannot be read holds up only itself. */
  async #loadSegment(
    { path, bytes }: FoundSegment,
    { reading, pipe }: { readonly reading: SegmentReading; readonly pipe: BatchPipe },
  ): Promise<StoreProblem | undefined> {
    const { disk, clock } = this.#options;
    const scratch = this.#scratch;
    if (reading.isDone || (reading.isWhole && reading.to === bytes)) return undefined;
    for (let offset = 0; !reading.isWhole;) {
      const read = readSegment(disk, path, { offset, most: Math.min(READ_BYTES, reading.to - offset), scratch });
      if (!read.ok) return void this.#problems.push(read.error);
      reading.replay(read.value);
      offset = read.value.end;
      await clock.sleep(0);
    }
    for (;;) {
      const read = readSegment(disk, path, { offset: reading.to, most: READ_BYTES, scratch });
      if (!read.ok) return void this.#problems.push(read.error);
      const piece = reading.take(read.value);
      const problem = piece === undefined ? undefined : await this.#add(piece, pipe);
      if (problem !== undefined || reading.isDone || read.value.isAtEnd) return problem;
      await clock.sleep(0);
    }
  }

  #add(piece: Piece, pipe: BatchPipe): Promise<StoreProblem | undefined> {
    if (piece.entries.length > 0) this.#options.onEntries?.(piece.entries);
    return pipe.add(piece);
  }
}
