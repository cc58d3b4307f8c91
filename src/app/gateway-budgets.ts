import { type AccountStatus, type BudgetDefinition, type Refusal, type ReachedThreshold } from "#budget";
import { type ToAuthority, type ToHolder } from "#budget";
import { type ThreadNews } from "#gateway";
import { type AttemptCorrected } from "#events";
import { money } from "#units";
import { type World } from "#world";
import { type DataFolder } from "./data-folder.ts";
import { DayOldDoubts } from "./day-old-doubts.ts";
import { KeptBudgets } from "./kept-budgets.ts";
import { type BudgetNews, type GatewayReport, type ThreadBudgetsOpening, type ToThread } from "./link.ts";
import { LocalAuthority } from "./local-authority.ts";
import { type Log } from "./log.ts";
import { Outbox } from "./outbox.ts";
import { holderOf } from "./read-holder.ts";

export interface GatewayBudgetsOptions {
  readonly log: Log;
  readonly folder: Pick<DataFolder, "journal" | "node" | "budgets" | "budgetCheckpoint" | "budgetDoubts">;
  readonly configured: readonly BudgetDefinition[];
  readonly tell: (thread: number, message: ToThread) => void;
  readonly tellAll: (message: ToThread) => void;
  readonly tellOffice: (news: readonly BudgetNews[]) => void;
}

/** One life of one thread. */
interface Holder {
  readonly thread: number;
  readonly answers: Outbox<ToHolder>;
}

/** So many facts are kept for offices to come; of more the oldest are forgotten. */
const NEWS_MAX = 1_000;
/** Accounts that one report tells of. */
const REPORTED_MAX = 1_000;

/** Budgets on the gateway's main thread: what is in force, who holds what, and what the office should hear of it. */
export class GatewayBudgets {
  readonly #world: World;
  readonly #options: GatewayBudgetsOptions;
  readonly #kept: KeptBudgets;
  readonly #authority: LocalAuthority;
  readonly #doubts: DayOldDoubts;
  readonly #threads = new Map<string, Holder>();
  readonly #news = new Map<string, BudgetNews>();

  constructor(world: World, options: GatewayBudgetsOptions) {
    const { log, folder, configured } = options;
    this.#world = world;
    this.#options = options;
    this.#kept = new KeptBudgets(world, { path: folder.budgets, log, configured });
    this.#authority = new LocalAuthority(world, {
      log,
      checkpoint: folder.budgetCheckpoint,
      journal: folder.journal,
      send: (holder, message) => this.#threads.get(holder)?.answers.put(message),
      reached: (threshold) => this.#reached(threshold),
    });
    this.#doubts = new DayOldDoubts(world, {
      journal: folder.journal,
      path: folder.budgetDoubts,
      table: this.#authority.table,
      correct: (events) => this.#correct(events),
      unread: (path, problem) => log("error", "budget-journal-unreadable", { path, problem }),
    });
  }

  /** Resolves when it is known what is spent. */
  async open(): Promise<void> {
    await this.#authority.open(this.#kept.definitions);
    this.#doubts.apply(this.#authority.table);
    void this.#doubts.open();
  }

  /** What happened lately, for an office that has just been started. */
  get news(): readonly BudgetNews[] {
    return [...this.#news.values()];
  }

  join(thread: number, incarnation: number): ThreadBudgetsOpening {
    const holder = holderOf({ node: this.#options.folder.node, thread, incarnation });
    this.#authority.join(holder);
    const { tell } = this.#options;
    const post = (messages: readonly ToHolder[]) => tell(thread, { type: "authority", messages });
    this.#threads.set(holder, { thread, answers: new Outbox(this.#world.clock, post) });
    return { holder, definitions: this.#kept.definitions, revision: this.#authority.revision };
  }

  /** The thread is gone and its journal sealed. */
  lost(thread: number): void {
    for (const [holder, seat] of this.#threads) {
      if (seat.thread !== thread) continue;
      this.#threads.delete(holder);
      if (!this.#authority.lost(holder)) void this.#doubts.lost(holder);
    }
  }

  hear(messages: readonly ToAuthority[]): void {
    this.#authority.hear(messages);
  }

  configure(definitions: readonly BudgetDefinition[]): void {
    if (this.#kept.configure(definitions)) this.#apply();
  }

  make(definitions: readonly BudgetDefinition[]): void {
    if (this.#kept.make(definitions)) this.#apply();
  }

  tick(): void {
    this.#kept.tick();
    this.#authority.tick();
    this.#doubts.tick();
  }

  close(): Promise<void> {
    this.#doubts.close();
    return this.#authority.close();
  }

  /** Of very many accounts those of which the most is used. */
  report(): Pick<GatewayReport, "budgets" | "budgetAccounts"> {
    const all = this.#authority.status();
    const budgets = all.length <= REPORTED_MAX ? all : all.toSorted(byShareUsed).slice(0, REPORTED_MAX);
    return { budgets, budgetAccounts: all.length };
  }

  hearNews({ refused, overrun, unpriced, doubtful }: ThreadNews): void {
    this.#doubts.hear(doubtful);
    const at = this.#world.clock.now();
    const day = new Date(at).toISOString().slice(0, 10);
    this.#tell([
      ...refused.map(({ refusal, calls }) => ({
        type: "budget-refused" as const,
        key: keyOfRefusal(refusal),
        at,
        refusal,
        calls,
      })),
      ...overrun.map(({ event, held, charged }) => ({
        type: "budget-overrun" as const,
        key: `overrun|${event.attempt}`,
        at,
        attempt: event.attempt,
        call: event.call,
        provider: event.provider,
        model: event.model,
        bound: event.bound.type === "proven" ? ("proven" as const) : ("ceiling" as const),
        held: money(held),
        charged: money(charged),
      })),
      ...unpriced.map(({ provider, model, attempts }) => ({
        type: "budget-unpriced" as const,
        key: `unpriced|${provider}/${model}|${day}`,
        at,
        provider,
        model,
        attempts,
      })),
    ]);
  }

  /** Any thread does: what it corrects is charged to the period that is open now. */
  #correct(events: readonly AttemptCorrected[]): boolean {
    for (const { thread } of this.#threads.values()) {
      this.#options.tell(thread, { type: "correct", events });
      this.#options.log("info", "doubts-released", { attempts: events.length });
      return true;
    }
    return false;
  }

  #reached(threshold: ReachedThreshold): void {
    const { account, percent } = threshold;
    const key = `reached|${account.key}|${percent}`;
    this.#tell([{ type: "threshold-reached", key, at: this.#world.clock.now(), threshold }]);
  }

  #tell(news: readonly BudgetNews[]): void {
    for (const each of news) {
      this.#news.delete(each.key);
      this.#news.set(each.key, each);
    }
    for (const key of this.#news.keys()) {
      if (this.#news.size <= NEWS_MAX) break;
      this.#news.delete(key);
    }
    this.#options.tellOffice(news);
  }

  #apply(): void {
    const { definitions } = this.#kept;
    this.#authority.apply(definitions);
    this.#doubts.apply(this.#authority.table);
    this.#options.tellAll({ type: "budgets", definitions, revision: this.#authority.revision });
    this.#options.log("info", "budgets-in-force", { budgets: definitions.length });
  }
}

function keyOfRefusal({ code, budget, value, resetAt }: Refusal): string {
  return `refused|${code}|${budget}|${value}|${resetAt}`;
}

function byShareUsed(left: AccountStatus, right: AccountStatus): number {
  return shareLeft(left) - shareLeft(right);
}

const PARTS = 1_000_000n;

function shareLeft({ left, limit }: AccountStatus): number {
  return limit === 0n ? 0 : Number((left * PARTS) / limit);
}
