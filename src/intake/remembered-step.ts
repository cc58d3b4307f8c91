/** A booked step turned back into what it said, as far as the ledger keeps that. */
import { dimensions, type Step } from "#events";
import { type Component, type Usage, usageClasses } from "#inference";
import { money } from "#units";
import { isOfUsage, reckonedOf } from "./price-step.ts";
import { NOTHING_SAID } from "./said.ts";
import { type Counts, splitUsage } from "./split-usage.ts";
import { type PricedStep, type StepFacts } from "./step-facts.ts";

const NOBODY = "(none)";

/**
 * What somebody said is what is booked; `(none)` is what nobody said, and may still be learned from a step above, and so is an
 * interaction that its whole trace belongs to.
 */
export function factsOfBooked(step: Step, ofTrace: readonly (string | undefined)[]): StepFacts {
  const { attribution, usage = usageOfReported(step.reported) } = step;
  const said = Object.fromEntries(
    dimensions.map((name) => [name, attribution[name]] as const).filter(([, value]) => value !== NOBODY),
  );
  return {
    ...step,
    // Such usage is kept only as it was reported, and stays so: neither a call of the gateway nor a step below is undone.
    isMeasuredElsewhere: step.usage === undefined && usage !== undefined,
    usage,
    doubt: undefined,
    measures: {},
    stated: undefined,
    reckoned: reckonedOf(step),
    said: { itself: NOTHING_SAID, dialect: NOTHING_SAID, program: NOTHING_SAID, booked: said },
    interactionOfProgram: undefined,
    interaction: ofTrace.includes(attribution.interaction) ? undefined : attribution.interaction,
    tags: attribution.tags,
    claimed: attribution.claimed,
  };
}

function usageOfReported(reported: string | undefined): Usage | undefined {
  if (reported === undefined) return undefined;
  const counts: Counts = JSON.parse(reported);
  return splitUsage(counts, "inside").usage;
}

const stepClasses: ReadonlySet<string> = new Set(usageClasses.slice(usageClasses.indexOf("step_calls")));

export function pricedOfBooked(step: Step): PricedStep {
  const { cost, components, priceBook, sku } = step;
  const ofStep = components.filter((component) => stepClasses.has(component.class) && !isOfUsage(component, step));
  return {
    cost,
    components,
    priceBook,
    sku,
    own: { cost: { type: "priced", nanos: sumOf(ofStep) }, components: ofStep },
  };
}

function sumOf(components: readonly Component[]) {
  return money(components.reduce((sum, { nanos }) => sum + nanos, 0n));
}
