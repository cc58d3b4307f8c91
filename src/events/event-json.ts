import { type Component, type Cost, formatNames, operations, type PinnedPrices, purposes } from "#inference";
import { type Bound, stepKinds, type Usage, type UsageClass, usageClasses } from "#inference";
import { err, ok, type Result, unreachable } from "#std";
import { type Id, type Instant, instant, type Money, money } from "#units";
import { type Attribution, type ClaimedValues, dimensions } from "./attribution.ts";
import { type AttemptCorrected, type AttemptDispatched, type AttemptSettled } from "./event.ts";
import { type CallRefused, type JournalEvent, type Settlement } from "./event.ts";

/** `unknown-event` was written by a newer version; `bad-event` names the field that is not what it must be. */
export type EventProblem =
  | { readonly type: "unknown-event"; readonly name: string }
  | { readonly type: "bad-event"; readonly field: string };

/**
 * One line of JSON without line breaks or tabs. Absent fields are left out and money is a decimal string, so the same
 * event gives the same text. Fields may be added in later versions; a field never changes its meaning.
 */
export function encodeEvent(event: JournalEvent): string {
  switch (event.type) {
    case "attempt-dispatched":
      return JSON.stringify(plainDispatched(event));
    case "attempt-settled":
      return JSON.stringify(plainSettlement(event));
    case "attempt-corrected":
      return JSON.stringify({
        ...event,
        dispatched: plainDispatched(event.dispatched),
        before: plainBefore(event.before),
        settlement: plainSettlement(event.settlement),
      });
    case "call-refused":
      return JSON.stringify(event);
    default:
      return unreachable(event);
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

function plainAmount(amount: Cost | Bound) {
  return "nanos" in amount ? { ...amount, nanos: amount.nanos.toString() } : amount;
}

/** Strict in every field that this version knows, blind to fields that a newer one added. */
export function decodeEvent(text: string): Result<JournalEvent, EventProblem> {
  try {
    return ok(eventFrom(recordFrom(JSON.parse(text), "event")));
  } catch (thrown) {
    if (thrown instanceof BadField) return err(thrown.problem);
    if (thrown instanceof SyntaxError) return err({ type: "bad-event", field: "event" });
    throw thrown;
  }
}

/** Leaves the nested decoding below in one step; never seen outside this file. */
class BadField extends Error {
  readonly problem: EventProblem;

  constructor(problem: EventProblem) {
    super(problem.type);
    this.problem = problem;
  }
}

function bad(field: string): never {
  throw new BadField({ type: "bad-event", field });
}

type Json = { readonly [field: string]: unknown };

function eventFrom(json: Json): JournalEvent {
  const type = textOf(json, "type");
  switch (type) {
    case "attempt-dispatched":
      return dispatchedFrom(json);
    case "attempt-settled":
      return settledFrom(json);
    case "attempt-corrected":
      return correctedFrom(json);
    case "call-refused":
      return refusedFrom(json);
    default:
      throw new BadField({ type: "unknown-event", name: type });
  }
}

function dispatchedFrom(json: Json): AttemptDispatched {
  return {
    type: "attempt-dispatched",
    at: instantOf(json, "at"),
    attempt: idOf(json, "attempt", "attempt"),
    call: idOf(json, "call", "call"),
    number: countOf(json, "number"),
    kind: oneOf(json, "kind", stepKinds),
    purpose: oneOf(json, "purpose", purposes),
    attribution: attributionFrom(recordFrom(json["attribution"], "attribution")),
    key: textOf(json, "key"),
    route: maybeText(json, "route"),
    provider: textOf(json, "provider"),
    model: textOf(json, "model"),
    format: oneOf(json, "format", formatNames),
    operation: oneOf(json, "operation", operations),
    stream: flagOf(json, "stream"),
    region: maybeText(json, "region"),
    prices: json["prices"] === undefined ? undefined : pricesFrom(recordFrom(json["prices"], "prices")),
    bound: boundFrom(recordFrom(json["bound"], "bound")),
  };
}

function settledFrom(json: Json): AttemptSettled {
  return { type: "attempt-settled", attempt: idOf(json, "attempt", "attempt"), ...settlementFrom(json) };
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
  };
}

const states = ["answered", "cut", "cancelled", "failed", "background"] as const;
const deliveries = ["full", "partial", "none"] as const;

function settlementFrom(json: Json): Settlement {
  return {
    at: instantOf(json, "at"),
    state: oneOf(json, "state", states),
    delivered: oneOf(json, "delivered", deliveries),
    status: json["status"] === undefined ? undefined : countOf(json, "status"),
    error: maybeText(json, "error"),
    servedModel: maybeText(json, "servedModel"),
    tier: maybeText(json, "tier"),
    upstreamId: maybeText(json, "upstreamId"),
    isStored: flagOf(json, "isStored"),
    usage: json["usage"] === undefined ? undefined : usageFrom(recordFrom(json["usage"], "usage")),
    reported: maybeText(json, "reported"),
    cost: costFrom(recordFrom(json["cost"], "cost")),
    components: componentsFrom(json["components"]),
    residual: moneyOf(json, "residual"),
    callEnd: flagOf(json, "callEnd"),
    durationMs: numberOf(json, "durationMs"),
    firstByteMs: maybeNumber(json, "firstByteMs"),
    firstContentMs: maybeNumber(json, "firstContentMs"),
    overheadMs: maybeNumber(json, "overheadMs"),
  };
}

function attributionFrom(json: Json): Attribution {
  return {
    tenant: textOf(json, "tenant"),
    interaction: textOf(json, "interaction"),
    feature: textOf(json, "feature"),
    team: textOf(json, "team"),
    customer: textOf(json, "customer"),
    user: textOf(json, "user"),
    environment: textOf(json, "environment"),
    session: textOf(json, "session"),
    tags: textsFrom(recordFrom(json["tags"], "tags")),
    claimed: claimedFrom(recordFrom(json["claimed"], "claimed")),
  };
}

function textsFrom(json: Json): Readonly<Record<string, string>> {
  // A null prototype, since a client may name a tag `__proto__`.
  const texts: Record<string, string> = Object.create(null);
  for (const name of Object.keys(json)) texts[name] = textOf(json, name);
  return texts;
}

function claimedFrom(json: Json): ClaimedValues {
  const claimed: { -readonly [Name in keyof ClaimedValues]: string } = {};
  for (const dimension of dimensions) if (json[dimension] !== undefined) claimed[dimension] = textOf(json, dimension);
  return claimed;
}

function pricesFrom(json: Json): PinnedPrices {
  return { book: textOf(json, "book"), sku: textOf(json, "sku") };
}

function boundFrom(json: Json): Bound {
  const type = oneOf(json, "type", ["proven", "ceiling", "unknown"] as const);
  if (type === "unknown") return { type, reason: textOf(json, "reason") };
  return { type, nanos: moneyOf(json, "nanos") };
}

function costFrom(json: Json): Cost {
  const type = oneOf(json, "type", ["priced", "estimated", "unpriced"] as const);
  if (type === "unpriced") return { type, reason: textOf(json, "reason") };
  const nanos = moneyOf(json, "nanos");
  return type === "priced" ? { type, nanos } : { type, nanos, basis: textOf(json, "basis") };
}

function componentsFrom(value: unknown): readonly Component[] {
  if (!Array.isArray(value)) return bad("components");
  return value.map((item: unknown) => {
    const json = recordFrom(item, "components");
    return {
      class: usageClassFrom(textOf(json, "class")),
      quantity: countOf(json, "quantity"),
      rate: textOf(json, "rate"),
      nanos: moneyOf(json, "nanos"),
      row: textOf(json, "row"),
    };
  });
}

// A class that this version does not know is refused: leaving it out would lose quantities in silence.
function usageFrom(json: Json): Usage {
  const usage: { -readonly [Class in UsageClass]?: number } = {};
  for (const name of Object.keys(json)) usage[usageClassFrom(name)] = countOf(json, name);
  return usage;
}

const knownClasses: ReadonlySet<string> = new Set(usageClasses);

function isUsageClass(name: string): name is UsageClass {
  return knownClasses.has(name);
}

function usageClassFrom(name: string): UsageClass {
  return isUsageClass(name) ? name : bad(`usage class ${name}`);
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function recordFrom(value: unknown, field: string): Json {
  return isRecord(value) ? value : bad(field);
}

function textOf(json: Json, field: string): string {
  const value = json[field];
  return typeof value === "string" ? value : bad(field);
}

function maybeText(json: Json, field: string): string | undefined {
  return json[field] === undefined ? undefined : textOf(json, field);
}

function flagOf(json: Json, field: string): boolean {
  const value = json[field];
  return typeof value === "boolean" ? value : bad(field);
}

function numberOf(json: Json, field: string): number {
  const value = json[field];
  return typeof value === "number" ? value : bad(field);
}

function maybeNumber(json: Json, field: string): number | undefined {
  return json[field] === undefined ? undefined : numberOf(json, field);
}

function countOf(json: Json, field: string): number {
  const value = json[field];
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : bad(field);
}

function instantOf(json: Json, field: string): Instant {
  return instant(countOf(json, field));
}

const WHOLE = /^(?:0|-?[1-9]\d{0,18})$/;

function moneyOf(json: Json, field: string): Money {
  const text = textOf(json, field);
  const nanos = WHOLE.test(text) ? BigInt(text) : bad(field);
  // One amount fits 64 bits, 9.2 billion of the currency; only sums may be larger.
  return BigInt.asIntN(64, nanos) === nanos ? money(nanos) : bad(field);
}

function isIdOf<Kind extends string>(text: string, kind: Kind): text is Id<Kind> {
  return text.length > kind.length + 1 && text.startsWith(kind) && text[kind.length] === "_";
}

function idOf<Kind extends string>(json: Json, field: string, kind: Kind): Id<Kind> {
  const text = textOf(json, field);
  return isIdOf(text, kind) ? text : bad(field);
}

function isOneOf<Name extends string>(text: string, names: readonly Name[]): text is Name {
  return names.some((name) => name === text);
}

function oneOf<Name extends string>(json: Json, field: string, names: readonly Name[]): Name {
  const text = textOf(json, field);
  return isOneOf(text, names) ? text : bad(field);
}
