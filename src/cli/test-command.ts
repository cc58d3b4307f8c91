import { runCommandLine } from "./command-line.ts";

interface Environment {
  readonly TARE_URL: string;
  readonly TARE_DATA: string;
}

/** Runs a command line as a process would, for tests of it; gives what it wrote. */
export async function runCommand(words: readonly string[], env: Environment) {
  let out = "";
  let error = "";
  const code = await runCommandLine(words, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (error += text) },
    env: { ...env },
  });
  return { code, out, error };
}
