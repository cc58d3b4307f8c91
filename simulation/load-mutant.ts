import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Mutant } from "./mutants.ts";
import { type Room } from "./room.ts";

const FOLDERS = ["app", "budget", "journal", "ledger"];

/** The rooms with the bug in one of them, in a folder beside the sources so that their imports resolve. */
export async function loadMutant(mutant: Mutant): Promise<{ readonly room: Room; readonly remove: () => void }> {
  mkdirSync(resolve("dist"), { recursive: true });
  const folder = mkdtempSync(resolve("dist", "mutant-"));
  for (const name of FOLDERS) {
    cpSync(resolve("src", name), join(folder, name), { recursive: true, filter: isRun });
    for (const file of readdirSync(join(folder, name))) rewrite(join(folder, name, file), meetCopies);
  }
  rewrite(join(folder, mutant.file), (source) => bugged(source, mutant));
  const load = (path: string): Promise<Partial<Room>> =>
    import(/* @vite-ignore */ pathToFileURL(join(folder, path)).href) as Promise<Partial<Room>>;
  const paths = [
    "budget/index.ts",
    "journal/index.ts",
    "ledger/index.ts",
    "app/gateway-budgets.ts",
    "app/answer-claims.ts",
    "app/answer-grants.ts",
  ];
  const room = Object.assign({}, ...(await Promise.all(paths.map(load)))) as Room;
  return { room, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function isRun(path: string): boolean {
  return !/\.(test|contract)\.ts$/.test(path);
}

function rewrite(path: string, change: (source: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

/** A copy meets the copies of other rooms, not the rooms themselves. */
function meetCopies(source: string): string {
  return source.replaceAll(/ from "#(\w+)";/g, (line, room: string) =>
    FOLDERS.includes(room) ? ` from "../${room}/index.ts";` : line,
  );
}

function bugged(source: string, { name, file, find, replace }: Mutant): string {
  const times = source.split(find).length - 1;
  if (times !== 1) throw new Error(`${name}: its text stands ${times} times in ${file}`);
  return source.replace(find, () => replace);
}
