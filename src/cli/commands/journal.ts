import { defaultFolders } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { exitCodes, printable, usageProblem } from "../terminal.ts";

const BYTE = /^\d{1,15}$/;

export const setAsideCommand: Command = {
  name: "journal set-aside",
  summary:
    "With Tare stopped: keeps a line of the journal aside that holds its segment, so that the rest is loaded. What it says is in no total.",
  options: { data: { takes: "FOLDER", says: "The data folder; else TARE_DATA, else ./tare-data." } },
  operands: ["SEGMENT", "BYTE"],
  async run({ given, terminal, world, env }) {
    const [segment = "", byte = ""] = given.operands;
    if (!BYTE.test(byte))
      return usageProblem(terminal, `BYTE: write where the line begins, as \`tare status\` says it`);
    const folder = given.one("data") ?? env["TARE_DATA"] ?? defaultFolders.data;
    const { runSetAside } = await import("#app");
    const kept = runSetAside(world, { folder, segment, at: Number(byte) });
    if (!kept.ok) {
      terminal.error(`tare: ${printable(kept.error)}\n`);
      return exitCodes.problem;
    }
    terminal.out(
      `${printable(kept.value)} has the line as it was written. Start Tare: the rest of the segment is loaded.\n`,
    );
    return exitCodes.fine;
  },
};
