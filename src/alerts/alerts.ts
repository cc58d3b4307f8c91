import { type Books, type StoredAlert } from "#books";
import { assert } from "#std";
import { type Id, type Instant, instant } from "#units";
import { type Clock, type World } from "#world";
import { type AlertNews, type AlertText, alertText } from "./alert-news.ts";
import { type AlertSettings } from "./alerts-config.ts";
import { Webhook } from "./webhook.ts";

export interface AlertsOptions {
  readonly world: World;
  readonly stored: Books["alerts"];
  readonly log: (level: "warn" | "info", event: string, facts: Readonly<Record<string, string>>) => void;
}

/** How the telling goes, for status and metrics. Origin and format only with a webhook. */
export interface AlertsState {
  readonly origin: string | undefined;
  readonly format: string | undefined;
  readonly noted: number;
  readonly waiting: number;
  readonly sent: number;
  readonly failed: number;
}

const ATTEMPTS_MAX = 12;
const BACK_OFF_MS_FIRST = 2_000;
const BACK_OFF_MS_MAX = 3_600_000;
// Slack takes about one message a second, and nobody reads faster.
const APART_MS = 1_000;
const WAITING_MAX = 10_000;
const KNOWN_MAX = 100_000;
const WRITTEN = "alerts are kept as we wrote them";

/** Keeps what is to be told in the books, and tells it one after the other until it has arrived or was given up on. */
export class Alerts {
  readonly #options: AlertsOptions;
  /** What the books are known to have: the same news come again and again. */
  readonly #known = new Set<string>();
  #webhook: Webhook | undefined;
  #settings: AlertSettings | undefined;
  #timers: ReturnType<Clock["every"]>[] = [];
  #sending: Promise<void> = Promise.resolve();

  constructor(options: AlertsOptions) {
    this.#options = options;
  }

  /** Sends to this address from now on; without settings alerts are only noted. What waits goes to the new address. */
  async configure(settings: AlertSettings | undefined): Promise<void> {
    const { world } = this.#options;
    await this.#webhook?.close();
    await this.#sending;
    this.#settings = settings;
    this.#webhook = settings === undefined ? undefined : new Webhook(world, settings);
    if (settings === undefined) world.network.allow([]);
  }

  /** The sentence and the facts of an alert in the books. */
  static read({ facts: text }: Pick<StoredAlert, "facts">): Pick<AlertText, "says" | "facts"> {
    const read: unknown = JSON.parse(text);
    assert(typeof read === "object" && read !== null && "says" in read && "facts" in read, WRITTEN);
    const { says, facts } = read;
    assert(typeof says === "string" && typeof facts === "object" && facts !== null, WRITTEN);
    return { says, facts: Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)])) };
  }

  start(): void {
    const { clock } = this.#options.world;
    this.#timers = [clock.every(APART_MS, () => this.#sendOne())];
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    // What is on its way then counts as a try that failed.
    await this.#webhook?.close();
    await this.#sending;
  }

  /** Each once, whatever happens in between; a crash right after this has returned changes nothing. */
  async raise(all: readonly AlertNews[]): Promise<void> {
    for (const news of all) {
      const { once, says, facts } = alertText(news);
      if (this.#known.has(once)) continue;
      const { stored, world, log } = this.#options;
      const isNew = await stored.raise({
        id: world.chance.id("alert"),
        once,
        kind: news.type,
        at: news.at,
        facts: JSON.stringify({ says, facts }),
        attempts: 0,
        sentAt: undefined,
        ...(await this.#fateOf(news)),
      });
      if (isNew) log("warn", "alert-raised", { type: news.type, says });
      if (this.#known.size >= KNOWN_MAX) this.#known.clear();
      this.#known.add(once);
    }
  }

  /** Undefined when there is no such alert. */
  async resend(id: Id<"alert">): Promise<StoredAlert | undefined> {
    return this.#options.stored.resend(id, this.#options.world.clock.now());
  }

  async state(): Promise<AlertsState> {
    const counts = await this.#options.stored.counts();
    return { ...counts, origin: this.#webhook?.origin, format: this.#settings?.format };
  }

  async #fateOf({ type, at }: AlertNews): Promise<Pick<StoredAlert, "state" | "nextAt" | "problem">> {
    if (this.#settings?.events.includes(type) !== true)
      return { state: "noted", nextAt: undefined, problem: undefined };
    const { waiting } = await this.#options.stored.counts();
    if (waiting < WAITING_MAX) return { state: "waiting", nextAt: at, problem: undefined };
    return { state: "failed", nextAt: undefined, problem: `${WAITING_MAX} alerts were waiting before it` };
  }

  async #sendOne(): Promise<void> {
    this.#sending = this.#sendDue();
    await this.#sending;
  }

  async #sendDue(): Promise<void> {
    const { stored, world } = this.#options;
    const webhook = this.#webhook;
    const alert = webhook === undefined ? undefined : await stored.nextDue(world.clock.now());
    if (webhook === undefined || alert === undefined) return;
    const delivery = await webhook.send({ id: alert.id, type: alert.kind, at: alert.at, ...Alerts.read(alert) });
    if (delivery.type === "delivered") await stored.noteSent(alert.id, world.clock.now());
    else await this.#noteFailure(alert, delivery);
  }

  /** Full jitter: receivers that come back meet no crowd. */
  async #noteFailure(
    { id, attempts }: StoredAlert,
    delivery: {
      readonly type: "again" | "never";
      readonly problem: string;
      readonly retryAfterMs?: number | undefined;
    },
  ): Promise<void> {
    const { stored, world, log } = this.#options;
    const isOver = delivery.type === "never" || attempts + 1 >= ATTEMPTS_MAX;
    const mostMs = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS_FIRST * 2 ** attempts);
    const waitMs = Math.max(world.chance.fraction() * mostMs, Math.min(delivery.retryAfterMs ?? 0, BACK_OFF_MS_MAX));
    const nextAt: Instant | undefined = isOver ? undefined : instant(Math.ceil(world.clock.now() + waitMs));
    await stored.noteFailure(id, { problem: delivery.problem, nextAt });
    if (isOver) log("warn", "alert-given-up", { alert: id, problem: delivery.problem });
  }
}
