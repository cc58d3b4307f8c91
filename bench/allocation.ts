/** 120 months of 1,000 bills, each shared by what 20 features used: 2.4 million lines, and that they add up. */
import { availableParallelism, cpus } from "node:os";
import { allocate, type AllocationRule, type Bill } from "#accounting";
import { money } from "#units";

const MONTHS = 120;
const BILLS = 1000;
const FEATURES = 20;
const SECONDS_MAX = 5;

const periods = Array.from({ length: MONTHS }, (_, month) => `${2016 + Math.floor(month / 12)}-${1 + (month % 12)}`);
const bills = periods.flatMap((period, month) =>
  Array.from({ length: BILLS }, (_, index): Bill => ({
    id: `${period}/${index}`,
    period,
    amount: money(BigInt(1 + ((month * 7919 + index * 104_729) % 900_000_007)) * 1_000_003n),
    facts: { service: `service-${index % 50}` },
  })),
);
const tokens = {
  type: "measured",
  measure: { type: "tokens" },
  isPeak: false,
  filter: {},
  to: "feature",
} as const satisfies AllocationRule["by"];
const rules: readonly AllocationRule[] = [
  {
    name: "people",
    of: { type: "bills", where: { service: ["service-0", "service-1"] } },
    by: { type: "even", to: [{ type: "pool", name: "platform" }] },
  },
  { name: "platform", of: { type: "pool", name: "platform" }, by: tokens },
  { name: "rest", of: { type: "bills", where: {} }, by: tokens },
];
const used = Array.from({ length: FEATURES }, (_, index) => ({
  to: { type: "end", dimension: "feature", value: `feature-${index}` } as const,
  quantity: BigInt(1 + ((index * 2_654_435_761) % 1_000_003)),
}));

const from = performance.now();
const cpuBefore = process.cpuUsage();
const lines = allocate({ bills, rules, quantities: () => used });
const seconds = (performance.now() - from) / 1000;
const cpu = process.cpuUsage(cpuBefore);
if (!lines.ok) throw new Error(lines.error.type);
const billed = bills.reduce((sum, { amount }) => sum + amount, 0n);
const allocated = lines.value.reduce((sum, { amount }) => sum + amount, 0n);
if (billed !== allocated) throw new Error(`billed ${billed}, allocated ${allocated}`);
console.log(`${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, Node ${process.versions.node}`);
console.log(
  `${lines.value.length} lines of ${bills.length} bills in ${seconds.toFixed(2)} s (to reach: ${SECONDS_MAX} s),`,
  `${((cpu.user + cpu.system) / 1e6).toFixed(2)} s of CPU, at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB; sums equal`,
);
