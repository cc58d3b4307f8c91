import {
  type AlertNews,
  burnWindows,
  judgeObjective,
  type Objective,
  type ObjectiveState,
  type Promised,
} from "#alerts";
import { type Analytics } from "#analytics";
import { type Slo } from "#contract";
import { type SloSource } from "#control";
import { unreachable } from "#std";
import { formatMoney, type Instant, money } from "#units";
import { type World } from "#world";
import { Lookout } from "./lookout.ts";

export interface OfficeObjectivesOptions {
  readonly world: World;
  readonly analytics: Analytics;
  readonly objectives: readonly Objective[];
  readonly raise: (news: readonly AlertNews[]) => Promise<void>;
}

const DAY_MS = 86_400_000;
const windows = ["5m", "1h", "6h", "3d"] as const;

/** Counts what is good of each promise again and again, and says when one burns. */
export class OfficeObjectives {
  readonly #options: OfficeObjectivesOptions;
  #objectives: readonly Objective[];
  #rows: readonly Slo[] = [];
  #at: Instant | undefined;
  readonly #lookout: Lookout;

  constructor(options: OfficeObjectivesOptions) {
    this.#options = options;
    this.#objectives = options.objectives;
    this.#lookout = new Lookout(options.world.clock, () => this.look());
  }

  get source(): SloSource {
    return {
      current: () => ({ rows: this.#rows, at: this.#at === undefined ? undefined : new Date(this.#at).toISOString() }),
    };
  }

  start(): void {
    this.#lookout.start();
  }

  stop(): void {
    this.#lookout.stop();
  }

  async swap(objectives: readonly Objective[]): Promise<void> {
    this.#objectives = objectives;
    await this.look();
  }

  /** One after the other: pages go on being answered meanwhile. */
  async look(): Promise<void> {
    const { world, raise } = this.#options;
    const now = world.clock.now();
    const rows: Slo[] = [];
    const news: AlertNews[] = [];
    for (const objective of this.#objectives) {
      const state = await this.#stateOf(objective, now);
      rows.push(toSlo(objective, state));
      if (state.burning === undefined) continue;
      const { burning: speed, burn, budgetLeft } = state;
      const rate = burn[speed === "fast" ? "1h" : "3d"] ?? 0;
      news.push({ type: "slo_burning", at: now, slo: objective.name, speed, burn: rate, left: budgetLeft ?? 0 });
    }
    this.#rows = rows;
    this.#at = now;
    await raise(news);
  }

  async #stateOf({ of, promised, missPpm, overMs }: Objective, now: Instant): Promise<ObjectiveState> {
    const windowsMs = [...windows.map((name) => burnWindows[name]), overMs];
    const counted = await this.#options.analytics.objective({ of, promised, now, windowsMs });
    const none = { total: 0, good: 0 };
    const [m5 = none, h1 = none, h6 = none, d3 = none, period = none] = counted.ok ? counted.value : [];
    return judgeObjective({ missPpm, overMs }, { "5m": m5, "1h": h1, "6h": h6, "3d": d3, period });
  }
}

function toSlo({ name, of, promised, missPpm, overMs }: Objective, state: ObjectiveState): Slo {
  return {
    name,
    of,
    measure: measureOf(promised),
    promises: `${(1_000_000 - missPpm) / 10_000} % ${promise(promised)}`,
    over_days: overMs / DAY_MS,
    target: 1 - missPpm / 1_000_000,
    total: state.total,
    good: state.good,
    budget_left: state.budgetLeft,
    burn: state.burn,
    burning: state.burning,
  };
}

function measureOf(promised: Promised): Slo["measure"] {
  switch (promised.type) {
    case "answered":
      return "answered";
    case "within":
      return promised.measure === "first_content_ms" ? "first_content" : "duration";
    case "costs":
      return `cost_per_${promised.per}`;
    default:
      return unreachable(promised);
  }
}

function promise(promised: Promised): string {
  switch (promised.type) {
    case "answered":
      return "answered";
    case "within":
      return `within ${sayTime(promised.ms)}${promised.measure === "first_content_ms" ? " to the first content" : ""}`;
    case "costs":
      return `at most ${formatMoney(money(promised.nanos))} USD a${promised.per === "call" ? "" : "n"} ${promised.per}`;
    default:
      return unreachable(promised);
  }
}

function sayTime(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
