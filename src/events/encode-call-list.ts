/** Lines of calls as segments of format 3 have them, for tests: they are read for ever and written no more. */
import { type Bound, type Component, type Cost } from "#inference";
import { type Attribution } from "./attribution.ts";
import { type AnswerRecalled, type AttemptDispatched, type AttemptSettled } from "./call-event.ts";
import { type CallLine } from "./call-line.ts";

type List = readonly unknown[];

/** What a provider reported stands behind it: escaping the quotes of its JSON takes longer than all the rest of the list. */
const BEHIND = "\u001f";
/** Neither a control character nor half a pair of surrogates, which UTF-8 has no bytes for. Any other text stays in the list. */
const PLAIN = /^[ -~]*$/;

/** One line of text; `JSON.stringify` writes undefined as null here. */
export function encodeCallList(event: CallLine): string {
  switch (event.type) {
    case "attempt-dispatched":
      return JSON.stringify(listOfDispatched(event));
    case "answer-recalled":
      return JSON.stringify(listOfRecalled(event));
    default: {
      const { reported } = event;
      if (reported === undefined || !PLAIN.test(reported)) return JSON.stringify(listOfSettled(event, reported));
      return `${JSON.stringify(listOfSettled(event, undefined))}${BEHIND}${reported}`;
    }
  }
}

function listOfDispatched(event: AttemptDispatched): List {
  return [
    event.type,
    event.at,
    event.attempt,
    event.call,
    event.number,
    event.kind,
    event.purpose,
    listOfAttribution(event.attribution),
    event.key,
    event.route,
    event.provider,
    event.model,
    event.format,
    event.operation,
    event.stream,
    event.region,
    event.prices === undefined ? undefined : [event.prices.book, event.prices.sku],
    listOfBound(event.bound),
    event.why,
    event.parent,
  ];
}

function listOfSettled(event: AttemptSettled, reported: string | undefined): List {
  return [
    event.type,
    event.attempt,
    event.at,
    event.state,
    event.delivered,
    event.status,
    event.error,
    event.servedModel,
    event.tier,
    event.upstreamId,
    event.isStored,
    event.usage,
    reported,
    plainCost(event.cost),
    event.components.map(listOfComponent),
    event.residual.toString(),
    event.callEnd,
    event.durationMs,
    event.firstByteMs,
    event.firstContentMs,
    event.overheadMs,
  ];
}

function listOfRecalled(event: AnswerRecalled): List {
  return [
    event.type,
    event.at,
    event.attempt,
    event.call,
    event.number,
    event.how,
    listOfAttribution(event.attribution),
    event.key,
    event.route,
    event.provider,
    event.model,
    event.servedModel,
    event.format,
    event.operation,
    event.stream,
    event.region,
    event.avoided?.toString(),
    event.isPart,
    event.durationMs,
  ];
}

function listOfAttribution(attribution: Attribution): List {
  const { tags, claimed } = attribution;
  return [
    attribution.tenant,
    attribution.interaction,
    attribution.feature,
    attribution.team,
    attribution.customer,
    attribution.user,
    attribution.environment,
    attribution.session,
    Object.keys(tags).length === 0 ? undefined : tags,
    Object.keys(claimed).length === 0 ? undefined : claimed,
  ];
}

function listOfBound(bound: Bound): List {
  return [bound.type, bound.type === "unknown" ? bound.reason : bound.nanos.toString(), bound.tokens];
}

function plainCost(cost: Cost): string | List {
  if (cost.type === "priced") return cost.nanos.toString();
  return cost.type === "unpriced" ? [cost.type, cost.reason] : [cost.type, cost.nanos.toString(), cost.basis];
}

function listOfComponent({ class: name, quantity, rate, nanos, row }: Component): List {
  return [name, quantity, rate, nanos.toString(), row];
}
