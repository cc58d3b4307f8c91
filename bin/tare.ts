/** The program: `node bin/tare.ts up` and the other commands. */
import { runCommandLine } from "#cli";

process.exitCode = await runCommandLine(process.argv.slice(2), process);
