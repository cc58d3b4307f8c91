/**
 * What planning costs a call: a route of five targets, each strategy, all targets measured. CPU microseconds for each plan,
 * the middle of several rounds.
 *
 *     node bench/routing.ts [--plans 200000]
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { bundledSeed, ownSkus, PriceBook } from "#pricing";
import { describeChoice, type Provider, type Route, Router } from "#routing";
import { instant } from "#units";

const { values } = parseArgs({ options: { plans: { type: "string", default: "200000" } } });
const PLANS = Number(values.plans);
const ROUNDS = 7;
const AT = instant(Date.parse("2026-06-15T09:30:00Z"));
const models = ["gpt-5-mini", "gpt-5", "gpt-4o", "gpt-4o-mini", "gpt-4.1"];
const attributes = { feature: "chat", team: "support", customer: "(none)", environment: "production", tags: {} };

const prices = PriceBook.build({
  seed: await bundledSeed(),
  own: ownSkus(),
  configured: models.map((_, index) => ({ provider: `p${index}`, prices: "openai", rates: {} })),
});

console.log(`${cpus()[0]?.model ?? "?"}, Node ${process.version}, ${PLANS} plans a round, five targets`);
for (const strategy of ["fallback", "weighted", "cheapest", "fastest", "least_busy", "sticky"] as const) {
  const route = routeOf(strategy);
  const router = measured(route);
  console.log(`${strategy.padEnd(12)} ${middle(() => planAll(router, route)).toFixed(2)} µs`);
}
const described = routeOf("cheapest");
const [first] = planOnce(measured(described), described);
console.log(
  `reason       ${middle(() => describeAll(first)).toFixed(2)} µs (${first && describeChoice(first, 1_000)})`,
);

function routeOf(strategy: NonNullable<Route["strategy"]>): Route {
  const targets = models.map((model, index) => ({ provider: providerOf(`p${index}`), model, weight: index + 1 }));
  const timeouts = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };
  const route = { name: "r", targets, strategy, retries: 1, timeouts, regions: ["eu"] };
  return { ...route, maxOutputTokens: undefined, holdCeiling: undefined, defaults: {} };
}

function providerOf(name: string): Provider {
  return {
    name,
    format: "openai",
    origin: "http://127.0.0.1",
    basePath: "",
    apiKey: undefined,
    prices: name,
    region: "eu",
    onClientGone: "cancel",
    trace: false,
    streamUsage: true,
  };
}

/** A thread that has seen answers of every target. */
function measured(route: Route): Router {
  const router = new Router({ fraction: () => Math.random() });
  for (let time = 0; time < 100; time += 1) {
    for (const planned of planOnce(router, route)) {
      const key = router.began(planned, time);
      planned.health.headCame();
      const outcome = { durationMs: 900 + time, firstContentMs: 300, outputTokens: 200, inputTokens: 1_000 };
      router.ended(planned, { type: "answered", cacheReadTokens: 500, ...outcome }, { key, nowMs: time });
    }
  }
  return router;
}

function planOnce(router: Router, route: Route) {
  const asked = { format: "openai", isTranslatable: false, pinned: undefined } as const;
  const call = { ...asked, attributes, inputTokens: 1_200, outputTokensMax: 1_000 };
  return router.plan(route, { ...call, affinity: () => "session-1" }, { prices, at: AT, nowMs: 1_000 });
}

function planAll(router: Router, route: Route): void {
  let attempts = 0;
  for (let plan = 0; plan < PLANS; plan += 1) attempts += planOnce(router, route).length;
  if (attempts !== PLANS * 10) throw new Error("a plan is short");
}

function describeAll(planned: typeof first): void {
  let characters = 0;
  for (let time = 0; time < PLANS; time += 1)
    characters += planned === undefined ? 0 : describeChoice(planned, 1_000).length;
  if (characters === 0) throw new Error("nothing described");
}

function middle(run: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / PLANS;
  });
  return times.toSorted((left, right) => left - right)[Math.floor(ROUNDS / 2)] ?? NaN;
}
