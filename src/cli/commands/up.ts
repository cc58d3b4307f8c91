import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type ConfigProblem, describeConfigProblem } from "#config";
import { err, ok, type Result } from "#std";
import { defaultFolders } from "../ask-server.ts";
import { type Arguments, type Asked, type Command } from "../command.ts";
import { DEFAULT_CONFIG_FILE } from "../read-config-file.ts";
import { usageProblem } from "../terminal.ts";

export const placeOptions = {
  data: { takes: "FOLDER", says: "The data folder; else TARE_DATA, else what the configuration says." },
  port: { takes: "PORT", says: "Port of the data plane; 4000 by default." },
  "control-port": { takes: "PORT", says: "Port of the dashboard and the control API; 4001 by default." },
} as const;

export const upCommand: Command = {
  name: "up",
  summary: "Starts gateway, ledger, control API and dashboard, until SIGTERM.",
  options: {
    config: {
      takes: "FILE",
      says: "Configuration; tare.yaml by default, and the usual keys of the environment without.",
    },
    ...placeOptions,
  },
  operands: [],
  async run(asked) {
    const ports = readPorts(asked.given);
    if (!ports.ok) return usageProblem(asked.terminal, ports.error);
    const path = configPath(asked);
    if (path !== undefined && cannotBeReadAgain(path))
      return usageProblem(
        asked.terminal,
        `${path} is a folder or a pipe; write a file, which is read again as it changes`,
      );
    const { runUp } = await import("#app");
    return runUp({ configPath: path, ...ports.value, ...surroundings(asked) });
  },
};

function configPath({ given, world }: Asked): string | undefined {
  const isHere = world.disk.size(resolve(DEFAULT_CONFIG_FILE)) !== undefined;
  return given.one("config") ?? (isHere ? DEFAULT_CONFIG_FILE : undefined);
}

/** A pipe holds its bytes once; after them it would look like an emptied file, or hold up whoever opens it. */
function cannotBeReadAgain(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.isDirectory() || stat.isFIFO() || stat.isSocket());
}

/** What a start takes from the command line besides its own options. */
export function surroundings({ given, terminal, env }: Asked) {
  return {
    data: given.one("data") ?? env["TARE_DATA"],
    defaultFolders,
    env,
    say: (line: string) => terminal.out(`${line}\n`),
    warn: (text: string) => terminal.error(text),
    describeProblems,
  };
}

type Unread =
  | { readonly type: "no-file"; readonly path: string }
  | { readonly type: "bad-config"; readonly path: string; readonly problems: readonly ConfigProblem[] };

function describeProblems(unread: Unread): string {
  return unread.type === "no-file"
    ? `There is no file ${unread.path}.`
    : unread.problems.map((problem) => describeConfigProblem(problem, unread.path)).join("\n");
}

interface Ports {
  readonly port: number | undefined;
  readonly controlPort: number | undefined;
}

export function readPorts(given: Arguments): Result<Ports, string> {
  const port = readPort(given.one("port"));
  const controlPort = readPort(given.one("control-port"));
  return Number.isNaN(port) || Number.isNaN(controlPort)
    ? err("a port is a number from 0 to 65535, where 0 takes any free one")
    : ok({ port, controlPort });
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : Number.NaN;
}
