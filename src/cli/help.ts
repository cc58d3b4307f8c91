import { type Command } from "./command.ts";

/** `tare --help`. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map((command) => [usageOf(command), command.summary] as const);
  return `Tare shows what every use of an AI feature costs. Commands:\n\n${aligned(rows)}\nEach takes --help.\n`;
}

/** `tare COMMAND --help`. */
export function commandHelp(command: Command): string {
  const rows = Object.entries(command.options).map(([name, { takes, isRepeated, says }]) => {
    const value = takes === undefined ? "" : ` ${takes}`;
    return [`--${name}${value}${isRepeated === true ? " …" : ""}`, says] as const;
  });
  return `${usageOf(command)}\n\n${command.summary}\n\n${aligned([...rows, ["--help", "This text."]])}`;
}

function usageOf({ name, operands, options }: Command): string {
  const tail = Object.keys(options).length === 0 ? [] : ["[options]"];
  return ["tare", name, ...operands, ...tail].join(" ");
}

function aligned(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
}
