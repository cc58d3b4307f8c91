import { type Purpose } from "#inference";
import { type Strategy, type Target } from "./route.ts";
import { type Availability, type TargetHealth } from "./target-health.ts";

/** One try that a call may make, and why it stands where it stands. */
export interface PlannedAttempt {
  readonly target: Target;
  readonly health: TargetHealth;
  readonly purpose: Extract<Purpose, "answer" | "retry" | "fallback" | "hedge">;
  /** 0 for the first try on the target. */
  readonly retry: number;
  /** Beyond the route's retries: only with another key of the provider, when one was limited or denied. */
  readonly isForOtherKey: boolean;
  readonly strategy: Strategy;
  /** Its target's place in the order, from 1, and of how many. */
  readonly place: number;
  readonly of: number;
  /** How the target stood when the order was made. */
  readonly standing: Availability;
  /** What the strategy compared: nanos for `cheapest`, milliseconds for `fastest`, attempts for `least_busy`. */
  readonly score: number | undefined;
}

/** Fits a line of the journal: names of targets are not in it. */
const CHARACTERS_MAX = 200;

/** Why this attempt goes to this target, with its price and health at this moment, in at most 200 characters. */
export function describeChoice(planned: PlannedAttempt, nowMs: number): string {
  const { purpose, retry, of, standing } = planned;
  const scored = of === 1 ? undefined : describeScore(planned);
  let words = of === 1 ? "only target" : describePlace(planned);
  if (scored !== undefined) words += `; ${scored}`;
  if (purpose === "retry") words += `; try ${retry + 1}`;
  if (purpose === "hedge") words += "; beside one that is slow";
  if (standing !== "healthy") words += `; was ${standing}`;
  words += `; ${describeHealth(planned.health, nowMs)}`;
  return words.length > CHARACTERS_MAX ? words.slice(0, CHARACTERS_MAX) : words;
}

/** The plain order has no name here: that of its strategy is also what an attempt is called that follows another. */
function describePlace({ strategy, place, of }: PlannedAttempt): string {
  return `${strategy === "fallback" ? "target" : strategy} ${place} of ${of}`;
}

function describeScore({ strategy, score }: PlannedAttempt): string | undefined {
  if (strategy === "cheapest") return score === undefined ? "no price" : `${(score / 1e9).toPrecision(3)} USD expected`;
  if (strategy === "fastest") return score === undefined ? "not measured yet" : `${Math.round(score)} ms expected`;
  return undefined;
}

function describeHealth(health: TargetHealth, nowMs: number): string {
  const ejected = health.outlier.isEjected(nowMs) ? "ejected, " : "";
  const typicalMs = health.streamed.quantileMs(0.5) ?? health.whole.quantileMs(0.5);
  const speed = typicalMs === undefined ? "" : `, p50 ${Math.round(typicalMs)} ms`;
  const cached = health.cacheShare.value;
  const hits = cached === undefined || cached < 0.005 ? "" : `, prompt cache ${Math.round(cached * 100)} %`;
  return `${ejected}${health.running} running, ${health.failures} of ${health.attempts} failed${speed}${hits}`;
}
