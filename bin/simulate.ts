/** `npm run simulate -- --seed N [--seeds K]`: seeded histories of the budgets; stops at the first that breaks a promise. */
import { parseArgs } from "node:util";
import { production } from "../simulation/production.ts";
import { type SeedResult, runSeed } from "../simulation/run-seed.ts";
import { addTallies, type Tally } from "../simulation/tally.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, seeds: { type: "string", default: "1" } },
});
const [first, count] = [wholeNumber(values.seed), wholeNumber(values.seeds)];
const began = performance.now();
let sums: Tally | undefined;
let done = 0;
for (let seed = first; seed < first + count && process.exitCode === undefined; seed += 1) {
  const result = await runSeed(production, seed);
  if (result.isSound) sums = sums === undefined ? result.tally : addTallies(sums, result.tally);
  else report(seed, result);
  done += 1;
}
console.log(`${done} seeds from ${first} in ${((performance.now() - began) / 1000).toFixed(1)} s`, sums ?? "");

function report(seed: number, { problem, options, log }: Extract<SeedResult, { isSound: false }>): void {
  console.log(log.slice(-400).join("\n"));
  console.log(JSON.stringify(options, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)));
  console.log(`seed ${seed}: ${problem}`);
  process.exitCode = 1;
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`not a whole number: ${text}`);
  return process.exit(2);
}
