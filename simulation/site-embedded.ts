/** The authority in the process of the only node, by the production code around it: it dies with all threads, and comes back by checkpoint and journals. */
import { type AccountStatus, type BudgetDefinition, type BudgetTable, type ToAuthority } from "#budget";
import { type AttemptCorrected, type JournalEvent } from "#events";
import { type World as Outside } from "#world";
import { type AnswerPin } from "#gateway";
import { type AnswerGrants } from "../src/app/answer-grants.ts";
import { type GatewayBudgets } from "../src/app/gateway-budgets.ts";
import { type BudgetNews, type ToThread } from "../src/app/link.ts";
import { type LogLevel } from "../src/app/log.ts";
import { type SimulatedClock } from "./clock.ts";
import { JOURNAL_FOLDER } from "./disk-journal.ts";
import { type MachineDisk } from "./machine-disk.ts";
import { GrantWatch } from "./grant-watch.ts";
import { type Holder } from "./holder.ts";
import { type Random } from "./random.ts";
import { type Room } from "./room.ts";
import { type Tally } from "./tally.ts";
import { type Listeners, type Opening, type Seat, type Site } from "./site.ts";

const NODE = "node-0";
const FOLDER = {
  journal: JOURNAL_FOLDER,
  node: NODE,
  budgets: "/budgets/made",
  budgetCheckpoint: "/budgets/checkpoint",
  budgetDoubts: "/budgets/doubts",
};
/** As the gateway's main thread does. */
const TICK_MS = 500;
/** Threads are up before the office is. */
const OFFICE_MS_MAX = 300;
/** And before it is known who keeps which answer. */
const READ_MS_MAX = 200;

interface Surroundings extends Listeners {
  readonly room: Room;
  readonly clock: SimulatedClock;
  readonly disk: MachineDisk;
  readonly random: Random;
  readonly tally: Tally;
  mayRun(): boolean;
  /** The faults have stopped. */
  isQuiet(): boolean;
  holders(): readonly Holder[];
  changed(table: BudgetTable, definitions: readonly BudgetDefinition[], revision: number): void;
  /** To be journalled and booked by this thread. */
  correct(holder: Holder, events: readonly AttemptCorrected[]): void;
  /** A provider keeps it, as is known after a start. */
  learnAnswer(answer: string): void;
  note(line: string): void;
}

export class SiteEmbedded implements Site {
  readonly #world: Surroundings;
  readonly #watch = new GrantWatch();
  #life = { isAlive: true };
  #gateway: GatewayBudgets;
  #answers: AnswerGrants;
  /** As the configuration file and the office's books say; the gateway keeps its own copy of the second. */
  #configured: readonly BudgetDefinition[];
  #made: readonly BudgetDefinition[];
  #revision = -1;
  /** The disk was full when they were made: then a start knows the old ones until the office says them again. */
  #isKept = true;

  private constructor(world: Surroundings, definitions: readonly BudgetDefinition[]) {
    this.#world = world;
    this.#configured = definitions.filter((_, index) => index % 2 === 0);
    this.#made = definitions.filter((_, index) => index % 2 === 1);
    this.#gateway = this.#newGateway();
    this.#answers = this.#newAnswers();
  }

  static async open(world: Surroundings, definitions: readonly BudgetDefinition[]): Promise<SiteEmbedded> {
    const site = new SiteEmbedded(world, definitions);
    await site.#open();
    site.#announce();
    return site;
  }

  join({ slot, life }: Seat): Opening {
    const { holder, definitions, revision } = this.#gateway.join(slot + 1, life);
    this.#checkKept(definitions);
    this.#changed(definitions, revision);
    return { holder, table: new this.#world.room.BudgetTable(definitions, revision) };
  }

  receive(messages: readonly ToAuthority[]): void {
    // What its timers have said was said before it heard this.
    this.#endTurn();
    this.#watch.asked(messages);
    this.#gateway.hear(messages);
    this.#endTurn();
  }

  /** It has its own timers; what they did goes out now. */
  tick(): void {
    this.#endTurn();
  }

  change(definitions: readonly BudgetDefinition[]): void {
    const made = new Set(this.#made.map(({ id }) => id));
    this.#configured = definitions.filter(({ id }) => !made.has(id));
    this.#made = definitions.filter(({ id }) => made.has(id));
    this.#gateway.configure(this.#configured);
    // The file and the office are heard in turns of their own.
    this.#endTurn();
    this.#gateway.make(this.#made);
    this.#endTurn();
  }

  lost(): void {
    // The main thread notices when the death is told, and then reads the journal at once.
  }

  async reclaim({ slot, journal }: Holder): Promise<void> {
    // What was taken from a full disk since the death is there again.
    this.#world.disk.makeRoom();
    journal.seal((thread, incarnation) => this.#isAlive(thread, incarnation));
    this.#gateway.lost(slot + 1);
    await quiet();
    this.#endTurn();
  }

  /** Or it is stopped, and writes what it knows. */
  async die(): Promise<void> {
    // A disk that had room for a while has all that was to be kept.
    if (this.#world.isQuiet()) this.#isKept = true;
    if (this.#world.random.isBelow(0.3)) await this.#gateway.close();
    this.#life.isAlive = false;
  }

  async restart(): Promise<void> {
    const { random, disk, room, clock, tally } = this.#world;
    this.#life = { isAlive: true };
    disk.makeRoom();
    const { problems } = room.sealAbandoned({ disk, clock: clock.of(), folder: JOURNAL_FOLDER, alive: nobody });
    if (problems.length > 0) throw new Error(`a journal could not be sealed: ${problems[0]?.type}`);
    const kept = disk.files.get(FOLDER.budgetCheckpoint);
    if (kept !== undefined) tally.restoredByCheckpoint += 1;
    if (kept !== undefined && random.isBelow(0.1)) kept[random.between(0, kept.length - 1)] = 0;
    this.#gateway = this.#newGateway();
    this.#answers = this.#newAnswers();
    await this.#open();
  }

  claim(holder: Holder, answer: string, told: (isGranted: boolean) => void): void {
    this.#answers.ask({ answer, isThere: () => holder.isAlive, told });
  }

  status(): readonly AccountStatus[] {
    return this.#gateway.report().budgets;
  }

  residualsDue(): readonly AttemptCorrected[] {
    return [];
  }

  hearDoubts(doubtful: readonly JournalEvent[]): void {
    this.#gateway.hearNews({ refused: [], overrun: [], unpriced: [], doubtful });
  }

  async #open(): Promise<void> {
    const { clock } = this.#world;
    const life = this.#life;
    await this.#gateway.open();
    await quiet();
    const main = clock.of({ isAlive: () => life.isAlive, mayRun: () => this.#world.mayRun() });
    main.every(TICK_MS, () => this.#gateway.tick());
    main.after(this.#world.random.between(0, OFFICE_MS_MAX), () => this.#announce());
    const answers = this.#answers;
    main.after(this.#world.random.between(0, READ_MS_MAX), () => void answers.open());
    this.#endTurn();
  }

  /** The office has started too, and says what stands in its books. */
  #announce(): void {
    this.#gateway.make(this.#made);
    this.#endTurn();
  }

  #checkKept(definitions: readonly BudgetDefinition[]): void {
    const said = new Map([...this.#configured, ...this.#made].map(({ id, limit }) => [id, limit]));
    const isSame = definitions.length === said.size && definitions.every(({ id, limit }) => said.get(id) === limit);
    if (this.#isKept && !isSame) throw new Error("a start forgot budgets that were made");
  }

  #newAnswers(): AnswerGrants {
    const { room } = this.#world;
    const learn = ({ answer }: AnswerPin) => this.#world.learnAnswer(answer);
    return new room.AnswerGrants(this.#outside(), { journal: JOURNAL_FOLDER, learn });
  }

  #outside(): Outside {
    const { clock, disk } = this.#world;
    const life = this.#life;
    const outside: Pick<Outside, "clock" | "disk"> = {
      clock: clock.of({ isAlive: () => life.isAlive, mayRun: () => this.#world.mayRun() }),
      disk,
    };
    return outside as Outside;
  }

  #newGateway(): GatewayBudgets {
    const { room } = this.#world;
    return new room.GatewayBudgets(this.#outside(), {
      log: (level, event, facts) => this.#log(level, event, facts),
      folder: FOLDER,
      configured: this.#configured,
      tell: (thread, message) => this.#tell(thread, message),
      tellAll: (message) => this.#tellAll(message),
      tellOffice: (news) => this.#tellOffice(news),
    });
  }

  #isAlive(thread: number, incarnation: string): boolean {
    return this.#world.holders().some(({ slot, life }) => slot + 1 === thread && String(life) === incarnation);
  }

  #tell(thread: number, message: ToThread): void {
    const holder = this.#world.holders().find(({ slot }) => slot === thread - 1);
    if (holder === undefined) return;
    if (message.type === "correct") this.#world.correct(holder, message.events);
    if (message.type !== "authority") return;
    for (const each of message.messages) {
      this.#watch.hear(holder.id, each);
      this.#world.toHolder(holder.id, each);
    }
  }

  #tellAll(message: ToThread): void {
    if (message.type !== "budgets") return;
    this.#changed(message.definitions, message.revision);
  }

  #changed(definitions: readonly BudgetDefinition[], revision: number): void {
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.#world.changed(new this.#world.room.BudgetTable(definitions, revision), definitions, revision);
  }

  #tellOffice(news: readonly BudgetNews[]): void {
    for (const each of news)
      if (each.type === "threshold-reached")
        this.#world.reached(`${each.threshold.account.key} ${each.threshold.percent}%`);
  }

  #log(level: LogLevel, event: string, facts: unknown): void {
    if (event === "budgets-not-kept") this.#isKept = false;
    if (event === "budgets-kept") this.#isKept = true;
    this.#world.note(`${event} ${JSON.stringify(facts)}`);
    const isExpected = event === "budgets-not-kept" || event === "budget-checkpoint-unreadable";
    if (level === "error" && !isExpected) throw new Error(`the gateway says ${event} ${JSON.stringify(facts)}`);
  }

  #endTurn(): void {
    this.#world.clock.endTurn();
    this.#watch.check(() => this.status());
  }
}

function nobody(): boolean {
  return false;
}

/** Until nothing happens any more before time goes on. */
function quiet(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
