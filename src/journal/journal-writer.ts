import { encodeEvent, type JournalEvent } from "#events";
import { assert, err, ok, type Result } from "#std";
import { type AppendFile, type Clock, type Disk, type DiskProblem } from "#world";
import { LineEncoder } from "./line.ts";
import { OpenAttempts } from "./open-attempts.ts";
import { Reserve } from "./reserve.ts";
import { encodeHeader, encodeSeal, fileNameOf, type SegmentName } from "./segment.ts";

/**
 * When bytes are forced to the device: at the end of each turn of the event loop, 50 ms after the first unsynced line,
 * or when the system likes. A crash of the process loses nothing with any of them.
 */
export type FsyncPolicy = "turn" | "50ms" | "never";

export interface JournalWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** Made when it is not there. */
  readonly folder: string;
  /** Letters, digits and hyphens. */
  readonly node: string;
  readonly thread: number;
  /** Letters, digits and hyphens; never used before by this node and thread. */
  readonly incarnation: string;
  readonly fsync: FsyncPolicy;
  /** A segment that has reached this size is sealed and the next one begun. */
  readonly segmentBytes?: number;
}

type Written = (result: Result<void, DiskProblem>) => void;

const WRITTEN = ok(undefined);
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Refusals that wait for space; more are dropped and counted, since while the disk is full every call makes one. */
const REFUSALS_KEPT_MAX = 10_000;
const RETRY_MS = 1000;
const FSYNC_DELAY_MS = { turn: 0, "50ms": 50 } as const;

/** Writes one thread's row of segments. Everything but the sync happens before `append` returns. */
export class JournalWriter {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #fsync: FsyncPolicy;
  readonly #segmentBytes: number;
  readonly #reserve: Reserve;
  readonly #encoder = new LineEncoder();
  /** Attempts that are dispatched and not settled, with their line for the next segment. */
  readonly #open = new OpenAttempts();
  /** Events that are written together at the end of this turn. */
  #turn: { readonly event: JournalEvent; readonly written: Written }[] = [];
  /** Lines that the full disk did not take, in order. */
  #kept: string[] = [];
  #refusalsKept = 0;
  #refusalsDropped = 0;
  #name: SegmentName;
  #file: AppendFile;
  /** Segments left behind by a roll-over whose seal did not fit on the disk. */
  #unsealed: { readonly file: AppendFile; readonly carried: readonly string[] }[] = [];
  #problem: DiskProblem | undefined;
  #retry: ReturnType<Clock["after"]> | undefined;
  #isSyncDue = false;
  /** Syncs run one after another, and files close behind them. */
  #syncs: Promise<void> = Promise.resolve();
  #isSealed = false;
  #sumUp: () => string | undefined = () => undefined;

  private constructor(options: JournalWriterOptions, first: { name: SegmentName; file: AppendFile; reserve: Reserve }) {
    this.#disk = options.disk;
    this.#clock = options.clock;
    this.#folder = options.folder;
    this.#fsync = options.fsync;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    this.#name = first.name;
    this.#file = first.file;
    this.#reserve = first.reserve;
  }

  static open(options: JournalWriterOptions): Result<JournalWriter, DiskProblem> {
    const { disk, clock, folder, node, thread, incarnation } = options;
    const made = disk.makeFolder(folder);
    if (!made.ok) return made;
    const name = { node, thread, incarnation, sequence: 1 };
    const reserve = new Reserve(disk, { folder, file: `${node}.${thread}.${incarnation}.reserve` });
    const set = reserve.set();
    if (!set.ok) return set;
    const file = openSegment(
      disk,
      `${folder}/${fileNameOf(name)}`,
      new LineEncoder().encode(encodeHeader(name, clock.now())),
    );
    if (!file.ok) {
      reserve.release();
      return file;
    }
    return ok(new JournalWriter(options, { name, file: file.value, reserve }));
  }

  /**
   * Asked at each roll-over: the new segment's header says it of all that stands in the segments before. It is asked between two
   * events, when whoever appends them has drawn from each what it draws from it.
   */
  sumUpWith(sumUp: () => string | undefined): void {
    this.#sumUp = sumUp;
  }

  /** False while something keeps the disk from taking lines: nothing may be dispatched then. */
  get writable(): boolean {
    return this.#problem === undefined && !this.#isSealed;
  }

  get problem(): DiskProblem | undefined {
    return this.#problem;
  }

  /** `open`: attempts in flight. `kept`: lines waiting for space. `refusalsDropped`: refusals not written for want of it. */
  get counts(): { readonly open: number; readonly kept: number; readonly refusalsDropped: number } {
    return { open: this.#open.size, kept: this.#kept.length, refusalsDropped: this.#refusalsDropped };
  }

  /**
   * Dispatches and recalled answers fail when they cannot be written. Everything else is kept in memory, in order, and written first when
   * the disk takes lines again; there are never more settlements than attempts that were dispatched before.
   */
  append(event: JournalEvent): Result<void, DiskProblem> {
    assert(!this.#isSealed, "nothing is appended to a journal that was sealed");
    this.#writeTurn();
    this.#rollOverWhenFull();
    return this.#append(event);
  }

  /**
   * Like `append`, but all events of one turn of the event loop are written at once, in order: a write costs more than
   * making what is written. `written` is told what `append` would have returned, when that is true.
   */
  appendInTurn(event: JournalEvent, written: Written): void {
    assert(!this.#isSealed, "nothing is appended to a journal that was sealed");
    if (this.#turn.length === 0) this.#clock.afterTurn(() => this.#writeTurn());
    this.#turn.push({ event, written });
  }

  #writeTurn(): void {
    const turn = this.#turn;
    if (turn.length === 0) return;
    this.#turn = [];
    if (this.#problem === undefined && this.#write(...turn.map(({ event }) => this.#noteOpen(event))).ok) {
      this.#rollOverWhenFull();
      for (const { written } of turn) written(WRITTEN);
      return;
    }
    for (const { event } of turn) if (event.type === "attempt-dispatched") this.#open.delete(event.attempt);
    for (const { event, written } of turn) written(this.#append(event));
  }

  /** Before the write, behind which a roll-over must carry this attempt too. */
  #noteOpen(event: JournalEvent): string {
    const text = encodeEvent(event);
    if (event.type === "attempt-dispatched") this.#open.add(event.attempt, text);
    else if (event.type === "attempt-settled") this.#open.delete(event.attempt);
    return text;
  }

  #append(event: JournalEvent): Result<void, DiskProblem> {
    if (event.type === "attempt-dispatched") return this.#appendDispatched(event.attempt, encodeEvent(event));
    if (event.type === "attempt-settled") this.#open.delete(event.attempt);
    const text = encodeEvent(event);
    // No money waits for it, and there may be any number: like a dispatch it is written or does not happen.
    if (event.type === "answer-recalled" || event.type === "cost-adjusted")
      return this.#problem === undefined ? this.#write(text) : err(this.#problem);
    if (this.#problem !== undefined) return this.#keep(text, event.type);
    const written = this.#write(text);
    return written.ok ? written : this.#keep(text, event.type);
  }

  #appendDispatched(attempt: string, text: string): Result<void, DiskProblem> {
    if (this.#problem !== undefined) return err(this.#problem);
    this.#open.add(attempt, text);
    const written = this.#write(text);
    if (!written.ok) this.#open.delete(attempt);
    return written;
  }

  #write(...texts: readonly string[]): Result<void, DiskProblem> {
    const appended = this.#file.append(this.#encoder.encode(...texts));
    if (!appended.ok) {
      this.#stop(appended.error);
      return appended;
    }
    this.#syncSoon();
    return appended;
  }

  /** Not right after a line that was appended alone: only its sender knows what has come of it, and has not said so yet. */
  #rollOverWhenFull(): void {
    if (this.#file.length >= this.#segmentBytes && this.#problem === undefined && this.#kept.length === 0)
      this.#rollOver();
  }

  #keep(text: string, type: JournalEvent["type"]): Result<void, DiskProblem> {
    assert(this.#problem !== undefined, "lines are kept only while the disk takes none");
    if (type === "call-refused") {
      if (this.#refusalsKept >= REFUSALS_KEPT_MAX) {
        this.#refusalsDropped += 1;
        return err(this.#problem);
      }
      this.#refusalsKept += 1;
    }
    this.#kept.push(text);
    if (type !== "call-refused" && this.#problem.type === "disk-full") {
      // Giving up the reserve makes space at once, so that money is on the disk even if the process dies now.
      this.#reserve.release();
      this.#writeKept();
    }
    return ok(undefined);
  }

  #writeKept(): boolean {
    if (this.#kept.length === 0) return true;
    const appended = this.#file.append(this.#encoder.encode(...this.#kept));
    if (!appended.ok) return false;
    this.#kept = [];
    this.#refusalsKept = 0;
    this.#syncSoon();
    return true;
  }

  #stop(problem: DiskProblem): void {
    this.#problem = problem;
    if (problem.type === "disk-full") this.#retry = this.#clock.after(RETRY_MS, () => this.#tryAgain());
  }

  /** Space is there again when the kept lines fit and the reserve can be set aside anew. */
  #tryAgain(): void {
    if (this.#isSealed) return;
    if (this.#writeKept() && this.#reserve.set().ok) {
      this.#problem = undefined;
      this.#retry = undefined;
      this.#sealLeftBehind();
      return;
    }
    this.#retry = this.#clock.after(RETRY_MS, () => this.#tryAgain());
  }

  /**
   * The next segment stands, with the open attempts in it, before the old one is sealed: a crash between the two leaves
   * each attempt in at least one of them, and `sealAbandoned` sees which were carried. When the disk has no room for a
   * new segment the old one grows on.
   */
  #rollOver(): void {
    const name = { ...this.#name, sequence: this.#name.sequence + 1 };
    const header = encodeHeader(name, this.#clock.now(), this.#sumUp());
    const lines = this.#encoder.encode(header, ...this.#open.lines());
    const next = openSegment(this.#disk, `${this.#folder}/${fileNameOf(name)}`, lines);
    if (!next.ok) return;
    this.#unsealed.push({ file: this.#file, carried: this.#open.attempts() });
    this.#name = name;
    this.#file = next.value;
    this.#sealLeftBehind();
  }

  #sealLeftBehind(): void {
    this.#unsealed = this.#unsealed.filter(({ file, carried }) => {
      const sealed = file.append(this.#encoder.encode(encodeSeal(this.#clock.now(), carried)));
      if (!sealed.ok) {
        if (this.#problem === undefined) this.#stop(sealed.error);
        return true;
      }
      this.#syncs = this.#syncs.then(() => this.#syncAndClose(file));
      return false;
    });
  }

  #syncSoon(): void {
    if (this.#fsync === "never" || this.#isSyncDue) return;
    this.#isSyncDue = true;
    this.#clock.after(FSYNC_DELAY_MS[this.#fsync], () => {
      this.#syncs = this.#syncs.then(() => this.#sync());
    });
  }

  async #sync(): Promise<void> {
    this.#isSyncDue = false;
    if (this.#isSealed) return;
    const synced = await this.#file.sync();
    if (!synced.ok) this.#fail(synced.error);
  }

  async #syncAndClose(file: AppendFile): Promise<void> {
    const synced = this.#fsync === "never" ? ok(undefined) : await file.sync();
    file.close();
    if (!synced.ok) this.#fail(synced.error);
  }

  // After a failed sync the system may have dropped the pages and call the next sync a success, so there is no retry.
  #fail(problem: DiskProblem): void {
    if (this.#isSealed) return;
    this.#retry?.cancel();
    this.#problem =
      problem.type === "disk-full" ? { type: "disk-failed", path: problem.path, code: "ENOSPC" } : problem;
  }

  /** Ends the row: attempts that are still open become in doubt. Nothing may be appended afterwards. */
  seal(): Result<void, DiskProblem> {
    assert(!this.#isSealed, "a journal is sealed once");
    this.#writeTurn();
    this.#retry?.cancel();
    this.#reserve.release();
    const isWritten = this.#writeKept();
    if (isWritten) this.#sealLeftBehind();
    this.#isSealed = true;
    const sealed = this.#file.append(this.#encoder.encode(encodeSeal(this.#clock.now(), [])));
    const synced = sealed.ok && this.#fsync !== "never" ? this.#file.syncNow() : sealed;
    void this.#syncs.then(() => {
      for (const { file } of [...this.#unsealed, { file: this.#file }]) file.close();
      return undefined;
    });
    return synced;
  }
}

/** Makes a segment that holds its first lines, or leaves no file. */
function openSegment(disk: Disk, path: string, lines: Uint8Array): Result<AppendFile, DiskProblem> {
  const opened = disk.openAppend(path);
  if (!opened.ok) return opened;
  assert(opened.value.length === 0, "a segment is never opened twice");
  const begun = opened.value.append(lines);
  if (begun.ok) return opened;
  opened.value.close();
  disk.remove(path);
  return begun;
}
