/**
 * Lines of calls as segments of format 3 have them, one JSON list each: read for ever and written no more. Each value has its
 * place, and what is absent is null; readers pass over what stands behind the places they know. What was reported may stand
 * behind the list and U+001F.
 *
 *     attempt-dispatched  at attempt call number kind purpose attribution key route provider model format operation stream
 *                         region [book sku] bound why parent
 *     attempt-settled     attempt at state delivered status error servedModel tier upstreamId isStored usage reported cost
 *                         [component…] residual callEnd durationMs firstByteMs firstContentMs overheadMs
 *     answer-recalled     at attempt call number how attribution key route provider model servedModel format operation stream
 *                         region avoided isPart durationMs
 *     attribution         tenant interaction feature team customer user environment session tags claimed
 *     component           class quantity rate nanos row
 *     bound               type, nanos or the reason why it is unknown, tokens
 *     cost                its nanos when it is priced; "estimated" nanos basis; "unpriced" reason
 */
import {
  type Bound,
  type Component,
  type Cost,
  formatNames,
  operations,
  type PinnedPrices,
  purposes,
} from "#inference";
import { stepKinds } from "#inference";
import { type Attribution } from "./attribution.ts";
import { type AnswerRecalled, type AttemptDispatched, type AttemptSettled } from "./call-event.ts";
import { attemptStates, deliveries, recallings } from "./call-event.ts";
import {
  bad,
  BadField,
  claimedFrom,
  countFrom,
  flagFrom,
  idFrom,
  instantFrom,
  listFrom,
  moneyFrom,
  nameFrom,
  numberFrom,
  numberOrNone,
  recordFrom,
  textFrom,
  textOrNone,
  textsFrom,
  usageClassFrom,
  usageFrom,
} from "./event-fields.ts";

type List = readonly unknown[];
type CallLine = AttemptDispatched | AttemptSettled | AnswerRecalled;

/** `behind`: what stands behind the list. Throws what is wrong as `BadField`. */
export function callListFrom(list: List, behind: string | undefined): CallLine {
  const type = textFrom(list[0], "type");
  switch (type) {
    case "attempt-dispatched":
      return behind === undefined ? dispatchedFrom(list) : bad("event");
    case "attempt-settled":
      return settledFrom(list, behind);
    case "answer-recalled":
      return behind === undefined ? recalledFrom(list) : bad("event");
    default:
      throw new BadField({ type: "unknown-event", name: type });
  }
}

// A list that is too short has undefined where a value is missing, which no field takes: null is what absent ones have.
function dispatchedFrom(list: List): AttemptDispatched {
  return {
    type: "attempt-dispatched",
    at: instantFrom(list[1], "at"),
    attempt: idFrom(list[2], "attempt", "attempt"),
    call: idFrom(list[3], "call", "call"),
    number: countFrom(list[4], "number"),
    kind: nameFrom(list[5], "kind", stepKinds),
    purpose: nameFrom(list[6], "purpose", purposes),
    attribution: attributionFrom(listFrom(list[7], "attribution")),
    key: textFrom(list[8], "key"),
    route: textOrNone(list[9], "route"),
    provider: textFrom(list[10], "provider"),
    model: textFrom(list[11], "model"),
    format: nameFrom(list[12], "format", formatNames),
    operation: nameFrom(list[13], "operation", operations),
    stream: flagFrom(list[14], "stream"),
    region: textOrNone(list[15], "region"),
    prices: list[16] === null ? undefined : pricesFrom(listFrom(list[16], "prices")),
    bound: boundFrom(listFrom(list[17], "bound")),
    why: textOrNone(list[18], "why"),
    parent: list[19] === null ? undefined : idFrom(list[19], "parent", "step"),
  };
}

/** `behind`: what was reported, where it stands behind the list. */
function settledFrom(list: List, behind: string | undefined): AttemptSettled {
  return {
    type: "attempt-settled",
    attempt: idFrom(list[1], "attempt", "attempt"),
    at: instantFrom(list[2], "at"),
    state: nameFrom(list[3], "state", attemptStates),
    delivered: nameFrom(list[4], "delivered", deliveries),
    status: list[5] === null ? undefined : countFrom(list[5], "status"),
    error: textOrNone(list[6], "error"),
    servedModel: textOrNone(list[7], "servedModel"),
    tier: textOrNone(list[8], "tier"),
    upstreamId: textOrNone(list[9], "upstreamId"),
    isStored: flagFrom(list[10], "isStored"),
    usage: list[11] === null ? undefined : usageFrom(recordFrom(list[11], "usage")),
    reported: reportedFrom(list[12], behind),
    cost: costFrom(list[13]),
    components: listFrom(list[14], "components").map(componentFrom),
    residual: moneyFrom(list[15], "residual"),
    callEnd: flagFrom(list[16], "callEnd"),
    durationMs: numberFrom(list[17], "durationMs"),
    firstByteMs: numberOrNone(list[18], "firstByteMs"),
    firstContentMs: numberOrNone(list[19], "firstContentMs"),
    overheadMs: numberOrNone(list[20], "overheadMs"),
  };
}

function recalledFrom(list: List): AnswerRecalled {
  return {
    type: "answer-recalled",
    at: instantFrom(list[1], "at"),
    attempt: idFrom(list[2], "attempt", "attempt"),
    call: idFrom(list[3], "call", "call"),
    number: countFrom(list[4], "number"),
    how: nameFrom(list[5], "how", recallings),
    attribution: attributionFrom(listFrom(list[6], "attribution")),
    key: textFrom(list[7], "key"),
    route: textOrNone(list[8], "route"),
    provider: textFrom(list[9], "provider"),
    model: textFrom(list[10], "model"),
    servedModel: textOrNone(list[11], "servedModel"),
    format: nameFrom(list[12], "format", formatNames),
    operation: nameFrom(list[13], "operation", operations),
    stream: flagFrom(list[14], "stream"),
    region: textOrNone(list[15], "region"),
    avoided: list[16] === null ? undefined : moneyFrom(list[16], "avoided"),
    isPart: list[17] === null ? undefined : flagFrom(list[17], "isPart"),
    durationMs: numberFrom(list[18], "durationMs"),
  };
}

function attributionFrom(list: List): Attribution {
  return {
    tenant: textFrom(list[0], "tenant"),
    interaction: textFrom(list[1], "interaction"),
    feature: textFrom(list[2], "feature"),
    team: textFrom(list[3], "team"),
    customer: textFrom(list[4], "customer"),
    user: textFrom(list[5], "user"),
    environment: textFrom(list[6], "environment"),
    session: textFrom(list[7], "session"),
    tags: textsFrom(list[8] === null ? NOTHING : recordFrom(list[8], "tags")),
    claimed: claimedFrom(list[9] === null ? NOTHING : recordFrom(list[9], "claimed")),
  };
}

const NOTHING = Object.freeze({});

function pricesFrom(list: List): PinnedPrices {
  return { book: textFrom(list[0], "book"), sku: textFrom(list[1], "sku") };
}

function boundFrom(list: List): Bound {
  const type = nameFrom(list[0], "type", ["proven", "ceiling", "unknown"] as const);
  const tokens = list[2] === null ? undefined : countFrom(list[2], "tokens");
  if (type === "unknown") return { type, reason: textFrom(list[1], "reason"), tokens };
  return { type, nanos: moneyFrom(list[1], "nanos"), tokens };
}

/** Its nanos alone when it is priced. */
export function costFrom(value: unknown): Cost {
  if (typeof value === "string") return { type: "priced", nanos: moneyFrom(value, "nanos") };
  const list = listFrom(value, "cost");
  const type = nameFrom(list[0], "type", ["estimated", "unpriced"] as const);
  if (type === "unpriced") return { type, reason: textFrom(list[1], "reason") };
  return { type, nanos: moneyFrom(list[1], "nanos"), basis: textFrom(list[2], "basis") };
}

function componentFrom(value: unknown): Component {
  const list = listFrom(value, "components");
  return {
    class: usageClassFrom(textFrom(list[0], "class")),
    quantity: countFrom(list[1], "quantity"),
    rate: textFrom(list[2], "rate"),
    nanos: moneyFrom(list[3], "nanos"),
    row: textFrom(list[4], "row"),
  };
}

function reportedFrom(value: unknown, behind: string | undefined): string | undefined {
  if (behind === undefined) return textOrNone(value, "reported");
  return value === null ? behind : bad("reported");
}
