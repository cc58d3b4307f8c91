import { type Component, type Cost, formatNames, operations, type PinnedPrices, purposes } from "#inference";
import { type Bound, stepKinds } from "#inference";
import { err, ok, type Result } from "#std";
import {
  type AnswerRecalled,
  type AttemptCorrected,
  type AttemptDispatched,
  type AttemptSettled,
} from "./call-event.ts";
import {
  attemptStates,
  type CallRefused,
  deliveries,
  recallings,
  type Settlement,
  type Shortage,
  shortageUnits,
} from "./call-event.ts";
import { callLineFrom, encodeCallLine } from "./call-line.ts";
import { type JournalEvent } from "./event.ts";
import {
  attributionFrom,
  BadField,
  componentsFrom,
  costFrom,
  countFrom,
  countOf,
  type EventProblem,
  flagFrom,
  flagOf,
  idFrom,
  idOf,
  instantFrom,
  instantOf,
  type Json,
  maybeNumberFrom,
  maybeText,
  maybeTextFrom,
  moneyFrom,
  moneyOf,
  nameFrom,
  numberFrom,
  numberOf,
  oneOf,
  recordFrom,
  textFrom,
  textOf,
  usageFrom,
} from "./event-fields.ts";
import { type AdjustedCost, type CostAdjusted } from "./cost-event.ts";
import { billEventFrom, plainBillEvent } from "./bill-json.ts";
import { plainStepEvent, stepEventFrom } from "./step-json.ts";
/**
 * One line without line breaks or tabs: two lists for each of the three that every call makes, an object for any other. Absent
 * fields are left out and money is a decimal string, so the same event gives the same text. Fields may be added in later
 * versions; a field never changes its meaning, nor does a place in a list.
 */
export function encodeEvent(event: JournalEvent): string {
  switch (event.type) {
    case "attempt-dispatched":
    case "attempt-settled":
    case "answer-recalled":
      return encodeCallLine(event);
    case "attempt-corrected":
      return JSON.stringify({
        ...event,
        dispatched: plainDispatched(event.dispatched),
        before: plainBefore(event.before),
        settlement: plainSettlement(event.settlement),
      });
    case "call-refused":
      return JSON.stringify({ ...event, shortage: plainShortage(event.shortage) });
    case "cost-adjusted":
      return JSON.stringify({
        ...event,
        dispatched: plainDispatched(event.dispatched),
        before: plainCost(event.before),
        after: { ...plainCost(event.after), prices: event.after.prices },
      });
    case "bill-booked":
    case "bills-booked":
    case "bill-corrected":
      return JSON.stringify(plainBillEvent(event));
    default:
      return JSON.stringify(plainStepEvent(event));
  }
}

function plainDispatched(event: AttemptDispatched) {
  return { ...event, bound: plainAmount(event.bound) };
}

function plainBefore({ cost, residual, usage, components }: AttemptCorrected["before"]) {
  return {
    cost: plainAmount(cost),
    residual: residual.toString(),
    usage,
    components: components === undefined ? undefined : plainComponents(components),
  };
}

function plainCost({ cost, components, usage, residual }: AdjustedCost) {
  return { cost: plainAmount(cost), components: plainComponents(components), usage, residual: residual?.toString() };
}

function plainComponents(components: readonly Component[]) {
  return components.map((component) => ({ ...component, nanos: component.nanos.toString() }));
}

function plainSettlement(settlement: Settlement) {
  return {
    ...settlement,
    cost: plainAmount(settlement.cost),
    components: plainComponents(settlement.components),
    residual: settlement.residual.toString(),
  };
}

function plainShortage(shortage: CallRefused["shortage"]) {
  if (shortage === undefined) return undefined;
  const { unit, limit, left, needed } = shortage;
  return { unit, limit: limit.toString(), left: left.toString(), needed: needed?.toString() };
}

function plainAmount(amount: Cost | Bound) {
  return "nanos" in amount ? { ...amount, nanos: amount.nanos.toString() } : amount;
}

/**
 * Strict in every field that this version knows, blind to fields that a newer one added. Lines of calls are read as objects
 * too, which they were until segments of format 3, and as one list, until those of format 4.
 */
export function decodeEvent(text: string): Result<JournalEvent, EventProblem> {
  try {
    return ok(text.startsWith("[") ? callLineFrom(text) : eventFrom(recordFrom(JSON.parse(text), "event")));
  } catch (thrown) {
    if (thrown instanceof BadField) return err(thrown.problem);
    if (thrown instanceof SyntaxError) return err({ type: "bad-event", field: "event" });
    throw thrown;
  }
}

function eventFrom(json: Json): JournalEvent {
  const type = textFrom(json["type"], "type");
  switch (type) {
    case "attempt-dispatched":
      return dispatchedFrom(json);
    case "attempt-settled":
      return settledFrom(json);
    case "attempt-corrected":
      return correctedFrom(json);
    case "cost-adjusted":
      return adjustedFrom(json);
    case "call-refused":
      return refusedFrom(json);
    case "answer-recalled":
      return recalledFrom(json);
    default: {
      const event = stepEventFrom(type, json) ?? billEventFrom(type, json);
      if (event !== undefined) return event;
      throw new BadField({ type: "unknown-event", name: type });
    }
  }
}

function dispatchedFrom(json: Json): AttemptDispatched {
  return {
    type: "attempt-dispatched",
    at: instantFrom(json["at"], "at"),
    attempt: idFrom(json["attempt"], "attempt", "attempt"),
    call: idFrom(json["call"], "call", "call"),
    number: countFrom(json["number"], "number"),
    kind: nameFrom(json["kind"], "kind", stepKinds),
    purpose: nameFrom(json["purpose"], "purpose", purposes),
    attribution: attributionFrom(recordFrom(json["attribution"], "attribution")),
    key: textFrom(json["key"], "key"),
    route: maybeTextFrom(json["route"], "route"),
    provider: textFrom(json["provider"], "provider"),
    model: textFrom(json["model"], "model"),
    format: nameFrom(json["format"], "format", formatNames),
    operation: nameFrom(json["operation"], "operation", operations),
    stream: flagFrom(json["stream"], "stream"),
    region: maybeTextFrom(json["region"], "region"),
    prices: json["prices"] === undefined ? undefined : pricesFrom(recordFrom(json["prices"], "prices")),
    bound: boundFrom(recordFrom(json["bound"], "bound")),
    why: maybeTextFrom(json["why"], "why"),
    ...(json["parent"] === undefined ? {} : { parent: idFrom(json["parent"], "parent", "step") }),
  };
}

function recalledFrom(json: Json): AnswerRecalled {
  return {
    type: "answer-recalled",
    at: instantOf(json, "at"),
    attempt: idOf(json, "attempt", "attempt"),
    call: idOf(json, "call", "call"),
    number: countOf(json, "number"),
    how: oneOf(json, "how", recallings),
    attribution: attributionFrom(recordFrom(json["attribution"], "attribution")),
    key: textOf(json, "key"),
    route: maybeText(json, "route"),
    provider: textOf(json, "provider"),
    model: textOf(json, "model"),
    servedModel: maybeText(json, "servedModel"),
    format: oneOf(json, "format", formatNames),
    operation: oneOf(json, "operation", operations),
    stream: flagOf(json, "stream"),
    region: maybeText(json, "region"),
    avoided: json["avoided"] === undefined ? undefined : moneyOf(json, "avoided"),
    isPart: json["isPart"] === undefined ? undefined : flagOf(json, "isPart"),
    durationMs: numberOf(json, "durationMs"),
  };
}

function settledFrom(json: Json): AttemptSettled {
  // Spread first: V8 copies the whole object then, and field by field otherwise.
  return { ...settlementFrom(json), type: "attempt-settled", attempt: idFrom(json["attempt"], "attempt", "attempt") };
}

function correctedFrom(json: Json): AttemptCorrected {
  return {
    type: "attempt-corrected",
    dispatched: dispatchedFrom(recordFrom(json["dispatched"], "dispatched")),
    before: beforeFrom(recordFrom(json["before"], "before")),
    settlement: settlementFrom(recordFrom(json["settlement"], "settlement")),
    reason: textOf(json, "reason"),
  };
}

function adjustedFrom(json: Json): CostAdjusted {
  const after = recordFrom(json["after"], "after");
  return {
    type: "cost-adjusted",
    at: instantOf(json, "at"),
    number: countOf(json, "number"),
    dispatched: dispatchedFrom(recordFrom(json["dispatched"], "dispatched")),
    delivered: oneOf(json, "delivered", deliveries),
    servedModel: maybeText(json, "servedModel"),
    tier: maybeText(json, "tier"),
    before: adjustedCostFrom(recordFrom(json["before"], "before")),
    after: {
      ...adjustedCostFrom(after),
      prices: after["prices"] === undefined ? undefined : pricesFrom(recordFrom(after["prices"], "after.prices")),
    },
    reason: textOf(json, "reason"),
  };
}

function adjustedCostFrom(json: Json): AdjustedCost {
  return {
    cost: costFrom(recordFrom(json["cost"], "cost")),
    components: componentsFrom(json["components"]),
    ...(json["usage"] === undefined ? {} : { usage: usageFrom(recordFrom(json["usage"], "usage")) }),
    ...(json["residual"] === undefined ? {} : { residual: moneyOf(json, "residual") }),
  };
}

function beforeFrom(json: Json): AttemptCorrected["before"] {
  return {
    cost: costFrom(recordFrom(json["cost"], "before.cost")),
    residual: moneyOf(json, "residual"),
    usage: json["usage"] === undefined ? undefined : usageFrom(recordFrom(json["usage"], "before.usage")),
    components: json["components"] === undefined ? undefined : componentsFrom(json["components"]),
  };
}

function refusedFrom(json: Json): CallRefused {
  return {
    type: "call-refused",
    at: instantOf(json, "at"),
    call: idOf(json, "call", "call"),
    code: textOf(json, "code"),
    status: countOf(json, "status"),
    attribution: attributionFrom(recordFrom(json["attribution"], "attribution")),
    key: maybeText(json, "key"),
    route: maybeText(json, "route"),
    model: maybeText(json, "model"),
    ...(json["budget"] === undefined ? {} : { budget: maybeText(json, "budget") }),
    ...(json["budgetValue"] === undefined ? {} : { budgetValue: maybeText(json, "budgetValue") }),
    ...(json["shortage"] === undefined ? {} : { shortage: shortageFrom(recordFrom(json["shortage"], "shortage")) }),
  };
}

function shortageFrom(json: Json): Shortage {
  return {
    unit: oneOf(json, "unit", shortageUnits),
    limit: moneyOf(json, "limit"),
    left: moneyOf(json, "left"),
    needed: json["needed"] === undefined ? undefined : moneyOf(json, "needed"),
  };
}

function settlementFrom(json: Json): Settlement {
  return {
    at: instantFrom(json["at"], "at"),
    state: nameFrom(json["state"], "state", attemptStates),
    delivered: nameFrom(json["delivered"], "delivered", deliveries),
    status: json["status"] === undefined ? undefined : countFrom(json["status"], "status"),
    error: maybeTextFrom(json["error"], "error"),
    servedModel: maybeTextFrom(json["servedModel"], "servedModel"),
    tier: maybeTextFrom(json["tier"], "tier"),
    upstreamId: maybeTextFrom(json["upstreamId"], "upstreamId"),
    isStored: flagFrom(json["isStored"], "isStored"),
    usage: json["usage"] === undefined ? undefined : usageFrom(recordFrom(json["usage"], "usage")),
    reported: maybeTextFrom(json["reported"], "reported"),
    cost: costFrom(recordFrom(json["cost"], "cost")),
    components: componentsFrom(json["components"]),
    residual: moneyFrom(json["residual"], "residual"),
    callEnd: flagFrom(json["callEnd"], "callEnd"),
    durationMs: numberFrom(json["durationMs"], "durationMs"),
    firstByteMs: maybeNumberFrom(json["firstByteMs"], "firstByteMs"),
    firstContentMs: maybeNumberFrom(json["firstContentMs"], "firstContentMs"),
    overheadMs: maybeNumberFrom(json["overheadMs"], "overheadMs"),
  };
}

function pricesFrom(json: Json): PinnedPrices {
  return { book: textFrom(json["book"], "book"), sku: textFrom(json["sku"], "sku") };
}

function boundFrom(json: Json): Bound {
  const type = nameFrom(json["type"], "type", ["proven", "ceiling", "unknown"] as const);
  const tokens = json["tokens"] === undefined ? {} : { tokens: countFrom(json["tokens"], "tokens") };
  if (type === "unknown") return { type, reason: textFrom(json["reason"], "reason"), ...tokens };
  return { type, nanos: moneyFrom(json["nanos"], "nanos"), ...tokens };
}
