/** `npm run check`: format, types, lint, dead code, and beside them the unit tests, each with its time. */
import { checkLanes, runLanes } from "./steps.ts";

const CHECK_MS_MAX = 300_000;

const { failed } = await runLanes(checkLanes, { deadlineMs: Date.now() + CHECK_MS_MAX });
process.exitCode = failed === 0 ? 0 : 1;
