import { type Books } from "#books";
import { type Config } from "#config";
import { type FoundSegment, listSegments, removeSegment } from "#journal";
import { type DuckDbStore } from "#ledger";
import { type Instant, instant } from "#units";
import { type World } from "#world";
import { type Log } from "./log.ts";
import { type FolderTurns } from "./folder-turns.ts";
import { holderOf, sealedAt } from "./read-holder.ts";

export interface OfficeRetentionOptions {
  readonly world: World;
  /** Of the journal. */
  readonly folder: string;
  readonly store: DuckDbStore;
  readonly books: Books;
  readonly settings: () => Config["retention"];
  /** The first instant that any budget in force counts; undefined when there is none. */
  readonly countedFrom: () => Instant | undefined;
  readonly turns: FolderTurns;
  readonly log: Log;
}

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Bills and steps come with the day they are for; so long after its seal a segment has no entry that is still kept. */
const JOURNAL_LATER_MS = 35 * DAY_MS;

/**
 * Deletes what is past its time. The journal is what a lost ledger, or one of another version, is made of again, so a
 * segment goes only when nothing of it is in a ledger any more: what is left makes exactly the ledger that is left.
 */
export class OfficeRetention {
  readonly #options: OfficeRetentionOptions;
  #dueAt = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(options: OfficeRetentionOptions) {
    this.#options = options;
  }

  /** Looks about once an hour. Not beside a pass of the ledger, and when a backup runs not before its end. */
  async tick(): Promise<void> {
    const { turns, world } = this.#options;
    if (world.clock.monotonicMs() < this.#dueAt || !turns.isFree) return;
    this.#dueAt = world.clock.monotonicMs() + EVERY_MS;
    this.#running = turns.take(() => this.enforce());
    await this.#running;
  }

  /** Resolves when nothing is being deleted; another look is not begun by this. */
  settled(): Promise<void> {
    return this.#running;
  }

  async enforce(): Promise<void> {
    const { world, folder, store, books, settings, log } = this.#options;
    const now = world.clock.now();
    const before = (keptMs: number | undefined) =>
      keptMs === undefined ? undefined : instant(Math.max(0, now - keptMs));
    const { ledgerMs, stepsMs, auditMs, alertsMs } = settings();
    const [auditBefore, alertsBefore] = [before(auditMs), before(alertsMs)];
    const audit = auditBefore === undefined ? 0 : await books.audit.prune(auditBefore);
    if (alertsBefore !== undefined) await books.alerts.prune(alertsBefore);
    const segments = await this.#segmentsBefore(before(ledgerMs));
    const retired = await store.retire({
      before: before(ledgerMs),
      stepsBefore: before(stepsMs),
      segments: segments.map(({ file }) => file),
    });
    if (!retired.ok) return log("error", "retention-failed", { problem: retired.error.type });
    if (retired.value === undefined) return log("warn", "retention-waits", { problem: "the disk is nearly full" });
    // Only now: had the office died before, the segments would be loaded again, and retired by the next look.
    for (const segment of segments) removeSegment(world.disk, folder, segment);
    const rows = retired.value;
    if (rows + segments.length + audit > 0)
      log("info", "retired", { ledger_rows: rows, segments: segments.length, audit_lines: audit });
  }

  /**
   * Sealed, loaded to the seal, and of a time that neither the ledger keeps nor a budget counts. Of each writer the first
   * ones, up to one that has to stay: no hole is left in the middle, and the seals of all the others need not be read.
   */
  async #segmentsBefore(before: Instant | undefined): Promise<readonly FoundSegment[]> {
    if (before === undefined) return [];
    const { world, folder, store, countedFrom } = this.#options;
    const until = Math.min(before - JOURNAL_LATER_MS, (countedFrom() ?? Infinity) - DAY_MS);
    const done = new Set((await store.positions()).filter(({ isDone }) => isDone).map(({ segment }) => segment));
    const isPast = (segment: FoundSegment) => {
      const at = done.has(segment.file) ? sealedAt(world, [segment]) : undefined;
      return at !== undefined && at < until;
    };
    const writers = Map.groupBy(listSegments(world.disk, folder), holderOf);
    return [...writers.values()].flatMap((segments) => {
      const inOrder = segments.toSorted((left, right) => left.sequence - right.sequence);
      const staying = inOrder.findIndex((segment) => !isPast(segment));
      return staying === -1 ? inOrder : inOrder.slice(0, staying);
    });
  }
}
