/** The section `targets` of tare.yaml. */
import { z } from "zod";
import { DurationText, MoneyText } from "#units";
import { targetUnits, type UnitTarget } from "./unit-target.ts";

const TARGETS_MAX = 200;
const VALUES_MAX = 100;
const COUNT_MIN = 20;
const DAY_MS = 86_400_000;
const windowsMs: readonly number[] = [DAY_MS, 7 * DAY_MS, 30 * DAY_MS];

const Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}]+$/u, "No control characters");

/** Only what goes for all of an interaction: a part of its entries would be divided by all of its outcomes. */
const Dimension = z
  .string()
  .regex(
    /^(feature|team|customer|user|environment|tag\.[^\p{Cc},]{1,64})$/u,
    "write feature, team, customer, user, environment or tag.NAME",
  );

const Where = z
  .record(Dimension, z.union([Name, z.array(Name).min(1).max(VALUES_MAX)]))
  .transform((written) =>
    Object.fromEntries(Object.entries(written).map(([name, of]) => [name, typeof of === "string" ? [of] : of])),
  );

const TargetSection = z
  .strictObject({
    name: Name.describe("By which it is shown and alerted of."),
    where: Where.prefault({}).describe(
      "Of which interactions: `{ feature: answers, customer: [acme, globex] }`. Of all without it.",
    ),
    max_cost_per: z
      .enum(targetUnits)
      .describe(
        "What one of may cost at most, on average: `interaction`, `active_user`, or `outcome`, which is one that succeeded and carries the failures beside it.",
      ),
    outcome: Name.optional().describe("Only outcomes of this name count."),
    limit: MoneyText.describe("How much: 0.50 USD."),
    over: DurationText.refine((ms) => windowsMs.includes(ms), { error: "write 1d, 7d or 30d" })
      .prefault("7d")
      .describe("Over which rolling window: 1d, 7d or 30d."),
    min_count: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .default(COUNT_MIN)
      .describe("Nothing is judged below so many interactions, users or reported outcomes."),
  })
  .refine(({ max_cost_per, outcome }) => outcome === undefined || max_cost_per === "outcome", {
    error: "only a target on the cost of an outcome names one",
    path: ["outcome"],
  })
  .transform(({ name, where, max_cost_per, outcome, limit, over, min_count }): UnitTarget => ({
    name,
    where,
    per: max_cost_per,
    outcome,
    limit,
    overMs: over,
    countMin: min_count,
  }));

export const TargetsSection = z
  .array(TargetSection)
  .max(TARGETS_MAX)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, { error: "two have the same name" });
