import {
  type AccountStatus,
  type BudgetDefinition,
  BudgetTable,
  EmbeddedAuthority,
  JournalFold,
  type ReachedThreshold,
  type ToAuthority,
  type ToHolder,
} from "#budget";
import { type FoundSegment, listSegments } from "#journal";
import { type World } from "#world";
import { readCheckpoint, writeCheckpoint } from "./budget-checkpoint.ts";
import { type Log } from "./log.ts";
import { holderOf, readHolder, sealedAt } from "./read-holder.ts";

export interface LocalAuthorityOptions {
  readonly log: Log;
  readonly checkpoint: string;
  /** The folder of the journals. */
  readonly journal: string;
  readonly send: (holder: string, message: ToHolder) => void;
  readonly reached: (threshold: ReachedThreshold) => void;
}

/** While somebody waits for others to give back, silence is looked for this often. */
const PRESS_MS = 5;
/** A round of recall is over by then, or begun anew. */
const PRESS_FOR_MS = 300;
const CHECKPOINT_MS = 2_000;
/** A checkpoint of many accounts takes long: at most one part in so many of the time goes into them. */
const CHECKPOINT_SHARE = 20;
/** What ended so long ago changes no account that is still open. */
const LATE_MS = 15 * 60_000;

/** The authority of this machine's budgets on the gateway's main thread, with its checkpoint and its reading of journals. */
export class LocalAuthority {
  readonly #world: World;
  readonly #options: LocalAuthorityOptions;
  #table: BudgetTable;
  #definitions: readonly BudgetDefinition[] = [];
  #authority: EmbeddedAuthority;
  /** Holders whose journals are booked to their end. */
  #done = new Set<string>();
  /** Those whose last word was heard. */
  readonly #leaving = new Set<string>();
  readonly #reclaiming = new Set<Promise<void>>();
  #pressUntilMs = 0;
  #isPressing = false;
  #isChanged = false;
  #checkpointAtMs = 0;

  constructor(world: World, options: LocalAuthorityOptions) {
    this.#world = world;
    this.#options = options;
    this.#table = new BudgetTable([], 0);
    this.#authority = new EmbeddedAuthority(this.#table, this.#port());
  }

  get table(): BudgetTable {
    return this.#table;
  }

  get revision(): number {
    return this.#table.revision;
  }

  status(): readonly AccountStatus[] {
    return this.#authority.status();
  }

  /** From checkpoint and journals to what is spent and in doubt now. Nothing may be admitted before this is done. */
  async open(definitions: readonly BudgetDefinition[]): Promise<void> {
    const { disk, clock } = this.#world;
    const { log, checkpoint: path } = this.#options;
    this.#definitions = definitions;
    this.#table = new BudgetTable(definitions, clock.now());
    this.#authority = new EmbeddedAuthority(this.#table, this.#port());
    const kept = readCheckpoint(disk, path);
    if (kept.type === "kept") {
      this.#authority = EmbeddedAuthority.restore(kept.checkpoint.authority, this.#table, this.#port());
      this.#done = new Set(kept.checkpoint.done);
    } else if (kept.type === "unreadable") {
      log("error", "budget-checkpoint-unreadable", { path, detail: kept.detail });
    }
    await this.#readUnread({ isRebuilding: kept.type !== "kept" });
    if (definitions.length > 0 || kept.type === "kept") this.#write();
  }

  join(holder: string): void {
    this.#authority.join(holder);
  }

  hear(messages: readonly ToAuthority[]): void {
    this.#isChanged = true;
    const isWaiting = messages.some((message) => message.type === "ask" && message.urgency === "now");
    this.#authority.receive(messages, this.#world.clock.now());
    for (const { type, holder } of messages) if (type === "leave") this.#leaving.add(holder);
    if (isWaiting) this.#pressSoon();
  }

  apply(definitions: readonly BudgetDefinition[]): void {
    this.#isChanged = true;
    this.#definitions = definitions;
    const revision = Math.max(this.#table.revision + 1, this.#world.clock.now());
    this.#table = new BudgetTable(definitions, revision);
    this.#authority.apply(this.#table, this.#world.clock.now());
    this.#pressSoon();
  }

  /**
   * The holder is gone and its segments are sealed: what they say replaces what it held. True where it had said all of that
   * itself before it ended.
   */
  lost(holder: string): boolean {
    const hasLeft = this.#leaving.delete(holder) && this.#authority.leave(holder, this.#world.clock.now());
    this.#authority.lose(holder);
    this.#pressSoon();
    const isEmpty = this.#definitions.length === 0 && this.#authority.status().length === 0;
    if (hasLeft || isEmpty) {
      this.#done.add(holder);
      this.#isChanged ||= !isEmpty;
      return hasLeft;
    }
    const reading = this.#reclaim(holder, this.#segments().get(holder) ?? [], { fromSums: true });
    this.#reclaiming.add(reading);
    void reading.finally(() => this.#reclaiming.delete(reading));
    return false;
  }

  /** Periods that are over, and the checkpoint. Call it about every second. */
  tick(): void {
    this.#authority.tick(this.#world.clock.now());
    if (this.#isChanged && this.#world.clock.monotonicMs() >= this.#checkpointAtMs) this.#write();
  }

  async close(): Promise<void> {
    await Promise.all(this.#reclaiming);
    if (this.#isChanged) this.#write();
  }

  async #readUnread({ isRebuilding }: { readonly isRebuilding: boolean }): Promise<void> {
    const unread = [...this.#segments()].filter(([holder]) => !this.#done.has(holder));
    const earliest = this.#earliest();
    const recent = unread.filter(([, segments]) => {
      const at = sealedAt(this.#world, segments);
      return at === undefined || at >= earliest;
    });
    if (isRebuilding && this.#definitions.length > 0 && recent.length > 0)
      this.#options.log("warn", "budgets-rebuilt-from-journals", { journals: recent.length });
    const read = new Set(recent.map(([holder]) => holder));
    for (const [holder, segments] of unread) {
      // Sums know only the budgets that were there: those of a rebuilding may be others.
      if (read.has(holder)) await this.#reclaim(holder, segments, { fromSums: !isRebuilding });
      else this.#done.add(holder);
    }
  }

  /** The first instant that any budget in force counts; Infinity when there is none. */
  #earliest(): number {
    const now = this.#world.clock.now();
    let earliest = Infinity;
    for (const { id } of this.#definitions) {
      const from = this.#table.budget(id)?.clock.at(now).from ?? Infinity;
      if (from - LATE_MS < earliest) earliest = from - LATE_MS;
    }
    return earliest;
  }

  async #reclaim(
    holder: string,
    segments: readonly FoundSegment[],
    { fromSums }: { readonly fromSums: boolean },
  ): Promise<void> {
    const fold = new JournalFold(this.#table);
    const read = await readHolder(this.#world, this.#counting(segments), { fold, fromSums });
    const { log } = this.#options;
    if (!read.ok) {
      // Its slices stay taken: what cannot be read may have been spent.
      log("error", "budget-journal-unreadable", { holder, problem: read.error.type, path: read.error.path });
      return;
    }
    if (read.value > 0) log("error", "budget-journal-damaged", { holder, lines: read.value });
    // One that a checkpoint knows nothing of is known from here on.
    this.#authority.join(holder);
    this.#authority.reclaim(holder, fold.totalsOf(holder), this.#world.clock.now());
    this.#done.add(holder);
    this.#isChanged = true;
  }

  /** Without those that were sealed before the first period of any account began: a thread may have run for months. */
  #counting(segments: readonly FoundSegment[]): readonly FoundSegment[] {
    let earliest = this.#earliest();
    for (const { account } of this.#authority.status()) earliest = Math.min(earliest, account.from - LATE_MS);
    return segments.filter((segment) => (sealedAt(this.#world, [segment]) ?? Infinity) >= earliest);
  }

  #segments(): Map<string, FoundSegment[]> {
    return Map.groupBy(listSegments(this.#world.disk, this.#options.journal), holderOf);
  }

  #pressSoon(): void {
    const { clock } = this.#world;
    this.#pressUntilMs = clock.monotonicMs() + PRESS_FOR_MS;
    if (this.#isPressing) return;
    this.#isPressing = true;
    clock.after(PRESS_MS, () => this.#press());
  }

  #press(): void {
    const { clock } = this.#world;
    this.#authority.tick(clock.now());
    this.#isPressing = clock.monotonicMs() < this.#pressUntilMs;
    if (this.#isPressing) clock.after(PRESS_MS, () => this.#press());
  }

  #write(): void {
    const { disk, clock } = this.#world;
    const { log, checkpoint: path } = this.#options;
    const begunMs = clock.monotonicMs();
    this.#isChanged = false;
    const written = writeCheckpoint(disk, path, {
      authority: this.#authority.checkpoint(),
      done: [...this.#done],
    });
    // Without a new one the next start reads more of the journals; nothing is lost.
    if (!written.ok) log("warn", "budget-checkpoint-not-written", { path, problem: written.error.type });
    const nowMs = clock.monotonicMs();
    this.#checkpointAtMs = nowMs + Math.max(CHECKPOINT_MS, (nowMs - begunMs) * CHECKPOINT_SHARE);
  }

  #port() {
    const { send, reached } = this.#options;
    return { send, reached };
  }
}
