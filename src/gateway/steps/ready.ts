import { type PlannedAttempt } from "#routing";
import { assert } from "#std";
import { type CallWatcher } from "../call.ts";
import { type RefusalCode } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { Attempt } from "./attempt.ts";
import { begin, dispatch, type DispatchedAttempt } from "./dispatch.ts";
import { Hedge, type RanHedged, type Ready } from "./hedge.ts";
import { nextTarget, type Step } from "./next-step.ts";
import { type ToHold } from "./hold.ts";
import { type PreparedCall } from "./prepare.ts";
import { fitCall } from "./translate.ts";
import { type Walking } from "./walking.ts";

/** What happens to the call while its attempt is written down. */
export class Gap implements CallWatcher {
  interruption: RefusalCode | undefined;

  clientGone(): void {
    // The call knows it itself.
  }

  interrupt(code: RefusalCode): void {
    this.interruption = code;
  }
}

export interface ReadyAttempt extends Ready {
  readonly gap: Gap;
}

interface Written {
  readonly walk: Walking;
  readonly step: Step;
  readonly attempt: DispatchedAttempt;
}

/** What is to be held for an attempt of this walk. */
export function toHold(around: Surroundings, walk: Walking, planned: PlannedAttempt): ToHold {
  return { planned, fit: (target) => fitNow(around, walk, target) };
}

/** An attempt that was written down, as it is sent. `prepared`: the call as the target of its step gets it. */
export function readyFor(
  around: Surroundings,
  prepared: PreparedCall,
  { walk, step, attempt, gap }: Written & { readonly gap: Gap },
): ReadyAttempt {
  // A budget may have sent it to the route's cheaper target, which may speak another format.
  const { target } = attempt.planned;
  const fitted = target === walk.asked.choice.plan[step.index]?.target ? prepared : fitNow(around, walk, target);
  assert(fitted !== undefined, "a target that was held for can be asked");
  const { index, terms } = readyWith(around, fitted, { walk, step, attempt });
  return { prepared: fitted, index, terms, gap };
}

/** The call for this target; undefined where it cannot take it, or where its credential is still on the way. */
function fitNow(
  around: Surroundings,
  { asked, fitted }: Walking,
  target: PlannedAttempt["target"],
): PreparedCall | undefined {
  const fit = fitCall(asked, { target, fitted });
  return fit.ok && around.credentials.ready(target.provider) === true ? fit.value : undefined;
}

function readyWith(around: Surroundings, prepared: PreparedCall, { walk, step, attempt }: Written): Ready {
  const { choice, body } = walk.asked;
  const at = choice.plan.indexOf(attempt.planned);
  const place = at === -1 ? step.index : at;
  const includesUsage = step.includesUsage && mayIncludeUsage(around, prepared, attempt.planned);
  const mayFollow = choice.plan.length > place + 1 && body.type === "whole";
  return { prepared, index: place, terms: { attempt, deadline: walk.deadline, includesUsage, mayFollow } };
}

/** Sends the attempt, and another beside it where its route has that and it takes longer than most have. */
export function runReady(around: Surroundings, walk: Walking, ready: ReadyAttempt): Promise<RanHedged> {
  const afterMs = hedgeAfterMs(around, walk, ready);
  if (afterMs !== undefined)
    return new Hedge(around, { first: ready, afterMs, dispatchSecond: () => makeSecond(around, walk, ready) }).run();
  return new Promise((resolve) => {
    const { prepared, terms, index, gap } = ready;
    const attempt = new Attempt(around, prepared, terms);
    attempt.run((result) => resolve({ prepared, terms, index, result }));
    // What happened meanwhile is told to it as soon as there is somebody to tell.
    if (prepared.call.isClientGone) attempt.clientGone();
    if (gap.interruption !== undefined) attempt.interrupt(gap.interruption);
  });
}

/** Not beside what may change something outside, what is made in the background, or what ends at this moment. */
function hedgeAfterMs(
  { router, isDraining }: Surroundings,
  { asked }: Walking,
  ready: ReadyAttempt,
): number | undefined {
  const { call, choice, ask, body } = asked;
  if (choice.route.hedging === undefined || body.type !== "whole" || isDraining) return undefined;
  if (call.isClientGone || ready.gap.interruption !== undefined) return undefined;
  const { facts } = ask;
  if (facts.background || facts.unbounded.includes("server_tool") || facts.references.length > 0) return undefined;
  return router.hedgeAfterMs(choice.route, ready.terms.attempt.planned, facts.stream);
}

/**
 * On the next target that is not full, else on the same one. Undefined when the route has had its share, or may not pay it, and where
 * a first credential is still on the way: the call may need to go on without it at any moment.
 */
async function makeSecond(around: Surroundings, walk: Walking, first: Ready): Promise<Ready | undefined> {
  const { choice } = walk.asked;
  const step = nextTarget(choice.plan, first.index) ?? { index: first.index, delayMs: 0, includesUsage: true };
  const planned = choice.plan[step.index];
  if (planned === undefined) return undefined;
  const holding = toHold(around, walk, { ...planned, purpose: "hedge" });
  const fitted = holding.fit(planned.target);
  if (fitted === undefined || !around.router.takeHedge(choice.route)) return undefined;
  const dispatched = await dispatch(around, fitted, holding);
  if (!dispatched.ok) return undefined;
  return readyWith(around, fitted, { walk, step, attempt: begin(around, fitted.call, dispatched.value) });
}

function mayIncludeUsage(
  around: Surroundings,
  { ask }: PreparedCall,
  { target: { provider, model } }: PlannedAttempt,
): boolean {
  if (!ask.facts.stream || ask.asksForStreamUsage) return false;
  return provider.streamUsage && !around.withoutStreamUsage.has(`${provider.name}/${model}`);
}
