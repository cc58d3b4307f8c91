/** The month as one picture: who was paid, for which layer, for which feature, and how it ended. Every stage adds up to the same. */
import { type MoneyFlow } from "#contract";
import { type Money, money } from "#units";
import { type Cell, totalOf } from "./allocation.ts";
import { isCorrection, standingOf } from "./allocation-answer.ts";
import { type Standing } from "./standing.ts";
import { shareOut } from "./share-out.ts";

type Link = MoneyFlow["links"][number];
type Stage = Link["from"]["stage"];

interface OutcomeCost {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: bigint;
}

/** What a feature carries went to outcomes as its own interactions did. */
export function toFlow(standing: Standing, outcomes: readonly OutcomeCost[]): MoneyFlow {
  const { allocation } = standing;
  const cells = allocation.cells.feature;
  const sums = new Map<string, { readonly link: Omit<Link, "nanos">; sum: bigint }>();
  const add = (from: Link["from"], to: Link["to"], amount: bigint): void => {
    const key = JSON.stringify([from, to]);
    const found = sums.get(key) ?? { link: { from, to }, sum: 0n };
    found.sum += amount;
    sums.set(key, found);
  };
  for (const { provider, layer, amount } of allocation.sources) add(at("source", provider), at("layer", layer), amount);
  for (const { facts, amount } of allocation.bills)
    add(at("source", facts["provider"] ?? ""), at("layer", facts["layer"] ?? ""), amount);
  for (const { layer, amount } of cells.filter(isCorrection))
    add(at("source", "corrections of closed months"), at("layer", layer), amount);
  for (const { value, layer, amount } of cells) add(at("layer", layer), at("feature", value), amount);
  for (const [feature, own] of Map.groupBy(cells, ({ value }) => value))
    for (const [outcome, amount] of endings(feature, own, outcomes))
      add(at("feature", feature), at("outcome", outcome), amount);
  return {
    ...standingOf(standing),
    total_nanos: totalOf(cells).toString(),
    links: [...sums.values()]
      .filter(({ sum }) => sum !== 0n)
      .toSorted((one, other) => (one.sum === other.sum ? 0 : one.sum > other.sum ? -1 : 1))
      .map(({ link, sum }) => ({ ...link, nanos: sum.toString() })),
  };
}

function at(stage: Stage, name: string): Link["from"] {
  return { stage, name };
}

const NO_OUTCOME = "no outcome";

function endings(
  feature: string,
  cells: readonly Cell[],
  outcomes: readonly OutcomeCost[],
): readonly (readonly [string, Money])[] {
  const whole = money(totalOf(cells));
  const own = outcomes.filter(({ dimensions }) => dimensions["feature"] === feature);
  if (own.every(({ quantity }) => quantity === 0n)) return [[NO_OUTCOME, whole]];
  const parts = shareOut(
    whole,
    own.map(({ quantity }) => quantity),
  );
  return own.map(({ dimensions }, index) => {
    const outcome = dimensions["outcome"] ?? "(none)";
    return [outcome === "(none)" ? NO_OUTCOME : outcome, money(parts[index] ?? 0n)];
  });
}
