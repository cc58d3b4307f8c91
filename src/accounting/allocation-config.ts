/** The section `allocation` of tare.yaml. */
import { z } from "zod";
import { type StepKind, stepKinds, type UsageClass, usageClasses } from "#inference";
import { findPoolCycle } from "./allocate.ts";
import {
  type AllocationRule,
  type AllocationRules,
  type Measure,
  type Place,
  type View,
  views,
} from "./allocation-rule.ts";

const RULES_MAX = 500;
const VALUES_MAX = 1000;
const NONE = "(none)";
const dimensions = ["kind", "layer", "provider", "step", "model", "purpose", "environment", ...views] as const;

const Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}]+$/u, "No control characters");
const Values = z.union([Name.transform((name) => [name]), z.array(Name).min(1).max(VALUES_MAX)]);
const FIELD = new RegExp(`^(${dimensions.join("|")}|tag\\.[^\\p{Cc}]{1,64})$`, "u");
const Filter = z.record(z.string().regex(FIELD, `write one of ${dimensions.join(", ")} or tag.NAME`), Values);

const placeFields = {
  feature: Name.optional().describe("To this feature."),
  team: Name.optional().describe("To this team."),
  customer: Name.optional().describe("To this customer."),
  pool: Name.optional().describe("Into this pool, which another rule shares."),
};
const PlaceSection = z
  .strictObject({
    ...placeFields,
  })
  .refine((place) => Object.keys(place).length === 1, { error: "write one of feature, team, customer and pool" })
  .transform((place): Place => {
    const [name = "pool", value = ""] = Object.entries(place)[0] ?? [];
    return name === "pool" ? { type: "pool", name: value } : { type: "end", dimension: name, value };
  });

const SharesSection = z
  .array(
    z
      .strictObject({
        ...placeFields,
        parts: z.int().min(1).max(1_000_000_000).describe("How many parts of all goes there."),
      })
      .transform(({ parts, ...place }, context) => {
        const to = PlaceSection.safeParse(place);
        if (to.success) return { to: to.data, parts: BigInt(parts) };
        context.addIssue({ code: "custom", message: "write one of feature, team, customer and pool, and its parts" });
        return z.NEVER;
      }),
  )
  .min(1)
  .max(VALUES_MAX);

const named = ["cost", "tokens", "requests", "gpu_time", "review_time", "storage", "even"] as const;
const peaks = ["cost", "tokens", "requests", "gpu_time"] as const;

const DriverSection = z.union([
  z.enum(named),
  z.strictObject({ steps: z.enum(stepKinds).describe("How many steps of this kind there were.") }),
  z.strictObject({ usage: z.enum(usageClasses).describe("How much of this class was used.") }),
  z.strictObject({ peak: z.enum(peaks).describe("The most of it in one hour, each in its own busiest.") }),
  z.strictObject({ shares: SharesSection.describe("Fixed parts for each place.") }),
]);

const RuleSection = z.strictObject({
  name: Name.describe("By which every line that it makes names it."),
  of: Filter.optional().describe(
    "Which costs it takes: bills and steps of this kind, layer, provider, step, model, purpose, environment, feature, team, customer or `tag.NAME`; a list means any of them. Those that a feature carries already only when `feature` stands here.",
  ),
  pool: Name.optional().describe("Instead of `of`: shares what has come into this pool."),
  carried_by: z
    .enum(views)
    .optional()
    .describe(
      "Instead of `of`: how what each feature, team or customer carries is told by `to`; by cost without a rule.",
    ),
  by: DriverSection.default("cost").describe(
    "By what it is shared: cost, tokens, requests, gpu_time, review_time, storage, even, `{ steps: tool }`, `{ usage: gpu_ms }`, `{ peak: tokens }` (the busiest hour), `{ shares: [{ team: search, parts: 60 }] }`.",
  ),
  counting: Filter.optional().describe("Only what was used there counts, such as `{ provider: local }`."),
  to: z
    .union([z.enum(views), PlaceSection, z.array(PlaceSection).min(1).max(VALUES_MAX)])
    .optional()
    .describe(
      "To every feature, team or customer that used something, or to these; `{ pool: NAME }` to share it further.",
    ),
});
type RuleSection = z.infer<typeof RuleSection>;

/** Rules as the program uses them. Problems have the path of the field that is wrong. */
export const AllocationSection = z
  .array(RuleSection)
  .max(RULES_MAX)
  .transform((written, context): AllocationRules => {
    const fail = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    checkSections(written, fail);
    const rules = written.flatMap((rule) => (rule.carried_by === undefined ? toRule(rule) : []));
    const carries = written.flatMap((rule) => {
      const { carried_by: from, to, by, counting = {}, name } = rule;
      if (from === undefined || typeof to !== "string") return [];
      return [{ name, from, to, measured: { measure: measureOf(by), isPeak: isPeak(by), filter: counting, to } }];
    });
    const cycle = findPoolCycle(rules);
    if (cycle !== undefined) {
      const index = written.findIndex(({ pool }) => pool === cycle[0]);
      fail(
        [Math.max(0, index), "pool"],
        `what comes into this pool comes back to it: ${cycle.join(" → ")}. Let one of them go to features, teams or customers only`,
      );
    }
    return { rules, carries };
  });

type Fail = (path: (string | number)[], message: string) => void;

function checkSections(written: readonly RuleSection[], fail: Fail): void {
  const seen = new Set<string>();
  const isAgain = (key: string) => seen.size === seen.add(key).size;
  const fed = new Set(written.flatMap((rule) => poolsFedBy(rule)));
  for (const [index, rule] of written.entries()) {
    const { name, pool, carried_by: carriedBy, to } = rule;
    if (isAgain(`name ${name}`)) fail([index, "name"], "another rule has this name already");
    if (pool !== undefined && isAgain(`pool ${pool}`)) fail([index, "pool"], "another rule shares this pool already");
    if (pool !== undefined && !fed.has(pool)) fail([index, "pool"], "no rule puts anything into this pool");
    if (carriedBy !== undefined && typeof to === "string" && isAgain(`carry ${carriedBy} ${to}`))
      fail([index, "to"], `another rule tells by ${to} what each ${carriedBy} carries`);
    checkSection(rule, (path, message) => fail([index, ...path], message));
  }
}

function checkSection({ of, pool, carried_by: carriedBy, by, to }: RuleSection, fail: Fail): void {
  if ([of, pool, carriedBy].filter((each) => each !== undefined).length !== 1)
    fail([], "write one of of, pool and carried_by");
  const isShares = typeof by === "object" && "shares" in by;
  if (isShares === (to !== undefined)) fail(["to"], "write to, or the shares of by, and not both");
  const isView = typeof to === "string";
  if (to !== undefined && !isView && by !== "even" && by !== "cost")
    fail(["by"], "places that are named share evenly; write by: even, or by: { shares: … }");
  if (carriedBy !== undefined && !isView) fail(["to"], "write feature, team or customer");
  if (carriedBy !== undefined && carriedBy === to) fail(["to"], "is what carries it already");
}

function poolsFedBy({ by, to }: RuleSection): readonly string[] {
  const places = [
    ...(typeof by === "object" && "shares" in by ? by.shares.map((share) => share.to) : []),
    ...placesOf(to),
  ];
  return places.flatMap((place) => (place.type === "pool" ? [place.name] : []));
}

function placesOf(to: RuleSection["to"]): readonly Place[] {
  if (to === undefined || typeof to === "string") return [];
  return Array.isArray(to) ? to : [to];
}

function toRule({ name, of = {}, pool, by, to, counting = {} }: RuleSection): AllocationRule {
  const takes: AllocationRule["of"] =
    pool === undefined ? { type: "bills", where: { feature: [NONE], ...of } } : { type: "pool", name: pool };
  if (typeof by === "object" && "shares" in by) return { name, of: takes, by: { type: "fixed", shares: by.shares } };
  if (typeof to !== "string") return { name, of: takes, by: { type: "even", to: placesOf(to) } };
  const measured = { measure: measureOf(by), isPeak: isPeak(by), filter: counting, to };
  return { name, of: takes, by: { type: "measured", ...measured } };
}

function isPeak(by: RuleSection["by"]): boolean {
  return typeof by === "object" && "peak" in by;
}

const usageOf = { gpu_time: "gpu_ms", review_time: "person_ms", storage: "kb_days" } as const;

function measureOf(by: RuleSection["by"]): Measure {
  if (typeof by === "object") {
    if ("steps" in by) return { type: "steps", kind: by.steps satisfies StepKind, ofGroups: "not" };
    if ("usage" in by) return { type: "usage", class: by.usage satisfies UsageClass };
    return "peak" in by ? measureOf(by.peak) : { type: "cost" };
  }
  if (by === "gpu_time" || by === "review_time" || by === "storage") return { type: "usage", class: usageOf[by] };
  return { type: by };
}

/**
 * How what each of `from` carries is told by `to`: the first of these by which it used anything. Without a rule that is its own cost,
 * and for what costs nothing of itself, such as models on machines that come as a bill, how often it was used.
 */
export function carryRulesOf({ carries }: AllocationRules, from: View, to: View): AllocationRules["carries"] {
  const found = carries.find((rule) => rule.from === from && rule.to === to);
  if (found !== undefined) return [found];
  const byMeasure = (type: "cost" | "entries"): AllocationRules["carries"][number] => ({
    name: `${type} of each ${from}`,
    from,
    to,
    measured: { measure: { type }, isPeak: false, filter: {}, to },
  });
  return [byMeasure("cost"), byMeasure("entries")];
}

/** Rules of the configuration have names of their own; those of the ones that hold without any are the same for two views. */
export function carryKey(rule: string, from: View, to: View): string {
  return `${rule} ${from} ${to}`;
}
