import type { Slo, SloPage } from "#contract";

/** One promise that burns fast, one that burns slowly, one that is kept, and one that nothing was called for. */
export function mockSlos(now: number): SloPage {
  return { rows: [isBroken, isSlow, isKept, isUncalled], as_of: new Date(now - 4_000).toISOString() };
}

const isBroken: Slo = {
  name: "claude is up",
  of: { dimension: "provider", value: "claude" },
  measure: "answered",
  promises: "99 % answered",
  over_days: 30,
  target: 0.99,
  total: 48_211,
  good: 47_655,
  budget_left: -0.1532,
  burn: { "5m": 21.4, "1h": 17.2, "6h": 6.1, "3d": 2.04 },
  burning: "fast",
};

const isSlow: Slo = {
  name: "support is quick",
  of: { dimension: "route", value: "support" },
  measure: "first_content",
  promises: "95 % within 800 ms to the first content",
  over_days: 7,
  target: 0.95,
  total: 9_104,
  good: 8_803,
  budget_left: 0.3388,
  burn: { "5m": 1.2, "1h": 1.4, "6h": 1.31, "3d": 1.07 },
  burning: "slow",
};

const isKept: Slo = {
  name: "a chat is cheap",
  of: { dimension: "feature", value: "chat" },
  measure: "cost_per_interaction",
  promises: "99 % at most 0.05 USD an interaction",
  over_days: 30,
  target: 0.99,
  total: 31_870,
  good: 31_853,
  budget_left: 0.9467,
  burn: { "5m": 0, "1h": 0.02, "6h": 0.04, "3d": 0.05 },
};

const isUncalled: Slo = {
  name: "night runs end",
  of: { dimension: "route", value: "nightly" },
  measure: "duration",
  promises: "90 % within 120 s",
  over_days: 1,
  target: 0.9,
  total: 0,
  good: 0,
  burn: {},
};
