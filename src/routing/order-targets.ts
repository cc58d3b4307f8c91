import { type PriceBook } from "#pricing";
import { unreachable } from "#std";
import { type Instant } from "#units";
import { expectedCost, expectedOutput } from "./expected-cost.ts";
import { hashText, scoreOf } from "./rendezvous.ts";
import { type Strategy, type Target } from "./route.ts";
import { type TargetHealth } from "./target-health.ts";

/** A target that may take the call, with what speaks for it. */
export interface Candidate {
  readonly target: Target;
  readonly health: TargetHealth;
  /** By the route's strategy: nanos, milliseconds, running attempts … The smallest comes first; undefined is unknown. */
  score: number | undefined;
}

/** What of a call its targets are compared by. */
export interface ComparedCall {
  /** Estimated from the bytes. */
  readonly inputTokens: number;
  readonly outputTokensMax: number | undefined;
  /** What calls with the same beginning have in common; asked for by `sticky` alone. */
  affinity(): string;
}

export interface OrderTerms {
  readonly strategy: Strategy;
  readonly call: ComparedCall;
  readonly prices: PriceBook;
  readonly at: Instant;
  readonly nowMs: number;
  readonly fraction: () => number;
}

/** Puts two candidates or more into the order in which they are to be tried, in place. */
export function orderTargets(candidates: Candidate[], terms: OrderTerms): void {
  switch (terms.strategy) {
    case "fallback":
      return;
    case "weighted":
      return orderByWeight(candidates, terms);
    case "cheapest":
      return orderByCost(candidates, terms);
    case "fastest":
      return orderBySpeed(candidates, terms);
    case "least_busy":
      return orderByLoad(candidates, terms);
    case "sticky":
      return orderByAffinity(candidates, terms);
    default:
      return unreachable(terms.strategy);
  }
}

/** Drawing without putting back, so the targets behind the first share its calls by their weights when it fails. */
function orderByWeight(candidates: Candidate[], { fraction }: OrderTerms): void {
  for (const candidate of candidates) {
    const weight = candidate.target.weight ?? 1;
    // Efraimidis and Spirakis: the least of -ln(u) / weight is drawn first.
    candidate.score = weight === 0 ? Infinity : -Math.log(1 - fraction()) / weight;
  }
  sortByScore(candidates);
}

function orderByCost(candidates: Candidate[], terms: OrderTerms): void {
  const outputTokens = expectedOutput(
    candidates.map(({ health }) => health),
    terms.call.outputTokensMax,
  );
  const expected = { inputTokens: terms.call.inputTokens, outputTokens };
  for (const candidate of candidates) {
    const { prices, at } = terms;
    candidate.score = expectedCost(candidate.target, expected, { prices, at, health: candidate.health });
  }
  sortByScore(candidates);
}

/** What was measured long ago weighs less: a target that was slow is tried again, the later the slower it was. */
const FORGOTTEN_HALF_MS = 60_000;

function orderBySpeed(candidates: Candidate[], terms: OrderTerms): void {
  const outputTokens = expectedOutput(
    candidates.map(({ health }) => health),
    terms.call.outputTokensMax,
  );
  for (const candidate of candidates) candidate.score = expectedMs(candidate.health, outputTokens, terms.nowMs);
  sortByScore(candidates, { unknown: "first" });
  const first = chosenOfTwo(candidates, terms.fraction);
  const [chosen] = candidates.splice(first, 1);
  if (chosen !== undefined) candidates.unshift(chosen);
}

function expectedMs(health: TargetHealth, outputTokens: number, nowMs: number): number | undefined {
  const { firstContentMs, tokensPerSecond, untimedMs } = health;
  if (tokensPerSecond.value === undefined)
    return firstContentMs.value ?? faded(untimedMs.value, nowMs - untimedMs.atMs);
  const measuredMs = (firstContentMs.value ?? 0) + (outputTokens * 1000) / tokensPerSecond.value;
  return faded(measuredMs, nowMs - tokensPerSecond.atMs);
}

function faded(measuredMs: number | undefined, agoMs: number): number | undefined {
  return measuredMs === undefined ? undefined : measuredMs * 2 ** (-agoMs / FORGOTTEN_HALF_MS);
}

/**
 * Power of two choices: the faster of two drawn at random. Threads and nodes that measured the same would else all send to
 * the same target at once and make it the slowest. `candidates` stand fastest first, so the smaller place wins.
 */
function chosenOfTwo(candidates: readonly Candidate[], fraction: () => number): number {
  const count = candidates.length;
  const one = Math.floor(fraction() * count);
  const other = (one + 1 + Math.floor(fraction() * (count - 1))) % count;
  return Math.min(one, other);
}

function orderByLoad(candidates: Candidate[], { fraction }: OrderTerms): void {
  for (const candidate of candidates) {
    const { health, target } = candidate;
    // The fraction, below any difference between two loads, breaks ties by chance.
    candidate.score = (health.running + fraction() * 0.001) / Math.max(target.weight ?? 1, 0.001);
  }
  sortByScore(candidates);
}

/** A target that already runs a quarter more than its share passes the key on, as in consistent hashing with bounded loads. */
const LOAD_FACTOR = 1.25;
// Of a handful of calls none is too many.
const LOAD_ALWAYS = 8;

function orderByAffinity(candidates: Candidate[], { call }: OrderTerms): void {
  const key = hashText(call.affinity());
  let running = 0;
  for (const candidate of candidates) {
    candidate.score = -scoreOf(key, candidate.health.hash);
    running += candidate.health.running;
  }
  sortByScore(candidates);
  const most = Math.max(LOAD_ALWAYS, (LOAD_FACTOR * (running + 1)) / candidates.length);
  const first = candidates.findIndex(({ health }) => health.running < most);
  if (first <= 0) return;
  candidates.push(...candidates.splice(0, first));
}

/** Stable, so what nothing tells apart stays in the order of the file. */
function sortByScore(
  candidates: Candidate[],
  { unknown }: { readonly unknown: "first" | "last" } = { unknown: "last" },
) {
  const absent = unknown === "first" ? -Infinity : Infinity;
  candidates.sort((left, right) => compare(left.score ?? absent, right.score ?? absent));
}

function compare(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
