/** The command line: start Tare, or ask one that runs. */
export { runCommandLine } from "./command-line.ts";
