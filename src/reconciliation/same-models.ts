import { type ProviderReport } from "#reports";
import { type LedgerDays } from "./ledger-days.ts";

const DATE = /-(?:\d{8}|\d{4}-\d{2}-\d{2})$/;

/**
 * The ledger with the report's names of its models. An attempt that ended before the provider said which snapshot served is
 * booked under the name that was asked for; the report has it under the snapshot's. Where the day's report has one snapshot
 * of that name, it is meant; where it has several, nobody can say.
 */
export function withReportNames(ledger: LedgerDays, report: ProviderReport): LedgerDays {
  const renamed = renamer(report);
  return {
    quantities: renamed(ledger.quantities),
    charges: renamed(ledger.charges),
    repeats: renamed(ledger.repeats),
    open: renamed(ledger.open),
  };
}

/** Gives lines the report's names of their models. */
export function renamer(report: ProviderReport) {
  const names = namesOf(report);
  return <Line extends { readonly day: string; readonly model: string }>(lines: readonly Line[]): readonly Line[] =>
    lines.map((line): Line => {
      const ofDay = names.get(line.day);
      if (ofDay === undefined || ofDay.models.has(line.model)) return line;
      const [only, ...others] = ofDay.byBareName.get(bareName(line.model)) ?? [];
      return only === undefined || others.length > 0 ? line : { ...line, model: only };
    });
}

interface DayNames {
  readonly models: Set<string>;
  readonly byBareName: Map<string, string[]>;
}

function namesOf({ usage, costs }: ProviderReport): ReadonlyMap<string, DayNames> {
  const found = new Map<string, DayNames>();
  const lines = [...usage, ...costs.flatMap(({ day, of }) => (of === undefined ? [] : [{ day, model: of.model }]))];
  for (const { day, model } of lines) {
    const names = found.get(day) ?? { models: new Set<string>(), byBareName: new Map<string, string[]>() };
    found.set(day, names);
    if (names.models.has(model)) continue;
    names.models.add(model);
    const bare = bareName(model);
    names.byBareName.set(bare, [...(names.byBareName.get(bare) ?? []), model]);
  }
  return found;
}

function bareName(model: string): string {
  return model.replace(DATE, "");
}
