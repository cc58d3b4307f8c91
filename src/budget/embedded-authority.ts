import { type Instant } from "#units";
import { AuthorityAccount, deficitOf, slackOf } from "./authority-account.ts";
import { type AccountStatus, type Authority, type AuthorityPort } from "./authority.ts";
import { readAuthority, writeAuthority } from "./authority-state.ts";
import { isTemplate } from "./budget-definition.ts";
import { type AccountName, type Budget, type BudgetTable } from "./budget-table.ts";
import { type AccountTotals } from "./journal-fold.ts";
import { type Grant, type HolderId, type Need, type Refusal, type ToAuthority, type Unanswered } from "./messages.ts";

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

type Ask = Extract<ToAuthority, { type: "ask" }>;

interface WaitingAsk {
  readonly ask: Ask;
  readonly order: number;
}

/** The authority of one machine: it lives on the gateway's main thread, and its state outlives it as a checkpoint. */
export class EmbeddedAuthority implements Authority {
  readonly #port: AuthorityPort;
  #table: BudgetTable;
  readonly #accounts = new Map<string, AuthorityAccount>();
  /** Open accounts of each template and period, for the bound on their number. */
  readonly #opened = new Map<string, number>();
  readonly #holders = new Set<HolderId>();
  readonly #lost = new Set<HolderId>();
  #waiting: WaitingAsk[] = [];
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

  receive(message: ToAuthority, now: Instant): void {
    if (!this.#holders.has(message.holder)) return;
    this.#note(message, now);
    if (message.type === "report") for (const id of message.recalls) this.#answered(id, message.holder);
    else if (message.urgency === "ahead") this.#spare(message, now);
    else if (!this.#waiting.some(({ ask }) => ask.id === message.id)) {
      this.#order += 1;
      this.#waiting.push({ ask: message, order: this.#order });
    }
    this.#serve(now);
  }

  tick(now: Instant): void {
    for (const account of this.#accounts.values()) {
      if (account.round !== undefined) this.#pressRound(account, now);
      if (now >= account.state.name.to + KEPT_MS) this.#dropOver(account);
    }
    this.#serve(now);
  }

  lose(holder: HolderId): void {
    if (this.#holders.delete(holder)) this.#lost.add(holder);
    this.#waiting = this.#waiting.filter(({ ask }) => ask.holder !== holder);
  }

  reclaim(holder: HolderId, totals: readonly AccountTotals[], now: Instant): void {
    this.lose(holder);
    if (!this.#lost.delete(holder)) return;
    const byKey = new Map(totals.map((each) => [each.account.key, each]));
    for (const { account, spent, inDoubt } of totals)
      if (this.#isCharged({ account, spent, inDoubt }, now)) this.#open(account);
    for (const [key, account] of this.#accounts) {
      account.replace(holder, byKey.get(key));
      if (account.round !== undefined) this.#answered(account.round.id, holder);
      this.#tellThresholds(account);
    }
    this.#serve(now);
  }

  apply(table: BudgetTable, now: Instant): void {
    this.#table = table;
    for (const account of this.#accounts.values()) {
      if (account.charged() > this.#limitOf(account)) this.#startRound(account, now);
      this.#tellThresholds(account);
    }
    this.#serve(now);
  }

  status(): readonly AccountStatus[] {
    return [...this.#accounts.values()].map((account) => account.status(this.#limitOf(account)));
  }

  #note({ holder, type, reports }: ToAuthority, now: Instant): void {
    const noted = reports.map((report) => {
      // A correction may be the first that is heard of an account.
      const account = this.#isCharged(report, now)
        ? this.#open(report.account)
        : this.#accounts.get(report.account.key);
      if (account?.note(holder, report) === true) this.#tellThresholds(account);
      return { account: report.account, sequence: report.sequence };
    });
    if (type === "report" && noted.length > 0) this.#port.send(holder, { type: "noted", reports: noted });
  }

  /** Something was charged, and recently enough that anybody may ask. */
  #isCharged({ account, spent, inDoubt }: AccountTotals, now: Instant): boolean {
    return (spent !== 0n || inDoubt !== 0n) && now < account.to + KEPT_MS;
  }

  /** Grants of what the holder does not know yet are said again and nothing is added: the first word was lost. */
  #spare({ id, holder, needs }: Ask, now: Instant): void {
    const grants: Grant[] = [];
    for (const need of needs) {
      const opened = this.#accountFor(need.account, now);
      if (typeof opened === "string") continue;
      const isWaitedFor = this.#isWaitedFor(opened, id);
      if (!isWaitedFor && knowsAll(opened, holder)) this.#add(opened, holder, this.#spareFor(opened, need.amount));
      grants.push(this.#grantOf(opened, holder));
    }
    this.#port.send(holder, { type: "grant", ask: id, grants });
  }

  /** In order of arrival; an ask behind another one for the same account waits, so that nobody starves. */
  #serve(now: Instant): void {
    if (this.#waiting.length === 0) return;
    const taken = new Set<string>();
    this.#waiting = this.#waiting.filter((waiting) => {
      const { needs } = waiting.ask;
      const isServed = !needs.some(({ account }) => taken.has(account.key)) && this.#serveOne(waiting, now);
      if (!isServed) for (const { account } of needs) taken.add(account.key);
      return !isServed;
    });
  }

  /** False while the ask has to wait for a recall. */
  #serveOne({ ask, order }: WaitingAsk, now: Instant): boolean {
    const found: { readonly account: AuthorityAccount; readonly lacking: bigint }[] = [];
    let isWaiting = false;
    for (const need of ask.needs) {
      const account = this.#accountFor(need.account, now);
      if (typeof account === "string") return this.#deny(ask, this.#refusalWithout(need, account));
      const short = knowsAll(account, ask.holder) ? need.amount - slackOf(account.slice(ask.holder)) : 0n;
      const lacking = short > 0n ? short : 0n;
      found.push({ account, lacking });
      if (lacking <= this.#roomIn(account)) continue;
      // A round that began before the ask came may have heard some holders too early.
      if (account.lastRound.order <= order && account.round === undefined) this.#startRound(account, now);
      if (account.lastRound.order > order) return this.#deny(ask, this.#refusalOf(account));
      isWaiting = true;
    }
    if (isWaiting) return false;
    for (const { account, lacking } of found)
      this.#add(
        account,
        ask.holder,
        lacking + (this.#isWaitedFor(account, ask.id) ? 0n : this.#spareFor(account, lacking)),
      );
    const grants = found.map(({ account }) => this.#grantOf(account, ask.holder));
    this.#port.send(ask.holder, { type: "grant", ask: ask.id, grants });
    return true;
  }

  #deny(ask: Ask, refusal: Refusal): true {
    this.#port.send(ask.holder, { type: "denial", ask: ask.id, refusal });
    return true;
  }

  #add(account: AuthorityAccount, holder: HolderId, amount: bigint): void {
    const slice = account.slice(holder);
    const more = amount + deficitOf(slice);
    if (more <= 0n || this.#roomIn(account) < amount) return;
    slice.granted += more;
    // What was just granted may come back, so nobody is refused by a round that began before it.
    account.round = undefined;
    account.lastRound = { order: -1, isComplete: true };
  }

  #isWaitedFor({ state }: AuthorityAccount, exceptBy: string): boolean {
    return this.#waiting.some(
      ({ ask }) => ask.id !== exceptBy && ask.needs.some(({ account }) => account.key === state.name.key),
    );
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

  #grantOf(account: AuthorityAccount, holder: HolderId): Grant {
    return { account: account.state.name, granted: account.slice(holder).granted, revision: this.#table.revision };
  }

  #accountFor(name: AccountName, now: Instant): AuthorityAccount | Unanswered["code"] {
    if (now >= name.to) return "budget_period_over";
    const known = this.#accounts.get(name.key);
    if (known !== undefined) return known;
    const budget = this.#table.budget(name.budget);
    if (budget !== undefined && isTemplate(budget.definition) && this.#isFull(budget, name)) return "budget_table_full";
    return this.#open(name);
  }

  #isFull({ definition }: Budget, name: AccountName): boolean {
    return (this.#opened.get(periodOf(name)) ?? 0) >= definition.valuesMax;
  }

  #open(name: AccountName): AuthorityAccount {
    return this.#accounts.get(name.key) ?? this.#keep(AuthorityAccount.open(name));
  }

  #keep(account: AuthorityAccount): AuthorityAccount {
    const { name } = account.state;
    this.#accounts.set(name.key, account);
    this.#opened.set(periodOf(name), (this.#opened.get(periodOf(name)) ?? 0) + 1);
    return account;
  }

  /** Only when no holder can speak of it any more. */
  #dropOver({ state }: AuthorityAccount): void {
    for (const slice of state.slices.values()) if (!slice.isClosed) return;
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
    if (holders.length === 0) endRound(account, { isComplete: true });
  }

  #recall(account: AuthorityAccount, id: string, holder: HolderId): void {
    if (this.#holders.has(holder))
      this.#port.send(holder, { type: "recall", id, grant: this.#grantOf(account, holder) });
  }

  #answered(id: string, holder: HolderId): void {
    const account = this.#accounts.get(id.slice(id.indexOf("|") + 1));
    if (account?.round?.id !== id) return;
    account.round.waiting.delete(holder);
    if (account.round.waiting.size === 0) endRound(account, { isComplete: true });
  }

  #pressRound(account: AuthorityAccount, now: Instant): void {
    const { round } = account;
    if (round === undefined) return;
    if (now >= round.startedAt + RECALL_MS_MAX) {
      endRound(account, { isComplete: false });
      // Without anybody waiting, only a lowered limit began the round, and it is not done before all have answered.
      if (account.charged() > this.#limitOf(account)) this.#startRound(account, now);
    } else if (now >= round.sentAt + RECALL_AGAIN_MS) {
      round.sentAt = now;
      for (const holder of round.waiting) this.#recall(account, round.id, holder);
    }
  }

  #refusalOf(account: AuthorityAccount): Refusal {
    const { account: name, limit, spent, held, inDoubt, left } = account.status(this.#limitOf(account));
    const { budget, value, to: resetAt } = name;
    const { isComplete } = account.lastRound;
    return { code: "budget_exceeded", budget, value, limit, spent, held, inDoubt, left, resetAt, isComplete };
  }

  #refusalWithout({ account: { budget, value, to: resetAt } }: Need, code: Unanswered["code"]): Refusal {
    return { code, budget, value, resetAt };
  }

  #tellThresholds(account: AuthorityAccount): void {
    const { state } = account;
    const definition = this.#table.budget(state.name.budget)?.definition;
    if (definition === undefined) return;
    const used = account.used();
    for (const { percent, action } of definition.thresholds) {
      if (state.told.has(percent) || used * 100n < definition.limit * BigInt(percent)) continue;
      state.told.add(percent);
      this.#port.reached({ account: state.name, percent, action, used, limit: definition.limit });
    }
  }
}

function endRound(account: AuthorityAccount, { isComplete }: { readonly isComplete: boolean }): void {
  if (account.round !== undefined) account.lastRound = { order: account.round.order, isComplete };
  account.round = undefined;
}

/** Whether its last word of the account shows the holder to know of all that it was granted. */
function knowsAll(account: AuthorityAccount, holder: HolderId): boolean {
  const { granted, report } = account.slice(holder);
  return granted === (report?.granted ?? 0n);
}

function periodOf({ budget, from }: AccountName): string {
  return `${budget}|${from}`;
}
