/** One seeded history: threads of several nodes, an authority, a network, faults, and the auditor that watches. */
import { type BudgetDefinition, type BudgetTable, type ToHolder } from "#budget";
import { type AttemptCorrected } from "#events";
import { type Instant, instant } from "#units";
import { Auditor, type Truth } from "./auditor.ts";
import { Answers, WAIT_MS_MAX } from "./answers.ts";
import { type Call, drawWish, type Spender, type Wish } from "./calls.ts";
import { SimulatedClock } from "./clock.ts";
import { Books } from "./books.ts";
import { DiskJournal } from "./disk-journal.ts";
import { type Holder } from "./holder.ts";
import { JoinedDisk } from "./joined-disk.ts";
import { labelOf } from "./labels.ts";
import { LedgerAuditor } from "./ledger-auditor.ts";
import { leave, livesBefore, show } from "./lives.ts";
import { MachineDisk } from "./machine-disk.ts";
import { Network } from "./network.ts";
import { Office } from "./office.ts";
import { Post } from "./post.ts";
import { drawLimit, type Options } from "./options.ts";
import { Random } from "./random.ts";
import { type Admission, type Room } from "./room.ts";
import { type Shelf } from "./shelf.ts";
import { SiteApart } from "./site-apart.ts";
import { SiteEmbedded } from "./site-embedded.ts";
import { type Site } from "./site.ts";
import { emptyTally, type Tally } from "./tally.ts";

/** A thread tells the main thread so often what it has journalled of doubt. */
const REPORT_MS = 1_000;
const SALT = 0x91a7e;

export class World {
  readonly options: Options;
  readonly random: Random;
  readonly auditor = new Auditor();
  readonly log: string[] = [];
  readonly tally: Tally = emptyTally();
  readonly network: Network;
  readonly journals = new Map<string, DiskJournal>();
  readonly clock: SimulatedClock;
  readonly books = new Books(this);
  readonly #answers: Answers;
  readonly ledgerAuditor = new LedgerAuditor();
  readonly office: Office;
  now: Instant;
  holders: Holder[] = [];
  /** Dead holders whose journals nobody has read, with the time at which somebody will. */
  unread: { readonly holder: Holder; readonly at: number }[] = [];
  readonly told = new Set<string>();
  readonly #touched = new Set<Holder>();
  authorityPausedUntil = 0;
  /** By somebody who had waited for an answer. */
  thrown: Error | undefined;
  readonly #room: Room;
  #site: Site | undefined;
  readonly #machine = new MachineDisk();
  /** On their way to a thread that is to journal them. */
  readonly #corrections = new Map<Holder, readonly AttemptCorrected[]>();
  readonly #post: Post;
  #definitions: readonly BudgetDefinition[] = [];
  #count = 0;
  /** Somebody who waited for an answer goes on before time does. */
  #isAnswered = false;

  private constructor(
    room: Room,
    options: Options,
    { random, shelf }: { readonly random: Random; readonly shelf: Shelf },
  ) {
    this.#room = room;
    this.options = options;
    this.random = random;
    this.now = options.start;
    this.network = new Network(random, options);
    this.clock = new SimulatedClock(this.now);
    this.#answers = new Answers(this);
    this.#post = new Post(options.isBatched, {
      toHolder: (id, messages) => this.#tell(id, messages),
      toAuthority: (messages) => this.site.receive(messages, this.now),
    });
    const disk = options.isEmbedded ? this.#machine : new JoinedDisk(() => this.#disks());
    const { clock, tally, ledgerAuditor: auditor } = this;
    const { seed, stepMsMax } = options;
    const note = (line: string) => this.note(line);
    const around = { room, clock, disk, random: new Random(~seed), auditor, tally, note, stepMsMax };
    this.office = new Office(around, shelf);
  }

  static async open(
    room: Room,
    options: Options,
    chance: { readonly random: Random; readonly shelf: Shelf },
  ): Promise<World> {
    const world = new World(room, options, chance);
    world.#site = await world.#openSite();
    for (let node = 0; node < options.nodes; node += 1)
      for (let slot = 0; slot < options.threads; slot += 1) world.start(node, slot);
    return world;
  }

  get site(): Site {
    if (this.#site === undefined) throw new Error("the authority is there before anything happens");
    return this.#site;
  }

  async #openSite(): Promise<Site> {
    const { clock, options, journals } = this;
    const room = this.#room;
    const around = {
      room,
      toHolder: (holder: string, message: ToHolder) => {
        if (message.type === "recall") this.tally.recalls += 1;
        this.network.send(holder, this.now, () => this.#post.put(holder, message));
      },
      reached: (key: string) => this.#tellOnce(key),
      changed: (table: BudgetTable, definitions: readonly BudgetDefinition[], revision: number) => {
        this.#definitions = definitions;
        this.note(`limits of ${revision} are ${definitions.map(({ id, limit }) => `${id} ${limit}`).join(", ")}`);
        this.auditor.apply(definitions, revision);
        for (const { budgets } of this.holders) budgets.apply(table);
      },
    };
    if (!options.isEmbedded) return new SiteApart({ ...around, journals }, options.definitions);
    const beside = {
      clock,
      disk: this.#machine,
      random: new Random(~options.seed ^ SALT),
      tally: this.tally,
      mayRun: () => this.#mayRun("authority"),
      isQuiet: () => !this.network.isFaulty,
      holders: () => this.holders,
      correct: (holder: Holder, events: readonly AttemptCorrected[]) => this.#carryCorrections(holder, events),
      learnAnswer: (answer: string) => this.books.learnAnswer(answer),
      note: (line: string) => this.note(line),
    };
    return SiteEmbedded.open({ ...around, ...beside }, options.definitions);
  }

  start(node: number, slot: number): void {
    this.#count += 1;
    const life = this.#count;
    const { holder: id, table } = this.site.join({ node, slot, life });
    const disk = this.options.isEmbedded ? this.#machine : new MachineDisk();
    disk.makeRoom();
    const clock = this.clock.of({ isAlive: () => holder.isAlive, mayRun: () => this.#mayRun(id) });
    const name = { node: `node-${node}`, thread: slot + 1, incarnation: String(life) };
    const journal = new DiskJournal({ room: this.#room, disk, clock, name });
    const budgets = new this.#room.ThreadBudgets(id, table, {
      send: (message) => this.network.send("authority", this.now, () => this.#post.putToAuthority(message)),
      resolved: (ticket, admission) => this.#resolved(holder, ticket, admission),
    });
    journal.sumUpWith(() => budgets.soFar(this.now));
    const holder: Holder = {
      id,
      node,
      slot,
      life,
      budgets,
      journal,
      waiting: new Map(),
      claims: new this.#room.AnswerClaims((claim, answer) => this.#carryClaim(holder, claim, answer)),
      calls: new Set(),
      lives: new Map(),
      doubtful: [],
      pausedUntil: 0,
      isAlive: true,
    };
    clock.every(REPORT_MS, () => this.#report(holder));
    this.journals.set(id, journal);
    this.holders.push(holder);
  }

  /** One moment: time passes, letters arrive, everybody who can runs. */
  async advance(ms: number): Promise<void> {
    this.now = instant(this.now + ms);
    this.clock.advance(ms);
    this.auditor.step += 1;
    this.network.deliver(
      this.now,
      (to) => this.#mayRun(to),
      () => this.#post.read(),
    );
    for (const holder of this.holders) if (this.#mayRun(holder.id)) holder.budgets.tick(this.now);
    if (this.#mayRun("authority")) this.site.tick(this.now);
    for (const { holder, at } of this.unread) if (at <= this.now && this.#mayReclaim()) await this.reclaim(holder);
    // Nobody's sums change without a word to him or a call of his.
    for (const holder of this.#touched) if (holder.isAlive) this.checkSums(holder);
    this.#touched.clear();
    if (this.#isAnswered) await new Promise((resolve) => void setImmediate(resolve));
    this.#isAnswered = false;
    if (this.thrown !== undefined) throw this.thrown;
    await this.office.step();
  }

  ask(holder: Holder, wish: Wish = drawWish(this.random)): Call {
    this.#count += 1;
    const call: Call = {
      id: `attempt_${this.#count}`,
      ...wish,
      since: this.auditor.step,
      askedAt: this.now,
      state: "waiting",
      hold: undefined,
      refusal: undefined,
    };
    // A call that waits over the end of a period opens its accounts in the next one.
    for (const laterMs of [0, WAIT_MS_MAX]) this.auditor.asks(wish.spender, instant(this.now + laterMs));
    this.touch(holder);
    const admission = holder.budgets.admit({ ...wish, at: this.now });
    this.note(
      `${holder.id} asks ${wish.amount}, ${wish.tokens} tokens, for ${describe(wish.spender)}: ${admission.type}`,
    );
    if (admission.type === "waiting") {
      this.tally.waited += 1;
      holder.waiting.set(admission.ticket, call);
    } else this.#answers.take(holder, call, admission);
    return call;
  }

  crash(holder: Holder, readAfterMs: number): void {
    this.note(`${holder.id} dies`);
    this.tally.crashes += 1;
    this.#die(holder);
    this.holders = this.holders.filter((each) => each !== holder);
    this.site.lost(holder);
    this.unread = [...this.unread, { holder, at: this.now + readAfterMs }];
    // Where the authority lives beside the threads, it starts the next when it has noticed.
    if (!this.options.isEmbedded) this.start(holder.node, holder.slot);
  }

  async reclaim(holder: Holder): Promise<void> {
    this.note(`the journal of ${holder.id} is read`);
    this.unread = this.unread.filter((each) => each.holder !== holder);
    await this.site.reclaim(holder, this.now);
    this.tally.reclaimed += 1;
    if (this.options.isEmbedded) this.start(holder.node, holder.slot);
  }

  async crashAuthority(awayMs = 0): Promise<void> {
    this.tally.authorityCrashes += 1;
    this.note("the authority dies");
    this.network.drop("authority");
    const unread = this.unread.map(({ holder }) => holder);
    if (!this.options.isEmbedded) return await this.site.restart(this.holders, unread);
    const living = this.holders;
    this.holders = [];
    this.unread = [];
    for (const holder of living) this.#die(holder);
    await this.site.die();
    if (awayMs > 0) await this.advance(awayMs);
    await this.site.restart([], []);
    this.books.heardAll();
    this.books.forgetAnswers();
    for (const { node, slot } of [...living, ...unread]) this.start(node, slot);
  }

  changeLimits(): void {
    this.tally.limitChanges += 1;
    const definitions = this.#definitions.map((definition) =>
      this.random.isBelow(0.5) ? definition : { ...definition, limit: drawLimit(this.random, definition.unit) },
    );
    this.site.change(definitions, this.now);
  }

  /** Never while a thread has given up its reserve: it could not write what it has dispatched. */
  fillDisk({ journal: { disk } }: Holder): void {
    const beside = this.holders.filter(({ journal }) => journal.disk === disk);
    if (beside.every(({ journal }) => journal.hasReserve)) disk.fill();
  }

  touch(holder: Holder): void {
    this.#touched.add(holder);
  }

  note(line: string): void {
    this.log.push(`${this.auditor.step} ${new Date(this.now).toISOString()} ${line}`);
  }

  /** What a thread says of itself is what really happened there, account by account. */
  checkSums(holder: Holder): void {
    const seen = new Map<string, { spent: bigint; held: bigint; inDoubt: bigint }>();
    for (const { account, birth, spent, held, inDoubt, isClosed } of holder.budgets.reports()) {
      const key = this.keyOf(account);
      const sums = seen.get(key) ?? livesBefore(holder, key, { birth, spent, inDoubt });
      seen.set(key, { spent: sums.spent + spent, held: sums.held + held, inDoubt: sums.inDoubt + inDoubt });
      if (isClosed && held !== 0n) throw new Error(`${account.key}: closed while something is held`);
    }
    for (const [key, truth] of this.auditor.truths) {
      const mine = truth.byHolder.get(holder.id);
      const told = seen.get(key);
      // A closed account is forgotten, with all that it had said.
      if (mine === undefined || (told === undefined && mine.held === 0n)) continue;
      if (show(told) !== show(mine))
        throw new Error(`${holder.id} ${key}: says ${show(told)}, and ${show(mine)} is true`);
    }
  }

  keyOf(account: { readonly budget: string; readonly value: string; readonly from: Instant }): string {
    const definition = this.#definitions.find(({ id }) => id === account.budget);
    if (definition === undefined) throw new Error(`no budget is called ${account.budget}`);
    return `${account.budget}|${account.value}|${labelOf(definition, account.from)}`;
  }

  /** Whether the authority must still know an account: its period is not over for long. */
  isKept({ budget, label }: Truth): boolean {
    return [this.now, this.now - 540_000].some((at) => labelOf(budget, at) === label);
  }

  /** Whether some period ends within the next seconds. */
  isNearBorder(): boolean {
    return this.#definitions.some((budget) => labelOf(budget, this.now) !== labelOf(budget, this.now + 5_000));
  }

  revisionOf(holder: Holder, truth: Truth): number {
    const key = `${truth.budget.id}|${truth.value}|${truth.label}`;
    const found = holder.budgets.reports().find(({ account }) => this.keyOf(account) === key);
    return found?.revision ?? 0;
  }

  #die(holder: Holder): void {
    leave(holder, this);
    holder.isAlive = false;
    this.network.drop(holder.id);
    this.books.forgetHeld(holder);
    this.books.unheard(this.#corrections.get(holder) ?? []);
    this.#corrections.delete(holder);
    holder.journal.die({ isTorn: this.random.isBelow(0.3) });
  }

  #resolved(holder: Holder, ticket: number, admission: Exclude<Admission, { type: "waiting" }>): void {
    const call = holder.waiting.get(ticket);
    if (call === undefined) throw new Error("a call was answered twice");
    holder.waiting.delete(ticket);
    this.note(`${holder.id} ${call.id}: ${admission.type}`);
    this.#answers.take(holder, call, admission);
  }

  #tell(id: string, messages: readonly ToHolder[]): void {
    const holder = this.#holder(id);
    if (holder === undefined) return;
    this.#touched.add(holder);
    holder.budgets.receive(messages, this.now);
  }

  #tellOnce(key: string): void {
    this.tally.thresholds += 1;
    // An embedded authority may die between telling and its next checkpoint; then it tells again.
    const mayRepeat = this.options.isEmbedded && this.tally.authorityCrashes > 0;
    if (this.told.has(key) && !mayRepeat) throw new Error(`told twice: ${key}`);
    this.told.add(key);
  }

  /** What it journalled of doubt, about every second. */
  #report(holder: Holder): void {
    if (holder.doubtful.length === 0 || !this.#mayRun("authority")) return;
    this.site.hearDoubts(holder.doubtful);
    holder.doubtful = [];
  }

  /** Main thread and threads lose none of these words. */
  #carryClaim(holder: Holder, claim: number, answer: string): void {
    const told = (isGranted: boolean) =>
      this.network.carry(holder.id, this.now, () => {
        this.#isAnswered = true;
        holder.claims.answered(claim, isGranted);
      });
    this.network.carry("authority", this.now, () => this.site.claim(holder, answer, told));
  }

  #carryCorrections(holder: Holder, events: readonly AttemptCorrected[]): void {
    this.#corrections.set(holder, [...(this.#corrections.get(holder) ?? []), ...events]);
    this.network.carry(holder.id, this.now, () => {
      this.#corrections.delete(holder);
      this.books.takeReleased(holder, events);
    });
  }

  *#disks(): Iterable<MachineDisk> {
    for (const { disk } of this.journals.values()) yield disk;
  }

  /** The main thread that stands still notices no death. */
  #mayReclaim(): boolean {
    return !this.options.isEmbedded || this.#mayRun("authority");
  }

  #holder(id: string): Holder | undefined {
    return this.holders.find((holder) => holder.id === id);
  }

  #mayRun(id: string): boolean {
    if (id === "authority") return this.now >= this.authorityPausedUntil;
    return this.now >= (this.#holder(id)?.pausedUntil ?? 0);
  }
}

function describe({ attribution: { tenant, team, user, interaction, tags }, key, provider }: Spender): string {
  return `${tenant} ${team} ${user} ${interaction} ${key} ${provider} ${tags["job"] ?? "-"}`;
}
