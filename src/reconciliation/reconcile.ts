import { type ProviderReport } from "#reports";
import { assert } from "#std";
import { type Money, money } from "#units";
import { type Cause, causes } from "./cause.ts";
import { type Cell, cellsOf, type ReconcileTerms } from "./cells.ts";
import { type CellDifference, explainCell } from "./explain-cell.ts";
import { type DayFacts, explainQuantities, isLate, type Part } from "./explain-quantities.ts";
import { type LedgerDays } from "./ledger-days.ts";
import { withReportNames } from "./same-models.ts";

type ReportCost = ProviderReport["costs"][number];

/** A place where both sides differ, or a line of the report that no measured quantity stands behind. */
export interface Difference {
  readonly day: string;
  readonly model: string;
  readonly meter: string;
  readonly tier: string;
  readonly bookedQuantity: number | undefined;
  readonly reportedQuantity: number | undefined;
  readonly booked: Money;
  readonly reported: Money;
  /** The report has quantities here and no money: `reported` is at our rates. */
  readonly isAtOurRates: boolean;
  /** Their sum is `reported − booked`. */
  readonly parts: readonly Part[];
  /** The line in the provider's words. */
  readonly item: string | undefined;
}

/** What both sides say: `reported` is `booked` and every difference, `reportedUsage` the same without credits and taxes. */
interface ReconciledSums {
  readonly booked: Money;
  readonly reported: Money;
  readonly reportedUsage: Money;
  readonly byCause: { readonly [Name in Cause]: Money };
}

export interface Reconciliation extends ReconciledSums {
  readonly differences: readonly Difference[];
  /** Each day of the report, ascending. */
  readonly days: readonly ({ readonly day: string } & ReconciledSums)[];
  /** Cells that were compared. */
  readonly compared: number;
}

const ANY = "(all)";

/** Nothing is scaled: the parts of all causes add up to the difference, to the nano. */
export function reconcile(booked: LedgerDays, report: ProviderReport, terms: ReconcileTerms): Reconciliation {
  const ledger = withReportNames(booked, report);
  const cells = cellsOf(ledger, report, terms);
  const hidden = hiddenByDecimals(report.costs);
  const found = cells.map((cell) => explainCell(cell, hidden));
  const facts = factsOf(cells, ledger, report, terms);
  const quantities = explainQuantities(found, facts);
  const differences = [
    ...found.map((each) => toDifference(each, quantities.get(each) ?? [], facts)),
    ...report.costs.filter(({ kind }) => kind !== "usage").map(ofLine),
    ...[...report.costDays].flatMap((day) => restOfDay({ day, cells, report, hidden, facts })),
  ].filter(({ parts }) => parts.length > 0);
  return total(differences, { cells, report });
}

function factsOf(
  cells: readonly Cell[],
  { open }: LedgerDays,
  report: ProviderReport,
  terms: ReconcileTerms,
): DayFacts {
  const booked = new Set(cells.filter(({ ledger }) => ledger.quantity !== 0).map(({ day }) => day));
  const lines = [...report.usage, ...report.costs.filter(({ kind }) => kind === "usage")];
  return { ...terms, open, booked, reported: new Set(lines.map(({ day }) => day)) };
}

/** Half of the last digit of the most precise amount: JSON leaves zeros out, so one amount alone does not tell. */
function hiddenByDecimals(costs: readonly ReportCost[]): Money {
  const decimals = Math.max(0, ...costs.map((cost) => cost.decimals));
  return money(costs.length === 0 || decimals >= 9 ? 0n : 5n * 10n ** BigInt(8 - Math.max(decimals, 2)));
}

function toDifference(each: CellDifference, quantities: readonly Part[], facts: DayFacts): Difference {
  const { cell, reported, price, rounding, unexplained } = each;
  // Usage and costs are fetched one after the other: while a day goes on, their amounts are of different moments.
  const ofPrice = isLate(cell.day, facts) ? "lag" : "price";
  const parts = new Map(quantities.map((part) => [part.cause, part]));
  for (const [cause, nanos] of [
    [ofPrice, price],
    ["rounding", rounding],
    ["unexplained", unexplained],
  ] as const) {
    const known = parts.get(cause) ?? { cause, quantity: 0, nanos: money(0n) };
    if (nanos !== 0n) parts.set(cause, { ...known, nanos: money(known.nanos + nanos) });
  }
  const { day, model, meter, tier } = cell;
  return {
    day,
    model,
    meter,
    tier,
    bookedQuantity: cell.ledger.quantity,
    reportedQuantity: cell.report.quantity,
    booked: cell.ledger.nanos,
    reported,
    isAtOurRates: cell.report.nanos === undefined,
    parts: [...parts.values()],
    item: undefined,
  };
}

function ofLine({ day, kind, nanos, item }: ReportCost): Difference {
  const cause = kind === "tax" ? "tax" : "credit";
  return { ...ofDay(day, item, nanos), parts: [{ cause, quantity: 0, nanos }] };
}

function ofDay(day: string, item: string, reported: Money): Omit<Difference, "parts"> {
  return {
    day,
    model: ANY,
    meter: ANY,
    tier: ANY,
    bookedQuantity: undefined,
    reportedQuantity: undefined,
    booked: money(0n),
    reported,
    isAtOurRates: false,
    item,
  };
}

interface DayQuestion {
  readonly day: string;
  readonly cells: readonly Cell[];
  readonly report: ProviderReport;
  readonly hidden: Money;
  readonly facts: DayFacts;
}

const ITEMS_NAMED = 3;

/** Amounts that stand for the day and not for a meter, against what our rates make of the meters without an amount. */
function restOfDay({ day, cells, report, hidden, facts }: DayQuestion): readonly Difference[] {
  const lines = report.costs.filter((line) => line.day === day && line.kind === "usage" && line.of === undefined);
  // Anthropic bills the priority tier by its commitment: its cost report never has it.
  const isMissing = ({ report: said, tier }: Cell) =>
    said.nanos === undefined && !(report.format === "anthropic" && tier === "priority");
  const missing = cells.filter((cell) => cell.day === day && isMissing(cell));
  const expected = missing.reduce((sum, cell) => sum + explainCell(cell, hidden).reported, 0n);
  const rest = money(lines.reduce((sum, { nanos }) => sum + nanos, 0n) - expected);
  if (rest === 0n) return [];
  const bound =
    hidden * BigInt(Math.max(1, lines.length)) +
    missing.reduce((sum, { ledger }) => sum + BigInt(ledger.roundings), 1n);
  const isRounding = rest <= bound && rest >= -bound;
  const cause = isRounding ? "rounding" : rest < 0n && isLate(day, facts) ? "lag" : "unexplained";
  const items = lines.slice(0, ITEMS_NAMED).map(({ item }) => item);
  const more = lines.length > ITEMS_NAMED ? `, and ${lines.length - ITEMS_NAMED} more` : "";
  const item = lines.length === 0 ? "no amount in the cost report" : `${items.join("; ")}${more}`;
  return [{ ...ofDay(day, item, rest), parts: [{ cause, quantity: 0, nanos: rest }] }];
}

function total(
  differences: readonly Difference[],
  { cells, report }: { readonly cells: readonly Cell[]; readonly report: ProviderReport },
): Reconciliation {
  const [cellsOfDay, differencesOfDay] = [
    Map.groupBy(cells, ({ day }) => day),
    Map.groupBy(differences, ({ day }) => day),
  ];
  return {
    ...sumsOf(cells, differences),
    differences,
    days: report.days.map((day) => ({
      day,
      ...sumsOf(cellsOfDay.get(day) ?? [], differencesOfDay.get(day) ?? []),
    })),
    compared: cells.length,
  };
}

function sumsOf(cells: readonly Cell[], differences: readonly Difference[]): ReconciledSums {
  const sums = new Map<Cause, bigint>(causes.map((cause) => [cause, 0n]));
  for (const { parts, reported, booked } of differences) {
    let sum = 0n;
    for (const { cause, nanos } of parts) {
      sums.set(cause, (sums.get(cause) ?? 0n) + nanos);
      sum += nanos;
    }
    assert(sum === reported - booked, "the parts are the difference");
  }
  const of = (cause: Cause) => money(sums.get(cause) ?? 0n);
  const booked = cells.reduce((sum, { ledger }) => sum + ledger.nanos, 0n);
  const difference = [...sums.values()].reduce((sum, nanos) => sum + nanos, 0n);
  return {
    booked: money(booked),
    reported: money(booked + difference),
    reportedUsage: money(booked + difference - of("credit") - of("tax")),
    byCause: {
      bypass: of("bypass"),
      tier: of("tier"),
      price: of("price"),
      rounding: of("rounding"),
      lag: of("lag"),
      credit: of("credit"),
      tax: of("tax"),
      double_count: of("double_count"),
      lost_day: of("lost_day"),
      unsettled: of("unsettled"),
      unexplained: of("unexplained"),
    },
  };
}
