import { type PlannedAttempt } from "#routing";
import { type Surroundings } from "../surroundings.ts";
import { type Deadline } from "./deadline.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { type AttemptFailure } from "./failure.ts";
import { type PreparedCall } from "./prepare.ts";
import { backOffMs } from "./retry-delay.ts";

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
  readonly deadline: Deadline;
}

/** Undefined when the last failure is the answer. */
export function nextStep(around: Surroundings, prepared: PreparedCall, failed: FailedStep): Step | undefined {
  const { call, body } = prepared;
  const { step, failure } = failed;
  // A streamed body has gone out and was not kept.
  if (call.isClientGone || around.isDraining || body.type === "streamed") return undefined;
  if (failure.rejectsStreamUsage && step.includesUsage)
    return { index: step.index, delayMs: 0, includesUsage: false, wasRejected: true };
  if (failure.retry === "never") return undefined;
  const leftMs = failed.deadline.atMs - around.world.clock.monotonicMs();
  if (leftMs <= 0) return undefined;
  return sameTarget(around, prepared, { ...failed, leftMs }) ?? nextTarget(prepared.choice.plan, step.index);
}

/** The next target's first try that is not full at this moment. */
export function nextTarget(plan: readonly PlannedAttempt[], after: number): Step | undefined {
  const index = plan.findIndex((planned, place) => place > after && planned.retry === 0 && !planned.health.isFull);
  return index === -1 ? undefined : { index, delayMs: 0, includesUsage: true };
}

/** Another key of the provider at once where one was limited or denied; else the same again after a pause. */
function sameTarget(
  around: Surroundings,
  { call, choice: { plan } }: PreparedCall,
  failed: FailedStep & { readonly leftMs: number },
): Step | undefined {
  const { step, failure, leftMs } = failed;
  const next = plan[step.index + 1];
  if (next === undefined || next.retry === 0 || next.health.isFull) return undefined;
  const { router, world } = around;
  const nowMs = world.clock.monotonicMs();
  const isOtherKey = isAboutKey(failure) && router.hasOtherKey(next, failed.attempt.providerKey, nowMs);
  if (!isOtherKey && (next.isForOtherKey || failure.retry !== "same")) return undefined;
  const pauseMs = failure.askedDelayMs ?? backOffMs(call.attempts, world.chance.fraction());
  const delayMs = isOtherKey ? 0 : pauseMs;
  if (delayMs >= leftMs || !router.takeRetry(next, nowMs)) return undefined;
  return { index: step.index + 1, delayMs, includesUsage: step.includesUsage };
}

function isAboutKey({ status }: AttemptFailure): boolean {
  return status === 429 || status === 401 || status === 403;
}
