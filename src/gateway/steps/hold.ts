/** Money is set aside for an attempt before it is made: the most that it can cost. */
import { type Refusal as BudgetRefusal } from "#budget";
import { type AttemptDispatched } from "#events";
import { type Bound, type Operation } from "#inference";
import { type PlannedAttempt } from "#routing";
import { err, ok, type Result } from "#std";
import { MONEY_MAX, money } from "#units";
import { type Answered, type Bill, type CallBudgets, type Hold } from "../call-budgets.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { ofProviderAlone, refusalOfBudget } from "./budget-refusal.ts";
import { boundAt, isGenerating, type Offer, offerOf } from "./offer.ts";
import { type PreparedCall } from "./prepare.ts";

/** An attempt that may be written down; without a hold where no budget holds the call. */
export interface Held extends Omit<Offer, "draft"> {
  readonly event: AttemptDispatched;
  readonly hold: Hold | undefined;
}

type Taken = Result<Held, Refusal>;

export interface ToHold {
  readonly planned: PlannedAttempt;
  /** The call as another target of its plan is to get it; undefined for one that cannot be asked at this moment. */
  readonly fit: (target: PlannedAttempt["target"]) => PreparedCall | undefined;
}

/** Answers at once wherever it can: a promise only while other threads are asked to give money back. */
export function takeHold(
  around: Surroundings,
  prepared: PreparedCall,
  { planned, fit }: ToHold,
): Taken | Promise<Taken> {
  const offer = offerOf(around, prepared, planned);
  const { budgets } = around;
  if (budgets === undefined || budgets.isEmpty || looksOnly.has(offer.draft.operation))
    return ok({ ...offer, event: offer.draft, hold: undefined });
  const mayDegrade = planned.purpose === "answer" && planned.of > 1;
  return askFor({ around, budgets, prepared, fit }, offer, { mayDegrade });
}

/** They cost nothing and generate nothing. */
const looksOnly: ReadonlySet<Operation> = new Set(["response-read", "count-tokens", "file"]);

interface Asking {
  readonly around: Surroundings;
  readonly budgets: CallBudgets;
  readonly prepared: PreparedCall;
  readonly fit: ToHold["fit"];
}

function askFor(
  asking: Asking,
  offer: Offer,
  { mayDegrade }: { readonly mayDegrade: boolean },
): Taken | Promise<Taken> {
  const { budgets, prepared } = asking;
  const bounded = boundUnder(asking, offer);
  if (!bounded.ok) return bounded;
  const draft = bounded.value;
  const offered = draft === offer.draft ? offer : { ...offer, draft };
  const { amount, tokens } = sizeOf(draft.bound);
  if (amount === 0n && !budgets.isCounting(draft)) return ok({ ...offered, event: draft, hold: undefined });
  const clamp = clampOf(prepared, offered);
  const { at } = draft;
  const admission = budgets.hold({
    spender: draft,
    amount,
    tokens,
    isFirst: draft.number === 1,
    at,
    clamp,
    mayDegrade,
  });
  return admission instanceof Promise
    ? admission.then((late) => answered(asking, offered, late))
    : answered(asking, offered, admission);
}

/** What nobody can price is held at the route's ceiling where a budget of money refuses, and is not sent without one. */
function boundUnder({ budgets, prepared }: Asking, { draft, sku }: Offer): Result<AttemptDispatched, Refusal> {
  const refusing = draft.bound.type === "unknown" ? budgets.refusing(draft) : undefined;
  if (draft.bound.type !== "unknown" || refusing === undefined) return ok(draft);
  const { holdCeiling } = prepared.choice.route;
  const { provider, model, bound } = draft;
  const said = refusing.isOfProvider ? { budget: ofProviderAlone(refusing, provider) } : {};
  if (sku !== undefined) return err({ code: "unbounded_cost", facts: { detail: bound.reason }, ...said });
  if (holdCeiling === undefined)
    return err({ code: "unpriced_model", facts: { model: `${provider}/${model}` }, ...said });
  const tokens = bound.tokens === undefined ? {} : { tokens: bound.tokens };
  return ok({ ...draft, bound: { type: "ceiling", nanos: holdCeiling, ...tokens } });
}

/** How far the route lets the answer be made shorter. Without any cap the model's context window is the longest. */
function clampOf(prepared: PreparedCall, offer: Offer): Bill["clamp"] {
  const { minOutputTokens } = prepared.choice.route;
  if (minOutputTokens === undefined || offer.draft.bound.type === "unknown" || !isGenerating(prepared))
    return undefined;
  const capMax = offer.outputCap ?? prepared.ask.facts.outputCap ?? offer.sku?.contextWindow;
  if (capMax === undefined || capMax <= minOutputTokens) return undefined;
  return { capMax, capMin: minOutputTokens, sizeAt: (cap) => mostOf(boundAt(prepared, offer, cap)) };
}

/** Where only budgets that never refuse hold the call, what nothing bounds holds nothing. */
function sizeOf(bound: Bound) {
  const tokens = bound.tokens === undefined ? undefined : BigInt(bound.tokens);
  return { amount: bound.type === "unknown" ? 0n : bound.nanos, tokens };
}

function mostOf(bound: Bound) {
  return bound.type === "unknown" ? { amount: MONEY_MAX, tokens: undefined } : sizeOf(bound);
}

function answered(asking: Asking, offer: Offer, admission: Answered): Taken | Promise<Taken> {
  if (admission.type === "admitted") return ok(heldAs(offer, admission.hold));
  if (admission.type === "degrade") return askCheapest(asking, offer, NOBODY);
  const { refusal } = admission;
  const counting = isShort(refusal) ? countInput(asking, offer) : undefined;
  if (counting === undefined) return refuseHold(asking, offer, refusal);
  return counting.then((tokens) => {
    if (tokens === undefined) return refuseHold(asking, offer, refusal);
    return askFor(asking, offerOf(asking.around, asking.prepared, offer.planned, tokens), { mayDegrade: false });
  });
}

function isShort({ code }: BudgetRefusal): boolean {
  return code === "budget_exceeded" || code === "rate_limited";
}

/** Bytes are four times the tokens of English: only where they do not fit is the time taken to count. */
function countInput({ around, prepared }: Asking, { planned, inputTokens }: Offer) {
  const { body } = prepared;
  if (inputTokens !== undefined || body.type !== "whole" || !isGenerating(prepared)) return undefined;
  return around.counter?.count(body.bytes, planned.target.model);
}

function refuseHold({ around, budgets }: Asking, offer: Offer, refusal: BudgetRefusal): Taken {
  budgets.news.refused(refusal);
  const isOfProvider = budgets.isOfProvider(refusal.budget);
  return err(refusalOfBudget(refusal, { offer, status: around.snapshot.refusalStatus, isOfProvider }));
}

function heldAs({ draft, ...offer }: Offer, hold: Hold): Held {
  const outputCap = hold.cap ?? offer.outputCap;
  // A call that waited over the end of a period belongs to the next one, for the journal too.
  const isAsDrafted = hold.at === draft.at && hold.cap === undefined;
  const event = isAsDrafted ? draft : { ...draft, at: hold.at, bound: boundOfHold(draft.bound, hold) };
  return { ...offer, outputCap, event, hold };
}

function boundOfHold(bound: Bound, { cap, size }: Hold): Bound {
  if (cap === undefined || bound.type === "unknown") return bound;
  const tokens = size.tokens === undefined ? {} : { tokens: Number(size.tokens) };
  return { type: bound.type, nanos: money(size.nanos), ...tokens };
}

const NOBODY: ReadonlySet<string> = new Set();

/** A cheaper target whose provider's own budget refuses leaves the call to the next cheapest, and at last to the one that was offered. */
function askCheapest(asking: Asking, offered: Offer, without: ReadonlySet<string>): Taken | Promise<Taken> {
  const { prepared, offer } = cheapestOf(asking, offered, without);
  const taken = askFor({ ...asking, prepared }, offer, { mayDegrade: false });
  if (offer === offered) return taken;
  const follow = (made: Taken) =>
    !made.ok && made.error.budget?.provider !== undefined
      ? askCheapest(asking, offered, new Set([...without, offer.draft.provider]))
      : made;
  return taken instanceof Promise ? taken.then(follow) : follow(taken);
}

/** Of the targets of the plan, the one whose attempt is bounded lowest; the one that was offered where none is lower. */
function cheapestOf(
  { around, prepared, fit }: Asking,
  offered: Offer,
  without: ReadonlySet<string>,
): { readonly prepared: PreparedCall; readonly offer: Offer } {
  let cheapest = { prepared, offer: offered };
  for (const planned of prepared.choice.plan) {
    const { target, retry, health } = planned;
    if (retry !== 0 || target === offered.planned.target || health.isFull || without.has(target.provider.name))
      continue;
    const fitted = fit(target);
    if (fitted === undefined) continue;
    const offer = offerOf(around, fitted, planned);
    if (isLower(offer.draft.bound, cheapest.offer.draft.bound)) cheapest = { prepared: fitted, offer };
  }
  return cheapest;
}

function isLower(left: Bound, right: Bound): boolean {
  if (left.type === "unknown") return false;
  return right.type === "unknown" || left.nanos < right.nanos;
}
