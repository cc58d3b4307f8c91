import { type DemoFeature, demoFeatures } from "./features.ts";
import { type PlannedCall } from "./planned-call.ts";
import { type PlannedStep } from "./planned-step.ts";
import { PromptText } from "./prompt-text.ts";
import { Random } from "./random.ts";
import { type BadTraceLine, type TraceRow } from "./trace.ts";

/** One use of a feature by somebody: an interaction with its calls in order. */
export interface PlannedUse {
  readonly type: "use";
  readonly atMs: number;
  readonly team: string;
  readonly feature: string;
  /** Headers of its calls: `x-tare-*`, and the span that they belong to. */
  readonly attribution: Readonly<Record<string, string>>;
  readonly calls: readonly PlannedCall[];
  /** What the application does itself, in the order in which it does it. */
  readonly steps: readonly PlannedStep[];
  /** Ids of the spans that tell of it: of the use, and of each of its steps. */
  readonly trace: { readonly traceId: string; readonly spanId: string; readonly childIds: readonly string[] };
  /** Told when all calls were answered: attributes of the use's span. Undefined where nothing can come of it. */
  readonly outcome: Readonly<Record<string, string>> | undefined;
  /** The client leaves in the middle of the last call; it stays when undefined. */
  readonly hangUpAfterMs: number | undefined;
  /** The client has a key that does not exist. */
  readonly hasBadKey: boolean;
}

const HANGS_UP = 0.015;
const HANG_UP_MS_MIN = 300;
const HANG_UP_MS_MAX = 2500;
const HAS_BAD_KEY = 0.006;
const NEW_SESSION = 0.3;

/** Gives each row of a trace to a feature and a user. The same seed and rows give the same uses. */
export function* planUses(
  rows: Iterable<TraceRow | BadTraceLine>,
  seed: string,
): Generator<PlannedUse | BadTraceLine, void> {
  const prompts = new PromptText();
  const sessions = new Map<string, string>();
  const random = new Random(seed, "uses");
  const run = random.hex(6);
  let number = 0;
  for (const row of rows) {
    if ("type" in row) {
      yield row;
      continue;
    }
    const feature = pickFeature(row, random);
    const user = `${feature.team}-${random.below(feature.users) + 1}`;
    const place = `${feature.name}/${user}`;
    const kept = sessions.get(place);
    const isNew = kept === undefined || random.happens(NEW_SESSION);
    const session = isNew ? `${feature.name}-${run}-${++number}` : kept;
    sessions.set(place, session);
    const steps = feature.steps?.(random) ?? [];
    const trace = { traceId: random.hex(32), spanId: random.hex(16), childIds: steps.map(() => random.hex(16)) };
    yield {
      type: "use",
      atMs: row.atMs,
      team: feature.team,
      feature: feature.name,
      attribution: {
        ...attributionOf(feature, { user, session, interaction: `use-${run}-${++number}`, random }),
        traceparent: `00-${trace.traceId}-${trace.spanId}-01`,
      },
      calls: feature.plan({ row, session, random, prompts }),
      steps,
      trace,
      outcome: outcomeOf(feature, random),
      hangUpAfterMs: random.happens(HANGS_UP) ? HANG_UP_MS_MIN + random.below(HANG_UP_MS_MAX) : undefined,
      hasBadKey: random.happens(HAS_BAD_KEY),
    };
  }
}

function pickFeature(row: TraceRow, random: Random): DemoFeature {
  const fitting = demoFeatures.filter(({ shape }) => row.shape === undefined || shape === row.shape);
  let left = random.fraction() * fitting.reduce((sum, { weight }) => sum + weight, 0);
  const found = fitting.find(({ weight }) => (left -= weight) < 0) ?? fitting[0];
  if (found === undefined) throw new Error(`Invariant broken: a feature of each shape`);
  return found;
}

function outcomeOf({ outcome }: DemoFeature, random: Random): Readonly<Record<string, string>> | undefined {
  if (outcome === undefined) return undefined;
  const isGood = random.happens(outcome.share);
  return {
    "tare.outcome": outcome.name,
    "tare.outcome.success": String(isGood),
    ...(isGood && { "tare.outcome.value": outcome.value }),
  };
}

function attributionOf(
  feature: DemoFeature,
  { user, session, interaction, random }: { user: string; session: string; interaction: string; random: Random },
): Record<string, string> {
  return {
    "x-tare-feature": feature.name,
    "x-tare-user": user,
    "x-tare-session": session,
    "x-tare-interaction": interaction,
    "x-tare-environment": random.happens(0.9) ? "production" : "staging",
    ...(feature.customers > 0 && { "x-tare-customer": `customer-${random.below(feature.customers) + 1}` }),
    "x-tare-tags": `release=${random.happens(0.2) ? "canary" : "stable"}`,
  };
}
