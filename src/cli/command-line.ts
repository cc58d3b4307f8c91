import { closestName } from "#std";
import { realWorld, type World } from "#world";
import { type Command } from "./command.ts";
import { commands } from "./commands.ts";
import { commandHelp, overview } from "./help.ts";
import { readArguments } from "./read-arguments.ts";
import { type ExitCode, exitCodes, usageProblem } from "./terminal.ts";

/** What of a process the command line uses; tests bring their own. */
export interface Surroundings {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs one command; resolves with the exit code: 0 fine, 1 a problem, 2 a command line that cannot be understood. */
export async function runCommandLine(
  args: readonly string[],
  { stdout, stderr, env }: Surroundings,
  world: World = realWorld(),
): Promise<ExitCode> {
  const terminal = { out: (text: string) => void stdout.write(text), error: (text: string) => void stderr.write(text) };
  const [first = "--help", second = ""] = args;
  if (first === "help" && second !== "")
    return runCommandLine([...args.slice(1), "--help"], { stdout, stderr, env }, world);
  if (first === "help" || asksForHelp(first)) {
    terminal.out(overview(commands));
    return exitCodes.fine;
  }
  const name = first === "--version" ? "version" : first;
  const command = commands.find((each) => each.name === `${name} ${second}` || each.name === name);
  if (command === undefined) return usageProblem(terminal, unknownCommand(name, second));
  const rest = args.slice(command.name.split(" ").length);
  if (rest.some(asksForHelp)) {
    terminal.out(commandHelp(command));
    return exitCodes.fine;
  }
  const given = readArguments(command, rest);
  if (!given.ok) return usageProblem(terminal, `${given.error}\nSee: tare ${command.name} --help`);
  return command.run({ given: given.value, terminal, world, env });
}

function asksForHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

function unknownCommand(name: string, second: string): string {
  // What follows the sign may be a token.
  if (name.startsWith("-"))
    return `write ${name.replace(/=.*/s, "")} behind the command, such as tare spend --last 7d\nSee: tare --help`;
  const below = commands.filter((each: Command) => each.name.startsWith(`${name} `)).map((each) => each.name);
  if (below.length > 0) return `write one of: ${below.map((each) => `tare ${each}`).join(", ")}`;
  const meant = closestName(
    second === "" ? name : `${name} ${second}`,
    commands.map((each) => each.name),
  );
  const nearest =
    meant ??
    closestName(
      name,
      commands.map((each) => each.name),
    );
  return `unknown command ${name}${nearest === undefined ? "" : `; did you mean ${nearest}?`}\nSee: tare --help`;
}
