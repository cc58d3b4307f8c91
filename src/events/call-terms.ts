/** What many lines of calls have word for word: who pays, which target, which prices. See `call-line.ts` for the places. */
import { type Bound, type Component, formatNames, operations, type PinnedPrices, purposes } from "#inference";
import { stepKinds, type Usage, type UsageClass } from "#inference";
import { type Attribution } from "./attribution.ts";
import { type AnswerRecalled, type AttemptDispatched, type AttemptSettled } from "./call-event.ts";
import { attemptStates, deliveries, recallings } from "./call-event.ts";
import {
  bad,
  BadField,
  countFrom,
  flagFrom,
  listFrom,
  nameFrom,
  textFrom,
  textOrNone,
  usageClassFrom,
} from "./event-fields.ts";
import { KnownTerms } from "./known-terms.ts";
import { LastTerms, markOf } from "./last-terms.ts";

type List = readonly unknown[];

export type AttributionTerms = Pick<Attribution, "tenant" | "feature" | "team" | "environment">;
export type PricedBy = Pick<Component, "class" | "rate" | "row">;

type DispatchedNames = "type" | "kind" | "purpose" | "key" | "route" | "provider" | "model";
type DispatchedForms = "format" | "operation" | "stream" | "region" | "prices";
export interface DispatchedTerms extends Pick<AttemptDispatched, DispatchedNames | DispatchedForms> {
  readonly attribution: AttributionTerms;
  readonly boundType: Bound["type"];
}

type SettledNames =
  | "type"
  | "state"
  | "delivered"
  | "status"
  | "error"
  | "servedModel"
  | "tier"
  | "isStored"
  | "callEnd";
export interface SettledTerms extends Pick<AttemptSettled, SettledNames> {
  readonly usageClasses: readonly UsageClass[] | undefined;
  readonly components: readonly PricedBy[];
}

type RecalledNames = "type" | "how" | "key" | "route" | "provider" | "model" | "servedModel";
type RecalledForms = "format" | "operation" | "stream" | "region" | "isPart";
export interface RecalledTerms extends Pick<AnswerRecalled, RecalledNames | RecalledForms> {
  readonly attribution: AttributionTerms;
}

export type CallTerms = DispatchedTerms | SettledTerms | RecalledTerms;

/** The text of an event's terms: that of another event that has the same. */
export function termsOfDispatched(event: AttemptDispatched): string {
  return lastDispatched.textOf(event);
}

export function termsOfSettled(event: AttemptSettled): string {
  return lastSettled.textOf(event);
}

export function termsOfRecalled(event: AnswerRecalled): string {
  return lastRecalled.textOf(event);
}

const lastDispatched = new LastTerms<AttemptDispatched, DispatchedTerms>({
  mark: markOfAsk,
  isSame: (event, terms) =>
    isSameAsk(event, terms) &&
    isSameAttribution(event.attribution, terms.attribution) &&
    event.kind === terms.kind &&
    event.purpose === terms.purpose &&
    event.bound.type === terms.boundType &&
    event.prices?.book === terms.prices?.book &&
    event.prices?.sku === terms.prices?.sku,
  write: (event) => {
    const { attribution, prices } = event;
    return JSON.stringify([
      event.type,
      event.kind,
      event.purpose,
      attribution.tenant,
      attribution.feature,
      attribution.team,
      attribution.environment,
      event.key,
      event.route,
      event.provider,
      event.model,
      event.format,
      event.operation,
      event.stream,
      event.region,
      prices === undefined ? undefined : [prices.book, prices.sku],
      event.bound.type,
    ]);
  },
  read: (text) => dispatchedFrom(listFrom(JSON.parse(text), "event")),
});

const lastSettled = new LastTerms<AttemptSettled, SettledTerms>({
  mark: ({ servedModel = "", status = 0, error = "", components }) =>
    markOf(servedModel) + markOf(error) + status + 3 * components.length,
  isSame: (event, terms) =>
    isSameEnd(event, terms) &&
    isSameUsage(event.usage, terms.usageClasses) &&
    isSamePricing(event.components, terms.components),
  write: (event) =>
    JSON.stringify([
      event.type,
      event.state,
      event.delivered,
      event.status,
      event.error,
      event.servedModel,
      event.tier,
      event.isStored,
      event.callEnd,
      event.usage === undefined ? undefined : Object.keys(event.usage),
      event.components.flatMap(({ class: name, rate, row }) => [name, rate, row]),
    ]),
  read: (text) => settledFrom(listFrom(JSON.parse(text), "event")),
});

const lastRecalled = new LastTerms<AnswerRecalled, RecalledTerms>({
  mark: markOfAsk,
  isSame: (event, terms) =>
    isSameAsk(event, terms) &&
    isSameAttribution(event.attribution, terms.attribution) &&
    event.how === terms.how &&
    event.servedModel === terms.servedModel &&
    event.isPart === terms.isPart,
  write: (event) => {
    const { attribution } = event;
    return JSON.stringify([
      event.type,
      event.how,
      attribution.tenant,
      attribution.feature,
      attribution.team,
      attribution.environment,
      event.key,
      event.route,
      event.provider,
      event.model,
      event.servedModel,
      event.format,
      event.operation,
      event.stream,
      event.region,
      event.isPart,
    ]);
  },
  read: (text) => recalledFrom(listFrom(JSON.parse(text), "event")),
});

type Ask = Pick<
  AttemptDispatched,
  "key" | "route" | "provider" | "model" | "format" | "operation" | "stream" | "region"
>;

function markOfAsk({ key, model, attribution }: Ask & Pick<AttemptDispatched, "attribution">): number {
  return markOf(key) + 3 * markOf(model) + 5 * markOf(attribution.feature);
}

function isSameAsk(one: Ask, other: Ask): boolean {
  return (
    one.model === other.model &&
    one.key === other.key &&
    one.route === other.route &&
    one.provider === other.provider &&
    one.format === other.format &&
    one.operation === other.operation &&
    one.stream === other.stream &&
    one.region === other.region
  );
}

function isSameAttribution(one: AttributionTerms, other: AttributionTerms): boolean {
  return (
    one.tenant === other.tenant &&
    one.feature === other.feature &&
    one.team === other.team &&
    one.environment === other.environment
  );
}

function isSameEnd(one: Pick<AttemptSettled, SettledNames>, other: Pick<AttemptSettled, SettledNames>): boolean {
  return (
    one.servedModel === other.servedModel &&
    one.state === other.state &&
    one.delivered === other.delivered &&
    one.status === other.status &&
    one.error === other.error &&
    one.tier === other.tier &&
    one.isStored === other.isStored &&
    one.callEnd === other.callEnd
  );
}

function isSameUsage(usage: Usage | undefined, classes: readonly UsageClass[] | undefined): boolean {
  if (usage === undefined || classes === undefined) return usage === classes;
  let at = 0;
  for (const name in usage) if (classes[at++] !== name) return false;
  return at === classes.length;
}

function isSamePricing(components: readonly PricedBy[], priced: readonly PricedBy[]): boolean {
  if (components.length !== priced.length) return false;
  for (let at = 0; at < priced.length; at += 1) {
    const [one, other] = [components[at], priced[at]];
    if (one?.class !== other?.class || one?.rate !== other?.rate || one?.row !== other?.row) return false;
  }
  return true;
}

const known = new KnownTerms((text) => termsFrom(listFrom(JSON.parse(text), "event")));

/** Throws what is wrong as `BadField`, and `SyntaxError` when it is no JSON. */
export function callTermsFrom(text: string): CallTerms {
  return known.of(text);
}

function termsFrom(list: List): CallTerms {
  const type = textFrom(list[0], "type");
  switch (type) {
    case "attempt-dispatched":
      return dispatchedFrom(list);
    case "attempt-settled":
      return settledFrom(list);
    case "answer-recalled":
      return recalledFrom(list);
    default:
      throw new BadField({ type: "unknown-event", name: type });
  }
}

function dispatchedFrom(list: List): DispatchedTerms {
  return {
    type: "attempt-dispatched",
    kind: nameFrom(list[1], "kind", stepKinds),
    purpose: nameFrom(list[2], "purpose", purposes),
    attribution: attributionFrom(list, 3),
    key: textFrom(list[7], "key"),
    route: textOrNone(list[8], "route"),
    provider: textFrom(list[9], "provider"),
    model: textFrom(list[10], "model"),
    format: nameFrom(list[11], "format", formatNames),
    operation: nameFrom(list[12], "operation", operations),
    stream: flagFrom(list[13], "stream"),
    region: textOrNone(list[14], "region"),
    prices: list[15] === null ? undefined : pricesFrom(listFrom(list[15], "prices")),
    boundType: nameFrom(list[16], "type", ["proven", "ceiling", "unknown"] as const),
  };
}

function settledFrom(list: List): SettledTerms {
  return {
    type: "attempt-settled",
    state: nameFrom(list[1], "state", attemptStates),
    delivered: nameFrom(list[2], "delivered", deliveries),
    status: list[3] === null ? undefined : countFrom(list[3], "status"),
    error: textOrNone(list[4], "error"),
    servedModel: textOrNone(list[5], "servedModel"),
    tier: textOrNone(list[6], "tier"),
    isStored: flagFrom(list[7], "isStored"),
    callEnd: flagFrom(list[8], "callEnd"),
    usageClasses: list[9] === null ? undefined : listFrom(list[9], "usage").map(usageClassOf),
    components: pricedByFrom(listFrom(list[10], "components")),
  };
}

function recalledFrom(list: List): RecalledTerms {
  return {
    type: "answer-recalled",
    how: nameFrom(list[1], "how", recallings),
    attribution: attributionFrom(list, 2),
    key: textFrom(list[6], "key"),
    route: textOrNone(list[7], "route"),
    provider: textFrom(list[8], "provider"),
    model: textFrom(list[9], "model"),
    servedModel: textOrNone(list[10], "servedModel"),
    format: nameFrom(list[11], "format", formatNames),
    operation: nameFrom(list[12], "operation", operations),
    stream: flagFrom(list[13], "stream"),
    region: textOrNone(list[14], "region"),
    isPart: list[15] === null ? undefined : flagFrom(list[15], "isPart"),
  };
}

function attributionFrom(list: List, first: number): AttributionTerms {
  return {
    tenant: textFrom(list[first], "tenant"),
    feature: textFrom(list[first + 1], "feature"),
    team: textFrom(list[first + 2], "team"),
    environment: textFrom(list[first + 3], "environment"),
  };
}

/** All events of these terms have the same one. */
function pricesFrom(list: List): PinnedPrices {
  return Object.freeze({ book: textFrom(list[0], "book"), sku: textFrom(list[1], "sku") });
}

function usageClassOf(value: unknown): UsageClass {
  return usageClassFrom(textFrom(value, "usage"));
}

const PLACES = 3;

function pricedByFrom(list: List): readonly PricedBy[] {
  if (list.length % PLACES !== 0) return bad("components");
  const components: PricedBy[] = [];
  for (let at = 0; at < list.length; at += PLACES)
    components.push({
      class: usageClassFrom(textFrom(list[at], "class")),
      rate: textFrom(list[at + 1], "rate"),
      row: textFrom(list[at + 2], "row"),
    });
  return components;
}
