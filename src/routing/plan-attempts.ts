import { type FormatName } from "#inference";
import { type PriceBook } from "#pricing";
import { type Instant } from "#units";
import { isInRegion, meets, type RoutedAttributes } from "./conditions.ts";
import { type Candidate, type ComparedCall, orderTargets } from "./order-targets.ts";
import { type PlannedAttempt } from "./planned-attempt.ts";
import { keysOf, type Route, type Strategy, type Target } from "./route.ts";
import { type Availability, type TargetHealth } from "./target-health.ts";

/** What of a call decides where it may go. */
export interface CallToPlan extends ComparedCall {
  readonly format: FormatName;
  /** Targets of other formats can take it too. */
  readonly isTranslatable: boolean;
  /** The provider that made what the call refers to: only its targets are left. */
  readonly pinned: string | undefined;
  readonly attributes: RoutedAttributes;
}

/** The moment of the plan, and what is known at it. */
export interface PlanState {
  readonly prices: PriceBook;
  readonly at: Instant;
  readonly nowMs: number;
  readonly fraction: () => number;
  readonly healthOf: (target: Target) => TargetHealth;
}

interface Standing extends Candidate {
  readonly availability: Availability;
}

/**
 * All attempts that a call may make, in order: each target that may take it with its retries, then the next one. Those that
 * are set aside, cool down or are full come last: they are asked only when everything else has failed.
 */
export function planAttempts(route: Route, call: CallToPlan, state: PlanState): readonly PlannedAttempt[] {
  const strategy = route.strategy ?? "fallback";
  const healthy: Standing[] = [];
  const others: Standing[] = [];
  for (const target of route.targets) {
    if (!mayTake(target, route, call)) continue;
    const health = state.healthOf(target);
    const availability = health.availability(state.nowMs, keysOf(target.provider).length);
    (availability === "healthy" ? healthy : others).push({ target, health, availability, score: undefined });
  }
  if (healthy.length > 1) orderTargets(healthy, { ...state, strategy, call });
  if (others.length > 1) others.sort((left, right) => backAtMs(left) - backAtMs(right));
  const of = healthy.length + others.length;
  const plan: PlannedAttempt[] = [];
  for (const candidate of healthy) addTries(plan, candidate, { route, strategy, of });
  for (const candidate of others) addTries(plan, candidate, { route, strategy, of });
  return plan;
}

function mayTake(target: Target, route: Route, call: CallToPlan): boolean {
  if (target.provider.format !== call.format && !call.isTranslatable) return false;
  if (call.pinned !== undefined && target.provider.name !== call.pinned) return false;
  if (!isInRegion(target, route.regions)) return false;
  return target.when === undefined || meets(target.when, call);
}

function backAtMs({ health, target }: Standing): number {
  return Math.max(health.outlier.untilMs, health.coolUntilMs(keysOf(target.provider).length));
}

function addTries(
  plan: PlannedAttempt[],
  { target, health, availability, score }: Standing,
  { route, strategy, of }: { readonly route: Route; readonly strategy: Strategy; readonly of: number },
): void {
  const last = plan.at(-1);
  const place = last === undefined ? 1 : last.place + 1;
  const common = { target, health, strategy, place, of, standing: availability, score };
  const purpose = last === undefined ? "answer" : "fallback";
  plan.push({ ...common, purpose, retry: 0, isForOtherKey: false });
  const tries = Math.max(route.retries, keysOf(target.provider).length - 1);
  for (let retry = 1; retry <= tries; retry += 1) {
    plan.push({ ...common, purpose: "retry", retry, isForOtherKey: retry > route.retries });
  }
}
