import { basename, resolve } from "node:path";
import { RevenueImport } from "#contract";
import { err, ok, type Result } from "#std";
import { showCount, showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Asked, type Command } from "../command.ts";
import { printable, usageProblem } from "../terminal.ts";

const FILE_BYTES_MAX = 6 * 1024 * 1024;

export const importRevenueCommand: Command = {
  name: "import revenue",
  summary:
    "Takes a table of what customers paid; the same file again changes nothing, a corrected one replaces its rows.",
  options: {
    as: { takes: "NAME", says: "What the file is called; its own name without it. The same name is replaced." },
    json: { says: "The answer as JSON." },
    ...serverOptions,
  },
  operands: ["FILE"],
  async run(asked) {
    const { given, terminal } = asked;
    const body = readFile(asked);
    if (!body.ok) return usageProblem(terminal, body.error);
    return askServer(
      asked,
      (client) => client.post("/api/v1/revenue", body.value, RevenueImport),
      (taken) => terminal.out(given.has("json") ? `${JSON.stringify(taken, null, 2)}\n` : told(taken)),
    );
  },
};

function readFile({ given, world }: Asked): Result<{ readonly name: string; readonly text: string }, string> {
  const path = resolve(given.operands[0] ?? "");
  const bytes = world.disk.read(path, 0, FILE_BYTES_MAX + 1);
  if (bytes === undefined) return err(`there is no file ${printable(path)}`);
  if (bytes.length > FILE_BYTES_MAX) return err("the file is larger than 6 MiB; cut it, by month for instance");
  try {
    return ok({
      name: given.one("as") ?? basename(path),
      text: new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    });
  } catch {
    return err("the file is not UTF-8");
  }
}

function told({ state, file, before }: RevenueImport): string {
  const now = `${showCount(file.rows)} rows, ${showNanos(file.nanos)} in all`;
  const name = printable(file.name);
  if (state === "unchanged") return `${name} is the same as before: ${now}\n`;
  const was = before === undefined ? "" : `, in place of ${showCount(before.rows)} rows, ${showNanos(before.nanos)}`;
  return `${name}: ${now}${was}\n`;
}
