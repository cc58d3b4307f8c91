import {
  type AttemptCorrected,
  type AttemptDispatched,
  type AttemptSettled,
  type AttemptState,
  type Settlement,
} from "#events";
import { type AnswerFacts } from "#inference";
import { money } from "#units";
import { type Hold } from "../call-budgets.ts";
import { type AnswerPin } from "../answer-pin.ts";
import {
  attemptDuration,
  attemptsTotal,
  budgetOverruns,
  firstContent,
  overhead,
  settlementsDelayed,
  undeliveredNanos,
} from "../families.ts";
import { type Call } from "../call.ts";
import { refusals } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { errorOf } from "./failure.ts";
import { outcomeOf } from "./outcome.ts";
import { type PreparedCall } from "./prepare.ts";
import { type EndingFacts, priceEnding, skuServed } from "./price-ending.ts";
import { priceUsage } from "#pricing";

/** How one attempt ended, for the books. Times are on the monotonic clock. */
export interface Ending extends EndingFacts {
  readonly delivered: Settlement["delivered"];
  readonly error: string | undefined;
  readonly callEnd: boolean;
  readonly firstByteMs: number | undefined;
  readonly firstContentMs: number | undefined;
  readonly overheadMs: number | undefined;
  /** The provider's name for the request; stands for the answer where that has no id of its own, as embeddings have not. */
  readonly requestId: string | undefined;
  /** How long the provider asked to be left alone. */
  readonly askedDelayMs?: number | undefined;
}

/**
 * Books the end of an attempt. The journal keeps what a full disk does not take, so this cannot fail. It is written when
 * this returns, or with others at the end of this turn when `written` is to be told.
 */
export function settle(
  around: Surroundings,
  prepared: PreparedCall,
  { attempt, ending, written }: Settling,
): AttemptSettled {
  const { clock } = around.world;
  const { facts } = ending;
  const nowMs = clock.monotonicMs();
  const priced = priceEnding(prepared.ask, attempt, ending);
  const settlement: AttemptSettled = {
    type: "attempt-settled",
    attempt: attempt.event.attempt,
    at: clock.now(),
    state: ending.state,
    delivered: ending.delivered,
    status: ending.status,
    error: ending.error,
    servedModel: facts?.model,
    tier: facts?.tier,
    upstreamId: facts?.upstreamId ?? ending.requestId,
    isStored: facts?.isStored ?? false,
    usage: priced.usage,
    reported: facts?.reported,
    cost: priced.cost,
    components: priced.components,
    residual: priced.residual,
    callEnd: ending.callEnd,
    durationMs: nowMs - attempt.atMs,
    firstByteMs: sinceDispatch(attempt, ending.firstByteMs),
    firstContentMs: sinceDispatch(attempt, ending.firstContentMs),
    overheadMs: ending.overheadMs,
  };
  book(around, settlement, written);
  if (attempt.hold !== undefined) settleHold(around, attempt.hold, { event: attempt.event, settlement });
  const { call } = prepared;
  call.spent =
    call.spent === undefined || settlement.cost.type !== "priced"
      ? undefined
      : money(call.spent + settlement.cost.nanos);
  learn(around, call, { attempt, settlement, ending, nowMs });
  measure(around, prepared, { attempt, settlement });
  if (facts !== undefined) remember(around, prepared, { attempt, settlement, facts });
  return settlement;
}

interface Settling {
  readonly attempt: DispatchedAttempt;
  readonly ending: Ending;
  readonly written?: () => void;
}

/** What the attempt says of its target decides where the next calls go, and of its answer whether it is kept. */
function learn(
  { router }: Surroundings,
  call: Call,
  {
    attempt,
    settlement,
    ending,
    nowMs,
  }: Pick<Settling, "attempt" | "ending"> & { readonly settlement: Settlement; readonly nowMs: number },
): void {
  const { planned, providerKey } = attempt;
  if (ending.status === undefined) planned.health.headCame();
  const { facts, askedDelayMs } = ending;
  call.recording?.settled(attempt, settlement, facts);
  const outcome = outcomeOf({ settlement, facts, askedDelayMs });
  router.ended(planned, outcome, { key: providerKey, nowMs });
}

function book({ journal, metrics }: Surroundings, settlement: AttemptSettled, written: (() => void) | undefined): void {
  const count = ({ ok: isOk }: { readonly ok: boolean }): void => {
    if (!isOk) metrics.count(settlementsDelayed);
  };
  if (written === undefined) {
    count(journal.append(settlement));
    return;
  }
  journal.appendInTurn(settlement, (result) => {
    count(result);
    written();
  });
}

/** After the journal: a crash between the two leaves the hold in doubt until the journal is read, and loses nothing. */
function settleHold(
  { budgets, metrics, log }: Surroundings,
  hold: Hold,
  { event, settlement }: { readonly event: AttemptDispatched; readonly settlement: AttemptSettled },
): void {
  const { cost, residual } = settlement;
  budgets?.settle(hold, settlement);
  if (cost.type === "unpriced") {
    budgets?.news.unpriced(event);
    return;
  }
  if (residual > 0n) budgets?.news.doubtful(event, settlement);
  const charged = cost.nanos + residual;
  if (charged <= hold.amount) return;
  metrics.count(budgetOverruns, event.provider, event.bound.type);
  budgets?.news.overrun({ event, held: hold.amount, charged });
  // Above a proven bound is a defect of the bound; above a ceiling it is what the ceiling's author did not foresee.
  log(event.bound.type === "proven" ? "error" : "warn", "attempt-over-hold", {
    attempt: event.attempt,
    provider: event.provider,
    model: event.model,
    bound: event.bound.type,
    held_nanos: String(hold.amount),
    charged_nanos: String(charged),
  });
}

function sinceDispatch({ atMs }: DispatchedAttempt, ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms - atMs;
}

function measure(
  { metrics }: Surroundings,
  { call }: PreparedCall,
  { attempt, settlement }: { readonly attempt: DispatchedAttempt; readonly settlement: Settlement },
): void {
  const { provider, operation } = attempt.event;
  const { state, status, error, durationMs, firstContentMs, overheadMs } = settlement;
  const route = call.route ?? "(none)";
  const word = error === undefined ? "" : wordOf(error);
  metrics.count(attemptsTotal, route, provider, operation, state, String(status ?? 0), word);
  if (settlement.delivered !== "full" && settlement.cost.type !== "unpriced" && settlement.cost.nanos > 0n)
    metrics.add(Number(settlement.cost.nanos), undeliveredNanos, route, provider);
  metrics.observe(durationMs / 1000, attemptDuration, route, provider, operation);
  if (firstContentMs !== undefined) metrics.observe(firstContentMs / 1000, firstContent, route, provider);
  if (overheadMs !== undefined) metrics.observe(overheadMs / 1000, overhead, operation);
}

/** Our own words for what ended an attempt and refused nobody. */
const ownWords: ReadonlySet<string> = new Set(["client_gone", "hedge_lost"]);

/** A provider's own words would be labels without a bound. */
function wordOf(error: string): string {
  return ownWords.has(error) || Object.hasOwn(refusals, error) ? error : "upstream";
}

interface Settled {
  readonly attempt: DispatchedAttempt;
  readonly settlement: Settlement;
  readonly facts: AnswerFacts;
}

/** Keeps who may read an answer back, and books the truth of a background answer that was read. */
function remember(around: Surroundings, prepared: PreparedCall, { attempt, settlement, facts }: Settled): void {
  const { event } = attempt;
  if (facts.isStored && facts.upstreamId !== undefined) {
    const { cost, residual } = settlement;
    around.pins.remember({
      tenant: event.attribution.tenant,
      answer: facts.upstreamId,
      provider: event.provider,
      model: event.model,
      background: settlement.state === "background" ? { dispatched: event, before: { cost, residual } } : undefined,
    });
  }
  const isRead = event.operation === "response-read" && facts.end !== "background" && facts.usage !== undefined;
  if (!isRead) return;
  const pin = prepared.choice.pins.find(
    ({ answer, background }) => background !== undefined && answer === facts.upstreamId,
  );
  if (pin !== undefined) void correct(around, pin, { attempt, settlement, facts });
}

/** Once for each answer, whichever thread reads it first and however often it is read. */
async function correct(around: Surroundings, pin: AnswerPin, { attempt, facts }: Settled): Promise<void> {
  const { background } = pin;
  const { usage } = facts;
  if (background === undefined || usage === undefined) return;
  if (!(await around.pins.claim(pin.answer))) return;
  const { dispatched, before } = background;
  const { provider, model, at: askedAt } = dispatched;
  const asked = attempt.prices.find({ provider, model, at: askedAt });
  const sku = skuServed({ event: dispatched, prices: attempt.prices, sku: asked }, facts.model);
  const priced =
    sku === undefined
      ? { cost: { type: "unpriced", reason: "no price for this model" } as const, components: [] }
      : priceUsage(sku, { usage, tier: facts.tier, at: dispatched.at, region: dispatched.region });
  const state: AttemptState = facts.end === "error" ? "failed" : "answered";
  const at = around.world.clock.now();
  const corrected: AttemptCorrected = {
    type: "attempt-corrected",
    dispatched,
    before,
    reason: "background answer read",
    settlement: {
      at,
      state,
      delivered: "full",
      status: 200,
      error: errorOf(facts, undefined),
      servedModel: facts.model,
      tier: facts.tier,
      upstreamId: facts.upstreamId,
      isStored: true,
      usage,
      reported: facts.reported,
      ...priced,
      residual: money(0n),
      // The call ended when the answer was accepted; counting it here would count it twice.
      callEnd: false,
      durationMs: at - dispatched.at,
      firstByteMs: undefined,
      firstContentMs: undefined,
      overheadMs: undefined,
    },
  };
  around.journal.append(corrected);
  around.budgets?.correct(corrected);
  around.budgets?.news.doubtful(corrected);
}
