import { resolve } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { PriceChangePreview, type PriceChangeRow } from "#contract";
import { err, ok, type Result } from "#std";
import { showCount, showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Asked, type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { exitCodes, usageProblem } from "../terminal.ts";
import { readTimeRange, timeOptions } from "../time-range.ts";

const FILE_BYTES_MAX = 1024 * 1024;
const NO_REASON = "a preview";

const options = {
  ...timeOptions,
  json: { says: "The whole answer as JSON, money exact in nanos." },
  ...serverOptions,
} as const;

const diffCommand: Command = {
  name: "prices diff",
  summary: "What new rates or discounts would change in the books; without a FILE, what the price book in force would.",
  options,
  operands: ["[FILE]"],
  async run(asked) {
    const change = readChange(asked);
    if (!change.ok) return usageProblem(asked.terminal, change.error);
    return askServer(
      asked,
      (client) => client.post("/api/v1/prices/preview", change.value, PriceChangePreview),
      (answer) => asked.terminal.out(asked.given.has("json") ? toJson(answer) : toText(answer, "would change")),
    );
  },
};

const applyCommand: Command = {
  name: "prices apply",
  summary: "Books what `prices diff` shows, as adjustments with the reason; the entries themselves stay.",
  options: {
    ...options,
    reason: { takes: "TEXT", says: "Why, such as a contract's number; else the reason that stands in FILE." },
    expect: {
      takes: "NANOS",
      says: "The difference that you have seen; nothing is booked where it is another by now.",
    },
  },
  operands: ["[FILE]"],
  async run(asked) {
    const { terminal, given } = asked;
    const change = readChange(asked);
    if (!change.ok) return usageProblem(terminal, change.error);
    if (change.value["reason"] === NO_REASON)
      return usageProblem(terminal, "say why: --reason, or `reason:` in the file");
    let shown = given.one("expect");
    if (shown === undefined) {
      const code = await askServer(
        asked,
        (client) => client.post("/api/v1/prices/preview", change.value, PriceChangePreview),
        (answer) => (shown = answer.total.difference_nanos),
      );
      if (code !== exitCodes.fine) return code;
    }
    return askServer(
      asked,
      (client) => client.post("/api/v1/prices/apply", { ...change.value, expected_nanos: shown }, PriceChangePreview),
      (answer) => terminal.out(given.has("json") ? toJson(answer) : toText(answer, "changed")),
    );
  },
};

export const priceChangeCommands: readonly Command[] = [diffCommand, applyCommand];

function readChange(asked: Asked): Result<Record<string, unknown>, string> {
  const { given, world } = asked;
  const words = { last: given.one("last"), from: given.one("from"), to: given.one("to"), tz: given.one("tz") ?? "UTC" };
  const range = readTimeRange(words, world.clock.now());
  if (!range.ok) return range;
  const [file] = given.operands;
  const proposal = readProposal(file, file === undefined ? undefined : readFile(asked, file));
  if (!proposal.ok) return proposal;
  const { from, to } = range.value;
  const reason = given.has("reason") ? given.one("reason") : proposal.value["reason"];
  return ok({ ...proposal.value, from, to, reason: reason ?? NO_REASON });
}

function readFile({ world }: Asked, file: string): Buffer | undefined {
  return world.disk.read(resolve(file), 0, FILE_BYTES_MAX + 1);
}

/** YAML, or JSON, which is YAML too. What stands in it is checked by the server, field by field. */
function readProposal(file: string | undefined, bytes: Buffer | undefined): Result<Record<string, unknown>, string> {
  if (file === undefined) return ok({});
  if (bytes === undefined) return err(`there is no file ${file}`);
  if (bytes.length > FILE_BYTES_MAX) return err(`${file} is larger than 1 MiB`);
  try {
    const read: unknown = parse(bytes.toString("utf8"));
    return typeof read === "object" && read !== null && !Array.isArray(read)
      ? ok(Object.fromEntries(Object.entries(read)))
      : err(`${file}: write fields such as rates and discounts`);
  } catch (error) {
    if (error instanceof YAMLParseError) return err(`${file}: ${error.message.split("\n")[0] ?? "not YAML"}`);
    throw error;
  }
}

function toJson(answer: PriceChangePreview): string {
  return `${JSON.stringify(answer, null, 2)}\n`;
}

function toText(answer: PriceChangePreview, changed: string): string {
  const { rows, rows_left_out, total, not_priced, unsettled, currency, book } = answer;
  const foot = { ...total, provider: "", model: "total", feature: "", month: "" };
  const notes = [
    rows_left_out > 0 ? `… and ${showCount(rows_left_out)} rows more, with --json` : undefined,
    not_priced > 0 ? `${showCount(not_priced)} attempts stay as they are: these prices do not know them` : undefined,
    unsettled > 0 ? `${showCount(unsettled)} attempts stay as they are: more may still come of them` : undefined,
  ].filter((note) => note !== undefined);
  const found = total.attempts === 0 ? `Nothing ${changed}.\n` : table<PriceChangeRow>(columns, rows, foot);
  return `${[found.trimEnd(), ...notes].join("\n")}\nAmounts in ${currency}; price book ${book}\n`;
}

const columns: readonly Column<PriceChangeRow>[] = [
  { title: "month", text: ({ month }) => month },
  { title: "provider", text: ({ provider }) => provider },
  { title: "model", text: ({ model }) => model },
  { title: "feature", text: ({ feature }) => feature },
  { title: "attempts", isNumber: true, text: ({ attempts }) => showCount(attempts) },
  { title: "booked", isNumber: true, text: ({ before_nanos }) => showNanos(before_nanos) },
  { title: "new", isNumber: true, text: ({ after_nanos }) => showNanos(after_nanos) },
  { title: "difference", isNumber: true, text: ({ difference_nanos }) => showNanos(difference_nanos) },
];
