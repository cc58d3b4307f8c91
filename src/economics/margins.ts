/** Revenue less cost, customer by customer, and how that is spread. Pure sums of whole nanos. */

type RevenueSource = "auto" | "table" | "outcomes" | "both";

/** What is known of one customer in a range. */
export interface CustomerFacts {
  readonly customer: string;
  readonly cost: bigint;
  /** Entries whose cost is unknown; not in `cost`. */
  readonly unpriced: number;
  /** What outcomes are worth; undefined where none says so. */
  readonly outcomeValue: bigint | undefined;
  /** Undefined where the imported table has nothing. */
  readonly tableRevenue: bigint | undefined;
}

interface CustomerMargin extends CustomerFacts {
  /** Undefined where nobody said what the customer is worth: unknown is not zero. */
  readonly revenue: bigint | undefined;
  readonly revenueFrom: "table" | "outcomes" | "both" | undefined;
  readonly margin: bigint | undefined;
}

interface MarginSums {
  readonly customers: number;
  readonly cost: bigint;
  readonly revenue: bigint;
  readonly margin: bigint;
}

interface MarginGroup extends MarginSums {
  readonly marginMin: bigint;
  readonly marginMax: bigint;
}

interface MarginSpread {
  /** Customers whose revenue is known; the others are only counted. */
  readonly known: MarginSums;
  readonly unknown: { readonly customers: number; readonly cost: bigint };
  readonly underWater: MarginSums;
  /** Ten groups of as nearly as many customers each, the worst margins first; fewer where there are fewer customers. */
  readonly groups: readonly MarginGroup[];
}

export interface Margins {
  /** The worst first, then those of unknown revenue, the dearest of them first. */
  readonly customers: readonly CustomerMargin[];
  readonly spread: MarginSpread;
}

export function marginsOf(facts: readonly CustomerFacts[], source: RevenueSource): Margins {
  const customers = facts.map((own) => withRevenue(own, source)).toSorted(byMargin);
  return { customers, spread: spreadOf(customers) };
}

function withRevenue(facts: CustomerFacts, source: RevenueSource): CustomerMargin {
  const { tableRevenue: table, outcomeValue: outcomes, cost } = facts;
  const usesTable = table !== undefined && source !== "outcomes";
  const usesOutcomes = outcomes !== undefined && (source === "auto" ? !usesTable : source !== "table");
  if (!usesTable && !usesOutcomes) return { ...facts, revenue: undefined, revenueFrom: undefined, margin: undefined };
  const revenue = (usesTable ? table : 0n) + (usesOutcomes ? outcomes : 0n);
  const revenueFrom = usesTable && usesOutcomes ? "both" : usesTable ? "table" : "outcomes";
  return { ...facts, revenue, revenueFrom, margin: revenue - cost };
}

function byMargin(one: CustomerMargin, other: CustomerMargin): number {
  if (one.margin !== undefined && other.margin !== undefined && one.margin !== other.margin)
    return one.margin < other.margin ? -1 : 1;
  if ((one.margin === undefined) !== (other.margin === undefined)) return one.margin === undefined ? 1 : -1;
  if (one.cost !== other.cost) return one.cost > other.cost ? -1 : 1;
  return one.customer < other.customer ? -1 : 1;
}

const GROUPS = 10;

/** Takes margins in order, the worst first. */
function spreadOf(margins: readonly CustomerMargin[]): MarginSpread {
  const known = margins.filter(isKnown);
  const unknown = margins.filter((row) => !isKnown(row));
  const parts = Math.min(GROUPS, known.length);
  const bound = (part: number) => Math.floor((known.length * part) / parts);
  const groups = Array.from({ length: parts }, (_, part) => known.slice(bound(part), bound(part + 1)));
  return {
    known: sumsOf(known),
    unknown: { customers: unknown.length, cost: unknown.reduce((sum, { cost }) => sum + cost, 0n) },
    underWater: sumsOf(known.filter(({ margin }) => margin < 0n)),
    groups: groups.map((own) => ({
      ...sumsOf(own),
      marginMin: own[0]?.margin ?? 0n,
      marginMax: own.at(-1)?.margin ?? 0n,
    })),
  };
}

type KnownMargin = CustomerMargin & { readonly revenue: bigint; readonly margin: bigint };

function isKnown(row: CustomerMargin): row is KnownMargin {
  return row.margin !== undefined;
}

function sumsOf(rows: readonly KnownMargin[]): MarginSums {
  const sum = (of: (row: KnownMargin) => bigint) => rows.reduce((total, row) => total + of(row), 0n);
  return {
    customers: rows.length,
    cost: sum(({ cost }) => cost),
    revenue: sum(({ revenue }) => revenue),
    margin: sum(({ margin }) => margin),
  };
}
