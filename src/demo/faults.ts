import { type Random } from "./random.ts";

/**
 * What may go wrong with one attempt. The first four answer an error and bill nothing; `error-in-answer` breaks a stream
 * with an error event inside its 200, `cut` ends an answer before its end, `slow` holds back the first byte.
 */
export const faultKinds = [
  "rate-limit",
  "server-error",
  "unavailable",
  "overloaded",
  "error-in-answer",
  "cut",
  "slow",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Probability of each fault for one attempt, from 0 to 1. An absent one does not happen by itself. */
export type FaultRates = { readonly [Kind in FaultKind]?: number };

/** Small enough that pages stay pleasant, large enough that every kind is seen within some minutes of the demo. */
export const demoFaults: FaultRates = {
  "rate-limit": 0.012,
  "server-error": 0.004,
  unavailable: 0.004,
  overloaded: 0.004,
  "error-in-answer": 0.004,
  cut: 0.006,
  slow: 0.01,
};

export function drawFault(rates: FaultRates, random: Random): FaultKind | undefined {
  let left = random.fraction();
  for (const kind of faultKinds) {
    left -= rates[kind] ?? 0;
    if (left < 0) return kind;
  }
  return undefined;
}
