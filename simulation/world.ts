/** One seeded history: threads of several nodes, an authority, a network, faults, and the auditor that watches. */
import { type BudgetDefinition, type Refusal, type ToHolder } from "#budget";
import { type Instant, instant } from "#units";
import { AuthoritySite, tableOf } from "./authority-site.ts";
import { Auditor, type Truth } from "./auditor.ts";
import { type Call, drawWish, type Spender, type Wish } from "./calls.ts";
import { Books } from "./books.ts";
import { TestClock } from "../src/journal/test-world.ts";
import { DiskJournal } from "./disk-journal.ts";
import { type Holder, type Life } from "./holder.ts";
import { labelOf } from "./labels.ts";
import { Network } from "./network.ts";
import { Post } from "./post.ts";
import { drawLimit, type Options } from "./options.ts";
import { takenOf } from "./quantities.ts";
import { type Random } from "./random.ts";
import { type Admission, type Hold, type Room } from "./room.ts";
import { countRefusal, emptyTally, type Tally } from "./tally.ts";

/** No call waits longer. */
const WAIT_MS_MAX = 10_000;
/** More than any call waits without a word from the authority. */
const SILENT_MS_MAX = 1_500;

export class World {
  readonly options: Options;
  readonly random: Random;
  readonly auditor = new Auditor();
  readonly log: string[] = [];
  readonly tally: Tally;
  readonly network: Network;
  readonly journals = new Map<string, DiskJournal>();
  readonly #diskClock = new TestClock();
  readonly books: Books;
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

  constructor(room: Room, options: Options, random: Random) {
    this.#room = room;
    this.options = options;
    this.random = random;
    this.now = options.start;
    this.tally = emptyTally();
    this.network = new Network(random, options);
    this.books = new Books(this);
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
    for (let node = 0; node < options.nodes; node += 1)
      for (let slot = 0; slot < options.threads; slot += 1) this.start(node, slot);
  }

  start(node: number, slot: number): void {
    this.#count += 1;
    const id = `node-${node}/thread-${slot}/${this.#count}`;
    const journal = new DiskJournal(this.#diskClock, String(this.#count));
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
  advance(ms: number): void {
    this.now = instant(this.now + ms);
    this.#diskClock.advance(ms);
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
    } else this.#settled(holder, call, admission);
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
    this.#settled(holder, call, admission);
  }

  #settled(holder: Holder, call: Call, admission: Exclude<Admission, { type: "waiting" }>): void {
    if (admission.type === "admitted") return this.#admitted(holder, call, admission.hold);
    if (admission.type === "degrade") return this.#degraded(holder, call, admission.refusal);
    this.#refused(holder, call, admission.refusal);
  }

  #admitted(holder: Holder, call: Call, hold: Hold): void {
    this.tally.admitted += 1;
    if (hold.cap !== undefined) this.#clamped(call, hold, hold.cap);
    if (hold.amount !== call.amount) throw new Error("the hold is not what was asked for");
    call.hold = hold;
    call.state = "held";
    holder.calls.add(call);
    const accounts = this.auditor.accountsOf(call.spender, hold.at);
    this.auditor.change(accounts, holder.id, ({ budget }) => ({ held: takenOf(budget, call) }));
    this.auditor.checkAdmitted(accounts, call, (truth) => this.revisionOf(holder, truth));
    for (const room of Object.values(holder.budgets.headroom(hold)))
      if (room.left < 0n || !this.#definitions.some(({ id }) => id === room.budget)) throw new Error("no such room");
  }

  /** Smaller only where a budget asks for it or would have refused, and then as large as it can be. */
  #clamped(call: Call, { at, amount }: Hold, cap: number): void {
    const { clamp, since } = call;
    if (clamp === undefined || cap < clamp.capMin || cap >= clamp.capMax) throw new Error(`clamped to ${cap}`);
    const accounts = this.auditor.accountsOf(call.spender, at);
    const isPressed = accounts.some((truth) => this.auditor.mayPress(truth, "clamp"));
    const larger = { ...call, ...clamp.sizeAt(cap + 1) };
    // What a silent holder may still use counts as used, for clamps as for refusals.
    const { loss, pause, crash, authorityCrash } = this.options;
    const isHeard = loss + pause + crash + authorityCrash === 0;
    if (isHeard && !isPressed && accounts.every((truth) => this.auditor.fitted(truth, larger, since)))
      throw new Error(`clamped to ${cap}, and ${cap + 1} would have fitted`);
    Object.assign(call, clamp.sizeAt(cap));
    if (amount !== call.amount) throw new Error("the hold is not that of its cap");
    this.tally.clamped += 1;
  }

  #degraded(holder: Holder, call: Call, refusal: Refusal | undefined): void {
    if (!call.mayDegrade) throw new Error("nobody offered a cheaper target");
    call.state = "ended";
    call.refusal = refusal;
    this.tally.degraded += 1;
    const accounts = this.auditor.accountsOf(call.spender, this.now);
    const isDue = accounts.some(
      (truth) => this.auditor.mayPress(truth, "degrade") || !this.auditor.fitted(truth, call, call.since),
    );
    // A period may have ended since; its pressure has nothing to do with the new one.
    const isRenewed = accounts.some(({ budget }) => labelOf(budget, this.now) !== labelOf(budget, call.askedAt));
    const isHeard = refusal === undefined || !("isComplete" in refusal) || refusal.isComplete;
    if (!isDue && isHeard && !isRenewed) throw new Error("degraded without need");
    const { isFirst, spender } = call;
    this.ask(holder, {
      spender: { ...spender, provider: "south" },
      amount: call.amount / 3n,
      tokens: call.tokens,
      isFirst,
      clamp: undefined,
      mayDegrade: false,
    });
  }

  #refused(holder: Holder, call: Call, refusal: Refusal): void {
    call.state = "ended";
    call.refusal = refusal;
    this.note(`${call.id} ${call.amount} refused: ${JSON.stringify(refusal, plain)}`);
    countRefusal(this.tally, refusal);
    this.#checkSilence(holder, call, refusal);
    const budget = this.#definitions.find(({ id }) => id === refusal.budget);
    const actions = budget?.thresholds.map(({ action }) => action) ?? [];
    if ("isComplete" in refusal && call.mayDegrade && actions.includes("degrade"))
      throw new Error("refused though a cheaper target was offered");
    const isClamped = call.clamp !== undefined && actions.includes("clamp");
    const asked = isClamped ? { ...call, ...call.clamp?.sizeAt(call.clamp.capMin) } : call;
    this.auditor.checkRefused(this.auditor.accountsOf(call.spender, this.now), asked, { refusal, since: call.since });
  }

  /** Lost words are said again, and those that come late or twice hold nobody up. */
  #checkSilence({ pausedUntil }: Holder, { askedAt }: Call, refusal: Refusal): void {
    const { loss, pause, crash, authorityCrash } = this.options;
    if ("isComplete" in refusal && !refusal.isComplete && loss + pause + crash + authorityCrash === 0)
      throw new Error("refused for a silent holder, and nobody was silent");
    // Of words that are said twenty times all are lost once in a hundred thousand calls when a quarter of them is lost.
    if (refusal.code !== "budget_unreachable" || loss > 0.15) return;
    const wokeAt = Math.max(pausedUntil, this.authorityPausedUntil);
    if (this.now > wokeAt + SILENT_MS_MAX && this.now < askedAt + WAIT_MS_MAX)
      throw new Error("refused for silence, and nobody was silent");
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

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}

function describe({ attribution: { tenant, team, user, interaction, tags }, key, provider }: Spender): string {
  return `${tenant} ${team} ${user} ${interaction} ${key} ${provider} ${tags["job"] ?? "-"}`;
}

function show(sums: { readonly spent: bigint; readonly held: bigint; readonly inDoubt: bigint } | undefined): string {
  return sums === undefined ? "nothing" : `${sums.spent} spent, ${sums.held} held, ${sums.inDoubt} in doubt`;
}
