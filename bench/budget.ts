/**
 * What a budget costs on the way of a call: admission and settlement with six scopes, beside the bare arithmetic on six
 * counters. CPU microseconds per call, the middle of several rounds.
 *
 *     node bench/budget.ts [--calls 200000]
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { BudgetTable, type BudgetDefinition, EmbeddedAuthority, ThreadBudgets } from "#budget";
import { instant, money } from "#units";
import { dispatched } from "../src/events/event-examples.ts";

const { values } = parseArgs({ options: { calls: { type: "string", default: "200000" } } });
const CALLS = Number(values.calls);
const ROUNDS = 7;
const NOW = instant(Date.parse("2026-06-15T09:30:00Z"));

const limits = [
  { scope: {}, unit: "USD", per: "day" },
  { scope: { team: "support" }, unit: "USD", per: "month" },
  { scope: { user: "*" }, unit: "USD", per: "day" },
  { scope: { key: "*" }, unit: "requests", per: "minute" },
  { scope: { key: "*" }, unit: "tokens", per: "minute" },
  { scope: { provider: "openai" }, unit: "concurrent", per: "total" },
] as const;
const definitions = limits.map((limit, index): BudgetDefinition => ({
  ...limit,
  id: `budget-${index}`,
  limit: 10n ** 18n,
  zone: "Europe/Berlin",
  thresholds: [
    { percent: 80, action: "alert" },
    { percent: 100, action: "refuse" },
  ],
  valuesMax: 10_000,
}));
/** What section 6 of the design allows: of the counters alone, and of hold and settlement with six scopes. */
const LIMIT_US = { counters: 1, all: 3 };
const ending: Parameters<ThreadBudgets["settle"]>[1] = {
  cost: { type: "priced", nanos: money(3_000n) },
  residual: money(0n),
  usage: { input_uncached: 300, output_text: 100 },
};

console.log(
  `${cpus()[0]?.model ?? "?"}, Node ${process.version}, ${CALLS} calls a round, six scopes: three of money, requests, tokens, concurrent`,
);
const budgets = connect();
const spender = dispatched("bench");
console.log(`counters alone           ${middle(countersAlone)} µs of ${LIMIT_US.counters}`);
console.log(`admit + settle           ${middle(admitAndSettle)} µs of ${LIMIT_US.all}`);
console.log(`admit + settle + report  ${middle(withReports)} µs of ${LIMIT_US.all}`);
console.log(`the same, with headroom  ${middle(withHeadroom)} µs`);

/** One thread and its authority, whose messages arrive at once. */
function connect(): ThreadBudgets {
  const table = new BudgetTable(definitions, 1);
  const authority: EmbeddedAuthority = new EmbeddedAuthority(table, {
    send: (_, message) => thread.receive([message], NOW),
    reached: () => {},
  });
  const thread: ThreadBudgets = new ThreadBudgets("a", table, {
    send: (message) => authority.receive([message], NOW),
    resolved: () => {},
  });
  authority.join("a");
  return thread;
}

function countersAlone(): void {
  const counters = limits.map(() => ({ left: 10n ** 18n, held: 0n, spent: 0n }));
  for (let call = 0; call < CALLS; call += 1) {
    for (const counter of counters) if (counter.left < 5_000n) throw new Error("short");
    for (const counter of counters) {
      counter.left -= 5_000n;
      counter.held += 5_000n;
    }
    for (const counter of counters) {
      counter.held -= 5_000n;
      counter.spent += 3_000n;
      counter.left += 2_000n;
    }
  }
}

function admitAndSettle(): void {
  for (let call = 0; call < CALLS; call += 1) callOnce();
}

/** With what a thread tells its authority every twenty milliseconds, at 5,000 calls a second. */
function withReports(): void {
  for (let call = 0; call < CALLS; call += 1) {
    callOnce();
    if (call % 100 === 0) budgets.tick(instant(NOW + call / 5));
  }
}

/** As for a client that is told what is left in the headers of its answer. */
function withHeadroom(): void {
  for (let call = 0; call < CALLS; call += 1) {
    const admission = budgets.admit({ spender, amount: 5_000n, tokens: 2_000n, at: NOW });
    if (admission.type !== "admitted") continue;
    budgets.headroom(admission.hold);
    budgets.settle(admission.hold, ending, NOW);
  }
}

function callOnce(): void {
  const admission = budgets.admit({ spender, amount: 5_000n, tokens: 2_000n, at: NOW });
  if (admission.type === "admitted") budgets.settle(admission.hold, ending, NOW);
  else if (admission.type === "refused") throw new Error("refused with money left");
}

function middle(run: () => void): string {
  const times = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / CALLS;
  });
  return (times.toSorted((left, right) => left - right)[Math.floor(ROUNDS / 2)] ?? Number.NaN).toFixed(2);
}
