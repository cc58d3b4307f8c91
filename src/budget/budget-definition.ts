/** The section `budgets` of tare.yaml. */
import { z } from "zod";
import { type Money, MoneyText } from "#units";
import { periodLengths, type PeriodLength } from "./period.ts";
import { EACH_VALUE, isScopeName, type Scope, scopeLabel } from "./scope.ts";
import { Zone } from "./zone.ts";

export const actions = ["alert", "clamp", "degrade", "refuse"] as const;
export type Action = (typeof actions)[number];

export interface Threshold {
  /** Of the limit, compared with spent + held + in doubt. */
  readonly percent: number;
  readonly action: Action;
}

/** One budget as it was written; its id stays the same when only limit or thresholds change. */
export interface BudgetDefinition {
  readonly id: string;
  readonly scope: Scope;
  readonly per: PeriodLength;
  readonly limit: Money;
  readonly zone: string;
  readonly thresholds: readonly Threshold[];
  /** How many values a `*` scope may open in one period. */
  readonly valuesMax: number;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;
const PERCENT = /^(\d{1,3})%$/;
const VALUES_MAX = 10_000;
const BUDGETS_MAX = 10_000;

const ScopeText = z
  .record(z.string(), z.string().min(1).max(128))
  .refine((scope) => Object.keys(scope).length > 0, "write `everything` for a budget over all calls")
  .refine((scope) => Object.keys(scope).every(isScopeName), {
    error:
      "a scope names feature, team, customer, user, environment, session, interaction, key, route, provider or tag.NAME",
  })
  .refine((scope) => [scope["interaction"], scope["session"]].every((id) => id === undefined || id === EACH_VALUE), {
    error: "ids of interactions and sessions belong to one tenant each; write `*` for one budget for each",
  });

const BudgetSection = z.strictObject({
  name: z.string().regex(NAME).optional().describe("What the budget is called; by default its scope and period."),
  scope: z
    .union([z.literal("everything").transform((): Scope => ({})), ScopeText])
    .describe(
      "Whose calls it holds, such as `{ team: support }`; `*` opens one budget for each value; or `everything`.",
    ),
  per: z
    .enum(periodLengths)
    .describe("How long it lasts before it starts anew: a calendar period, or `total` for ever."),
  limit: MoneyText.describe("What may be spent in one period."),
  timezone: z
    .string()
    .refine((name) => Zone.open(name).ok, "write an IANA time zone, such as Europe/Berlin")
    .optional()
    .describe("The zone whose calendar cuts the periods; `timezone` of the file by default."),
  at: z
    .record(z.string().regex(PERCENT, "write a share of the limit, such as 80%"), z.enum(actions))
    .default({ "100%": "refuse" })
    .describe(
      "What happens at which share of the limit: `alert`, `clamp`, `degrade` or `refuse`. Without `refuse` nothing is.",
    ),
  values_max: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(VALUES_MAX)
    .describe("How many values a `*` scope may open in one period; calls with further ones are refused."),
});

/** The definitions as a function of the file's own time zone. */
export const BudgetsSection = z
  .array(BudgetSection)
  .max(BUDGETS_MAX)
  .default([])
  .transform((written, context) => {
    const ids = new Set<string>();
    for (const [index, budget] of written.entries()) {
      const id = idOf(budget);
      if (ids.has(id))
        context.addIssue({ code: "custom", path: [index], message: `another budget is called ${id}; give it a name` });
      ids.add(id);
    }
    return (fileZone: string): readonly BudgetDefinition[] => written.map((budget) => toDefinition(budget, fileZone));
  });

/** The most that admission may let through: `refuse` at 90% of 100 USD is 90 USD. Undefined when nothing refuses. */
export function refusedAbove({ limit, thresholds }: BudgetDefinition): bigint | undefined {
  const percents = thresholds.filter(({ action }) => action === "refuse").map(({ percent }) => percent);
  return percents.length === 0 ? undefined : (limit * BigInt(Math.min(...percents))) / 100n;
}

export function isTemplate({ scope }: BudgetDefinition): boolean {
  return Object.values(scope).includes(EACH_VALUE);
}

type Written = z.infer<typeof BudgetSection>;

function toDefinition(budget: Written, fileZone: string): BudgetDefinition {
  const thresholds = Object.entries(budget.at).map(([share, action]) => ({
    percent: Number(PERCENT.exec(share)?.[1]),
    action,
  }));
  return {
    id: idOf(budget),
    scope: budget.scope,
    per: budget.per,
    limit: budget.limit,
    zone: budget.timezone ?? fileZone,
    thresholds: thresholds.toSorted((left, right) => left.percent - right.percent),
    valuesMax: budget.values_max,
  };
}

function idOf({ name, scope, per }: Pick<Written, "name" | "scope" | "per">): string {
  return name ?? `${scopeLabel(scope)}/${per}`;
}
