import { resolve } from "node:path";
import { Backup } from "#contract";
import { askServer, defaultFolders, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { exitCodes, printable } from "../terminal.ts";

const MIB = 1024 * 1024;
const json = { says: "The answer as JSON." } as const;

const backupCommand: Command = {
  name: "backup",
  summary:
    "Makes a backup of everything while Tare runs, into an empty folder. It holds secrets: keep it as they are kept.",
  options: { json, ...serverOptions },
  operands: ["DIR"],
  async run(asked) {
    const { given, terminal } = asked;
    const folder = resolve(given.operands[0] ?? "");
    return askServer(
      asked,
      (client) => client.post("/api/v1/backups", { folder }, Backup),
      (made) => terminal.out(given.has("json") ? `${JSON.stringify(made, null, 2)}\n` : told(made)),
    );
  },
};

function told({ folder, entries, files, bytes, made_at }: Backup): string {
  const size = `${(bytes / MIB).toFixed(1)} MiB in ${files} files`;
  return printable(`${folder}: ${entries} entries, everything booked before ${made_at}; ${size}`) + "\n";
}

const restoreCommand: Command = {
  name: "restore",
  summary: "Copies a backup into an empty data folder and checks every file and both stores; then start Tare on it.",
  options: { data: { takes: "FOLDER", says: "The data folder; else TARE_DATA, else ./tare-data." } },
  operands: ["DIR"],
  async run({ given, terminal, world, env }) {
    const folder = given.one("data") ?? env["TARE_DATA"] ?? defaultFolders.data;
    const { runRestore } = await import("#app");
    const restored = await runRestore(world, { from: given.operands[0] ?? "", folder });
    if (!restored.ok) {
      terminal.error(`tare: ${printable(restored.error)}\n`);
      return exitCodes.problem;
    }
    const { entries, version, madeAt } = restored.value;
    const until = new Date(madeAt).toISOString();
    terminal.out(
      printable(`${resolve(folder)}: ${entries} entries, from a backup by version ${version}`) +
        `\nMissing: whatever was booked after ${until}, which budgets do not know of either.\n`,
    );
    return exitCodes.fine;
  },
};

export const backupCommands: readonly Command[] = [backupCommand, restoreCommand];
