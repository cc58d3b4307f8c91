/** A few calls with every kind of ending, for tests of questions. */
import { instant, money } from "#units";
import { dispatched, refused, settled } from "../events/event-examples.ts";
import { entryInDoubt, entryOfCorrection, entryOfSettled } from "../ledger/make-entry.ts";

const start = Date.parse("2026-11-21T10:00:00Z");
export const minute = (count: number) => instant(start + count * 60_000);
export const { attribution } = dispatched("x");

/** Calls 0 to 9, a minute apart: 3 was retried, 5 was cut, 7 is in doubt, 8 was read later; and two refusals. */
export const entries = [
  ...[0, 1, 2, 4, 6, 9].map((name) => {
    const differing = { at: minute(name), attribution: { ...attribution, interaction: `turn-${name % 2}` } };
    return entryOfSettled(dispatched(`${name}`, differing), settled(`${name}`, { durationMs: 100 * (name + 1) }));
  }),
  entryOfSettled(
    dispatched("3a", { at: minute(3), call: "call_3" }),
    settled("3a", {
      state: "failed",
      delivered: "none",
      status: 503,
      error: "upstream_503",
      callEnd: false,
      usage: undefined,
      components: [],
      cost: { type: "priced", nanos: money(0n) },
    }),
  ),
  entryOfSettled(
    dispatched("3b", { at: instant(minute(3) + 2000), call: "call_3", number: 2, purpose: "retry" }),
    settled("3b", { durationMs: 500, firstContentMs: 90 }),
  ),
  entryOfSettled(
    dispatched("5", { at: minute(5), attribution: { ...attribution, feature: "search" } }),
    settled("5", {
      state: "cut",
      delivered: "partial",
      error: "upstream_reset",
      cost: { type: "estimated", nanos: money(40n), basis: "relayed" },
      components: [],
      residual: money(60n),
    }),
  ),
  entryInDoubt(dispatched("7", { at: minute(7) }), minute(30)),
  entryOfSettled(
    dispatched("8", { at: minute(8) }),
    settled("8", {
      state: "background",
      cost: { type: "unpriced", reason: "background" },
      usage: undefined,
      components: [],
      residual: money(5000n),
    }),
  ),
  entryOfCorrection({
    type: "attempt-corrected",
    dispatched: dispatched("8", { at: minute(8) }),
    before: { cost: { type: "unpriced", reason: "background" }, residual: money(5000n) },
    settlement: settled("8", { at: minute(60), callEnd: false }),
    reason: "read",
  }),
];
export const refusals = [
  refused("r1", { at: minute(2) }),
  refused("r2", { at: minute(20), code: "unknown_key", status: 401, key: undefined }),
];
