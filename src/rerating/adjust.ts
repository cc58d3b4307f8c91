import { type StandingEntry } from "#analytics";
import { type AttemptDispatched, type CostAdjusted } from "#events";
import { type Bound, type Component, type Cost, formatNames, operations, type PinnedPrices } from "#inference";
import { purposes, stepKinds, type UsageClass, usageClasses } from "#inference";
import { assert } from "#std";
import { type Id, type Instant, instant, type Money, money } from "#units";

/** What an attempt costs after the change of mind. */
export interface NewPrice {
  readonly cost: Cost;
  readonly components: readonly Component[];
  readonly prices: PinnedPrices | undefined;
}

interface Change {
  readonly at: Instant;
  readonly reason: string;
}

/**
 * The adjustment that books the difference to what stands; undefined where there is none, or where the new prices do not
 * know the cost: a price is never taken away in silence.
 */
export function adjust(standing: StandingEntry, price: NewPrice, change: Change): CostAdjusted | undefined {
  if (price.cost.type === "unpriced") return undefined;
  const event = toAdjusted(standing, price, change);
  const { cost, components } = event.before;
  if (cost.type !== "unpriced" && isSame(components, price.components)) return undefined;
  // What was estimated stays an estimate: the rate is another, the quantity is not better known.
  if (cost.type !== "estimated") return event;
  const { nanos } = price.cost;
  return { ...event, after: { ...event.after, cost: { type: "estimated", nanos, basis: cost.basis } } };
}

/** What stood, taken back, and the new price in its place. */
export function toAdjusted(standing: StandingEntry, price: NewPrice, { at, reason }: Change): CostAdjusted {
  const { entry } = standing;
  assert(price.cost.type !== "unpriced", "a price is taken away by nobody");
  assert(sumOf(price.components) === price.cost.nanos, "a price is the sum of its components");
  return {
    type: "cost-adjusted",
    at,
    number: standing.adjustments + 1,
    dispatched: dispatchedOf(standing),
    delivered: entry.delivered === "full" || entry.delivered === "partial" ? entry.delivered : "none",
    servedModel: entry.model,
    tier: entry.tier,
    before: { cost: costOf(standing), components: standing.components.map(toComponent) },
    after: { components: price.components, prices: price.prices, cost: { type: "priced", nanos: price.cost.nanos } },
    reason,
  };
}

function costOf({ entry, nanos, estimated, unpriced }: StandingEntry): Cost {
  if (unpriced > 0) return { type: "unpriced", reason: entry.cost_reason ?? "unpriced" };
  return estimated === 0n
    ? { type: "priced", nanos }
    : { type: "estimated", nanos, basis: entry.cost_reason ?? "estimated" };
}

export function sumOf(components: readonly Component[]): Money {
  return money(components.reduce((sum, { nanos }) => sum + nanos, 0n));
}

/** The same money at the same rates, whatever the rows are called. */
function isSame(left: readonly Component[], right: readonly Component[]): boolean {
  return textOf(left) === textOf(right);
}

function textOf(components: readonly Component[]): string {
  return components
    .map(({ class: name, quantity, rate, nanos }) => `${name} ${quantity} ${rate} ${nanos}`)
    .toSorted((one, other) => (one < other ? -1 : 1))
    .join();
}

function toComponent(written: StandingEntry["components"][number]): Component {
  return { ...written, class: oneOf(written.class, usageClasses), nanos: money(BigInt(written.nanos)) };
}

export function usageOf({ usage = {} }: StandingEntry): Readonly<Partial<Record<UsageClass, number>>> {
  return Object.fromEntries(Object.entries(usage).map(([name, quantity]) => [oneOf(name, usageClasses), quantity]));
}

/** The attempt as the journal had it, made of its ledger line. */
function dispatchedOf({ entry }: StandingEntry): AttemptDispatched {
  const { target, provider, price_book: book, sku } = entry;
  return {
    type: "attempt-dispatched",
    at: instant(Date.parse(entry.incurred_at)),
    attempt: idOf("attempt", entry.attempt),
    call: idOf("call", entry.call),
    number: entry.number,
    kind: oneOf(entry.kind, stepKinds),
    purpose: oneOf(entry.purpose, purposes),
    attribution: {
      tenant: entry.tenant,
      interaction: entry.interaction,
      feature: entry.feature,
      team: entry.team,
      customer: entry.customer,
      user: entry.user,
      environment: entry.environment,
      session: entry.session,
      tags: entry.tags,
      claimed: entry.claimed,
    },
    key: entry.key,
    route: entry.route,
    provider,
    model: target.slice(provider.length + 1),
    format: oneOf(entry.format, formatNames),
    operation: oneOf(entry.operation, operations),
    stream: entry.stream,
    region: entry.region,
    prices: book === undefined || sku === undefined ? undefined : { book, sku },
    bound: boundOf(entry),
  };
}

function boundOf({ bound_type, bound_nanos }: StandingEntry["entry"]): Bound {
  if (bound_type === "unknown" || bound_nanos === undefined) return { type: "unknown", reason: "not known" };
  return { type: bound_type, nanos: money(BigInt(bound_nanos)) };
}

function idOf<Kind extends string>(kind: Kind, text: string): Id<Kind> {
  assert(text.startsWith(`${kind}_`), `${text} is the id of a ${kind}`);
  return `${kind}_${text.slice(kind.length + 1)}`;
}

function oneOf<Name extends string>(word: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === word);
  assert(found !== undefined, `${word} is one of ours`);
  return found;
}
