import { type Step } from "#events";

/** True when booking one instead of the other changes no sum and no page. */
export function isSameStep(before: Step, after: Step): boolean {
  return (
    before.kind === after.kind &&
    before.purpose === after.purpose &&
    before.cost.type === after.cost.type &&
    nanosOf(before) === nanosOf(after) &&
    (before.usage === undefined) === (after.usage === undefined) &&
    before.components.length === after.components.length &&
    JSON.stringify(before.attribution) === JSON.stringify(after.attribution)
  );
}

function nanosOf({ cost }: Step): bigint | undefined {
  return cost.type === "unpriced" ? undefined : cost.nanos;
}
