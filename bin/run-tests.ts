/** `npm test`: the built dashboard, the checks, then the simulation, corpora, end to end and the browser; closes with the counts. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findChromium } from "./chromium.ts";
import { addCounts, checkLanes, runLanes, runSteps, type Step, testStep } from "./steps.ts";

// Ten minutes are the aim on two quiet cores; a busy machine may take longer, and something that hangs may not.
const TESTS_MS_MAX = 45 * 60_000;

const deadlineMs = Date.now() + TESTS_MS_MAX;
// The pages first: their size is among what the checks look at.
const pages = await runSteps(builtPages(), { deadlineMs });
const checks = await runLanes(checkLanes, { deadlineMs });
const rest = await runSteps(longSteps(), { deadlineMs });
const { passed, failed, skipped } = [pages, checks, rest].reduce(addCounts);
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

function builtPages(): readonly Step[] {
  const dashboard = join(import.meta.dirname, "../dashboard");
  if (!existsSync(join(dashboard, "vite.config.ts"))) return [];
  return [{ name: "dashboard build", run: ["vite/bin/vite.js", "build", dashboard] }];
}

function longSteps(): readonly Step[] {
  const steps: Step[] = [testStep("simulation", "simulation", { isTold: true })];
  steps.push(testStep("corpora", "corpus", { isTold: true }));
  steps.push(testStep("end to end", "e2e*", { isTold: true }));
  const chromium = findChromium();
  if (chromium === undefined)
    console.log("skipped: browser journeys, since no Chromium is here nor could be installed");
  else steps.push(testStep("browser", "browser", { isTold: true, env: { TARE_CHROMIUM: chromium } }));
  return steps;
}
