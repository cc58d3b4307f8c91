import { resolve } from "node:path";
import { err, ok, type Result } from "#std";
import { type AppendFile } from "#world";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Query } from "../api-client.ts";
import { type Asked, type Command } from "../command.ts";
import { exitCodes, usageProblem } from "../terminal.ts";
import { readTimeRange, timeOptions } from "../time-range.ts";

/** What may be said, the default first. */
const choices: readonly (readonly [name: string, values: readonly [string, ...string[]]])[] = [
  ["version", ["1.4", "1.2", "1.5-draft"]],
  ["format", ["csv", "parquet"]],
  ["per", ["day", "month"]],
];

export const exportFocusCommand: Command = {
  name: "export focus",
  summary: "The ledger as a FOCUS Cost and Usage table: a row for each SKU meter and price.",
  options: {
    ...timeOptions,
    version: { takes: "VERSION", says: "1.2, 1.4 (the default) or 1.5-draft, which names models and tokens." },
    format: { takes: "FORMAT", says: "csv (the default) or parquet." },
    per: { takes: "PERIOD", says: "Charge periods of a day (the default) or a month, in UTC." },
    out: { takes: "FILE", says: "Where to write it; csv goes to the screen without it." },
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const { given, terminal, world } = asked;
    const query = readQuestion(asked);
    if (!query.ok) return usageProblem(terminal, query.error);
    const out = given.one("out");
    const target = new Target(asked, out === undefined ? undefined : resolve(out));
    if (target.path !== undefined && world.disk.size(target.path) !== undefined)
      return usageProblem(terminal, `--out: ${out} is there already; remove it or choose another name`);
    const code = await askServer(
      asked,
      (client) => client.download("/api/v1/exports/focus", query.value, (bytes) => target.take(bytes)),
      (headers) => {
        const unpriced = headers[headers.findIndex((name) => name.toLowerCase() === "x-tare-unpriced") + 1] ?? "0";
        if (unpriced !== "0") terminal.error(`tare: ${unpriced} entries have no known cost and are in no row\n`);
      },
    );
    const problem = target.close();
    if (problem === undefined) return code;
    terminal.error(`tare: ${out} cannot be written (${problem})\n`);
    return exitCodes.problem;
  },
};

function readQuestion({ given, world }: Asked): Result<Query, string> {
  const words = { last: given.one("last"), from: given.one("from"), to: given.one("to"), tz: given.one("tz") ?? "UTC" };
  const range = readTimeRange(words, world.clock.now());
  if (!range.ok) return range;
  const query: [string, string][] = [
    ["from", range.value.from],
    ["to", range.value.to],
  ];
  for (const [name, values] of choices) {
    const value = given.one(name) ?? values[0];
    if (!values.includes(value)) return err(`--${name}: write one of ${values.join(", ")}`);
    query.push([name, value]);
  }
  if (given.one("format") === "parquet" && given.one("out") === undefined)
    return err("--out: say where to write the file");
  return ok(query);
}

/** A file that is made with the first bytes, or the screen. */
class Target {
  readonly path: string | undefined;
  readonly #asked: Asked;
  #file: AppendFile | undefined;
  #problem: string | undefined;
  /** A character may begin in one piece and end in the next. */
  readonly #text = new TextDecoder();

  constructor(asked: Asked, path: string | undefined) {
    this.#asked = asked;
    this.path = path;
  }

  take(bytes: Buffer): void {
    if (this.path === undefined) return this.#asked.terminal.out(this.#text.decode(bytes, { stream: true }));
    if (this.#problem !== undefined) return undefined;
    const opened = this.#file === undefined ? this.#asked.world.disk.openAppend(this.path) : undefined;
    if (opened?.ok === true) this.#file = opened.value;
    const written = opened?.ok === false ? opened : this.#file?.append(bytes);
    if (written?.ok === false) this.#problem = written.error.type;
    return undefined;
  }

  /** Gives what went wrong, if anything did. */
  close(): string | undefined {
    this.#file?.close();
    return this.#problem;
  }
}
