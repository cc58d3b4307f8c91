/**
 * Calls on several threads' budgets and one authority, whose messages take a turn of the event loop each way. Every limit
 * is what all calls cost in the end and one hold for each that runs at the same time, so each hold fits what is truly left.
 */
import { type BudgetDefinition, BudgetTable, EmbeddedAuthority } from "#budget";
import { CallBudgets } from "#gateway";
import { money } from "#units";
import { realWorld } from "#world";
import { dispatched } from "../../src/events/event-examples.ts";

const THREADS = 4;
const RUNNING_EACH = 64;
const HOLD = 1_000_000n;
const USERS = 50;

export interface InsideLimits {
  readonly calls: number;
  readonly refused: number;
  /** Answered only after other threads had given back. */
  readonly waited: number;
  readonly milliseconds: number;
}

export async function callsInsideLimits(calls: number, seed: number): Promise<InsideLimits> {
  const { clock } = realWorld();
  const costs = Array.from({ length: calls }, (_, call) => (BigInt((call * 7919 + seed) % 997) * HOLD) / 1000n);
  const definitions = definitionsFor(costs);
  const authority = new EmbeddedAuthority(new BudgetTable(definitions, 1), {
    send: (holder, message) => void setImmediate(() => threads[Number(holder)]?.receive([message])),
    reached: () => undefined,
  });
  const threads = Array.from({ length: THREADS }, (_, index) => {
    const holder = String(index);
    authority.join(holder);
    const send = (message: Parameters<typeof authority.receive>[0][number]) =>
      void setImmediate(() => authority.receive([message], clock.now()));
    const budgets = new CallBudgets({ clock, holder, send });
    budgets.apply(definitions, 1);
    return budgets;
  });
  const pressing = setInterval(() => authority.tick(clock.now()), 5);
  let [next, refused, waited] = [0, 0, 0];
  const client = async (budgets: CallBudgets) => {
    for (let call = (next += 1); call <= calls; call = next += 1) {
      const spender = spenderOf(call);
      const asked = budgets.hold({ spender, amount: HOLD, tokens: 100n, at: clock.now() });
      if (asked instanceof Promise) waited += 1;
      const admission = asked instanceof Promise ? await asked : asked;
      await new Promise((done) => void setImmediate(done));
      if (admission.type === "admitted") budgets.settle(admission.hold, paid(costs[call - 1] ?? 0n));
      else refused += 1;
    }
  };
  const begun = performance.now();
  await Promise.all(threads.flatMap((thread) => Array.from({ length: RUNNING_EACH }, () => client(thread))));
  clearInterval(pressing);
  return { calls, refused, waited, milliseconds: Math.round(performance.now() - begun) };
}

function paid(nanos: bigint) {
  return { cost: { type: "priced", nanos: money(nanos) }, residual: money(0n), usage: {} } as const;
}

function spenderOf(call: number) {
  const example = dispatched(`call-${call % USERS}`);
  return { ...example, attribution: { ...example.attribution, user: `user-${call % USERS}`, feature: `f${call % 3}` } };
}

function definitionsFor(costs: readonly bigint[]): readonly BudgetDefinition[] {
  const reserve = BigInt(THREADS * RUNNING_EACH) * HOLD;
  const sums = new Map<string, bigint>();
  const add = (name: string, cost: bigint) => void sums.set(name, (sums.get(name) ?? 0n) + cost);
  for (const [index, cost] of costs.entries()) {
    add("all", cost);
    add(`user-${(index + 1) % USERS}`, cost);
    add(`f${(index + 1) % 3}`, cost);
  }
  const most = (prefix: string) =>
    [...sums].filter(([name]) => name.startsWith(prefix)).reduce((max, [, sum]) => (sum > max ? sum : max), 0n);
  const budget = (id: string, scope: BudgetDefinition["scope"], limit: bigint): BudgetDefinition => ({
    id,
    scope,
    per: "total",
    unit: "USD",
    limit: money(limit + reserve),
    zone: "UTC",
    thresholds: [{ percent: 100, action: "refuse" }],
    valuesMax: 10_000,
  });
  return [
    budget("all", {}, most("all")),
    budget("each user", { user: "*" }, most("user-")),
    budget("each feature", { feature: "*" }, most("f")),
  ];
}
