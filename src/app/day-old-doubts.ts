import { type BudgetTable, Residuals } from "#budget";
import { type AttemptCorrected, type JournalEvent } from "#events";
import { type FoundSegment, listSegments, readSegment } from "#journal";
import { type World } from "#world";
import { holderOf, sealedAt } from "./read-holder.ts";

/** What was older when somebody looked last was released then, or its period was over. */
const READ_BACK_MS = 25 * 60 * 60_000;
const FILE_BYTES_MAX = 64;
const PART_BYTES = 1024 * 1024;
const LOOK_MS = 60_000;

export interface DayOldDoubtsOptions {
  /** The folder of the journals. */
  readonly journal: string;
  /** Where it is kept until when somebody has looked: a gateway may be stopped for longer than a day. */
  readonly path: string;
  readonly table: BudgetTable;
  /** Journals the corrections and gives them to its budgets; false while nobody can. */
  readonly correct: (events: readonly AttemptCorrected[]) => boolean;
  /** A journal that cannot be read: what it left in doubt stays so until its period ends. */
  readonly unread: (path: string, problem: string) => void;
}

/**
 * What clients who left have left in doubt: a provider that has not billed it within a day does not, and budgets get it
 * back. If a thread dies before it has journalled a correction, the next start finds the attempt in its journal again.
 */
export class DayOldDoubts {
  readonly #world: World;
  readonly #options: DayOldDoubtsOptions;
  readonly #residuals: Residuals;
  /** What segments sealed before have left in doubt is no longer of interest. */
  #since: number;
  #due: readonly AttemptCorrected[] = [];
  #lookAtMs = 0;
  /** Journals that are being read, or wait for it. */
  #reading = 0;
  #isOpen = false;
  #isClosed = false;

  constructor(world: World, options: DayOldDoubtsOptions) {
    this.#world = world;
    this.#options = options;
    this.#residuals = new Residuals(options.table);
    this.#since = lookedUntil(world, options.path) - READ_BACK_MS;
  }

  apply(table: BudgetTable): void {
    this.#residuals.apply(table);
  }

  /** Reads what threads before this start have left, a piece at a time beside the calls. */
  async open(): Promise<void> {
    await this.#readAll(listSegments(this.#world.disk, this.#options.journal));
    this.#isOpen = true;
  }

  /** The holder is gone and its segments are sealed: they say what it has told nobody, or not yet. */
  lost(holder: string): Promise<void> {
    const segments = listSegments(this.#world.disk, this.#options.journal);
    return this.#readAll(segments.filter((segment) => holderOf(segment) === holder));
  }

  /** Nobody gives anything back any more: the next start reads what is left to read. */
  close(): void {
    this.#isClosed = true;
  }

  /** What a thread of this run has journalled. */
  hear(events: readonly JournalEvent[]): void {
    for (const event of events) this.#residuals.read(event);
  }

  /** Call it every now and then. Before all journals are read a correction in one of them may be unknown. */
  tick(): void {
    const { clock } = this.#world;
    if (!this.#isOpen || this.#reading > 0 || clock.monotonicMs() < this.#lookAtMs) return;
    this.#lookAtMs = clock.monotonicMs() + LOOK_MS;
    this.#due = [...this.#due, ...this.#residuals.due(clock.now())];
    // Who was given something has until the next look to journal it.
    if (this.#due.length === 0) return this.#note();
    if (this.#options.correct(this.#due)) this.#due = [];
  }

  /** While a disk does not take it, it looks again with the next tick; a start would read more, or, were it the first, less. */
  #note(): void {
    const { disk, clock } = this.#world;
    const noted = disk.replace(this.#options.path, Buffer.from(String(clock.now())));
    if (!noted.ok) this.#lookAtMs = 0;
    this.#since = clock.now() - READ_BACK_MS;
  }

  async #readAll(found: readonly FoundSegment[]): Promise<void> {
    const since = this.#since;
    this.#reading += 1;
    for (const segments of Map.groupBy(found, holderOf).values())
      for (const segment of segments.toSorted((left, right) => left.sequence - right.sequence))
        if (!this.#isClosed) await this.#read(segment, since);
    this.#reading -= 1;
  }

  async #read(segment: FoundSegment, since: number): Promise<void> {
    const { disk, clock } = this.#world;
    const sealed = sealedAt(this.#world, [segment]);
    if (sealed !== undefined && sealed < since) return;
    for (let offset = 0; offset < segment.bytes && !this.#isClosed;) {
      const part = readSegment(disk, segment.path, { offset, most: PART_BYTES });
      if (!part.ok) return this.#options.unread(segment.path, part.error.type);
      for (const { event } of part.value.events) this.#residuals.read(event);
      if (part.value.isAtEnd || part.value.end === offset) return;
      offset = part.value.end;
      await clock.sleep(1);
    }
  }
}

/** Where nobody has noted it, a start of another version or a restored folder, that is now. */
function lookedUntil({ disk, clock }: World, path: string): number {
  const text = disk.read(path, 0, FILE_BYTES_MAX)?.toString("latin1") ?? "";
  return /^\d{1,16}$/.test(text) ? Math.min(Number(text), clock.now()) : clock.now();
}
