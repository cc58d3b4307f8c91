import { type World } from "#world";
import { type ExitCode, type Terminal } from "./terminal.ts";

/** One option of a command; a flag when it takes nothing. */
export interface Option {
  /** What stands for its value in the help: `FILE`. */
  readonly takes?: string;
  readonly isRepeated?: boolean;
  readonly says: string;
}

export type Options = Readonly<Record<string, Option>>;

/** One command; `tare NAME --help` is made from this. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: Options;
  /** Names of its operands; those in brackets may be left out, and one that ends in … may come again. */
  readonly operands: readonly string[];
  run(asked: Asked): Promise<ExitCode>;
}

/** What was written behind a command's name. */
export interface Arguments {
  /** The last value given. */
  one(option: string): string | undefined;
  all(option: string): readonly string[];
  has(option: string): boolean;
  readonly operands: readonly string[];
}

export interface Asked {
  readonly given: Arguments;
  readonly terminal: Terminal;
  readonly world: World;
  readonly env: Readonly<Record<string, string | undefined>>;
}
