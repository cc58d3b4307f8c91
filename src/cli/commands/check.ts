import { resolve } from "node:path";
import { type Config, describeConfigProblem, readConfig } from "#config";
import { type World } from "#world";
import { type Command } from "../command.ts";
import { exitCodes } from "../terminal.ts";

export const DEFAULT_CONFIG_FILE = "tare.yaml";
const IN_CLEAR = "the secret stands in the file in clear; write ${NAME} or file:/path instead";
const SECRET_BYTES_MAX = 64 * 1024;
// One byte over what is read as a configuration, so that a larger file is seen to be larger.
const CONFIG_BYTES_READ = 1024 * 1024 + 1;

export const checkCommand: Command = {
  name: "check",
  summary: "Checks a configuration file (tare.yaml) and tells every problem with its place.",
  options: {},
  operands: ["[FILE]"],
  async run({ given, terminal, world, env }) {
    const file = given.operands[0] ?? DEFAULT_CONFIG_FILE;
    const text = readText(world, file, CONFIG_BYTES_READ);
    if (text === undefined) {
      terminal.error(`tare: there is no file ${file}\n`);
      return exitCodes.problem;
    }
    const config = readConfig(text, { env, readSecretFile: (path) => readText(world, path, SECRET_BYTES_MAX) });
    if (config.ok) {
      for (const path of config.value.secretsInClear) terminal.out(`warning: ${path}: ${IN_CLEAR}\n`);
      terminal.out(`${file} is fine: ${told(config.value)}\n`);
      return exitCodes.fine;
    }
    for (const problem of config.error) terminal.out(`${describeConfigProblem(problem, file)}\n`);
    terminal.error(`tare: ${config.error.length === 1 ? "1 problem" : `${config.error.length} problems`} in ${file}\n`);
    return exitCodes.problem;
  },
};

function readText(world: World, path: string, bytesMax: number): string | undefined {
  return world.disk.read(resolve(path), 0, bytesMax)?.toString("utf8");
}

function told({ providers, routes, keys }: Config): string {
  return [count(providers, "provider"), count(routes, "route"), count(keys, "static key")].join(", ");
}

function count(many: readonly unknown[], one: string): string {
  return `${many.length} ${one}${many.length === 1 ? "" : "s"}`;
}
