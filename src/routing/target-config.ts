/** A target of a route in tare.yaml: `provider/model`, or that with its share and its conditions. */
import { z } from "zod";
import { type Condition } from "./conditions.ts";

const TARGET = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\/\S{1,200}$/;
const SAYS_TARGET = "write a target as provider/model";
const WEIGHT_MAX = 1_000_000;
const TOKENS_MAX = 100_000_000;
const VALUES_MAX = 100;

const TargetName = z.string().regex(TARGET, SAYS_TARGET);
const Value = z.string().min(1).max(128);
/** One value or several of which one must be met. */
const Values = z
  .union([Value, z.array(Value).min(1).max(VALUES_MAX)])
  .transform((values) => (typeof values === "string" ? [values] : values));
const Tokens = z.int().min(0).max(TOKENS_MAX);

const ConditionSection = z
  .strictObject({
    feature: Values.optional().describe("Calls of this feature, or of one of these."),
    team: Values.optional().describe("Calls of this team, or of one of these."),
    customer: Values.optional().describe("Calls for this customer, or for one of these."),
    environment: Values.optional().describe("Calls from this environment, or from one of these."),
    tags: z
      .record(z.string().min(1).max(64), Values)
      .default({})
      .describe(
        "Calls that carry each of these tags with this value, or with one of these: `{ tier: [gold, silver] }`.",
      ),
    context: z
      .strictObject({
        at_least: Tokens.optional().describe("Calls of at least so many tokens of input."),
        at_most: Tokens.optional().describe("Calls of at most so many tokens of input."),
      })
      .default({})
      .describe("By the length of the input, estimated from its bytes (4 a token)."),
  })
  .transform((section): Condition => ({
    feature: section.feature,
    team: section.team,
    customer: section.customer,
    environment: section.environment,
    tags: section.tags,
    contextMin: section.context.at_least,
    contextMax: section.context.at_most,
  }));

/** Names provider and model; the configuration joins them to what they are. */
export interface NamedTarget {
  readonly provider: string;
  readonly model: string;
  readonly weight: number;
  readonly when: Condition | undefined;
}

export const TargetSection = z
  .union([
    TargetName,
    z.strictObject({
      target: TargetName.describe("`provider/model`."),
      weight: z
        .number()
        .min(0)
        .max(WEIGHT_MAX)
        .default(1)
        .describe("Its share of the calls under `weighted`, and how much it can take under `least_busy`."),
      when: ConditionSection.optional().describe("Which calls it takes: all by default. Everything said must hold."),
    }),
  ])
  .transform((written): NamedTarget => {
    const { target, weight, when } =
      typeof written === "string" ? { target: written, weight: 1, when: undefined } : written;
    const slash = target.indexOf("/");
    return { provider: target.slice(0, slash), model: target.slice(slash + 1), weight, when };
  });
