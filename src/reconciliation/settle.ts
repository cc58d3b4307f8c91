/** What attempts used that nobody had measured: what a report has of their model and day beyond what is certain. */
import { type StepKind, type Usage, type UsageClass, usageClasses } from "#inference";
import { classOfMeter, meterOf, type ProviderReport, type ReportFormat } from "#reports";
import { assert } from "#std";
import { charge, type Money } from "#units";
import { ANY_TIER, type Cell, cellsOf, type ReconcileTerms } from "./cells.ts";
import { isLate } from "./explain-quantities.ts";
import { type LedgerDays } from "./ledger-days.ts";
import { renamer, withReportNames } from "./same-models.ts";

/** An attempt that is estimated or in doubt. */
export interface OpenAttempt {
  readonly attempt: string;
  /** UTC. */
  readonly day: string;
  readonly model: string;
  readonly tier: string | undefined;
  readonly kind: StepKind;
  /** What the ledger has of it, which is in `LedgerDays` too. */
  readonly usage: Usage;
  /** What is booked of it, and what may still come. */
  readonly most: Money;
}

export interface SettledAttempt {
  readonly attempt: string;
  readonly usage: Usage;
  /** With how many others it shares what the report has: 1 where it is its own, exactly. */
  readonly among: number;
}

/**
 * `not-finished`: the report may not have everything of the day yet. `not-stated`: it says nothing of a meter that was used.
 * `less-than-certain`: it has less than what was measured. `more-than-held`: more than these attempts can have cost, so some of
 * it went past the gateway. `several-tiers`: what is counted without tiers may be of any. `no-price`: no rate says what it costs.
 */
export type WhyOpen =
  | "not-finished"
  | "not-stated"
  | "less-than-certain"
  | "more-than-held"
  | "several-tiers"
  | "no-price";

export interface LeftOpen {
  readonly day: string;
  readonly model: string;
  readonly attempts: number;
  readonly why: WhyOpen;
}

export interface Settlement {
  readonly settled: readonly SettledAttempt[];
  readonly left: readonly LeftOpen[];
}

interface Group {
  readonly day: string;
  readonly model: string;
  readonly tier: string;
  readonly attempts: readonly OpenAttempt[];
}

interface Due {
  readonly class: UsageClass;
  readonly meter: string;
  readonly quantity: number;
}

/**
 * All attempts of a model, day and tier together, or none: what the report has of them is known as a sum. What is settled adds
 * up to the report exactly; where several share it, each gets its part by what it was estimated at, or else by its hold.
 */
export function settle(
  open: readonly OpenAttempt[],
  booked: LedgerDays,
  { report, terms }: { readonly report: ProviderReport; readonly terms: ReconcileTerms },
): Settlement {
  const cells = Map.groupBy(cellsOf(withReportNames(booked, report), report, terms), placeOf);
  const days = new Set(report.days);
  const named = renamer(report)(open).filter(({ day }) => days.has(day));
  const groups = [
    ...Map.groupBy(named, (each) => JSON.stringify([placeOf(each), tierOf(each, report, terms)])).values(),
  ];
  const settled: SettledAttempt[] = [];
  const left: LeftOpen[] = [];
  for (const attempts of groups) {
    const [first] = attempts;
    assert(first !== undefined, "a group has a first");
    const { day, model } = first;
    const group = { day, model, tier: tierOf(first, report, terms), attempts };
    const isAlone = groups.filter(([other]) => other !== undefined && placeOf(other) === placeOf(first)).length === 1;
    const dues = duesOf(group, { cells: cells.get(placeOf(first)) ?? [], format: report.format, isAlone });
    const why = isLate(day, terms) ? "not-finished" : typeof dues === "string" ? dues : undefined;
    if (why !== undefined || typeof dues === "string")
      left.push({ day, model, attempts: attempts.length, why: why ?? "not-stated" });
    else settled.push(...shareOut(group, dues, report.format));
  }
  return { settled, left };
}

function placeOf({ day, model }: { readonly day: string; readonly model: string }): string {
  return `${day}\n${model}`;
}

function tierOf({ tier }: OpenAttempt, { isByTier }: ProviderReport, terms: ReconcileTerms): string {
  return isByTier ? terms.tierOf(tier) : ANY_TIER;
}

interface Surroundings {
  readonly cells: readonly Cell[];
  readonly format: ReportFormat;
  /** No other attempts of the model and day are open in another tier. */
  readonly isAlone: boolean;
}

/** What the report has of the group beyond what was measured, by meter; or why nobody can say. */
function duesOf(group: Group, { cells, format, isAlone }: Surroundings): readonly Due[] | WhyOpen {
  const dues: Due[] = [];
  let cost = 0n;
  for (const cell of cells.filter(({ tier }) => tier === group.tier || tier === ANY_TIER)) {
    const { meter, ledger, report, rate } = cell;
    const estimated = sumOf(group.attempts, format, meter);
    if (report.quantity === undefined) {
      if (estimated !== 0) return "not-stated";
      continue;
    }
    const quantity = report.quantity - (ledger.quantity - estimated);
    if (quantity < 0) return "less-than-certain";
    if (quantity === 0) continue;
    if (cell.tier === ANY_TIER && group.tier !== ANY_TIER && !isAlone) return "several-tiers";
    const name = classOfMeter(meter);
    if (name === undefined) return "not-stated";
    if (rate === undefined) return "no-price";
    cost += charge(quantity, rate);
    dues.push({ class: name, meter, quantity });
  }
  const most = group.attempts.reduce((sum, attempt) => sum + attempt.most, 0n);
  return cost > most ? "more-than-held" : dues;
}

function sumOf(attempts: readonly OpenAttempt[], format: ReportFormat, meter: string): number {
  return attempts.reduce((sum, attempt) => sum + usedOf(attempt, format, meter), 0);
}

function usedOf({ usage, kind }: OpenAttempt, format: ReportFormat, meter: string): number {
  return entriesOf(usage).reduce((sum, [name, used]) => sum + (meterOf(format, kind, name) === meter ? used : 0), 0);
}

function entriesOf(usage: Usage): readonly (readonly [UsageClass, number])[] {
  return usageClasses.flatMap((name) => {
    const used = usage[name];
    return used === undefined ? [] : [[name, used] as const];
  });
}

function shareOut({ attempts }: Group, dues: readonly Due[], format: ReportFormat): readonly SettledAttempt[] {
  const used: Map<UsageClass, number>[] = attempts.map(() => new Map());
  for (const { class: name, meter, quantity } of dues) {
    const estimates = attempts.map((attempt) => BigInt(usedOf(attempt, format, meter)));
    const isEstimated =
      attempts.every(({ usage }) => entriesOf(usage).length > 0) && estimates.some((each) => each > 0n);
    const weights = isEstimated ? estimates : attempts.map(({ most }) => (most > 0n ? most : 1n));
    for (const [index, part] of parts(quantity, weights).entries())
      if (part > 0) used[index]?.set(name, (used[index].get(name) ?? 0) + part);
  }
  return attempts.map(({ attempt }, index) => ({
    attempt,
    usage: Object.fromEntries(used[index] ?? []),
    among: attempts.length,
  }));
}

/** Whole parts by weight that add up to the quantity: what division leaves goes to the largest remainders, the first of equals. */
function parts(quantity: number, weights: readonly bigint[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  assert(total > 0n, "something has a weight");
  const shares = weights.map((weight) => BigInt(quantity) * weight);
  const whole = shares.map((share) => Number(share / total));
  let left = quantity - whole.reduce((sum, part) => sum + part, 0);
  const byRemainder = [...shares.keys()].toSorted((one, other) => {
    const [first, second] = [(shares[one] ?? 0n) % total, (shares[other] ?? 0n) % total];
    return first === second ? one - other : first > second ? -1 : 1;
  });
  for (const index of byRemainder) {
    if (left === 0) break;
    whole[index] = (whole[index] ?? 0) + 1;
    left -= 1;
  }
  return whole;
}
