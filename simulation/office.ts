/** The office as far as money goes: the production loader over the journals of all threads, on a store that is slow and may fail; it dies in the middle. */
import { type Ledger } from "#ledger";
import { err } from "#std";
import { type Clock, type Disk } from "#world";
import { type BatchDraft, type LedgerStore } from "../src/ledger/ledger-store.ts";
import { type SimulatedClock } from "./clock.ts";
import { JOURNAL_FOLDER } from "./disk-journal.ts";
import { type LedgerAuditor } from "./ledger-auditor.ts";
import { type Random } from "./random.ts";
import { type Room } from "./room.ts";
import { type Shelf } from "./shelf.ts";
import { type Tally } from "./tally.ts";

interface Surroundings {
  readonly room: Room;
  readonly clock: SimulatedClock;
  /** All journals. */
  readonly disk: Disk;
  /** Its own, so that what the office does changes nothing of what others draw. */
  readonly random: Random;
  readonly auditor: LedgerAuditor;
  readonly tally: Tally;
  readonly stepMsMax: number;
  note(line: string): void;
}

type Append = ReturnType<LedgerStore["append"]>;

/** In steps of the simulation. */
const PAUSE_MAX = 60;
const COMMIT_MAX = 4;
const QUIET_PAUSE_MS = 3_000;
const CRASH = 0.02;

export class Office {
  readonly #world: Surroundings;
  readonly #shelf: Shelf;
  #life = { isAlive: true };
  #clock: Clock;
  #ledger: Ledger;
  #isLoading = false;
  #nextAt = 0;
  /** Work of a store that goes on beside the simulation's time. */
  #asked = 0;
  isFaulty = true;

  constructor(world: Surroundings, shelf: Shelf) {
    this.#world = world;
    this.#shelf = shelf;
    this.#clock = this.#newClock();
    this.#ledger = this.#newLedger();
  }

  /** One moment: a pass goes on, or begins, or the process dies. */
  async step(): Promise<void> {
    const { random } = this.#world;
    if (this.#isLoading) await this.#settle();
    else if (this.#clock.now() >= this.#nextAt) await this.#load();
    const crash = this.#isLoading ? CRASH : CRASH / 10 / this.#shelf.dearness;
    if (this.isFaulty && random.isBelow(crash)) await this.#crash();
  }

  /** True when everything that was written by now is booked; otherwise a pass begins soon. */
  isDone(): boolean {
    if (this.#isLoading) return false;
    this.#nextAt = 0;
    return this.#ledger.progress().bytesNotLoaded === 0;
  }

  /** Everything is in, and nothing else. */
  async check(): Promise<void> {
    const { auditor } = this.#world;
    const { problems, unmatched, corruptedLines } = this.#ledger.progress();
    if (problems.length > 0) throw new Error(`the ledger stands still: ${problems[0]?.type}`);
    if (unmatched + corruptedLines > 0) throw new Error("the ledger passed over what good journals say");
    if (this.#ledger.running().length > 0) throw new Error("the ledger waits for attempts that have ended");
    auditor.check(await this.#shelf.rows(), Infinity);
    auditor.checkSpend(await this.#shelf.spend());
  }

  rows(): ReturnType<Shelf["rows"]> {
    return this.#shelf.rows();
  }

  close(): void {
    this.#life.isAlive = false;
    this.#shelf.close();
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    this.#world.tally.passes += 1;
    void this.#pass();
    await this.#settle();
  }

  async #pass(): Promise<void> {
    const { random, stepMsMax } = this.#world;
    const life = this.#life;
    await this.#ledger.catchUp();
    if (!life.isAlive) return;
    this.#isLoading = false;
    const pauseMs = this.isFaulty ? random.between(1, PAUSE_MAX * stepMsMax) : QUIET_PAUSE_MS;
    this.#nextAt = this.#clock.now() + pauseMs * this.#shelf.dearness;
  }

  /** Until nothing happens any more before time goes on. */
  async #settle(): Promise<void> {
    const { auditor, random } = this.#world;
    do await new Promise((resolve) => void setImmediate(resolve));
    while (this.#asked > 0);
    if (this.#isLoading) return;
    auditor.check(await this.#shelf.rows(), this.#ledger.bookedUntil());
    if (random.isBelow(0.2)) await this.#shelf.store.checkpoint();
  }

  async #crash(): Promise<void> {
    const { tally } = this.#world;
    this.#world.note(this.#isLoading ? "the office dies while it loads" : "the office dies");
    tally.officeCrashes += 1;
    if (this.#isLoading) tally.passesCut += 1;
    this.#life.isAlive = false;
    this.#life = { isAlive: true };
    await this.#shelf.crash();
    this.#isLoading = false;
    this.#clock = this.#newClock();
    this.#ledger = this.#newLedger();
  }

  #newClock(): Clock {
    const life = this.#life;
    return this.#world.clock.of({ isAlive: () => life.isAlive, mayRun: () => true });
  }

  #newLedger(): Ledger {
    const { room, disk, random } = this.#world;
    const store = this.#slow(this.#shelf.store);
    return new room.Ledger({
      disk,
      clock: this.#clock,
      folder: JOURNAL_FOLDER,
      store,
      batchRows: random.between(1, 20) * this.#shelf.dearness,
    });
  }

  /** A commit takes its time, in which the journals grow; nobody knows of one that failed whether it happened. */
  #slow(store: LedgerStore): LedgerStore {
    const slowly = (append: () => Append) => this.#slowly(append);
    return {
      positions: () => this.#asking(store.positions()),
      append: (batch) => slowly(() => store.append(batch)),
      draft() {
        const draft = store.draft();
        return {
          get rows() {
            return draft.rows;
          },
          get isEmpty() {
            return draft.isEmpty;
          },
          add: (piece) => draft.add(piece),
          append: () => slowly(() => draft.append()),
        } satisfies BatchDraft;
      },
      checkpoint: () => this.#asking(store.checkpoint()),
      counts: () => this.#asking(store.counts()),
      close: () => store.close(),
    };
  }

  async #slowly(append: () => Append): Append {
    const { random, tally, stepMsMax } = this.#world;
    const clock = this.#clock;
    const fails = this.isFaulty && random.isBelow(0.03);
    if (this.isFaulty) await clock.sleep(random.between(0, COMMIT_MAX * stepMsMax));
    if (fails && random.isBelow(0.5)) {
      tally.commitsFailed += 1;
      return err({ type: "store-failed", detail: "before it was committed" });
    }
    const appended = await this.#asking(append());
    if (this.isFaulty) await clock.sleep(random.between(0, COMMIT_MAX * stepMsMax));
    return fails ? err({ type: "store-failed", detail: "after it was committed" }) : appended;
  }

  async #asking<Answer>(answer: Promise<Answer>): Promise<Answer> {
    this.#asked += 1;
    try {
      return await answer;
    } finally {
      this.#asked -= 1;
    }
  }
}
