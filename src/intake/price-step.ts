import { type Step } from "#events";
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
  if (facts.usage === undefined) return { ...priceUncounted(facts, own), priceBook: undefined, sku: undefined, own };
  if (facts.stated !== undefined) return priceStated(facts, facts.stated);
  const { cost, components, priceBook, sku } = priceModel(facts, sources);
  // A copy has no room for more, of which hundreds of thousands are remembered.
  const all = [...components, ...own.components];
  const added = addCosts(cost, own.components);
  return { cost: added, components: added === TOO_MUCH ? NO_COMPONENTS : all, priceBook, sku, own };
}

/** Without usage no list says what a model's answer costs: what was reckoned of it does, and nothing where none came. */
function priceUncounted({ reckoned, state }: StepFacts, own: PricedStep["own"]): PricedStep["own"] {
  if (own !== NO_USAGE) return own;
  if (reckoned !== undefined) return reckonedCost(reckoned);
  // As a call of the gateway that failed before anything was counted.
  return state === "failed" ? NOTHING_OWN : own;
}

function reckonedCost(reckoned: Money): PricedStep["own"] {
  const cost: Cost = { type: "estimated", nanos: reckoned, basis: "as the span's own instrumentation reckons it" };
  return { cost, components: [statedComponent(RECKONED, reckoned)] };
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
function isOfModel(kind: StepFacts["kind"]): boolean {
  return kind === undefined || kind === "group" || modelKinds.has(kind);
}

/** Whether a component of a booked step goes where its usage turns out to be that of steps below it. */
export function isOfUsage({ row }: Component, step: Pick<Step, "kind" | "usage" | "cost" | "components">): boolean {
  if (!row.startsWith(STATED)) return false;
  return reckonedOf(step) !== undefined || (step.usage !== undefined && isOfModel(step.kind));
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
  return { ...reckonedCost(reckoned), priceBook, sku };
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
const STATED = "stated/";
const RECKONED = "reckoned";

/** What an instrumentation reckoned, of a step that was booked at it. */
export function reckonedOf({ cost, components }: Pick<Step, "cost" | "components">): Money | undefined {
  const isReckoned = cost.type === "estimated" && components.some(({ row }) => row === `${STATED}${RECKONED}`);
  return isReckoned ? cost.nanos : undefined;
}

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
