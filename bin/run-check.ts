/** `npm run check`: format, types, lint, dead code, unit tests, in this order, each with its time. */
import { checkSteps, runSteps } from "./steps.ts";

const CHECK_MS_MAX = 300_000;

const { failed } = await runSteps(checkSteps, { deadlineMs: Date.now() + CHECK_MS_MAX });
process.exitCode = failed === 0 ? 0 : 1;
