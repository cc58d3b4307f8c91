/**
 * A million calls that all fit their limits, on four threads of 64 running calls each, under three budgets at once whose
 * last cents are needed: none may be refused.
 *
 *     node bench/false-refusals.ts [--calls 1000000] [--seed 1]
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { callsInsideLimits } from "../e2e/harness/calls-inside-limits.ts";

const { values } = parseArgs({
  options: { calls: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const result = await callsInsideLimits(Number(values.calls), Number(values.seed));
console.log(`${cpus()[0]?.model ?? "?"}, Node ${process.version}`, result);
process.exitCode = result.refused === 0 ? 0 : 1;
