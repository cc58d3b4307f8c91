/** A budget between the API, the books, which keep it as it would stand in tare.yaml, and its definition. */
import { z } from "zod";
import { type BudgetDefinition, BudgetsSection } from "#budget";
import { type StoredBudget } from "#books";
import { type NewBudget } from "#contract";
import { assert, err, ok, type Result } from "#std";
import { type ControlProblem } from "./problems.ts";
import { describeIssues } from "./read-body.ts";

export interface WrittenBudget {
  /** JSON. */
  readonly written: string;
  readonly definition: BudgetDefinition;
}

const FIELDS = ["name", "scope", "per", "limit", "timezone", "at", "values_max"] as const;

/** The same checks as for tare.yaml. `before` is what stood there, of which fields that are left out stay. */
export function writeBudget(
  body: NewBudget,
  { before, zone }: { readonly before: StoredBudget | undefined; readonly zone: string },
): Result<WrittenBudget, ControlProblem> {
  const kept = before === undefined ? {} : fieldsOf(before.written);
  const { id: _, ...given } = body;
  const section = withoutAbsent({ ...kept, ...withoutAbsent(given) });
  const parsed = BudgetsSection.safeParse([section]);
  if (!parsed.success) {
    // The section is a list of one, and nobody who sent one budget knows of it.
    const fields = describeIssues(parsed.error, { known: FIELDS, given: [section] }).map(({ path, detail }) => ({
      path: path.replace(/^0\.?/, ""),
      detail,
    }));
    return err({ code: "invalid_body", detail: "Some fields of the budget are wrong.", fields });
  }
  const [definition] = parsed.data(zone);
  assert(definition !== undefined, "a list of one budget has a definition");
  return ok({ written: JSON.stringify(section), definition });
}

/** Undefined for a text that an older version took and this one does not: it is not in force, and has to be said. */
export function readStoredBudget(stored: StoredBudget, zone: string): BudgetDefinition | undefined {
  const parsed = BudgetsSection.safeParse([fieldsOf(stored.written)]);
  return parsed.success ? parsed.data(zone)[0] : undefined;
}

function fieldsOf(written: string): Readonly<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(written));
}

function withoutAbsent(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
