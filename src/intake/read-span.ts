import { type Usage, type UsageClass } from "#inference";
import { type Instant, instant, type Money } from "#units";
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
const AHEAD_MS_MAX = 600_000;

/** What a span says of the work that it measured, in the words of the ledger. */
export function readSpan(span: Span, receivedAt: Instant): StepFacts {
  const { attributes, resource } = span;
  return {
    name: shortened(readFact(attributes, "title") ?? orNobody(span.name)),
    source: "otlp",
    ...timesOf(span, receivedAt),
    ...stateOf(span),
    ...modelOf(attributes),
    ...measuredBy(span),
    measures: readMeasures(attributes),
    ...costsOf(attributes),
    said: readSaid(attributes, resource),
    interaction: readInteraction(attributes) ?? readInteraction(resource),
    tags: readTags(attributes),
    claimed: NO_CLAIMS,
  };
}

/** One for all spans, of which hundreds of thousands are remembered. */
const NO_CLAIMS: StepFacts["claimed"] = {};
const NO_MEASURES: Usage = {};

function stateOf({ isFailed, attributes }: Span): Pick<StepFacts, "state" | "error"> {
  if (!isFailed) return { state: "answered", error: undefined };
  return { state: "failed", error: shortened(readFact(attributes, "error") ?? "error") };
}

function modelOf(attributes: Attributes) {
  const model = readFact(attributes, "servedModel") ?? readFact(attributes, "requestedModel");
  return {
    provider: shortened(readFact(attributes, "provider") ?? NOBODY),
    model: modelName(model ?? orNobody(attributes.get(ownNames.modelName))),
    operation: shortened(readFact(attributes, "operation") ?? NOBODY),
    upstreamId: readFact(attributes, "upstreamId")?.slice(0, TEXT_CHARACTERS_MAX),
    isMeasuredElsewhere: (readFact(attributes, "call") ?? callOfHeaders(attributes)) !== undefined,
  };
}

/** Counts without a word of what was done are those of something that holds model calls together. */
function measuredBy(span: Span) {
  const kind = readKind(span);
  const { usage, doubt, reported, tier } = readUsage(span.attributes);
  const told = { doubt, reported, tier: tier ?? readFact(span.attributes, "tier") };
  // Usage that is reported and not booked is that of a step whose call was measured elsewhere, and this is none.
  if (kind === "nothing") return { kind: undefined, usage: undefined, ...told, reported: undefined };
  return { kind: kind ?? (usage === undefined ? undefined : ("group" as const)), usage, ...told };
}

function costsOf(attributes: Attributes): Pick<StepFacts, "stated" | "reckoned"> {
  const details = attributes.get(ownNames.costDetails);
  const reckoned = toMoney(readFact(attributes, "cost")) ?? totalOf(details);
  return { stated: toMoney(attributes.get(ownNames.cost)), reckoned };
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

function timesOf({ startMs, endMs }: Span, receivedAt: Instant): Pick<StepFacts, "startedAt" | "durationMs"> {
  const start = startMs ?? endMs;
  const durationMs = startMs === undefined || endMs === undefined || endMs < startMs ? undefined : endMs - startMs;
  const isPossible = start !== undefined && start <= receivedAt + AHEAD_MS_MAX;
  return { startedAt: isPossible ? instant(Math.floor(start)) : receivedAt, durationMs };
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

function totalOf(details: AttributeValue | undefined): Money | undefined {
  const match = typeof details === "string" ? /"total"\s*:\s*([\d.eE+-]{1,30})/.exec(details) : null;
  return match?.[1] === undefined ? undefined : toMoney(Number(match[1]));
}
