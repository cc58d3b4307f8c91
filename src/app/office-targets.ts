import { type AlertNews } from "#alerts";
import { type Analytics } from "#analytics";
import { type Target } from "#contract";
import { judgeTarget, type UnitTarget } from "#economics";
import { assert, unreachable } from "#std";
import { type Instant, instant, money } from "#units";
import { type World } from "#world";
import { Lookout } from "./lookout.ts";

interface OfficeTargetsOptions {
  readonly world: World;
  readonly analytics: Analytics;
  readonly currency: string;
  readonly targets: readonly UnitTarget[];
  readonly raise: (news: readonly AlertNews[]) => Promise<void>;
}

const DAY_MS = 86_400_000;

/** Counts again and again what one interaction, user or outcome costs, and says when that is more than it may be. */
export class OfficeTargets {
  readonly #options: OfficeTargetsOptions;
  readonly #lookout: Lookout;
  #targets: readonly UnitTarget[];
  #rows: readonly Target[];
  #at: Instant | undefined;

  constructor(options: OfficeTargetsOptions) {
    this.#options = options;
    this.#targets = options.targets;
    this.#rows = options.targets.map(notCounted);
    this.#lookout = new Lookout(options.world.clock, () => this.look());
  }

  readonly current = () => ({
    rows: [...this.#rows],
    as_of: this.#at === undefined ? undefined : timestamp(this.#at),
    currency: this.#options.currency,
  });

  start(): void {
    this.#lookout.start();
  }

  stop(): void {
    this.#lookout.stop();
  }

  async swap(targets: readonly UnitTarget[]): Promise<void> {
    this.#targets = targets;
    await this.look();
  }

  /** One after the other: pages go on being answered meanwhile. */
  async look(): Promise<void> {
    const now = this.#options.world.clock.now();
    const rows: Target[] = [];
    const news: AlertNews[] = [];
    for (const target of this.#targets) {
      const row = await this.#count(target, now);
      rows.push(row);
      if (row.state === "missed") news.push(missed(row, { now, overMs: target.overMs }));
    }
    this.#rows = rows;
    this.#at = now;
    await this.#options.raise(news);
  }

  async #count(target: UnitTarget, now: Instant): Promise<Target> {
    // What is dispatched at this very moment belongs to it.
    const [from, to] = [timestamp(instant(now - target.overMs)), timestamp(instant(now + 1))];
    const { where: filter, outcome } = target;
    const asked = await this.#options.analytics.unitCosts({ by: [], from, to, tz: "UTC", filter, outcome });
    assert(asked.ok, "a target of a checked configuration is a good question");
    const { total } = asked.value;
    const [counted, dividedBy] = countsOf(target, total);
    const gross = BigInt(total.gross_nanos);
    const { state, cost, why } = judgeTarget(target, { gross, unpriced: total.unpriced, counted, dividedBy });
    return {
      ...notCounted(target),
      state,
      why,
      from,
      to,
      gross_nanos: total.gross_nanos,
      estimated_nanos: total.estimated_nanos,
      unpriced: total.unpriced,
      counted,
      divided_by: dividedBy,
      cost_nanos: cost?.toString(),
    };
  }
}

interface Counts {
  readonly interactions: number;
  readonly users: number;
  readonly outcomes: number;
  readonly successes: number;
}

function countsOf(
  { per }: UnitTarget,
  { interactions, users, outcomes, successes }: Counts,
): readonly [number, number] {
  switch (per) {
    case "interaction":
      return [interactions, interactions];
    case "active_user":
      return [users, users];
    case "outcome":
      return [outcomes, successes];
    default:
      return unreachable(per);
  }
}

function notCounted({ name, where, per, outcome, limit, overMs, countMin }: UnitTarget): Target {
  return {
    name,
    where: Object.fromEntries(Object.entries(where).map(([dimension, values]) => [dimension, [...values]])),
    max_cost_per: per,
    outcome,
    limit_nanos: limit.toString(),
    over_days: overMs / DAY_MS,
    min_count: countMin,
    state: "unknown",
    why: "not_counted_yet",
  };
}

function missed(row: Target, { now, overMs }: { readonly now: Instant; readonly overMs: number }): AlertNews {
  const cost = row.cost_nanos === undefined ? undefined : money(BigInt(row.cost_nanos));
  return {
    type: "target_missed",
    at: now,
    target: row.name,
    per: row.max_cost_per,
    cost,
    limit: money(BigInt(row.limit_nanos)),
    gross: money(BigInt(row.gross_nanos ?? "0")),
    counted: row.counted ?? 0,
    overMs,
  };
}

function timestamp(at: Instant): string {
  return new Date(at).toISOString();
}
