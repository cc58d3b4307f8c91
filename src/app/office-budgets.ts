import { isDeepStrictEqual } from "node:util";
import { type AlertNews, Alerts } from "#alerts";
import { type Analytics } from "#analytics";
import { type Books } from "#books";
import { type AccountStatus, type BudgetDefinition, BudgetTable } from "#budget";
import { type Config } from "#config";
import { type AlertSource, BudgetChanges, budgetMetrics, type BudgetSource } from "#control";
import { type LiveBudgets, type Metric } from "#control";
import { Alert, type Budget, type BudgetDetail, type Status } from "#contract";
import { type AttemptDispatched } from "#events";
import { unreachable } from "#std";
import { type Instant } from "#units";
import { type Clock, type World } from "#world";
import { type BudgetNews, type GatewayReport, type ToGateway } from "./link.ts";
import { type Log } from "./log.ts";

export interface OfficeBudgetsOptions {
  readonly world: World;
  readonly books: Books;
  readonly analytics: Analytics;
  readonly config: Config;
  readonly log: Log;
  readonly tell: (message: ToGateway) => void;
  /** Attempts that run now. */
  readonly running: () => readonly AttemptDispatched[];
}

type AlertedAccount = Extract<AlertNews, { type: "budget_threshold" }>["account"];

const UNPRICED_LOOK_MS = 60_000;
const UNPRICED_MODELS_MAX = 100;
const DAY_MS = 86_400_000;
/** Alerts, and budgets, that the status tells of. */
const TOLD_MAX = 5;

/** The office's side of budgets: those of the books, what the gateway tells of all of them, and who is alerted of it. */
export class OfficeBudgets {
  readonly #options: OfficeBudgetsOptions;
  readonly #alerts: Alerts;
  readonly #changes: BudgetChanges;
  readonly source: BudgetSource;
  #config: Config;
  #own: readonly BudgetDefinition[] = [];
  #table = new BudgetTable([], 0);
  #live: LiveBudgets | undefined;
  #look: ReturnType<Clock["every"]> | undefined;

  constructor(options: OfficeBudgetsOptions) {
    const { world, books, log, tell } = options;
    this.#options = options;
    this.#config = options.config;
    this.#alerts = new Alerts({ world, stored: books.alerts, log });
    this.source = {
      stored: books.budgets,
      configured: () => this.#config.budgets.definitions,
      timezone: () => this.#config.timezone,
      live: () => this.#live,
      holds: (budget) => this.#holdsOf(budget),
      changed: (definitions) => {
        this.#own = definitions;
        this.#table = new BudgetTable([...this.#config.budgets.definitions, ...definitions], 0);
        tell({ type: "budgets", definitions });
      },
    };
    this.#changes = new BudgetChanges(this.source, { world, log });
  }

  get alerts(): AlertSource {
    return {
      stored: this.#options.books.alerts,
      hasWebhook: () => this.#config.alerts !== undefined,
      resend: (id) => this.#alerts.resend(id),
    };
  }

  /** The first instant that any budget in force counts; undefined when there is none. */
  countedFrom(now: Instant): Instant | undefined {
    const froms = [...this.#config.budgets.definitions, ...this.#own].flatMap(
      ({ id }) => this.#table.budget(id)?.clock.at(now).from ?? [],
    );
    return froms.toSorted((left, right) => left - right)[0];
  }

  /** Tells the gateway which budgets stand in the books, and begins to send what waits. */
  async start(): Promise<void> {
    await this.#alerts.configure(this.#config.alerts);
    await this.#changes.announce();
    this.#alerts.start();
    this.#look = this.#options.world.clock.every(UNPRICED_LOOK_MS, () => this.#lookForUnpriced());
  }

  async stop(): Promise<void> {
    this.#look?.cancel();
    await this.#alerts.stop();
  }

  async swap(config: Config): Promise<void> {
    this.#config = config;
    await this.#alerts.configure(config.alerts);
    await this.#changes.announce();
  }

  noteReport({ budgets, budgetAccounts }: GatewayReport): void {
    this.#live = { at: this.#options.world.clock.now(), accounts: budgets, total: budgetAccounts };
  }

  /** For what others have found that somebody must know. */
  raise(news: readonly AlertNews[]): Promise<void> {
    return this.#alerts.raise(news);
  }

  async noteNews(news: readonly BudgetNews[]): Promise<void> {
    await this.#alerts.raise(news.flatMap((each) => this.#toAlert(each) ?? []));
  }

  async alertState(): Promise<Status["alerts"]> {
    const { origin, waiting, sent, failed } = await this.#alerts.state();
    const latest = await this.#options.books.alerts.list({ limit: TOLD_MAX, after: undefined, state: undefined });
    return {
      webhook: origin,
      waiting,
      sent,
      failed,
      latest: latest.map((alert) => ({
        at: timestamp(alert.at),
        type: Alert.shape.type.parse(alert.kind),
        says: Alerts.read(alert).says,
        state: alert.state,
      })),
    };
  }

  /** Undefined while the gateway has told nothing. */
  slices(): Status["slices"] {
    if (this.#live === undefined) return undefined;
    const { accounts, total } = this.#live;
    const tightest = accounts.toSorted(byShareLeft).slice(0, TOLD_MAX);
    return {
      accounts: total,
      tightest: tightest.map(({ account, unit, limit, spent, held, inDoubt, unreported, left }) => ({
        budget: account.budget,
        value: this.#alerted(account).value,
        unit,
        limit: String(limit),
        spent: String(spent),
        held: String(held),
        in_doubt: String(inDoubt),
        in_slices: String(unreported),
        left: String(left),
      })),
    };
  }

  async metrics(): Promise<readonly Metric[]> {
    const state = { configured: this.#config.budgets.definitions, own: this.#own, live: this.#live };
    return budgetMetrics({ ...state, now: this.#options.world.clock.now(), alerts: await this.#alerts.state() });
  }

  #toAlert(news: BudgetNews): AlertNews | undefined {
    const { at } = news;
    switch (news.type) {
      case "threshold-reached": {
        const { account, percent, action, used, limit } = news.threshold;
        return { type: "budget_threshold", at, account: this.#alerted(account), percent, action, used, limit };
      }
      case "budget-refused": {
        const { code, budget, value, resetAt } = news.refusal;
        if (code === "budget_period_over") return undefined;
        const account = { budget, value, key: `${budget}|${value}|${resetAt}`, to: resetAt };
        return { type: "budget_refused", at, account: this.#alerted(account), code };
      }
      case "budget-overrun":
        return { ...news, type: "budget_overrun" };
      case "budget-unpriced":
        return { type: "unpriced_spend", at, provider: news.provider, model: news.model };
      default:
        return unreachable(news);
    }
  }

  /** A running attempt belongs to the accounts that were open for it when it was sent. */
  #holdsOf({ id, values = {} }: Pick<Budget, "id" | "values">): BudgetDetail["holds"] {
    const unit = this.#table.budget(id)?.definition.unit;
    const isOf = (dispatched: AttemptDispatched) =>
      this.#table
        .accountsAt(dispatched, dispatched.at)
        .some((account) => account.budget === id && isDeepStrictEqual(this.#table.valuesOf(account), values));
    return this.#options
      .running()
      .filter(isOf)
      .map(({ call, attempt, at, provider, model, bound }) => {
        const amount =
          unit === "USD" ? (bound.type === "unknown" ? undefined : bound.nanos) : unit === "tokens" ? bound.tokens : 1;
        return { call, attempt, at: timestamp(at), provider, model, amount: amount?.toString() };
      });
  }

  #alerted({ budget, value, key, to }: Omit<AccountStatus["account"], "from">): AlertedAccount {
    const values = Object.entries(this.#table.valuesOf({ budget, value }));
    const definition = this.#table.budget(budget)?.definition;
    return {
      budget,
      value: values.length === 0 ? undefined : values.map(([name, text]) => `${name}=${text}`).join(", "),
      unit: definition?.unit ?? "",
      per: definition?.per ?? "",
      resetAt: to,
      key,
    };
  }

  /** Also what no budget holds: an unpriced call is missing from every sum. */
  async #lookForUnpriced(): Promise<void> {
    const { world, analytics } = this.#options;
    const now = world.clock.now();
    const from = timestamp(Math.floor(now / DAY_MS) * DAY_MS);
    const to = timestamp(now + 1);
    const asked = { by: ["provider", "model"], from, to, tz: "UTC", filter: {}, limit: UNPRICED_MODELS_MAX };
    const answer = await analytics.spend(asked);
    if (!answer.ok) return;
    const rows = answer.value.rows.filter(({ unpriced }) => unpriced > 0);
    await this.#alerts.raise(
      rows.map(({ dimensions: { provider = "", model = "" } }) => ({
        type: "unpriced_spend",
        at: now,
        provider,
        model,
      })),
    );
  }
}

const PARTS = 1_000_000n;

/** Tightest first. */
function byShareLeft(one: AccountStatus, other: AccountStatus): number {
  return partsLeft(one) - partsLeft(other);
}

function partsLeft({ left, limit }: AccountStatus): number {
  return limit === 0n ? 0 : Number((left * PARTS) / limit);
}

function timestamp(at: Instant | number): string {
  return new Date(at).toISOString();
}
