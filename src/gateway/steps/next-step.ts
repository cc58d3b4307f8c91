import { CALL_ABOVE_CREDIT, INSUFFICIENT_QUOTA } from "#inference";
import { keysOf, type PlannedAttempt } from "#routing";
import { type Surroundings } from "../surroundings.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { type AttemptFailure } from "./failure.ts";
import { backOffMs } from "./retry-delay.ts";
import { fitCall } from "./translate.ts";
import { type Walking } from "./walking.ts";

// As long as a user hardly notices. A longer pause is waited for only where nobody else could answer meanwhile.
const PAUSE_MS_MAX = 1_000;

/** A place in the plan, and how long to wait before going there. */
export interface Step {
  readonly index: number;
  readonly delayMs: number;
  readonly includesUsage: boolean;
  /** The attempt before was refused with a word about `stream_options`: an answer without them shows that they were why. */
  readonly wasRejected?: boolean;
}

export interface FailedStep {
  readonly step: Step;
  readonly failure: AttemptFailure;
  readonly attempt: DispatchedAttempt;
}

/** Undefined when the last failure is the answer. */
export function nextStep(around: Surroundings, walk: Walking, failed: FailedStep): Step | undefined {
  const { call, body, choice } = walk.asked;
  const { step, failure } = failed;
  // A streamed body has gone out and was not kept.
  if (call.isClientGone || around.isDraining || body.type === "streamed") return undefined;
  if (failure.rejectsStreamUsage && step.includesUsage)
    return { index: step.index, delayMs: 0, includesUsage: false, wasRejected: true };
  if (failure.retry === "never" || walk.deadline.atMs <= around.world.clock.monotonicMs()) return undefined;
  return sameTarget(around, walk, failed) ?? nextTarget(choice.plan, step.index);
}

const NONE: ReadonlySet<string> = new Set();

/** The next target's first try that is not full at this moment. `without`: providers whose targets are passed over. */
export function nextTarget(
  plan: readonly PlannedAttempt[],
  after: number,
  without: ReadonlySet<string> = NONE,
): Step | undefined {
  const index = plan.findIndex(
    ({ retry, health, target }, place) =>
      place > after && retry === 0 && !health.isFull && !without.has(target.provider.name),
  );
  return index === -1 ? undefined : { index, delayMs: 0, includesUsage: true };
}

/** Another key of the provider at once where one was limited, denied or out of money; else the same again after a pause. */
function sameTarget(around: Surroundings, walk: Walking, failed: FailedStep): Step | undefined {
  const { step, failure, attempt } = failed;
  const next = walk.asked.choice.plan[step.index + 1];
  if (next === undefined || next.retry === 0 || next.health.isFull) return undefined;
  const { router, world } = around;
  const nowMs = world.clock.monotonicMs();
  const isOtherKey = isAboutKey(failure) && router.hasOtherKey(next, attempt.providerKey, nowMs);
  if (!isOtherKey && (next.isForOtherKey || failure.retry !== "same")) return undefined;
  const delayMs = isOtherKey ? 0 : pauseMs(around, walk, failed);
  if (delayMs === undefined) return undefined;
  // What failed is one key, not the provider, which the budget is there to spare.
  if (!isOtherKey && !router.takeRetry(next, nowMs)) return undefined;
  return { index: step.index + 1, delayMs, includesUsage: step.includesUsage };
}

/** Before the same target is asked again; undefined when that is not to be waited for. */
function pauseMs(around: Surroundings, walk: Walking, { step, failure }: FailedStep): number | undefined {
  const { clock, chance } = around.world;
  const delayMs = failure.askedDelayMs ?? backOffMs(walk.asked.call.attempts, chance.fraction());
  if (clock.monotonicMs() + delayMs >= walk.deadline.atMs) return undefined;
  return delayMs > PAUSE_MS_MAX && hasOtherTarget(around, walk, step.index) ? undefined : delayMs;
}

/** Another target of the plan takes the call, and stood well until now. */
function hasOtherTarget({ world }: Surroundings, { asked, fitted }: Walking, after: number): boolean {
  const nowMs = world.clock.monotonicMs();
  return asked.choice.plan.some(({ retry, health, target }, place) => {
    if (place <= after || retry !== 0) return false;
    const isHealthy = health.availability(nowMs, keysOf(target.provider).length) === "healthy";
    return isHealthy && fitCall(asked, { target, fitted }).ok;
  });
}

/** Another key may be another account's. */
function isAboutKey({ status, facts }: AttemptFailure): boolean {
  return (status !== undefined && ABOUT_KEY.has(status)) || OF_ACCOUNT.has(facts?.errorType ?? "");
}

const OF_ACCOUNT: ReadonlySet<string> = new Set([INSUFFICIENT_QUOTA, CALL_ABOVE_CREDIT]);
const ABOUT_KEY: ReadonlySet<number> = new Set([401, 402, 403, 429]);
