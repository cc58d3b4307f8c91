import { type Instant } from "#units";
import { type Ask, AskQueue, type WaitingAsk } from "./ask-queue.ts";
import { AuthorityAccount, deficitOf, knowsAll, lackingOf, slackOf, usedBy } from "./authority-account.ts";
import { type AccountStatus, type Authority, type AuthorityPort } from "./authority.ts";
import { readAuthority, writeAuthority } from "./authority-state.ts";
import { isTemplate } from "./budget-definition.ts";
import { type AccountName, type Budget, type BudgetTable, periodOf } from "./budget-table.ts";
import { type AccountTotals } from "./account-totals.ts";
import { type Grant, type HolderId, type Need, type Standing, type ToAuthority } from "./messages.ts";
import { pressureOn } from "./pressure.ts";
import { type Refusal, refuseShort, type Unanswered } from "./refusal.ts";
import { type Unit } from "./unit.ts";

/** A recall is said again after this long without an answer, since the word may have been lost. */
const RECALL_AGAIN_MS = 20;
/** Holders that stay silent for this long are refused against, as if they had used all of their slices. */
const RECALL_MS_MAX = 250;
/** How long after its end an account is kept for late reports; nothing is granted on it from its end on. */
const KEPT_MS = 10 * 60_000;
/** An alert-only budget is never short: more than all the money that 64 bits can hold. */
const UNLIMITED = 1n << 96n;
/** Of what is left, a slice asked for ahead of need takes at most this share, divided by the number of holders. */
const AHEAD_SHARE = 2n;

/** A value that nobody uses and that holds nothing makes room for others; an id of one run does so after a day. */
const REST_MS = 60_000;
const RUN_MS_MAX = 86_400_000;

/** The authority of one machine: it lives on the gateway's main thread, and its state outlives it as a checkpoint. */
export class EmbeddedAuthority implements Authority {
  readonly #port: AuthorityPort;
  #table: BudgetTable;
  readonly #accounts = new Map<string, AuthorityAccount>();
  /** Open accounts of each template and period, for the bound on their number. */
  readonly #opened = new Map<string, number>();
  readonly #holders = new Set<HolderId>();
  readonly #lost = new Set<HolderId>();
  /** Budgets of whose period it is not known what was spent before they were made. */
  #unseeded: ReadonlySet<string> = new Set();
  readonly #asks = new AskQueue();
  #order = 0;

  constructor(table: BudgetTable, port: AuthorityPort) {
    this.#table = table;
    this.#port = port;
  }

  /** All holders of the checkpoint are lost: their slices stay taken until `reclaim` has read their journals. */
  static restore(checkpoint: string, table: BudgetTable, port: AuthorityPort): EmbeddedAuthority {
    const authority = new EmbeddedAuthority(table, port);
    for (const state of readAuthority(checkpoint)) {
      authority.#keep(new AuthorityAccount(state));
      for (const holder of state.slices.keys()) authority.#lost.add(holder);
    }
    return authority;
  }

  checkpoint(): string {
    return writeAuthority([...this.#accounts.values()].map(({ state }) => state));
  }

  join(holder: HolderId): void {
    this.#lost.delete(holder);
    this.#holders.add(holder);
  }

  receive(messages: readonly ToAuthority[], now: Instant): void {
    const repeated = messages.filter((message) => this.#hear(message, now));
    this.#serve(now);
    for (const ask of repeated)
      if (ask.type === "ask" && this.#asks.has(ask)) this.#port.send(ask.holder, { type: "heard", ask: ask.name });
  }

  tick(now: Instant): void {
    for (const account of this.#accounts.values()) {
      if (account.round !== undefined) this.#pressRound(account, now);
      if (this.#isForgettable(account, now)) this.#drop(account);
    }
    this.#serve(now);
  }

  lose(holder: HolderId): void {
    if (this.#holders.delete(holder)) this.#lost.add(holder);
    this.#asks.forget(holder);
  }

  reclaim(holder: HolderId, totals: readonly AccountTotals[], now: Instant): void {
    this.lose(holder);
    if (!this.#lost.delete(holder)) return;
    const byKey = new Map(totals.map((each) => [each.account.key, each]));
    for (const { account, spent, inDoubt } of totals)
      if (this.#isCharged({ account, spent, inDoubt }, now)) this.#open(account, now);
    for (const [key, account] of this.#accounts) {
      account.replace(holder, byKey.get(key));
      if (account.round !== undefined) this.#answered(account.round.id, holder);
      this.#observe(account);
    }
    this.#serve(now);
  }

  /** After the last word of a holder. False where it has left something open: then `reclaim` has to say what its journal says. */
  leave(holder: HolderId, now: Instant): boolean {
    for (const { state } of this.#accounts.values()) if (state.slices.get(holder)?.isClosed === false) return false;
    this.reclaim(holder, [], now);
    return true;
  }

  apply(table: BudgetTable, now: Instant, unseeded: Iterable<string> = []): void {
    this.#table = table;
    this.#unseeded = new Set([...this.#unseeded, ...unseeded].filter((id) => table.budget(id) !== undefined));
    for (const account of this.#accounts.values()) {
      if (account.charged() > this.#limitOf(account)) this.#startRound(account, now);
      this.#observe(account);
    }
    this.#serve(now);
  }

  seed(budget: string, totals: readonly AccountTotals[], now: Instant): void {
    if (!this.#unseeded.has(budget)) return;
    this.#unseeded = new Set([...this.#unseeded].filter((id) => id !== budget));
    for (const { account: name, spent, inDoubt } of totals) {
      if (name.budget !== budget || now >= name.to) continue;
      const account = this.#open(name, now);
      account.state.spent += spent;
      account.state.inDoubt += inDoubt;
      this.#observe(account);
    }
    this.#serve(now);
  }

  status(): readonly AccountStatus[] {
    return [...this.#accounts.values()].map((account) => account.status(this.#unitOf(account), this.#limitOf(account)));
  }

  /** True for an ask that waits already. */
  #hear(message: ToAuthority, now: Instant): boolean {
    const { holder, openFrom } = message;
    if (!this.#holders.has(holder)) return false;
    this.#note(message, now);
    let isRepeated = false;
    if (message.type === "report") for (const id of message.recalls) this.#answered(id, holder);
    else if (message.type === "ask" && this.#asks.isNews(message)) isRepeated = this.#asked(message, now);
    this.#asks.over(holder, openFrom);
    return isRepeated;
  }

  #note({ holder, type, reports }: ToAuthority, now: Instant): void {
    const noted = reports.map((report) => {
      // A correction may be the first that is heard of an account.
      const account = this.#isCharged(report, now)
        ? this.#open(report.account, now)
        : this.#accounts.get(report.account.key);
      if (account?.note(holder, report, now) === true) this.#observe(account);
      const standing = account === undefined ? undefined : this.#standingOf(account, holder);
      return { account: report.account, sequence: report.sequence, standing };
    });
    if (type === "report" && noted.length > 0) this.#port.send(holder, { type: "noted", reports: noted });
  }

  /** Something was charged, and recently enough that anybody may ask. */
  #isCharged({ account, spent, inDoubt }: AccountTotals, now: Instant): boolean {
    return (spent !== 0n || inDoubt !== 0n) && now < account.to + KEPT_MS;
  }

  #asked(ask: Ask, now: Instant): boolean {
    if (ask.urgency === "ahead") {
      this.#spare(ask, now);
      return false;
    }
    this.#order += 1;
    return this.#asks.put(ask, this.#order);
  }

  /** Grants of what the holder does not know yet are said again and nothing is added: the first word was lost. */
  #spare(ask: Ask, now: Instant): void {
    const { name, holder, needs } = ask;
    const grants: Grant[] = [];
    for (const need of needs) {
      const account = this.#accountFor(ask, need, now);
      if (typeof account === "string" || this.#unseeded.has(need.account.budget)) continue;
      const isWaitedFor = this.#asks.isWaitedFor(need.account.key, ask);
      if (!isWaitedFor && knowsAll(account.slice(holder)))
        this.#add(account, holder, this.#spareFor(account, need.amount));
      grants.push(this.#grantOf(account, holder));
    }
    this.#port.send(holder, { type: "grant", ask: name, grants });
  }

  #serve(now: Instant): void {
    if (!this.#asks.isEmpty) this.#asks.serve((waiting) => this.#serveOne(waiting, now));
  }

  /** False while the ask has to wait for a recall. */
  #serveOne({ ask, order }: WaitingAsk, now: Instant): boolean {
    const found: { readonly account: AuthorityAccount; readonly lacking: bigint }[] = [];
    let isWaiting = false;
    for (const need of ask.needs) {
      const account = this.#accountFor(ask, need, now);
      if (typeof account === "string") return this.#deny(ask, this.#refusalWithout(need, account), 0n);
      account.refused.asked(need.amount);
      const lacking = lackingOf(account.slice(ask.holder), need.amount, ask.name.ticket);
      if (this.#unseeded.has(need.account.budget)) isWaiting = true;
      found.push({ account, lacking });
      // What takes nothing here passes no limit, however far others have gone beyond it.
      if (need.amount === 0n || lacking <= this.#roomIn(account)) continue;
      // A round that began before the ask came may have heard some holders too early.
      if (account.lastRound.order <= order && account.round === undefined) this.#startRound(account, now);
      if (account.lastRound.order > order) return this.#denyShort(ask, account, { need, now });
      isWaiting = true;
    }
    if (!isWaiting) this.#grantAll(ask, found);
    return !isWaiting;
  }

  #grantAll(ask: Ask, found: readonly { readonly account: AuthorityAccount; readonly lacking: bigint }[]): void {
    for (const { account, lacking } of found) {
      if (lacking > 0n) account.slice(ask.holder).unheard.add(ask.name.ticket);
      this.#add(
        account,
        ask.holder,
        lacking + (this.#asks.isWaitedFor(account.state.name.key, ask) ? 0n : this.#spareFor(account, lacking)),
      );
    }
    const grants = found.map(({ account }) => this.#grantOf(account, ask.holder));
    this.#port.send(ask.holder, { type: "grant", ask: ask.name, grants });
  }

  #denyShort(ask: Ask, account: AuthorityAccount, { need, now }: { need: Need; now: Instant }): true {
    account.refused.refused(need.amount, now);
    const slice = account.slice(ask.holder);
    const free = this.#roomIn(account) + (knowsAll(slice) ? slackOf(slice) : 0n);
    return this.#deny(ask, this.#refusalOf(account), free > 0n ? free : 0n);
  }

  #deny(ask: Ask, refusal: Refusal, free: bigint): true {
    this.#port.send(ask.holder, { type: "denial", ask: ask.name, refusal, free });
    return true;
  }

  #add(account: AuthorityAccount, holder: HolderId, amount: bigint): void {
    const slice = account.slice(holder);
    const more = amount + deficitOf(slice);
    if (more <= 0n || this.#roomIn(account) < amount) return;
    slice.granted += more;
    slice.revision = this.#table.revision;
    // What was just granted may come back, so nobody is refused by a round that began before it.
    account.round = undefined;
    account.lastRound = { order: -1, isComplete: true };
  }

  /** Shrinks toward the limit, so that what is left stays where any holder can get it. */
  #spareFor(account: AuthorityAccount, amount: bigint): bigint {
    const share = (this.#roomIn(account) - amount) / (AHEAD_SHARE * BigInt(Math.max(1, this.#holders.size)));
    if (share <= 0n) return 0n;
    return share < amount ? share : amount;
  }

  #roomIn(account: AuthorityAccount): bigint {
    return this.#limitOf(account) - account.charged();
  }

  /** A budget that was taken out holds nobody; its accounts only run out. */
  #limitOf({ state }: AuthorityAccount): bigint {
    return this.#table.budget(state.name.budget)?.limit ?? UNLIMITED;
  }

  #unitOf({ state }: AuthorityAccount): Unit {
    return this.#table.budget(state.name.budget)?.definition.unit ?? "USD";
  }

  #grantOf(account: AuthorityAccount, holder: HolderId): Grant {
    const { birth, granted, revision } = account.slice(holder);
    return { account: account.state.name, birth, granted, revision, standing: this.#standingOf(account, holder) };
  }

  #standingOf(account: AuthorityAccount, holder: HolderId): Standing {
    const budget = this.#table.budget(account.state.name.budget);
    const used = account.used();
    const { clampTo, isDegrading } = pressureOn(budget, used);
    const left = (budget?.limit ?? budget?.definition.limit ?? UNLIMITED) - used;
    return { limit: budget?.limit, left, usedHere: usedBy(account.slice(holder)), clampTo, isDegrading };
  }

  #accountFor(ask: Ask, { account: name }: Need, now: Instant): AuthorityAccount | Unanswered["code"] {
    if (now >= name.to) return "budget_period_over";
    const budget = this.#table.budget(name.budget);
    const isNew = !this.#accounts.has(name.key);
    if (isNew && budget !== undefined && isTemplate(budget.definition) && this.#isFull(budget, name))
      return "budget_table_full";
    const account = this.#open(name, now);
    // The account may be younger than the ask that waits for it, and a grant is only for the birth that was told.
    if (account.slice(ask.holder).report === undefined) {
      const report = ask.reports.find((each) => each.account.key === name.key);
      if (report !== undefined) account.note(ask.holder, report, now);
    }
    return account;
  }

  #isFull({ definition }: Budget, name: AccountName): boolean {
    return (this.#opened.get(periodOf(name)) ?? 0) >= definition.valuesMax;
  }

  #open(name: AccountName, now: Instant): AuthorityAccount {
    return this.#accounts.get(name.key) ?? this.#keep(AuthorityAccount.open(name, now));
  }

  #keep(account: AuthorityAccount): AuthorityAccount {
    const { name } = account.state;
    this.#accounts.set(name.key, account);
    this.#opened.set(periodOf(name), (this.#opened.get(periodOf(name)) ?? 0) + 1);
    return account;
  }

  #isForgettable(account: AuthorityAccount, now: Instant): boolean {
    const { name, usedAt } = account.state;
    if (now >= name.to + KEPT_MS) return account.isClosed;
    const budget = this.#table.budget(name.budget);
    if (budget?.mayRest !== true || now < usedAt + REST_MS || !account.isClosed) return false;
    // What is in doubt is released to its account some day, which must then be there.
    const isDone = budget.isOfRuns && account.state.inDoubt === 0n;
    return account.charged() === 0n || (isDone && now >= usedAt + RUN_MS_MAX);
  }

  #drop({ state }: AuthorityAccount): void {
    this.#accounts.delete(state.name.key);
    const others = (this.#opened.get(periodOf(state.name)) ?? 1) - 1;
    if (others > 0) this.#opened.set(periodOf(state.name), others);
    else this.#opened.delete(periodOf(state.name));
  }

  #startRound(account: AuthorityAccount, now: Instant): void {
    if (account.round !== undefined) return;
    this.#order += 1;
    const holders = [...account.state.slices].filter(([, slice]) => !slice.isClosed).map(([holder]) => holder);
    const id = `${this.#order}|${account.state.name.key}`;
    account.round = { id, order: this.#order, startedAt: now, sentAt: now, waiting: new Set(holders) };
    for (const holder of holders) this.#recall(account, id, holder);
    if (holders.length === 0) account.endRound({ isComplete: true });
  }

  #recall(account: AuthorityAccount, id: string, holder: HolderId): void {
    if (!this.#holders.has(holder)) return;
    const grant = { ...this.#grantOf(account, holder), revision: this.#table.revision };
    this.#port.send(holder, { type: "recall", id, grant });
  }

  #answered(id: string, holder: HolderId): void {
    const account = this.#accounts.get(id.slice(id.indexOf("|") + 1));
    if (account?.round?.id !== id) return;
    account.round.waiting.delete(holder);
    if (account.round.waiting.size === 0) account.endRound({ isComplete: true });
  }

  #pressRound(account: AuthorityAccount, now: Instant): void {
    const { round } = account;
    if (round === undefined) return;
    if (now >= round.startedAt + RECALL_MS_MAX) {
      account.endRound({ isComplete: false });
      // Without anybody waiting, only a lowered limit began the round, and it is not done before all have answered.
      if (account.charged() > this.#limitOf(account)) this.#startRound(account, now);
    } else if (now >= round.sentAt + RECALL_AGAIN_MS) {
      round.sentAt = now;
      for (const holder of round.waiting) this.#recall(account, round.id, holder);
    }
  }

  #refusalOf(account: AuthorityAccount): Refusal {
    const { account: name, ...status } = account.status(this.#unitOf(account), this.#limitOf(account));
    const { unit, limit, spent, held, inDoubt, left } = status;
    const { budget, value, to: resetAt } = name;
    const { isComplete } = account.lastRound;
    const per = this.#table.budget(budget)?.definition.per ?? "total";
    return refuseShort({ budget, value, limit, spent, held, inDoubt, left, resetAt, isComplete }, { unit, per });
  }

  #refusalWithout({ account: { budget, value, to: resetAt } }: Need, code: Unanswered["code"]): Refusal {
    return { code, budget, value, resetAt };
  }

  /** Tells of each threshold once, and holders of soft ones as often as they are crossed. */
  #observe(account: AuthorityAccount): void {
    const { state } = account;
    const budget = this.#table.budget(state.name.budget);
    if (budget === undefined) return;
    const { limit, thresholds } = budget.definition;
    const used = account.used();
    for (const { percent, action } of thresholds) {
      if (state.told.has(percent) || used * 100n < limit * BigInt(percent)) continue;
      state.told.add(percent);
      this.#port.reached({ account: state.name, percent, action, used, limit });
    }
    const { clampTo, isDegrading } = pressureOn(budget, used);
    const pressure = `${clampTo !== undefined} ${isDegrading}`;
    if (pressure === account.pressure) return;
    account.pressure = pressure;
    for (const [holder, { isClosed }] of state.slices)
      if (!isClosed && this.#holders.has(holder))
        this.#port.send(holder, { type: "standing", grant: this.#grantOf(account, holder) });
  }
}
