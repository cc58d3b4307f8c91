/** The section `budgets` of tare.yaml. */
import { z } from "zod";
import { closestName } from "#std";
import { parseMoney } from "#units";
import { periodLengths, type PeriodLength } from "./period.ts";
import { EACH_VALUE, isScopeName, sayScope, type Scope, scopeLabel } from "./scope.ts";
import { type Unit, units } from "./unit.ts";
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
  readonly unit: Unit;
  /** `total` for a limit on concurrent attempts, which knows no period. */
  readonly per: PeriodLength;
  /** Nanos where the unit is USD, a count elsewhere. */
  readonly limit: bigint;
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
  .superRefine((scope, context) => {
    if (!Object.keys(scope).every(isScopeName)) context.addIssue({ code: "custom", message: sayScope(scope) });
  })
  .refine((scope) => [scope["interaction"], scope["session"]].every((id) => id === undefined || id === EACH_VALUE), {
    error: "ids of interactions and sessions belong to one tenant each; write `*` for one budget for each",
  });

const WHOLE_DIGITS_MAX = 12;
const FRACTION_DIGITS_MAX = 9;
const LIMIT = /^(\d{1,12}(?:\.\d{1,9})?) (USD|requests|tokens|concurrent)$/;
const LIKE_A_LIMIT = /^(\d+)(?:\.(\d+))? ?([A-Za-z]{1,64})$/;
const SAYS_LIMIT = "write a limit: 500 USD, 60 requests, 100000 tokens or 20 concurrent";

/** `0.50 USD` to nanos, `60 requests` to a count. */
const LimitText = z
  .string({ error: SAYS_LIMIT })
  .regex(LIMIT, { error: ({ input }) => sayLimit(input) })
  .meta({ title: "limit" })
  .transform((text, context): { readonly unit: Unit; readonly amount: bigint } => {
    const [, amount = "", name] = LIMIT.exec(text) ?? [];
    const unit = units.find((each) => each === name);
    const parsed = parseMoney(amount);
    if (unit === "USD" && parsed.ok) return { unit, amount: parsed.value };
    if (unit !== undefined && unit !== "USD" && !amount.includes(".")) return { unit, amount: BigInt(amount) };
    context.addIssue({ code: "custom", message: `${name} are counted: write a whole number of them` });
    return z.NEVER;
  });

/** What is wrong with one that was nearly written. */
function sayLimit(written: unknown): string {
  const [, whole = "", fraction = "", name = ""] = LIKE_A_LIMIT.exec(String(written)) ?? [];
  if (whole.length > WHOLE_DIGITS_MAX) return `is too large: a limit is at most ${"9".repeat(WHOLE_DIGITS_MAX)}`;
  if (fraction.length > FRACTION_DIGITS_MAX) return `has more than ${FRACTION_DIGITS_MAX} digits after the point`;
  const meant = units.some((unit) => unit === name) ? undefined : closestName(name, units);
  return meant === undefined ? SAYS_LIMIT : `unknown unit ${name}; did you mean ${meant}?`;
}

const BudgetSection = z
  .strictObject({
    name: z
      .string()
      .regex(NAME)
      .optional()
      .describe("What the budget is called; by default its scope, period and unit."),
    scope: z
      .union([z.literal("everything").transform((): Scope => ({})), ScopeText])
      .describe(
        "Whose calls it holds, such as `{ team: support }`; `*` opens one budget for each value; or `everything`.",
      ),
    per: z
      .enum(periodLengths)
      .optional()
      .describe(
        "How long it lasts before it starts anew: a calendar period, or `total` for ever. Left out for `concurrent`.",
      ),
    limit: LimitText.describe(
      "What may be used in one period: `500 USD`, `60 requests`, `100000 tokens` (input and output, cached ones too); or how many attempts may run at once: `20 concurrent`.",
    ),
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
  })
  .superRefine(({ per, limit, at }, context) => {
    if (limit.unit === "concurrent" && per !== undefined)
      context.addIssue({ code: "custom", path: ["per"], message: "a limit on what runs at once has no period" });
    if (limit.unit !== "concurrent" && per === undefined)
      context.addIssue({ code: "custom", path: ["per"], message: `write one of ${periodLengths.join(", ")}` });
    // A smaller answer or a cheaper target is still one request.
    if (isCounted(limit.unit) && Object.values(at).some((action) => action === "clamp" || action === "degrade"))
      context.addIssue({ code: "custom", path: ["at"], message: `${limit.unit} can be alerted of and refused only` });
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

/** Each attempt or call is one of it. */
function isCounted(unit: Unit): boolean {
  return unit === "requests" || unit === "concurrent";
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
    unit: budget.limit.unit,
    per: budget.per ?? "total",
    limit: budget.limit.amount,
    zone: budget.timezone ?? fileZone,
    thresholds: thresholds.toSorted((left, right) => left.percent - right.percent),
    valuesMax: budget.values_max,
  };
}

/** `team=support/month`, `key=ci/minute/requests`, `key=ci/concurrent`. */
function idOf({ name, scope, per, limit: { unit } }: Pick<Written, "name" | "scope" | "per" | "limit">): string {
  return name ?? [scopeLabel(scope), ...(per === undefined ? [] : [per]), ...(unit === "USD" ? [] : [unit])].join("/");
}
