import { parseArgs } from "node:util";
import { closestName, err, ok, type Result } from "#std";
import { type Arguments, type Command, type Options } from "./command.ts";

/** Reads what stands behind a command's name, strictly; the error is a sentence for whoever wrote it. */
export function readArguments(command: Command, args: readonly string[]): Result<Arguments, string> {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(command.options).map(([name, { takes }]) => [
        name,
        { type: takes === undefined ? "boolean" : "string" },
      ]),
    ),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const wrong = problemOf(token, command.options, values);
    if (wrong !== undefined) return err(wrong);
    values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? ""]);
  }
  const wrong = problemOfOperands(command, operands);
  if (wrong !== undefined) return err(wrong);
  return ok({
    one: (name) => values.get(name)?.at(-1),
    all: (name) => values.get(name) ?? [],
    has: (name) => values.has(name),
    operands,
  });
}

function problemOf(
  token: { readonly name: string; readonly rawName: string; readonly value?: string | undefined },
  options: Options,
  values: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
  if (option === undefined) {
    const meant = closestName(token.name, Object.keys(options));
    return `unknown option ${token.rawName}${meant === undefined ? "" : `; did you mean --${meant}?`}`;
  }
  if (option.takes === undefined) return token.value === undefined ? undefined : `${token.rawName} takes no value`;
  if (token.value === undefined || token.value === "") return `${token.rawName} needs a value: ${option.takes}`;
  return values.has(token.name) && option.isRepeated !== true ? `${token.rawName} is given twice` : undefined;
}

function problemOfOperands(command: Command, operands: readonly string[]): string | undefined {
  const required = command.operands.filter((name) => !name.startsWith("["));
  const missing = required[operands.length];
  if (missing !== undefined) return `${command.name} needs ${missing}`;
  if (command.operands.at(-1)?.endsWith("…") === true) return undefined;
  const extra = operands[command.operands.length];
  return extra === undefined ? undefined : `${command.name} does not know what to do with ${JSON.stringify(extra)}`;
}
