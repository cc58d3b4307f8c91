import { type Analytics } from "#analytics";
import { type Books } from "#books";
import { type Assumption, type FeatureReturn, type ReturnQuery, type UnitCosts } from "#contract";
import { type createControl, type QuestionProblem } from "#control";
import { type EconomicsSettings, latencyLoss, returnOf, revenueWithin } from "#economics";
import { ok, type Result } from "#std";
import { formatMoney, instant } from "#units";

type ReturnSource = Parameters<typeof createControl>[0]["sources"]["returns"];

interface Parts {
  readonly analytics: Analytics;
  readonly books: Books;
  readonly currency: string;
  /** As they stand now. */
  readonly settings: () => EconomicsSettings;
}

type Settings = EconomicsSettings["features"][string];
type Slowness = Parameters<typeof latencyLoss>[1];

/** What is known of one feature in a range. */
interface Known {
  readonly feature: string;
  readonly costs: Pick<UnitCosts, "gross_nanos" | "unpriced" | "outcomes" | "successes" | "valued" | "value_nanos">;
  readonly slowness: Slowness | undefined;
  /** Of all customers, imported; undefined where there is none. */
  readonly revenue: bigint | undefined;
}

/** The ledger's costs beside what the configuration assumes of them. */
export function returnSource(parts: Parts): ReturnSource {
  return {
    async returns(query) {
      const { latency, features } = parts.settings();
      const known = await askKnown(parts, query);
      if (!known.ok) return known;
      const rows = known.value.map((each) => toReturn(each, { latency, feature: features[each.feature] ?? {} }));
      const told = rows.filter((row) => row.assumptions.length > 0);
      return ok({ rows: told, elasticity: elasticityOf(latency), currency: parts.currency });
    },
  };
}

async function askKnown(parts: Parts, query: ReturnQuery): Promise<Result<readonly Known[], QuestionProblem>> {
  const { analytics, books } = parts;
  const { latency, features } = parts.settings();
  const { from, to, feature: only } = query;
  const filter: Record<string, string[]> = only === undefined ? {} : { feature: [only] };
  const range = { from, to, tz: "UTC" };
  const units = await analytics.unitCosts({ ...range, by: ["feature"], filter });
  if (!units.ok) return units;
  const { reference: referenceMs, measure } = latency;
  const slow =
    referenceMs === undefined ? ok([]) : await analytics.slowness({ from, to, filter, measure, referenceMs });
  if (!slow.ok) return slow;
  const slowness = new Map(slow.value.map((row) => [row.feature, row]));
  const period = { from: instant(Date.parse(from)), to: instant(Date.parse(to)) };
  const table = await books.revenue.within(period);
  const revenue = table.length === 0 ? undefined : table.reduce((sum, row) => sum + revenueWithin(row, period), 0n);
  const known: Known[] = [];
  for (const row of units.value.rows) {
    const feature = row.dimensions["feature"] ?? "(none)";
    const outcome = features[feature]?.outcome;
    const named = await (outcome === undefined
      ? ok({ total: row })
      : analytics.unitCosts({ ...range, by: [], filter: { feature: [feature] }, outcome }));
    if (!named.ok) return named;
    known.push({ feature, costs: named.value.total, slowness: slowness.get(feature), revenue });
  }
  return ok(known);
}

interface Assumed {
  readonly latency: EconomicsSettings["latency"];
  readonly feature: Partial<Settings>;
}

function toReturn(known: Known, assumed: Assumed): FeatureReturn {
  const { feature, costs } = known;
  const { counterfactual } = assumed.feature;
  const lost = lossOf(known, assumed);
  return {
    feature,
    cost_nanos: costs.gross_nanos,
    unpriced: costs.unpriced,
    outcomes: costs.outcomes,
    successes: costs.successes,
    worth: worthOf(known, counterfactual),
    latency: lost?.latency,
    assumptions: [...counterfactualOf(feature, counterfactual), ...(lost?.assumptions ?? [])],
  };
}

interface Lost {
  readonly latency: NonNullable<FeatureReturn["latency"]>;
  readonly assumptions: readonly Assumption[];
}

function lossOf(known: Known, assumed: Assumed): Lost | undefined {
  const { latency } = assumed;
  const { slowness } = known;
  const basis = revenueOf(known, assumed);
  if (slowness === undefined || basis === undefined) return undefined;
  const found = latencyLoss(basis.nanos, slowness, { perStepPpm: latency.per_100ms, mostPpm: latency.at_most });
  if (found === undefined) return undefined;
  const { answers, overUs } = slowness;
  return {
    latency: {
      answers,
      over_ms_mean: Math.round(Number(overUs) / answers) / 1000,
      revenue_nanos: String(basis.nanos),
      revenue_from: basis.from,
      loss_nanos: String(found.loss),
      is_capped: found.isCapped,
    },
    assumptions: [elasticityOf(latency), capOf(latency), referenceOf(latency), ...basis.assumptions],
  };
}

interface Basis {
  readonly nanos: bigint;
  readonly from: "table" | "outcomes";
  readonly assumptions: readonly Assumption[];
}

/** The feature's share of what was imported, where somebody says one; else what its outcomes are worth. */
function revenueOf(
  { feature, costs, revenue }: Known,
  { feature: { revenue_share: share } }: Assumed,
): Basis | undefined {
  if (share !== undefined && revenue !== undefined) {
    return { nanos: (revenue * BigInt(share)) / 1_000_000n, from: "table", assumptions: [shareOf(feature, share)] };
  }
  return costs.valued === 0 ? undefined : { nanos: BigInt(costs.value_nanos), from: "outcomes", assumptions: [] };
}

function worthOf({ costs }: Known, counterfactual: Partial<Settings>["counterfactual"]): FeatureReturn["worth"] {
  if (counterfactual === undefined) return undefined;
  const { gross_nanos, outcomes, successes } = costs;
  const found = returnOf({ cost: BigInt(gross_nanos), outcomes, successes }, counterfactual.cost);
  if (found === undefined) return undefined;
  const { benefit, roiBasisPoints: roi } = found;
  return {
    counterfactual_nanos: String(counterfactual.cost),
    benefit_nanos: String(benefit),
    roi_percent: roi === undefined ? undefined : Number(roi) / 100,
  };
}

function counterfactualOf(feature: string, given: Partial<Settings>["counterfactual"]): readonly Assumption[] {
  if (given === undefined) return [];
  const value = `${formatMoney(given.cost)} USD a success, ${given.says}`;
  const field = `economics.features.${feature}.counterfactual`;
  return [{ name: "counterfactual", value, source: given.source, field, is_default: false }];
}

const PER_100MS_DEFAULT = 10_000;
const MOST_DEFAULT = 100_000;

function elasticityOf({ per_100ms: parts }: EconomicsSettings["latency"]): Assumption {
  return {
    name: "latency_elasticity",
    value: `${parts / 10_000} % of revenue for each 100 ms`,
    field: "economics.latency.per_100ms",
    is_default: parts === PER_100MS_DEFAULT,
  };
}

function capOf({ at_most: parts }: EconomicsSettings["latency"]): Assumption {
  return {
    name: "latency_cap",
    value: `at most ${parts / 10_000} % of revenue`,
    field: "economics.latency.at_most",
    is_default: parts === MOST_DEFAULT,
  };
}

function referenceOf({ reference, measure }: EconomicsSettings["latency"]): Assumption {
  return {
    name: "latency_reference",
    value: `${reference ?? 0} ms to the ${measure === "duration" ? "end" : "first content"}`,
    field: "economics.latency.reference",
    is_default: false,
  };
}

function shareOf(feature: string, parts: number): Assumption {
  return {
    name: "revenue_share",
    value: `${parts / 10_000} % of imported revenue`,
    field: `economics.features.${feature}.revenue_share`,
    is_default: false,
  };
}
