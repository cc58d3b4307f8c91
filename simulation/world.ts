/** One seeded history: threads of several nodes, an authority, a network, faults, and the auditor that watches. */
import { type BudgetDefinition, type ToHolder } from "#budget";
import { type Instant, instant } from "#units";
import { AuthoritySite, tableOf } from "./authority-site.ts";
import { Auditor, type Truth } from "./auditor.ts";
import { TestDisk } from "../src/journal/test-world.ts";
import { Answers, WAIT_MS_MAX } from "./answers.ts";
import { type Call, drawWish, type Spender, type Wish } from "./calls.ts";
import { SimulatedClock } from "./clock.ts";
import { Books } from "./books.ts";
import { DiskJournal } from "./disk-journal.ts";
import { type Holder, type Life } from "./holder.ts";
import { JoinedDisk } from "./joined-disk.ts";
import { labelOf } from "./labels.ts";
import { LedgerAuditor } from "./ledger-auditor.ts";
import { Network } from "./network.ts";
import { Office } from "./office.ts";
import { Post } from "./post.ts";
import { drawLimit, type Options } from "./options.ts";
import { Random } from "./random.ts";
import { type Admission, type Room } from "./room.ts";
import { type Shelf } from "./shelf.ts";
import { emptyTally, type Tally } from "./tally.ts";

export class World {
  readonly options: Options;
  readonly random: Random;
  readonly auditor = new Auditor();
  readonly log: string[] = [];
  readonly tally: Tally;
  readonly network: Network;
  readonly journals = new Map<string, DiskJournal>();
  readonly clock: SimulatedClock;
  readonly books: Books;
  readonly #answers: Answers;
  readonly ledgerAuditor = new LedgerAuditor();
  readonly office: Office;
  now: Instant;
  holders: Holder[] = [];
  /** Dead holders whose journals nobody has read, with the time at which somebody will. */
  unread: { readonly holder: string; readonly at: number }[] = [];
  readonly told = new Set<string>();
  readonly #touched = new Set<Holder>();
  authorityPausedUntil = 0;
  readonly #room: Room;
  readonly site: AuthoritySite;
  readonly #post: Post;
  #definitions: readonly BudgetDefinition[];
  #revision = 1;
  #count = 0;

  constructor(room: Room, options: Options, { random, shelf }: { readonly random: Random; readonly shelf: Shelf }) {
    this.#room = room;
    this.options = options;
    this.random = random;
    this.now = options.start;
    this.tally = emptyTally();
    this.network = new Network(random, options);
    this.clock = new SimulatedClock(this.now);
    this.books = new Books(this);
    this.#answers = new Answers(this);
    this.#post = new Post(options.isBatched, {
      toHolder: (id, messages) => this.#tell(id, messages),
      toAuthority: (messages) => this.site.receive(messages, this.now),
    });
    this.#definitions = options.definitions;
    this.auditor.apply(this.#definitions, this.#revision);
    this.site = new AuthoritySite(room, this.#table(), {
      journals: this.journals,
      send: (holder, message) => {
        if (message.type === "recall") this.tally.recalls += 1;
        this.network.send(holder, this.now, () => this.#post.put(holder, message));
      },
      reached: (key) => this.#tellOnce(key),
    });
    const disk = new JoinedDisk(() => [...this.journals.values()].map((journal) => journal.disk));
    const { clock, tally, ledgerAuditor: auditor } = this;
    const { stepMsMax } = options;
    const note = (line: string) => this.note(line);
    this.office = new Office(
      { room, clock, disk, random: new Random(~options.seed), auditor, tally, note, stepMsMax },
      shelf,
    );
    for (let node = 0; node < options.nodes; node += 1)
      for (let slot = 0; slot < options.threads; slot += 1) this.start(node, slot);
  }

  start(node: number, slot: number): void {
    this.#count += 1;
    const id = `node-${node}/thread-${slot}/${this.#count}`;
    const journal = new DiskJournal({
      room: this.#room,
      disk: new TestDisk(),
      clock: this.clock.of(),
      name: { node: `node-${node}`, thread: slot + 1, incarnation: String(this.#count) },
    });
    const waiting = new Map<number, Call>();
    const budgets = new this.#room.ThreadBudgets(id, this.#table(), {
      send: (message) => this.network.send("authority", this.now, () => this.#post.putToAuthority(message)),
      resolved: (ticket, admission) => this.#resolved(holder, ticket, admission),
    });
    const holder: Holder = {
      id,
      node,
      slot,
      budgets,
      journal,
      waiting,
      calls: new Set(),
      lives: new Map(),
      pausedUntil: 0,
      isAlive: true,
    };
    this.journals.set(id, journal);
    this.site.authority.join(id);
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
    for (const { holder, at } of this.unread) if (at <= this.now) this.reclaim(holder);
    // Nobody's sums change without a word to him or a call of his.
    for (const holder of this.#touched) if (holder.isAlive) this.checkSums(holder);
    this.#touched.clear();
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
    this.site.authority.lose(holder.id);
    this.unread = [...this.unread, { holder: holder.id, at: this.now + readAfterMs }];
    this.start(holder.node, holder.slot);
  }

  reclaim(holder: string): void {
    this.note(`the journal of ${holder} is read`);
    this.unread = this.unread.filter((each) => each.holder !== holder);
    this.site.reclaim(holder, this.now);
    this.tally.reclaimed += 1;
  }

  crashAuthority(): void {
    this.tally.authorityCrashes += 1;
    this.note("the authority dies");
    this.network.drop("authority");
    const unread = this.unread.map(({ holder }) => holder);
    if (!this.options.isEmbedded)
      return this.site.restartApart(
        this.holders.map(({ id }) => id),
        unread,
      );
    const dead = this.holders;
    this.holders = [];
    this.unread = [];
    for (const holder of dead) {
      this.#die(holder);
    }
    this.site.restartEmbedded(this.#table(), this.now);
    for (const { node, slot } of dead) this.start(node, slot);
  }

  changeLimits(): void {
    this.tally.limitChanges += 1;
    this.#revision += 1;
    this.#definitions = this.#definitions.map((definition) =>
      this.random.isBelow(0.5) ? definition : { ...definition, limit: drawLimit(this.random, definition.unit) },
    );
    this.note(`limits are now ${this.#definitions.map(({ id, limit }) => `${id} ${limit}`).join(", ")}`);
    this.auditor.apply(this.#definitions, this.#revision);
    this.site.apply(this.#table(), this.now);
    for (const { budgets } of this.holders) budgets.apply(this.#table());
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
    holder.isAlive = false;
    this.network.drop(holder.id);
    this.books.forgetHeld(holder);
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

  #table() {
    return tableOf(this.#room, this.#definitions, this.#revision);
  }

  #holder(id: string): Holder | undefined {
    return this.holders.find((holder) => holder.id === id);
  }

  #mayRun(id: string): boolean {
    if (id === "authority") return this.now >= this.authorityPausedUntil;
    return this.now >= (this.#holder(id)?.pausedUntil ?? 0);
  }
}

/** An account that was forgotten while nobody used it comes back with nothing: what it had before is no lie. */
function livesBefore(holder: Holder, key: string, life: Life): { spent: bigint; held: bigint; inDoubt: bigint } {
  const known = holder.lives.get(key) ?? { before: { spent: 0n, inDoubt: 0n }, last: life };
  const isSame = known.last.birth === life.birth;
  const before = isSame
    ? known.before
    : { spent: known.before.spent + known.last.spent, inDoubt: known.before.inDoubt + known.last.inDoubt };
  holder.lives.set(key, { before, last: life });
  return { ...before, held: 0n };
}

function describe({ attribution: { tenant, team, user, interaction, tags }, key, provider }: Spender): string {
  return `${tenant} ${team} ${user} ${interaction} ${key} ${provider} ${tags["job"] ?? "-"}`;
}

function show(sums: { readonly spent: bigint; readonly held: bigint; readonly inDoubt: bigint } | undefined): string {
  return sums === undefined ? "nothing" : `${sums.spent} spent, ${sums.held} held, ${sums.inDoubt} in doubt`;
}
