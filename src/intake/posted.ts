/** Steps and outcomes posted to the control API, in the words of its contract. */
import { type Dimension, dimensions, type Outcome } from "#events";
import { type StepKind, type UsageClass, usageClasses } from "#inference";
import { err, ok, type Result } from "#std";
import { type Instant, instant } from "#units";
import { type Intake, type IncomingStep, type TakenSteps } from "./intake.ts";
import { AHEAD_MS_MAX } from "./read-span.ts";
import { fit, NOTHING_SAID } from "./said.ts";
import { type Said, type Sender, type StepFacts } from "./step-facts.ts";
import { type IntakeProblem } from "./step-journal.ts";
import { toMoney } from "./to-money.ts";

type Saying = { readonly [Name in Dimension]?: string | undefined };

export interface PostedStep extends Saying {
  /** Made once by the sender, so that posting it again changes nothing. */
  readonly id: string;
  /** A higher one corrects what lower ones told. */
  readonly revision?: number | undefined;
  readonly interaction: string;
  readonly parent?: string | undefined;
  readonly kind: StepKind | "group";
  readonly name: string;
  /** RFC 3339. */
  readonly started_at?: string | undefined;
  readonly duration_ms?: number | undefined;
  readonly failed?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly usage?: Readonly<Record<string, number>> | undefined;
  /** A decimal amount in the book currency. */
  readonly cost?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface PostedOutcome extends Saying {
  readonly id: string;
  readonly interaction: string;
  readonly name: string;
  readonly success?: boolean | undefined;
  readonly value?: string | undefined;
  readonly at?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export type PostProblem =
  | IntakeProblem
  | { readonly type: "bad-field"; readonly path: string; readonly detail: string };

export interface Post {
  readonly sender: Sender;
  readonly now: Instant;
}

export async function takePostedSteps(
  intake: Intake,
  posted: readonly PostedStep[],
  { sender, now }: Post,
): Promise<Result<TakenSteps, PostProblem>> {
  const steps: IncomingStep[] = [];
  for (const [index, step] of posted.entries()) {
    const own = step.kind === "group" ? ownOfGroup(step) : undefined;
    const facts =
      own === undefined ? factsOf(step, now) : err(bad(own, "A group has none: say it of a step below it."));
    if (!facts.ok) return err({ ...facts.error, path: `steps.${index}.${facts.error.path}` });
    const { interaction: trace, id, parent } = step;
    steps.push({ trace, id, parent, facts: facts.value, isTimed: step.started_at !== undefined });
  }
  return intake.takeSteps(sender, steps);
}

function ownOfGroup({ cost, usage }: PostedStep): "cost" | "usage" | undefined {
  if (cost !== undefined) return "cost";
  return usage === undefined ? undefined : "usage";
}

type BadField = Extract<PostProblem, { type: "bad-field" }>;

function factsOf(step: PostedStep, now: Instant): Result<StepFacts, BadField> {
  const stated = step.cost === undefined ? undefined : toMoney(step.cost);
  if (step.cost !== undefined && stated === undefined)
    return err(bad("cost", "Write a decimal amount, such as 0.0125."));
  const startedAt = readInstant(step.started_at, now);
  if (startedAt === undefined) return err(bad("started_at", WHEN));
  const split = splitClasses(step.usage ?? {});
  if (!split.ok) return split;
  return ok({
    kind: step.kind,
    name: step.name,
    startedAt,
    durationMs: step.duration_ms,
    source: "api",
    state: step.failed === undefined ? "answered" : "failed",
    error: step.failed,
    provider: step.provider ?? "(none)",
    model: step.model ?? "(none)",
    operation: step.kind,
    tier: undefined,
    upstreamId: undefined,
    isMeasuredElsewhere: false,
    ...split.value,
    doubt: undefined,
    reported: undefined,
    stated,
    reckoned: undefined,
    said: { itself: saidOf(step), dialect: NOTHING_SAID, program: NOTHING_SAID, booked: NOTHING_SAID },
    interaction: undefined,
    interactionOfProgram: undefined,
    tags: step.tags ?? {},
    claimed: {},
    ...revisionOf(step),
  });
}

function revisionOf({ revision = 0 }: PostedStep): Pick<StepFacts, "revision"> {
  return revision === 0 ? {} : { revision };
}

function bad(path: string, detail: string): BadField {
  return { type: "bad-field", path, detail };
}

const WHEN = "Write an RFC 3339 instant since 1970 that is not in the future.";

/** Undefined for what the journal could not tell the ledger, and for a year that was mistyped. */
function readInstant(text: string | undefined, now: Instant): Instant | undefined {
  if (text === undefined) return now;
  const at = Date.parse(text);
  return at >= 0 && at <= now + AHEAD_MS_MAX ? instant(at) : undefined;
}

/** Classes of models' usage, beside the units that steps are measured in. */
const modelClasses: ReadonlyMap<string, UsageClass> = new Map(
  usageClasses.slice(0, usageClasses.indexOf("step_calls")).map((name) => [name, name]),
);

const measureScales: ReadonlyMap<string, { readonly unit: UsageClass; readonly scale: number }> = new Map([
  ["calls", { unit: "step_calls", scale: 1 }],
  ["seconds", { unit: "step_ms", scale: 1000 }],
  ["vectors", { unit: "vectors", scale: 1 }],
  ["gb_days", { unit: "kb_days", scale: 1_000_000 }],
  ["gpu_seconds", { unit: "gpu_ms", scale: 1000 }],
  ["person_minutes", { unit: "person_ms", scale: 60_000 }],
]);

function splitClasses(
  given: Readonly<Record<string, number>>,
): Result<Pick<StepFacts, "usage" | "measures">, BadField> {
  const usage: { -readonly [Class in UsageClass]?: number } = {};
  const measures: { -readonly [Class in UsageClass]?: number } = {};
  for (const [name, count] of Object.entries(given)) {
    const ofModel = modelClasses.get(name);
    const ofStep = measureScales.get(name);
    if (ofModel !== undefined) usage[ofModel] = count;
    else if (ofStep !== undefined) measures[ofStep.unit] = Math.round(count * ofStep.scale);
    else return err(bad(`usage.${name}`, "There is no such class."));
  }
  if (Object.values(usage).some((count) => !Number.isSafeInteger(count)))
    return err(bad("usage", "Tokens, searches and pictures are whole numbers."));
  if (Object.values(measures).some((count) => !Number.isSafeInteger(count)))
    return err(bad("usage", "More than can be counted exactly."));
  return ok({ usage: Object.keys(usage).length === 0 ? undefined : usage, measures });
}

function saidOf(said: Saying): Said {
  const values: { -readonly [Name in Dimension]?: string } = {};
  for (const name of dimensions) {
    const value = said[name];
    if (value !== undefined) values[name] = fit(value);
  }
  return values;
}

export async function takePostedOutcome(
  intake: Intake,
  posted: PostedOutcome,
  { sender, now }: Post,
): Promise<Result<"recorded" | "corrected" | "unchanged", PostProblem>> {
  const value = posted.value === undefined ? undefined : toMoney(posted.value);
  if (posted.value !== undefined && value === undefined)
    return err(bad("value", "Write a decimal amount, such as 12.50."));
  const happenedAt = readInstant(posted.at, now);
  if (happenedAt === undefined) return err(bad("at", WHEN));
  const said = saidOf(posted);
  const of = (name: Dimension) => sender.pins[name] ?? said[name] ?? "(none)";
  const outcome: Outcome = {
    outcome: posted.id,
    name: posted.name,
    isSuccess: posted.success ?? true,
    value,
    happenedAt,
    attribution: {
      tenant: sender.tenant,
      interaction: posted.interaction,
      feature: of("feature"),
      team: of("team"),
      customer: of("customer"),
      user: of("user"),
      environment: of("environment"),
      session: of("session"),
      tags: posted.tags ?? {},
      claimed: {},
    },
  };
  return intake.takeOutcome(outcome, { isTimed: posted.at !== undefined });
}
