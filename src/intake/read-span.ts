import { type Usage, type UsageClass } from "#inference";
import { type Instant, instant, type Money, money } from "#units";
import { parseObject } from "./json-object.ts";
import { readFact } from "./read-fact.ts";
import { readKind } from "./read-kind.ts";
import { readUsage } from "./read-usage.ts";
import { readInteraction, readSaid, readTags } from "./said.ts";
import { type Attributes, type AttributeValue, type Span } from "./span.ts";
import { type StepFacts } from "./step-facts.ts";
import { toMoney } from "./to-money.ts";
import { ownNames } from "./wanted.ts";

const NOBODY = "(none)";
const TEXT_CHARACTERS_MAX = 200;
/** Clocks are set by hand and drift; what lies further ahead than this is booked as of its arrival. */
export const AHEAD_MS_MAX = 600_000;

/** What a span says of the work that it measured, in the words of the ledger. */
export function readSpan(span: Span, receivedAt: Instant): StepFacts {
  const { attributes, resource } = span;
  const error = readFact(attributes, "error");
  // Of the conventions' two signs of a failure some instrumentations write only one.
  const isFailed = span.isFailed || error !== undefined;
  const { kind, usage, doubt, reported, tier, cost } = measuredBy(span);
  // Field by field: taking objects apart into one cost a tenth of what a span costs.
  return {
    kind,
    name: shortened(readFact(attributes, "title") ?? orNobody(span.name)),
    startedAt: startOf(span, receivedAt),
    durationMs: durationOf(span),
    source: "otlp",
    state: isFailed ? "failed" : "answered",
    error: isFailed ? shortened(error ?? "error") : undefined,
    provider: shortened(readFact(attributes, "provider") ?? NOBODY),
    model: modelOf(attributes),
    operation: shortened(readFact(attributes, "operation") ?? NOBODY),
    tier,
    upstreamId: readFact(attributes, "upstreamId")?.slice(0, TEXT_CHARACTERS_MAX),
    isMeasuredElsewhere: (readFact(attributes, "call") ?? callOfHeaders(attributes)) !== undefined,
    usage,
    doubt,
    reported,
    measures: readMeasures(attributes),
    stated: statedOf(span),
    reckoned: toMoney(readFact(attributes, "cost")) ?? totalOf(attributes.get(ownNames.costDetails)) ?? cost,
    said: readSaid(attributes, resource),
    interaction: readInteraction(attributes),
    interactionOfProgram: readInteraction(resource),
    tags: readTags(attributes),
    claimed: NO_CLAIMS,
  };
}

/** One for all spans, of which hundreds of thousands are remembered. */
const NO_CLAIMS: StepFacts["claimed"] = {};
const NO_MEASURES: Usage = {};

function modelOf(attributes: Attributes): string {
  const model = readFact(attributes, "servedModel") ?? readFact(attributes, "requestedModel");
  return modelName(model ?? orNobody(attributes.get(ownNames.modelName)));
}

type Measured = Pick<StepFacts, "kind" | "usage" | "doubt" | "reported" | "tier"> & {
  readonly cost: Money | undefined;
};

/** Counts without a word of what was done are those of something that holds model calls together. */
function measuredBy(span: Span): Measured {
  const named = readKind(span);
  const { usage, doubt, reported, tier: told, cost } = readUsage(span.attributes);
  const tier = told ?? readFact(span.attributes, "tier");
  // Somebody says what this costs of itself, so that it is more than what it holds.
  if (named === "group" && usage === undefined && statedOf(span) !== undefined)
    return { kind: "custom", usage, doubt, reported, tier, cost };
  // Usage that is reported and not booked is that of a step whose call was measured elsewhere, and this is none.
  if (named === "nothing") return { kind: undefined, usage: undefined, doubt, reported: undefined, tier, cost };
  const kind = named ?? (usage === undefined ? undefined : "group");
  return { kind, usage, doubt, reported, tier, cost };
}

function statedOf({ attributes }: Span): StepFacts["stated"] {
  return toMoney(attributes.get(ownNames.cost));
}

function shortened(text: string): string {
  return text.slice(0, TEXT_CHARACTERS_MAX);
}

function orNobody(value: AttributeValue | undefined): string {
  return typeof value === "string" && value !== "" ? value : NOBODY;
}

/** Header attributes are lists of values. */
function callOfHeaders(attributes: Attributes): string | undefined {
  const value = attributes.get("http.response.header.x-tare-call");
  return typeof value === "object" ? value[0] : undefined;
}

/** Full resource names of Google's clouds end in the model's own. */
function modelName(model: string): string {
  const last =
    model.startsWith("projects/") || model.startsWith("models/") ? model.slice(model.lastIndexOf("/") + 1) : model;
  return shortened(last === "" ? NOBODY : last);
}

function durationOf({ startMs, endMs }: Span): number | undefined {
  return startMs === undefined || endMs === undefined || endMs < startMs ? undefined : endMs - startMs;
}

function startOf({ startMs, endMs }: Span, receivedAt: Instant): Instant {
  const start = startMs ?? endMs;
  return start !== undefined && start <= receivedAt + AHEAD_MS_MAX ? instant(Math.floor(start)) : receivedAt;
}

/** What else was measured, in whole units of its class. A number that cannot be one is left out. */
function readMeasures(attributes: Attributes): Usage {
  let measures: { -readonly [Class in UsageClass]?: number } | undefined;
  for (const { name, unit, scale } of measureNames) {
    const value = attributes.get(name);
    const number = typeof value === "string" ? Number(value) : value;
    const scaled = typeof number === "number" ? Math.round(number * scale) : undefined;
    if (scaled !== undefined && Number.isSafeInteger(scaled) && scaled >= 0) (measures ??= {})[unit] = scaled;
  }
  return measures ?? NO_MEASURES;
}

const measureNames = [
  { name: ownNames.calls, unit: "step_calls", scale: 1 },
  { name: ownNames.seconds, unit: "step_ms", scale: 1000 },
  { name: ownNames.vectors, unit: "vectors", scale: 1 },
  { name: ownNames.gigabyteDays, unit: "kb_days", scale: 1_000_000 },
  { name: ownNames.gpuSeconds, unit: "gpu_ms", scale: 1000 },
  { name: ownNames.personMinutes, unit: "person_ms", scale: 60_000 },
] as const;

/** Langfuse's details of a cost: their total, or their parts together where they have none. */
function totalOf(details: AttributeValue | undefined): Money | undefined {
  const costs = parseObject(details);
  if (costs === undefined) return undefined;
  if (typeof costs["total"] === "number") return toMoney(costs["total"]);
  const parts = Object.values(costs).filter((each) => typeof each === "number");
  const amounts = parts.flatMap((each) => toMoney(each) ?? []);
  // A part that is no amount leaves the sum unknown.
  if (parts.length === 0 || amounts.length < parts.length) return undefined;
  return money(amounts.reduce((sum, each) => sum + each, 0n));
}
