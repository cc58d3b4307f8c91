import { type Settlement } from "#events";
import { type PlannedAttempt } from "#routing";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Refusal, type RefusalCode, statusOf } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { answerCount } from "./answer-count.ts";
import { deadlineOf } from "./deadline.ts";
import { begin, dispatch } from "./dispatch.ts";
import { isFinal } from "./failure.ts";
import { lastResort } from "./last-resort.ts";
import { type FailedStep, nextStep, nextTarget, type Step } from "./next-step.ts";
import { type PreparedCall } from "./prepare.ts";
import { Gap, readyFor, runReady, toHold } from "./ready.ts";
import { answerRecalled, type Recalled } from "./recalled-answer.ts";
import { refuse, sayRefusal } from "./refuse.ts";
import { Relay } from "./relay.ts";
import { settleFailure } from "./settle-failure.ts";
import { droppedOf, failedHead, fitCall } from "./translate.ts";
import { waitWithin } from "./wait-within.ts";
import { type Walking } from "./walking.ts";
import { answerWithheld, holdsSecret } from "./withheld.ts";

/** What is known of a call while its plan is walked. */
interface Walk extends Walking {
  readonly tried: string[];
  /** Providers whose own budgets refused the call before anybody was asked; undefined while there is none. */
  spent: Set<string> | undefined;
  /** The first of their refusals: the call's, where nobody is asked after all. */
  refused: Refusal | undefined;
  last: Last | undefined;
}

/** Walks the plan until an attempt has answered the client, or none is left and the last failure is the answer. */
export async function runAttempts(around: Surroundings, prepared: PreparedCall): Promise<void> {
  const { call, choice } = prepared;
  const deadline = deadlineOf(call, choice.route.timeouts.totalMs, around.world.clock.monotonicMs());
  const walk: Walk = {
    asked: prepared,
    deadline,
    tried: [],
    fitted: [],
    spent: undefined,
    refused: undefined,
    last: undefined,
  };
  let step = nextTarget(choice.plan, -1);
  if (step === undefined) {
    await endUnreached(around, walk, { code: "targets_full", facts: { model: call.model ?? "" } });
    return;
  }
  while (step !== undefined) step = await takeStep(around, prepared, { step, walk });
}

/** One attempt. Gives the next step; undefined when the call is over. */
async function takeStep(
  around: Surroundings,
  asked: PreparedCall,
  { step, walk }: { readonly step: Step; readonly walk: Walk },
): Promise<Step | undefined> {
  const { call, choice } = asked;
  const planned = choice.plan[step.index];
  // Gone while its body was unpacked: nobody is told of a loss that came before somebody watched for it.
  if (planned === undefined || call.isClientGone) return undefined;
  const reaching = reach(around, walk, planned);
  const reached = reaching instanceof Promise ? await reaching : reaching;
  if (!reached.ok) return followUnreached(around, walk, { refused: reached.error, step });
  const prepared = reached.value;
  if (prepared === "answered") {
    if (walk.last !== undefined) endCall(around, walk.last, "tokens counted here");
    return undefined;
  }
  call.dropped = droppedOf(prepared);
  const gap = new Gap();
  call.watcher = gap;
  const dispatching = dispatch(around, prepared, toHold(around, walk, planned));
  const dispatched = dispatching instanceof Promise ? await dispatching : dispatching;
  call.watcher = undefined;
  if (!dispatched.ok) return followRefusal(around, walk, { refused: dispatched.error, step, planned });
  const ready = readyFor(around, prepared, { walk, step, attempt: begin(around, call, dispatched.value), gap });
  call.dropped = droppedOf(ready.prepared);
  const ran = await runReady(around, walk, ready);
  const { terms, index, result } = ran;
  if (result.type === "failed") {
    const { includesUsage } = ready.terms;
    const failed = { step: { ...step, index, includesUsage }, attempt: terms.attempt, failure: result.failure };
    return followFailure(around, ran.prepared, { failed, walk });
  }
  if (step.wasRejected === true && result.isAnswered) noteWithoutUsage(around, terms.attempt.planned);
  result.show();
  return undefined;
}

type Reached = Result<PreparedCall | "answered", Refusal | "gone">;

/** The call as this target is to get it: at once, but where it is answered here or a credential has to be waited for. */
function reach(around: Surroundings, walk: Walk, planned: PlannedAttempt): Reached | Promise<Reached> {
  const { asked, fitted } = walk;
  const { target } = planned;
  const fit = fitCall(asked, { target, fitted });
  if (!fit.ok) return fit;
  const count = fit.value.translation?.count;
  if (count !== undefined) return answerCount(around, asked.call, { count, dropped: droppedOf(fit.value), planned });
  const isReady = around.credentials.ready(target.provider);
  return isReady === true ? fit : reachLate(around, walk, { target, fit, isReady });
}

/** Its credential is waited for where none has been had yet: once in a thread's life. */
async function reachLate(
  around: Surroundings,
  { asked, deadline, tried }: Walk,
  {
    target: { provider, model },
    fit,
    isReady,
  }: {
    readonly target: PlannedAttempt["target"];
    readonly fit: Reached;
    readonly isReady: false | Promise<boolean>;
  },
): Promise<Reached> {
  const { name } = provider;
  const waited = isReady === false ? ok(false) : await waitWithin(around, asked.call, { deadline, awaited: isReady });
  if (waited.ok) return waited.value ? fit : err({ code: "no_access_token", facts: { provider: name } });
  if (waited.error === "gone") return err("gone");
  const all = [...tried, `${name}/${model}: no_access_token`];
  return err({ code: waited.error, facts: { provider: name, tried: all.join(", ") } });
}

/** The target cannot take the call, or the call's time was over before it could: then no other one is asked. */
function followUnreached(
  around: Surroundings,
  walk: Walk,
  { refused, step }: { readonly refused: Refusal | "gone"; readonly step: Step },
): Step | undefined | Promise<undefined> {
  const { asked, last } = walk;
  if (refused === "gone") return endUndispatched(around, asked.call, { refusal: refused, last });
  const next = isFinal.has(refused.code) ? undefined : nextTarget(asked.choice.plan, step.index, walk.spent);
  return next ?? endUnreached(around, walk, refused);
}

/** Settles the failed attempt and waits for the next one's turn; when there is none, the failure is the answer. */
async function followFailure(
  around: Surroundings,
  prepared: PreparedCall,
  { failed, walk }: { readonly failed: FailedStep; readonly walk: Walk },
): Promise<Step | undefined> {
  walk.tried.push(described(failed));
  const step = nextStep(around, walk, failed);
  const resort = step === undefined ? lastResort(around, walk.asked, failed.failure) : undefined;
  const callEnd = step === undefined && resort === undefined;
  const settlement = settleFailure(around, prepared, { failed, callEnd });
  walk.last = { prepared, failed, settlement };
  if (resort !== undefined) await answerLast(around, { resort, walk });
  else if (step === undefined) answerFailure(around, walk.last, walk.tried);
  else if (!(await pause(around, prepared.call, step.delayMs))) {
    endCall(around, walk.last, "client gone before the next attempt");
    return undefined;
  }
  return step;
}

/** The call ends with an answer that no provider made, or with its last failure where even that cannot be written down. */
async function answerLast(
  around: Surroundings,
  { resort, walk }: { readonly resort: Recalled; readonly walk: Walk },
): Promise<void> {
  const isBooked = await answerRecalled(around, walk.asked, resort);
  if (!isBooked && walk.last !== undefined) endCall(around, walk.last, "ledger_unavailable before the last resort");
}

/** A provider's refusal may quote what a client wrote, so only an answer proves what it takes, for all clients. */
function noteWithoutUsage(around: Surroundings, { target: { provider, model } }: PlannedAttempt): void {
  around.withoutStreamUsage.add(`${provider.name}/${model}`);
  around.log("warn", "stream-usage-rejected", { provider: provider.name, model });
}

/** Hands on what the provider said, byte for byte, or says in the client's protocol why there is nothing. */
function answerFailure(
  around: Surroundings,
  { prepared, failed: { attempt, failure } }: Last,
  tried: readonly string[],
): void {
  const { call, place, translation } = prepared;
  if (call.isClientGone || call.response.destroyed) return;
  const { provider } = attempt.planned.target;
  const refused = (code: RefusalCode): Refusal => ({
    code,
    facts: { provider: provider.name, tried: tried.join(", ") },
  });
  const { answer, withheld } = failure;
  if (call.isBodyTooLarge) {
    sayRefusal(around, call, { code: "body_too_large", facts: { limit: around.limits.fileBytesMax } });
    return;
  }
  const head = withheld ?? (answer && holdsSecret(around, provider, answer) ? answer.head : undefined);
  if (head !== undefined) return answerWithheld(around, call, { attempt, head, refusal: refused("upstream_withheld") });
  if (answer === undefined) return sayRefusal(around, call, refused(failure.code));
  if (translation === undefined) call.format = place.format;
  new Relay(around, call, attempt).answer(failedHead(prepared, answer.head), answer.body);
}

function described({ attempt: { event }, failure }: FailedStep): string {
  return `${event.provider}/${event.model}: ${failure.answer?.head.status ?? failure.code}`;
}

/** True when the time has passed and the client is still there. */
function pause(around: Surroundings, call: Call, delayMs: number): Promise<boolean> {
  if (call.isClientGone) return Promise.resolve(false);
  return new Promise((resolve) => {
    const over = (isThere: boolean) => {
      timer.cancel();
      call.watcher = undefined;
      resolve(isThere);
    };
    const timer = around.world.clock.after(delayMs, () => over(true));
    call.watcher = {
      clientGone: () => over(false),
      interrupt(code) {
        sayRefusal(around, call, { code });
        over(false);
      },
    };
  });
}

/** An attempt that failed, and that another one was to follow. */
interface Last {
  /** As its target got it. */
  readonly prepared: PreparedCall;
  readonly failed: FailedStep;
  readonly settlement: Settlement;
}

/**
 * No target that is left can take the call. Where one was reached, what it said is the answer, unless the call's time is over; a last
 * resort comes before all.
 */
async function endUnreached(around: Surroundings, walk: Walk, latest: Refusal): Promise<undefined> {
  const { asked, last, tried } = walk;
  const refusal = isFinal.has(latest.code) ? latest : (walk.refused ?? latest);
  // Without any attempt, a refusal for what is in the call is the call's own fault.
  const isCallAtFault = last === undefined && statusOf(refusal) < 500;
  const resort = isCallAtFault ? undefined : lastResort(around, asked, last?.failed.failure);
  if (resort !== undefined) await answerLast(around, { resort, walk });
  else if (last === undefined) refuse(around, asked.call, refusal);
  else {
    endCall(around, last, whyEnded(refusal));
    if (isFinal.has(refusal.code)) sayRefusal(around, asked.call, refusal);
    else answerFailure(around, last, tried);
  }
}

/**
 * The attempt may not be made. One behind a failure is passed over, as what cannot take the call is: a budget that refuses
 * one target may have the money for the next.
 */
function followRefusal(
  around: Surroundings,
  walk: Walk,
  {
    refused,
    step,
    planned,
  }: { readonly refused: Refusal | "gone"; readonly step: Step; readonly planned: PlannedAttempt },
): Step | undefined | Promise<undefined> {
  const { asked, last } = walk;
  const isOver = refused === "gone" || refused.code === "ledger_unavailable";
  if (isOver) return endUndispatched(around, asked.call, { refusal: refused, last });
  if (last === undefined) return followFirstRefusal(around, walk, { refused, step });
  const { provider, model } = planned.target;
  const { code } = refused;
  around.log("warn", "attempt-refused", {
    call: asked.call.id,
    provider: provider.name,
    model,
    code,
    budget: refused.budget?.budget,
  });
  // Whoever could not be asked about one will not be reached for the other.
  const next = code === "budget_unreachable" ? undefined : nextTarget(asked.choice.plan, step.index);
  return next ?? endUnreached(around, walk, refused);
}

/** What is said of one model, whatever its provider's budget has left. */
const OF_TARGET: ReadonlySet<RefusalCode> = new Set(["unpriced_model", "unbounded_cost", "tokens_unbounded"]);

/**
 * Nobody was asked yet. A budget that holds one provider's attempts says nothing of the others'; what any other budget refuses is
 * the call. Not in the log: a provider whose money is used up refuses each call until its period ends, and alerts say so.
 */
function followFirstRefusal(
  around: Surroundings,
  walk: Walk,
  { refused, step }: { readonly refused: Refusal; readonly step: Step },
): Step | undefined {
  const { asked } = walk;
  walk.refused ??= refused;
  const { call, choice } = asked;
  const provider = refused.code === "budget_unreachable" ? undefined : refused.budget?.provider;
  if (provider === undefined) {
    const refusal = refused.budget === undefined ? walk.refused : refused;
    return endUndispatched(around, call, { refusal, last: undefined });
  }
  if (!OF_TARGET.has(refused.code)) (walk.spent ??= new Set()).add(provider);
  const next = nextTarget(choice.plan, step.index, walk.spent);
  return next ?? endUndispatched(around, call, { refusal: walk.refused, last: undefined });
}

/** The next attempt may not be made: the first one's refusal is booked, a later one ends a call that is in the books. */
function endUndispatched(
  around: Surroundings,
  call: Call,
  { refusal, last }: { readonly refusal: Refusal | "gone"; readonly last: Last | undefined },
): undefined {
  if (last !== undefined) {
    const why = refusal === "gone" ? "client gone before the next attempt" : whyEnded(refusal);
    endCall(around, last, why);
  }
  if (refusal === "gone") return;
  const say = last === undefined ? refuse : sayRefusal;
  say(around, call, refusal);
}

function whyEnded({ code, budget }: Refusal): string {
  return `${code}${budget === undefined ? "" : ` (${budget.budget})`} before the next attempt`;
}

/** Another attempt was to follow and did not: the last one was the end of the call after all. */
function endCall(around: Surroundings, { failed: { attempt }, settlement }: Last, reason: string): void {
  const { cost, residual, usage, components } = settlement;
  around.journal.append({
    type: "attempt-corrected",
    dispatched: attempt.event,
    before: { cost, residual, usage, components },
    settlement: { ...settlement, at: around.world.clock.now(), callEnd: true },
    reason,
  });
}
