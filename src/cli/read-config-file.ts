import { resolve } from "node:path";
import { type Config, type ConfigProblem, readConfig } from "#config";
import { err, type Result } from "#std";
import { type World } from "#world";
import { type Asked } from "./command.ts";

export const DEFAULT_CONFIG_FILE = "tare.yaml";
const SECRET_BYTES_MAX = 64 * 1024;
// One byte over what is read as a configuration, so that a larger file is seen to be larger.
const CONFIG_BYTES_READ = 1024 * 1024 + 1;

/** The configuration in a file with its secrets opened; all problems at once, or undefined where there is no such file. */
export function readConfigFile(
  { world, env }: Pick<Asked, "world" | "env">,
  file: string,
): Result<Config, readonly ConfigProblem[] | undefined> {
  const text = readText(world, file, CONFIG_BYTES_READ);
  return text === undefined ? err(undefined) : readConfigText({ world, env }, text);
}

export function readConfigText(
  { world, env }: Pick<Asked, "world" | "env">,
  text: string,
): Result<Config, readonly ConfigProblem[]> {
  return readConfig(text, {
    env,
    readSecretFile: (path) => readText(world, path, SECRET_BYTES_MAX),
    now: world.clock.now(),
  });
}

function readText({ disk }: World, path: string, bytesMax: number): string | undefined {
  return disk.read(resolve(path), 0, bytesMax)?.toString("utf8");
}
