import manifest from "../../../package.json" with { type: "json" };
import { type Command } from "../command.ts";
import { exitCodes } from "../terminal.ts";

export const versionCommand: Command = {
  name: "version",
  summary: "Prints the version.",
  options: {},
  operands: [],
  async run({ terminal }) {
    terminal.out(`tare ${manifest.version}\n`);
    return exitCodes.fine;
  },
};
