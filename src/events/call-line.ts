/**
 * The three lines that every call makes: a JSON list of what is the attempt's own, and behind it, as a second one, its terms:
 * what many lines have word for word. So a writer compares terms with those that it wrote last in place of writing them
 * again, and a reader looks up what it knows; yet each line says everything, and can be read alone. Each value has its place,
 * and what is absent is null. A place never changes its meaning; later versions add values at the end of either list, and
 * readers pass over what stands behind the places they know.
 *
 *     attempt-dispatched  own    at attempt call number interaction customer user session tags claimed bound tokens why parent
 *                         terms  type kind purpose tenant feature team environment key route provider model format operation
 *                                stream region [book sku] bound-type
 *     attempt-settled     own    at attempt upstreamId cost [count…] [quantity nanos …] residual reported durationMs
 *                                firstByteMs firstContentMs overheadMs
 *                         terms  type state delivered status error servedModel tier isStored callEnd [class…] [class rate row …]
 *     answer-recalled     own    at attempt call number interaction customer user session tags claimed avoided durationMs
 *                         terms  type how tenant feature team environment key route provider model servedModel format
 *                                operation stream region isPart
 *     bound               nanos, or the reason why it is unknown
 *     cost                its nanos when it is priced; ["estimated" nanos basis]; ["unpriced" reason]
 *     [count…]            of usage, in the order of its classes, which are terms; so are those of [quantity nanos …]
 *
 * Null is `(none)` where it stands for a customer, user or session.
 */
import { type Bound, type Component, type Cost, type Usage, type UsageClass } from "#inference";
import { type Attribution } from "./attribution.ts";
import { type AnswerRecalled, type AttemptDispatched, type AttemptSettled } from "./call-event.ts";
import { callListFrom, costFrom } from "./call-list.ts";
import { callTermsFrom, type DispatchedTerms, type PricedBy, type RecalledTerms } from "./call-terms.ts";
import { type SettledTerms, type AttributionTerms } from "./call-terms.ts";
import { termsOfDispatched, termsOfRecalled, termsOfSettled } from "./call-terms.ts";
import {
  bad,
  claimedFrom,
  countFrom,
  idFrom,
  instantFrom,
  listFrom,
  moneyFrom,
  numberFrom,
  numberOrNone,
  recordFrom,
  textFrom,
  textOrNone,
  textsFrom,
} from "./event-fields.ts";

type List = readonly unknown[];
export type CallLine = AttemptDispatched | AttemptSettled | AnswerRecalled;

/** JSON holds it only escaped, so no text that anybody sent ends a list. */
const BEHIND = "\u001f";
/** Neither a control character nor half a pair of surrogates, which UTF-8 has no bytes for. Any other text stays in the list. */
const PLAIN = /^[ -~]*$/;
const NOBODY = "(none)";

/** One line of text; `JSON.stringify` writes undefined as null here. */
export function encodeCallLine(event: CallLine): string {
  switch (event.type) {
    case "attempt-dispatched":
      return `${JSON.stringify(ownOfDispatched(event))}${BEHIND}${termsOfDispatched(event)}`;
    case "answer-recalled":
      return `${JSON.stringify(ownOfRecalled(event))}${BEHIND}${termsOfRecalled(event)}`;
    default: {
      const { reported } = event;
      const terms = termsOfSettled(event);
      // Behind the lists: escaping the quotes of its JSON takes longer than all the rest.
      if (reported !== undefined && PLAIN.test(reported))
        return `${JSON.stringify(ownOfSettled(event, undefined))}${BEHIND}${terms}${BEHIND}${reported}`;
      return `${JSON.stringify(ownOfSettled(event, reported))}${BEHIND}${terms}`;
    }
  }
}

function ownOfDispatched(event: AttemptDispatched): List {
  const { attribution, bound } = event;
  return [
    event.at,
    event.attempt,
    event.call,
    event.number,
    attribution.interaction,
    saidOrNull(attribution.customer),
    saidOrNull(attribution.user),
    saidOrNull(attribution.session),
    filledOrNull(attribution.tags),
    filledOrNull(attribution.claimed),
    bound.type === "unknown" ? bound.reason : bound.nanos.toString(),
    bound.tokens,
    event.why,
    event.parent,
  ];
}

function ownOfSettled(event: AttemptSettled, reported: string | undefined): List {
  return [
    event.at,
    event.attempt,
    event.upstreamId,
    plainCost(event.cost),
    event.usage === undefined ? null : Object.values(event.usage),
    amountsOf(event.components),
    event.residual.toString(),
    reported,
    event.durationMs,
    event.firstByteMs,
    event.firstContentMs,
    event.overheadMs,
  ];
}

function ownOfRecalled(event: AnswerRecalled): List {
  const { attribution } = event;
  return [
    event.at,
    event.attempt,
    event.call,
    event.number,
    attribution.interaction,
    saidOrNull(attribution.customer),
    saidOrNull(attribution.user),
    saidOrNull(attribution.session),
    filledOrNull(attribution.tags),
    filledOrNull(attribution.claimed),
    event.avoided?.toString(),
    event.durationMs,
  ];
}

function saidOrNull(value: string): string | null {
  return value === NOBODY ? null : value;
}

function filledOrNull(texts: object): object | null {
  return Object.keys(texts).length === 0 ? null : texts;
}

function plainCost(cost: Cost): string | List {
  if (cost.type === "priced") return cost.nanos.toString();
  return cost.type === "unpriced" ? [cost.type, cost.reason] : [cost.type, cost.nanos.toString(), cost.basis];
}

function amountsOf(components: readonly Component[]): List {
  const amounts: (number | string)[] = [];
  for (const { quantity, nanos } of components) amounts.push(quantity, nanos.toString());
  return amounts;
}

/** Of a line that begins as a list; throws what is wrong as `BadField`, and `SyntaxError` when it is no JSON. */
export function callLineFrom(text: string): CallLine {
  const stop = text.indexOf(BEHIND);
  const own = listFrom(JSON.parse(stop === -1 ? text : text.slice(0, stop)), "event");
  // A list of format 3 says first what it is, and has no terms.
  if (typeof own[0] === "string") return callListFrom(own, stop === -1 ? undefined : text.slice(stop + 1));
  if (stop === -1) return bad("event");
  const end = text.indexOf(BEHIND, stop + 1);
  const terms = callTermsFrom(text.slice(stop + 1, end === -1 ? undefined : end));
  const behind = end === -1 ? undefined : text.slice(end + 1);
  if (terms.type === "attempt-settled") return settledFrom(own, terms, behind);
  if (behind !== undefined) return bad("event");
  return terms.type === "attempt-dispatched" ? dispatchedFrom(own, terms) : recalledFrom(own, terms);
}

// A list that is too short has undefined where a value is missing, which no field takes: null is what absent ones have.
function dispatchedFrom(own: List, terms: DispatchedTerms): AttemptDispatched {
  return {
    type: "attempt-dispatched",
    at: instantFrom(own[0], "at"),
    attempt: idFrom(own[1], "attempt", "attempt"),
    call: idFrom(own[2], "call", "call"),
    number: countFrom(own[3], "number"),
    kind: terms.kind,
    purpose: terms.purpose,
    attribution: attributionFrom(own, terms.attribution),
    key: terms.key,
    route: terms.route,
    provider: terms.provider,
    model: terms.model,
    format: terms.format,
    operation: terms.operation,
    stream: terms.stream,
    region: terms.region,
    prices: terms.prices,
    bound: boundFrom(own, terms.boundType),
    why: textOrNone(own[12], "why"),
    parent: own[13] === null ? undefined : idFrom(own[13], "parent", "step"),
  };
}

/** `behind`: what was reported, where it stands behind the lists. */
function settledFrom(own: List, terms: SettledTerms, behind: string | undefined): AttemptSettled {
  return {
    type: "attempt-settled",
    attempt: idFrom(own[1], "attempt", "attempt"),
    at: instantFrom(own[0], "at"),
    state: terms.state,
    delivered: terms.delivered,
    status: terms.status,
    error: terms.error,
    servedModel: terms.servedModel,
    tier: terms.tier,
    upstreamId: textOrNone(own[2], "upstreamId"),
    isStored: terms.isStored,
    usage: usageFrom(own[4], terms.usageClasses),
    reported: reportedFrom(own[7], behind),
    cost: costFrom(own[3]),
    components: componentsFrom(listFrom(own[5], "components"), terms.components),
    residual: moneyFrom(own[6], "residual"),
    callEnd: terms.callEnd,
    durationMs: numberFrom(own[8], "durationMs"),
    firstByteMs: numberOrNone(own[9], "firstByteMs"),
    firstContentMs: numberOrNone(own[10], "firstContentMs"),
    overheadMs: numberOrNone(own[11], "overheadMs"),
  };
}

function recalledFrom(own: List, terms: RecalledTerms): AnswerRecalled {
  return {
    type: "answer-recalled",
    at: instantFrom(own[0], "at"),
    attempt: idFrom(own[1], "attempt", "attempt"),
    call: idFrom(own[2], "call", "call"),
    number: countFrom(own[3], "number"),
    how: terms.how,
    attribution: attributionFrom(own, terms.attribution),
    key: terms.key,
    route: terms.route,
    provider: terms.provider,
    model: terms.model,
    servedModel: terms.servedModel,
    format: terms.format,
    operation: terms.operation,
    stream: terms.stream,
    region: terms.region,
    avoided: own[10] === null ? undefined : moneyFrom(own[10], "avoided"),
    isPart: terms.isPart,
    durationMs: numberFrom(own[11], "durationMs"),
  };
}

/** Dispatches and recalled answers have it in the same places. */
function attributionFrom(own: List, terms: AttributionTerms): Attribution {
  return {
    tenant: terms.tenant,
    interaction: textFrom(own[4], "interaction"),
    feature: terms.feature,
    team: terms.team,
    customer: own[5] === null ? NOBODY : textFrom(own[5], "customer"),
    user: own[6] === null ? NOBODY : textFrom(own[6], "user"),
    environment: terms.environment,
    session: own[7] === null ? NOBODY : textFrom(own[7], "session"),
    tags: textsFrom(own[8] === null ? NOTHING : recordFrom(own[8], "tags")),
    claimed: claimedFrom(own[9] === null ? NOTHING : recordFrom(own[9], "claimed")),
  };
}

const NOTHING = Object.freeze({});

function boundFrom(own: List, type: Bound["type"]): Bound {
  const tokens = own[11] === null ? undefined : countFrom(own[11], "tokens");
  if (type === "unknown") return { type, reason: textFrom(own[10], "reason"), tokens };
  return { type, nanos: moneyFrom(own[10], "nanos"), tokens };
}

function usageFrom(value: unknown, classes: readonly UsageClass[] | undefined): Usage | undefined {
  if (classes === undefined) return value === null ? undefined : bad("usage");
  const counts = listFrom(value, "usage");
  if (counts.length !== classes.length) return bad("usage");
  const usage: { [Class in UsageClass]?: number } = {};
  let at = 0;
  for (const name of classes) usage[name] = countFrom(counts[at++], name);
  return usage;
}

function componentsFrom(amounts: List, priced: readonly PricedBy[]): readonly Component[] {
  if (amounts.length !== 2 * priced.length) return bad("components");
  let at = 0;
  return priced.map(({ class: name, rate, row }) => ({
    class: name,
    quantity: countFrom(amounts[at++], "quantity"),
    rate,
    nanos: moneyFrom(amounts[at++], "nanos"),
    row,
  }));
}

function reportedFrom(value: unknown, behind: string | undefined): string | undefined {
  if (behind === undefined) return textOrNone(value, "reported");
  return value === null ? behind : bad("reported");
}
