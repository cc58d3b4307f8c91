import { type Component, type Cost, type StepKind } from "#inference";
import { type PriceBook, priceUsage } from "#pricing";
import { formatMoney, formatRate, money, MONEY_MAX, parseRate, type Money } from "#units";
import { findSku } from "./model-prices.ts";
import { type PricedStep, type StepFacts } from "./step-facts.ts";
import { rateStep, type StepRate } from "./step-rates.ts";

export interface PriceSources {
  readonly book: PriceBook;
  readonly rates: readonly StepRate[];
}

const NO_COMPONENTS: readonly Component[] = [];
/** One for all steps, of which hundreds of thousands are remembered. */
const NOTHING_OWN: PricedStep["own"] = { cost: { type: "priced", nanos: money(0n) }, components: NO_COMPONENTS };
const TOO_MUCH = { type: "unpriced", reason: "more than an amount can be" } as const;
const NO_USAGE: PricedStep["own"] = {
  cost: { type: "unpriced", reason: "no usage reported" },
  components: NO_COMPONENTS,
};

/** What the step costs as if nothing stood below it. */
export function priceStep(facts: StepFacts, sources: PriceSources): PricedStep {
  const own = priceOwn(facts, sources);
  if (facts.usage === undefined) return { ...own, priceBook: undefined, sku: undefined, own };
  if (facts.stated !== undefined) return priceStated(facts, facts.stated);
  const { cost, components, priceBook, sku } = priceModel(facts, sources);
  // A copy has no room for more, of which hundreds of thousands are remembered.
  const all = [...components, ...own.components];
  const added = addCosts(cost, own.components);
  return { cost: added, components: added === TOO_MUCH ? NO_COMPONENTS : all, priceBook, sku, own };
}

/** A stated cost stands for the list's price of the usage too. */
function priceStated({ kind, name }: StepFacts, stated: Money): PricedStep {
  const all = stateCost(name, stated);
  return { ...all, priceBook: undefined, sku: undefined, own: isOfModel(kind) ? NOTHING_OWN : all };
}

function stateCost(name: string, stated: Money): PricedStep["own"] {
  return { cost: { type: "priced", nanos: stated }, components: [statedComponent(name, stated)] };
}

/** What such a step costs is what its usage costs: nothing of it stays where that is counted below it. */
export function isOfModel(kind: StepFacts["kind"]): boolean {
  return kind === undefined || kind === "group" || modelKinds.has(kind);
}

/** What the step costs apart from its usage of a model: by configured rates, or as it was stated. */
function priceOwn(facts: StepFacts, { rates }: PriceSources): PricedStep["own"] {
  const { kind, name, stated, measures, durationMs, startedAt: at } = facts;
  if (kind === undefined || kind === "group") return NOTHING_OWN;
  if (stated !== undefined) return stateCost(name, stated);
  const components = rateStep(rates, { kind, name, at, durationMs, measures });
  const nanos = sumOf(components);
  if (nanos > MONEY_MAX) return { cost: TOO_MUCH, components: NO_COMPONENTS };
  if (components.length > 0) return { cost: { type: "priced", nanos }, components };
  if (modelKinds.has(kind)) return NO_USAGE;
  return { cost: { type: "unpriced", reason: `no rate for ${kind} steps named ${name}` }, components: NO_COMPONENTS };
}

const modelKinds: ReadonlySet<StepKind> = new Set(["model", "embedding", "rerank"]);

function priceModel(facts: StepFacts, { book }: PriceSources): Omit<PricedStep, "own"> {
  const { usage = {}, provider, model, tier, startedAt: at, doubt, reckoned } = facts;
  const found = findSku(book, { provider, model, at });
  const priced =
    found === undefined
      ? { cost: { type: "unpriced", reason: `no price for ${provider}/${model}` } as const, components: [] }
      : priceUsage(found.sku, { usage, tier, at });
  const [priceBook, sku] = [book.revision, found?.sku.id];
  if (priced.cost.type !== "unpriced") {
    const basis = doubt ?? found?.guess;
    const cost: Cost = basis === undefined ? priced.cost : { type: "estimated", nanos: priced.cost.nanos, basis };
    return { cost, components: priced.components, priceBook, sku };
  }
  if (reckoned === undefined) return { cost: priced.cost, components: priced.components, priceBook, sku };
  const component = statedComponent("reckoned", reckoned);
  const cost: Cost = { type: "estimated", nanos: reckoned, basis: "as the span's own instrumentation reckons it" };
  return { cost, components: [component], priceBook, sku };
}

function addCosts(cost: Cost, components: readonly Component[]): Cost {
  if (components.length === 0 || cost.type === "unpriced") return cost;
  const nanos = money(cost.nanos + sumOf(components));
  return nanos > MONEY_MAX ? TOO_MUCH : { ...cost, nanos };
}

function sumOf(components: readonly Component[]): Money {
  return money(components.reduce((sum, { nanos }) => sum + nanos, 0n));
}

const PER_MILLION = 1_000_000n;
/** How the rows of such components begin. */
export const STATED = "stated/";

/** One call at the price that was stated: the rate is that price, as it would be for a million of them. */
function statedComponent(name: string, nanos: Money): Component {
  const rate = parseRate(formatMoney(money(nanos * PER_MILLION)));
  return {
    class: "step_calls",
    quantity: 1,
    rate: rate.ok ? formatRate(rate.value) : "0",
    nanos,
    row: `${STATED}${name}`,
  };
}
