/** What a limit counts, and how much of it one attempt takes. */
import { type AttemptDispatched, type Settlement } from "#events";
import { unreachable } from "#std";

export const units = ["USD", "requests", "tokens", "concurrent"] as const;
export type Unit = (typeof units)[number];

/**
 * How an account is counted. Requests are calls of clients; only where a scope names the provider each attempt is one,
 * since each is one there.
 */
export type Meter = "USD" | "calls" | "attempts" | "tokens" | "concurrent";

/** The most that an attempt takes. */
export interface Size {
  readonly nanos: bigint;
  /** Input and output together; undefined where nothing limits them, and then a limit on tokens refuses. */
  readonly tokens: bigint | undefined;
  /** A retry or fallback is no further call. */
  readonly isFirst: boolean;
}

/** What an attempt took, in one unit. */
export interface Charge {
  readonly spent: bigint;
  /** What stays in doubt beside it. */
  readonly residual: bigint;
}

export type SettlementFacts = Pick<Settlement, "cost" | "residual" | "usage">;

export function meterOf(unit: Unit, scopeNames: readonly string[]): Meter {
  if (unit !== "requests") return unit;
  return scopeNames.includes("provider") ? "attempts" : "calls";
}

/** Undefined only for tokens that nothing limits. */
export function takenBy({ nanos, tokens, isFirst }: Size, meter: Meter): bigint | undefined {
  switch (meter) {
    case "USD":
      return nanos;
    case "tokens":
      return tokens;
    case "calls":
      return isFirst ? 1n : 0n;
    case "attempts":
    case "concurrent":
      return 1n;
    default:
      return unreachable(meter);
  }
}

export function sizeOf({ bound, number }: AttemptDispatched): Size {
  const nanos = bound.type === "unknown" ? 0n : bound.nanos;
  return { nanos, tokens: bound.tokens === undefined ? undefined : BigInt(bound.tokens), isFirst: number === 1 };
}

export const NOTHING: Charge = { spent: 0n, residual: 0n };

/** What a settled attempt leaves charged of what was held for it. */
export function chargeOf(settlement: SettlementFacts, size: Size, meter: Meter): Charge {
  switch (meter) {
    case "USD":
      return costOf(settlement, size.nanos);
    case "tokens":
      return tokensOf(settlement, size.tokens ?? 0n);
    case "calls":
    case "attempts":
      return { spent: takenBy(size, meter) ?? 0n, residual: 0n };
    case "concurrent":
      return NOTHING;
    default:
      return unreachable(meter);
  }
}

/** Dispatched, and its end was written by nobody: it may have cost all that was held. What ran is over. */
export function chargeOfLost(size: Size, meter: Meter): Charge {
  if (meter === "concurrent") return NOTHING;
  const taken = takenBy(size, meter) ?? 0n;
  return meter === "calls" || meter === "attempts" ? { spent: taken, residual: 0n } : { spent: 0n, residual: taken };
}

/** An attempt that nobody can price keeps its whole hold in doubt: giving it back would make unpriced models free. */
function costOf({ cost, residual }: SettlementFacts, hold: bigint): Charge {
  if (cost.type === "unpriced") return { spent: 0n, residual: hold > residual ? hold : residual };
  return { spent: cost.nanos, residual };
}

/** Without usage nothing was used where nothing is owed; elsewhere all that was held may have been. */
function tokensOf({ cost, residual, usage }: SettlementFacts, hold: bigint): Charge {
  if (usage === undefined) return cost.type === "priced" ? NOTHING : { spent: 0n, residual: hold };
  let tokens = 0;
  for (const name of tokenClasses) tokens += usage[name] ?? 0;
  const spent = BigInt(tokens);
  return { spent, residual: residual > 0n && hold > spent ? hold - spent : 0n };
}

const tokenClasses = [
  "input_uncached",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "audio_in",
  "audio_cache_read",
  "image_in",
  "image_cache_read",
  "video_in",
  "output_text",
  "output_reasoning",
  "audio_out",
  "image_out",
  "video_out",
] as const satisfies readonly (keyof NonNullable<Settlement["usage"]>)[];
