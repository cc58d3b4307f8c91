import { join } from "node:path";
import { StepMemory } from "#analytics";
import { type Config } from "#config";
import { Intake, type LedgerMemory, type SeenCall } from "#intake";
import { JournalWriter } from "#journal";
import { type DuckDbStore, type Entry, type Ledger, type LedgerProgress } from "#ledger";
import { type PriceBook } from "#pricing";
import { type World } from "#world";
import { pathsIn } from "./data-folder.ts";
import { IntakeListener } from "./intake-listener.ts";
import { type IntakeLine, type OfficeOpening, type ToGateway } from "./link.ts";
import { type Log } from "./log.ts";
import { OFFICE_THREAD } from "./office-thread.ts";

export interface OfficeIntakeOptions {
  readonly opening: Pick<OfficeOpening, "folder">;
  readonly store: DuckDbStore;
  readonly ledger: Pick<Ledger, "catchUpToNow">;
  readonly inForce: () => { readonly prices: PriceBook; readonly config: Config };
  readonly log: Log;
  readonly tell: (message: ToGateway) => void;
}

const NODE_BYTES_MAX = 128;
const ofStore: ReadonlySet<string> = new Set(["store-failed", "not-next", "other-version"]);
/** Calls of one pass of the ledger; what is beyond is matched when its span comes, by the ledger. */
const CALLS_MAX = 500_000;

/** What the office writes to the journal itself: steps and outcomes, in segments of its own. */
export class OfficeIntake {
  readonly #world: World;
  readonly #options: OfficeIntakeOptions;
  #open:
    | {
        readonly intake: Intake;
        readonly journal: JournalWriter;
        readonly listener: IntakeListener;
      }
    | undefined;
  #calls: SeenCall[] = [];
  /** Nobody asks before the first step ever. */
  #isAskedForCalls = false;
  /** Why it is not open, as far as that was told: each pass tries again, four times a second. */
  #told: string | undefined;

  constructor(world: World, options: OfficeIntakeOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** Undefined until the ledger has everything that was written before: what it lacks would be taken for new. */
  get intake(): Intake | undefined {
    return this.#open?.intake;
  }

  /** Of the office; undefined as long as `intake` is. */
  get journal(): JournalWriter | undefined {
    return this.#open?.journal;
  }

  /** Called after a pass of the ledger. The first opens the intake; each tells it of the calls that came in. */
  async afterPass({ problems }: LedgerProgress): Promise<void> {
    // A segment that cannot be read holds up only itself; without the store nothing can be known of the past.
    const isKept = !problems.some(({ type }) => ofStore.has(type));
    if (this.#open === undefined && isKept) await this.#start();
    // What the ledger lacks may not be forgotten, or it would be booked again.
    if (isKept) this.intake?.noteLoaded();
    const calls = this.#calls.splice(0);
    if (calls.length > 0) await this.intake?.noteCalls(calls);
  }

  /** Entries on their way into the ledger. */
  noteEntries(entries: readonly Entry[]): void {
    // Kept until the pass is over, all of them would cost the collector of garbage a microsecond each.
    if (!this.#isAskedForCalls) return;
    for (const { attribution, call, kind, number, parent, state, upstreamId } of entries) {
      if (number === 0 || state === "correction" || this.#calls.length >= CALLS_MAX) continue;
      if (parent === undefined && upstreamId === undefined) continue;
      const { tenant, interaction } = attribution;
      this.#calls.push({ tenant, call, interaction, parent, upstreamId, isEmbedding: kind === "embedding" });
    }
  }

  async close(): Promise<void> {
    await this.#open?.listener.close();
    this.#open?.journal.seal();
    this.#open?.intake.close();
    this.#open = undefined;
  }

  async #start(): Promise<void> {
    const { opening, inForce, tell } = this.#options;
    const journal = this.#openJournal();
    if (!journal.ok) return this.#tellOnce(journal.error.type, journal.error.path);
    const intake = new Intake({
      clock: this.#world.clock,
      journal: journal.value,
      ledger: this.#memory(),
      disk: this.#world.disk,
      linkFolder: pathsIn(opening.folder).links,
      prices: () => {
        const { prices, config } = inForce();
        return { book: prices, rates: config.stepRates };
      },
    });
    await intake.open();
    const listener = new IntakeListener(this.#world, intake);
    const line: IntakeLine | undefined = await listener.open();
    this.#open = { intake, journal: journal.value, listener };
    if (line === undefined) this.#tellOnce("no port of the loopback");
    else tell({ type: "intake", line });
  }

  #memory(): LedgerMemory {
    const { store, ledger } = this.#options;
    const memory = new StepMemory(store);
    return {
      traces: () => memory.traces(),
      steps: (traces) => memory.steps(traces),
      outcome: (tenant, outcome) => memory.outcome(tenant, outcome),
      calls: async (most) => {
        this.#isAskedForCalls = true;
        // Those of a pass that runs were not noted if it came to them before.
        await ledger.catchUpToNow();
        return memory.calls(most);
      },
    };
  }

  #tellOnce(problem: string, path?: string): void {
    if (problem === this.#told) return;
    this.#told = problem;
    this.#options.log("error", "intake-not-open", { problem, path });
  }

  #openJournal() {
    const { clock, disk } = this.#world;
    const { opening, inForce } = this.#options;
    const { fsync, segmentBytes } = inForce().config.journal;
    return JournalWriter.open({
      disk,
      clock,
      folder: pathsIn(opening.folder).journal,
      node: disk.read(join(opening.folder, "node"), 0, NODE_BYTES_MAX)?.toString("utf8").trim() ?? "node",
      thread: OFFICE_THREAD,
      incarnation: `${clock.now()}`,
      fsync,
      segmentBytes,
    });
  }
}
