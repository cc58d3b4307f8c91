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

const scopes = [
  {},
  { team: "support" },
  { user: "*" },
  { key: "*" },
  { provider: "openai" },
  { team: "support", feature: "*" },
];
const definitions = scopes.map((scope, index): BudgetDefinition => ({
  id: `budget-${index}`,
  scope,
  unit: "USD",
  per: index % 2 === 0 ? "day" : "month",
  limit: money(10n ** 18n),
  zone: "Europe/Berlin",
  thresholds: [{ percent: 100, action: "refuse" }],
  valuesMax: 10_000,
}));

console.log(`${cpus()[0]?.model ?? "?"}, Node ${process.version}, ${CALLS} calls a round, six scopes`);
const budgets = connect();
const spender = dispatched("bench");
console.log(`counters alone          ${middle(countersAlone)} µs`);
console.log(`admit + settle          ${middle(admitAndSettle)} µs`);
console.log(`admit + settle + report ${middle(withReports)} µs`);

/** One thread and its authority, whose messages arrive at once. */
function connect(): ThreadBudgets {
  const table = new BudgetTable(definitions, 1);
  const authority: EmbeddedAuthority = new EmbeddedAuthority(table, {
    send: (_, message) => thread.receive(message, NOW),
    reached: () => {},
  });
  const thread: ThreadBudgets = new ThreadBudgets("a", table, {
    send: (message) => authority.receive(message, NOW),
    resolved: () => {},
  });
  authority.join("a");
  return thread;
}

function countersAlone(): void {
  const counters = scopes.map(() => ({ left: 10n ** 18n, held: 0n, spent: 0n }));
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

function callOnce(): void {
  const admission = budgets.admit({ spender, amount: 5_000n, at: NOW });
  if (admission.type === "admitted") budgets.settle(admission.hold, { spent: 3_000n, residual: 0n }, NOW);
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
