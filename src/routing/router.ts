import { type CallToPlan, planAttempts, type PlanState } from "./plan-attempts.ts";
import { type PlannedAttempt } from "./planned-attempt.ts";
import { RetryBudget } from "./retry-budget.ts";
import { keysOf, type Route, type Target } from "./route.ts";
import { type Availability, type Outcome, TargetHealth } from "./target-health.ts";

export interface RouterOptions {
  /** At least 0, below 1. */
  readonly fraction: () => number;
}

/** How one target does, as one thread sees it. */
export interface TargetReport {
  readonly provider: string;
  readonly model: string;
  readonly availability: Availability;
  readonly running: number;
  readonly attempts: number;
  readonly failures: number;
  readonly limited: number;
  /** To the first content, or of a whole answer where nothing was streamed; undefined before the first answer. */
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly cacheShare: number | undefined;
}

// Models are named by clients too; those of a configuration are far fewer, and what is idle is forgotten first.
const TARGETS_MAX = 1_000;
/**
 * Envoy's `max_ejection_percent`: so many of all known providers may have targets set aside at once, and one in any case. It is
 * counted by providers, since one that is down fails with all its models.
 */
const EJECTED_SHARE_MAX = 0.1;
/** A quantile of fewer answers is chance. */
const HEDGE_SAMPLES_MIN = 20;
// So that a thread's first calls may hedge, and a calm night does not save up for a storm.
const HEDGES_SAVED_MAX = 10;

/**
 * What a thread knows of its targets, and what it makes of that: the order of attempts, whether a target may be asked again,
 * when a second attempt goes out. Plain arithmetic on what the thread itself has seen; `nowMs` is the monotonic clock.
 */
export class Router {
  readonly #fraction: () => number;
  readonly #targets = new Map<string, TargetHealth>();
  readonly #budgets = new Map<string, RetryBudget>();
  readonly #hedges = new Map<string, number>();

  constructor({ fraction }: RouterOptions) {
    this.#fraction = fraction;
  }

  plan(route: Route, call: CallToPlan, moment: Pick<PlanState, "prices" | "at" | "nowMs">): readonly PlannedAttempt[] {
    this.#earnHedge(route);
    const { prices, at, nowMs } = moment;
    return planAttempts(route, call, { prices, at, nowMs, fraction: this.#fraction, healthOf: this.#healthOf });
  }

  /** The one attempt of a call that names no model, and so has no choice. */
  planOne(target: Target): PlannedAttempt {
    const common = { retry: 0, isForOtherKey: false, place: 1, of: 1, score: undefined } as const;
    const health = this.#healthOf(target);
    return { target, health, purpose: "answer", strategy: "fallback", standing: "healthy", ...common };
  }

  /** The attempt is about to go out. Gives the place of the provider's key that it is to use. */
  began({ target, health, purpose }: PlannedAttempt, nowMs: number): number {
    const key = health.pickKey(nowMs, keysOf(target.provider).length);
    health.began(nowMs);
    if (purpose !== "retry") this.#budgetOf(target.provider.name).countFirst(nowMs);
    return key;
  }

  ended(
    { health }: PlannedAttempt,
    outcome: Outcome,
    { key, nowMs }: { readonly key: number; readonly nowMs: number },
  ) {
    const isOutlier = health.ended(outcome, { nowMs, key });
    if (isOutlier && this.#mayEject(health.provider, nowMs)) health.outlier.eject(nowMs, this.#fraction());
  }

  /** True when the provider's retry budget had one left, and then it is spent. */
  takeRetry({ target }: PlannedAttempt, nowMs: number): boolean {
    return this.#budgetOf(target.provider.name).take(nowMs);
  }

  /** Another key of the target's provider does not cool down, so it can be asked again at once. */
  hasOtherKey({ target, health }: PlannedAttempt, key: number, nowMs: number): boolean {
    return health.hasFreeKey(nowMs, { keys: keysOf(target.provider).length, except: key });
  }

  /** After how long a second attempt may go out beside this one; undefined when none may. Nothing is counted yet. */
  hedgeAfterMs(route: Route, { health }: PlannedAttempt, isStream: boolean): number | undefined {
    if (route.hedging === undefined || (this.#hedges.get(route.name) ?? 0) < 1) return undefined;
    const seen = isStream ? health.streamed : health.whole;
    return seen.samples < HEDGE_SAMPLES_MIN ? undefined : seen.quantileMs(route.hedging.quantile);
  }

  /** The second attempt goes out now: true when the route's share of calls still holds one. */
  takeHedge(route: Route): boolean {
    const left = this.#hedges.get(route.name) ?? 0;
    if (left < 1) return false;
    this.#hedges.set(route.name, left - 1);
    return true;
  }

  /** Forgets providers that the configuration no longer names. */
  keepOnly(providers: ReadonlySet<string>): void {
    for (const [name, health] of this.#targets) if (!providers.has(health.provider)) this.#targets.delete(name);
    for (const name of this.#budgets.keys()) if (!providers.has(name)) this.#budgets.delete(name);
    this.#hedges.clear();
  }

  report(nowMs: number): readonly TargetReport[] {
    return [...this.#targets.values()].map((health) => {
      const seen = health.streamed.samples > 0 ? health.streamed : health.whole;
      const { provider, model, running, attempts, failures, limited, cacheShare } = health;
      const availability = health.availability(nowMs);
      const [p50Ms, p95Ms] = [seen.quantileMs(0.5), seen.quantileMs(0.95)];
      return {
        provider,
        model,
        availability,
        running,
        attempts,
        failures,
        limited,
        p50Ms,
        p95Ms,
        cacheShare: cacheShare.value,
      };
    });
  }

  readonly #healthOf = ({ provider, model }: Target): TargetHealth => {
    const name = `${provider.name}/${model}`;
    const known = this.#targets.get(name);
    if (known !== undefined) return known;
    if (this.#targets.size >= TARGETS_MAX) this.#forgetOne();
    const made = new TargetHealth(provider.name, model);
    this.#targets.set(name, made);
    return made;
  };

  #forgetOne(): void {
    let idlest: TargetHealth | undefined;
    for (const health of this.#targets.values()) {
      if (health.running === 0 && (idlest === undefined || health.usedMs < idlest.usedMs)) idlest = health;
    }
    if (idlest !== undefined) this.#targets.delete(idlest.name);
  }

  #budgetOf(provider: string): RetryBudget {
    const known = this.#budgets.get(provider);
    if (known !== undefined) return known;
    const made = new RetryBudget();
    this.#budgets.set(provider, made);
    return made;
  }

  #earnHedge({ name, hedging }: Route): void {
    if (hedging === undefined) return;
    const left = this.#hedges.get(name) ?? 0;
    this.#hedges.set(name, Math.min(HEDGES_SAVED_MAX, left + hedging.share));
  }

  #mayEject(provider: string, nowMs: number): boolean {
    const providers = new Set<string>();
    const ejected = new Set<string>();
    for (const health of this.#targets.values()) {
      providers.add(health.provider);
      if (health.outlier.isEjected(nowMs)) ejected.add(health.provider);
    }
    const others = ejected.has(provider) ? ejected.size - 1 : ejected.size;
    return others === 0 || (others + 1) / providers.size <= EJECTED_SHARE_MAX;
  }
}
