import { type Budget, type BudgetDetail } from "#contract";
import { type Instant } from "#units";

const EACH_VALUE = "*";

/** A `*` budget of which nothing is open has no value to ask for. */
export function isUnopened({ scope, values }: Budget): boolean {
  return Object.values(scope).includes(EACH_VALUE) && values === undefined;
}

/** The question to calls, entries and spend that finds what a budget was charged. */
export function budgetQuestion({ scope, values = {}, from, reset_at }: Budget, now: Instant): BudgetDetail["calls"] {
  const { tenant: _, interaction, ...asked } = { ...withoutTemplates(scope), ...values };
  return {
    from: from ?? new Date(0).toISOString(),
    to: reset_at ?? new Date(now + 1000).toISOString(),
    filter: Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, [value]])),
    interaction,
  };
}

function withoutTemplates(scope: Budget["scope"]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== EACH_VALUE));
}
