import { unreachable } from "#std";
import { DecayedMean } from "./decayed-mean.ts";
import { LatencyDigest } from "./latency-digest.ts";
import { Outlier } from "./outlier.ts";
import { hashText } from "./rendezvous.ts";

/** What an attempt says of its target. `refused`: it answered, and the call was at fault. `abandoned`: we or the client left. */
export interface Outcome {
  readonly type: "answered" | "failed" | "limited" | "denied" | "refused" | "abandoned";
  /** How long the provider asked to be left alone. */
  readonly askedDelayMs?: number | undefined;
  readonly durationMs: number;
  readonly firstContentMs?: number | undefined;
  readonly inputTokens?: number | undefined;
  readonly cacheReadTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}

/** Why a target is not to be asked now, or that it may be. */
export type Availability = "healthy" | "ejected" | "cooling" | "full";

/**
 * Envoy's default thresholds of one upstream (circuit_breaker.proto: `max_requests` and `max_pending_requests` 1,024), here
 * for each thread.
 */
const RUNNING_MAX = 1_024;
const PENDING_MAX = 1_024;

const LIMITED_MS_FIRST = 1_000;
const LIMITED_MS_MAX = 60_000;
const ASKED_MS_MAX = 600_000;
/** A key that was denied is not asked with for a minute: whoever mends it does so by hand. */
const DENIED_MS = 60_000;
const SAMPLE_WEIGHT = 0.2;

/** What one thread has seen of one target: plain numbers, brought up to date as attempts begin and end. */
export class TargetHealth {
  readonly provider: string;
  readonly model: string;
  readonly name: string;
  /** For rendezvous hashing. */
  readonly hash: number;
  readonly outlier = new Outlier();
  /** To the first content of streams. */
  readonly streamed = new LatencyDigest();
  /** To the end of answers that came whole. */
  readonly whole = new LatencyDigest();
  readonly firstContentMs = new DecayedMean(SAMPLE_WEIGHT);
  readonly tokensPerSecond = new DecayedMean(SAMPLE_WEIGHT);
  /** Of answers that came whole and have no tokens of output to be timed by: vectors, or chats that told no usage. */
  readonly untimedMs = new DecayedMean(SAMPLE_WEIGHT);
  readonly outputTokens = new DecayedMean(SAMPLE_WEIGHT);
  /** Input that the provider read from its prompt cache, as a share of all input. */
  readonly cacheShare = new DecayedMean(SAMPLE_WEIGHT);
  running = 0;
  /** Of those that run: the head of whose answer has not come. */
  pending = 0;
  attempts = 0;
  failures = 0;
  limited = 0;
  usedMs = 0;
  #limitedInRow = 0;
  /** By the place of a key in its provider's list. */
  readonly #coolUntilMs: number[] = [];
  /** How many its provider had when one was picked last. */
  #keys = 1;

  constructor(provider: string, model: string) {
    this.provider = provider;
    this.model = model;
    this.name = `${provider}/${model}`;
    this.hash = hashText(this.name);
  }

  availability(nowMs: number, keys = this.#keys): Availability {
    if (this.outlier.isEjected(nowMs)) return "ejected";
    if (this.coolUntilMs(keys) > nowMs) return "cooling";
    return this.running >= RUNNING_MAX || this.pending >= PENDING_MAX ? "full" : "healthy";
  }

  get isFull(): boolean {
    return this.running >= RUNNING_MAX || this.pending >= PENDING_MAX;
  }

  /** When the first of its keys may be used again; in the past when one may be used now. */
  coolUntilMs(keys: number): number {
    let first = this.#coolUntilMs[0] ?? -Infinity;
    for (let key = 1; key < keys; key += 1) first = Math.min(first, this.#coolUntilMs[key] ?? -Infinity);
    return first;
  }

  hasFreeKey(nowMs: number, { keys, except }: { readonly keys: number; readonly except: number }): boolean {
    for (let key = 0; key < keys; key += 1) {
      if (key !== except && (this.#coolUntilMs[key] ?? -Infinity) <= nowMs) return true;
    }
    return false;
  }

  /** The key to use: the next in turn that does not cool, else the one that has cooled first. */
  pickKey(nowMs: number, keys: number): number {
    this.#keys = keys;
    let best = this.attempts % keys;
    for (let step = 0; step < keys; step += 1) {
      const key = (this.attempts + step) % keys;
      const untilMs = this.#coolUntilMs[key] ?? -Infinity;
      if (untilMs <= nowMs) return key;
      if (untilMs < (this.#coolUntilMs[best] ?? -Infinity)) best = key;
    }
    return best;
  }

  began(nowMs: number): void {
    this.running += 1;
    this.pending += 1;
    this.attempts += 1;
    this.usedMs = nowMs;
  }

  headCame(): void {
    this.pending -= 1;
  }

  /** True when the target ought to be ejected. */
  ended(outcome: Outcome, { nowMs, key }: { readonly nowMs: number; readonly key: number }): boolean {
    this.running -= 1;
    if (outcome.type !== "limited") this.#limitedInRow = 0;
    switch (outcome.type) {
      case "answered":
        this.outlier.succeeded(nowMs);
        this.#measure(outcome, nowMs);
        return false;
      case "refused":
        this.outlier.succeeded(nowMs);
        return false;
      case "failed":
        this.failures += 1;
        if (outcome.askedDelayMs !== undefined) this.#cool(key, nowMs + Math.min(outcome.askedDelayMs, ASKED_MS_MAX));
        return this.outlier.failed(nowMs);
      case "limited":
        this.limited += 1;
        this.#limitedInRow += 1;
        this.#cool(key, nowMs + this.#limitedMs(outcome.askedDelayMs));
        return false;
      case "denied":
        this.failures += 1;
        this.#cool(key, nowMs + DENIED_MS);
        return false;
      case "abandoned":
        return false;
      default:
        return unreachable(outcome.type);
    }
  }

  #limitedMs(askedDelayMs: number | undefined): number {
    // It may be asked again at once, but not while another key was not limited at all.
    const isSpared = askedDelayMs === 0 && this.#keys > 1;
    if (askedDelayMs !== undefined && !isSpared) return Math.min(askedDelayMs, ASKED_MS_MAX);
    return Math.min(LIMITED_MS_FIRST * 2 ** (this.#limitedInRow - 1), LIMITED_MS_MAX);
  }

  #cool(key: number, untilMs: number): void {
    while (this.#coolUntilMs.length <= key) this.#coolUntilMs.push(-Infinity);
    this.#coolUntilMs[key] = untilMs;
  }

  #measure({ durationMs, firstContentMs, inputTokens, cacheReadTokens, outputTokens }: Outcome, nowMs: number): void {
    if (firstContentMs === undefined) this.whole.add(durationMs);
    else {
      this.streamed.add(firstContentMs);
      this.firstContentMs.add(firstContentMs, nowMs);
    }
    if (inputTokens !== undefined && inputTokens > 0) this.cacheShare.add((cacheReadTokens ?? 0) / inputTokens, nowMs);
    if (outputTokens === undefined || outputTokens <= 0) {
      if (firstContentMs === undefined) this.untimedMs.add(durationMs, nowMs);
      return;
    }
    this.outputTokens.add(outputTokens, nowMs);
    const generatingMs = durationMs - (firstContentMs ?? 0);
    if (generatingMs > 0) this.tokensPerSecond.add((outputTokens * 1000) / generatingMs, nowMs);
  }
}
