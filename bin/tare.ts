#!/usr/bin/env node
/** The program: `node bin/tare.ts up` and the other commands. */
import { runCommandLine } from "#cli";
import { buildDashboard } from "./build-dashboard.ts";

const [command] = process.argv.slice(2);
if (command === "up" || command === "demo") buildDashboard();
process.exitCode = await runCommandLine(process.argv.slice(2), process);
