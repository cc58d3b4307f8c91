/** Routes of targets named by letters and a router of its own for each test. */
import { PriceBook, PricingSection } from "#pricing";
import { instant } from "#units";
import { type CallToPlan } from "./plan-attempts.ts";
import { type PlannedAttempt } from "./planned-attempt.ts";
import { type Provider, type Route } from "./route.ts";
import { Router } from "./router.ts";

const prices = PriceBook.build({
  seed: [],
  own: [],
  configured: ["a", "b", "c", "d", "e"].map((name, index) => ({
    provider: name,
    prices: "none",
    rates: PricingSection.parse({
      m: { input: `${index + 1} USD/M`, cache_read: "0.1 USD/M", output: `${10 - index} USD/M` },
    }),
  })),
});

export function provider(name: string, differing: Partial<Provider> = {}): Provider {
  return {
    name,
    format: "openai",
    origin: `http://${name}.test`,
    basePath: "",
    apiKey: undefined,
    prices: name,
    region: undefined,
    onClientGone: "cancel",
    trace: false,
    streamUsage: true,
    ...differing,
  };
}

export function route(names: string, differing: Partial<Route> = {}): Route {
  return {
    name: "r",
    targets: names.split("").map((name) => ({ provider: provider(name), model: "m" })),
    retries: 0,
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
    maxOutputTokens: undefined,
    holdCeiling: undefined,
    defaults: {},
    ...differing,
  };
}

export const nobody = { feature: "(none)", team: "(none)", customer: "(none)", environment: "(none)", tags: {} };

export function call(differing: Partial<CallToPlan> = {}): CallToPlan {
  return {
    format: "openai",
    isTranslatable: false,
    pinned: undefined,
    attributes: nobody,
    inputTokens: 1_000,
    outputTokensMax: undefined,
    affinity: () => "k",
    ...differing,
  };
}

/** The same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

export function routerOf(seed = 7): Router {
  return new Router({ fraction: seeded(seed) });
}

export function planOf(router: Router, of: Route, nowMs = 0, asked = call()): readonly PlannedAttempt[] {
  return router.plan(of, asked, { prices, at: instant(0), nowMs });
}

export function order(plan: readonly PlannedAttempt[]): string {
  return plan
    .filter(({ retry }) => retry === 0)
    .map(({ target }) => target.provider.name)
    .join("");
}

type Outcome = Parameters<Router["ended"]>[1];

/** One attempt on a target from its beginning to its end. */
export function attempt(router: Router, planned: PlannedAttempt, outcome: Partial<Outcome>, nowMs = 0): void {
  const key = router.began(planned, nowMs);
  planned.health.headCame();
  router.ended(planned, { type: "answered", durationMs: 100, ...outcome }, { key, nowMs });
}

export function attemptOn(
  router: Router,
  of: Route,
  name: string,
  outcome: Partial<Outcome> & { readonly nowMs?: number },
): void {
  const { nowMs = 0 } = outcome;
  const planned = planOf(router, of, nowMs).find(({ target }) => target.provider.name === name);
  if (planned === undefined) throw new Error(`no target ${name}`);
  attempt(router, planned, outcome, nowMs);
}
