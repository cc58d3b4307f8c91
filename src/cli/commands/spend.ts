import { SpendAnswer, type SpendSum } from "#contract";
import { err, ok, type Result } from "#std";
import { showCount, showNanos, showTokens } from "../amounts.ts";
import { type ApiClient, type ApiProblem, type Query } from "../api-client.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Asked, type Command } from "../command.ts";
import { filterOptions, readDimensions, readFilters } from "../filters.ts";
import { sayCut, type Whole } from "../list-options.ts";
import { type Column, table } from "../table.ts";
import { type ExitCode, printable, usageProblem } from "../terminal.ts";
import { readTimeRange, timeOptions } from "../time-range.ts";

const PATH = "/api/v1/spend";
const ROWS_MAX = 100_000;

export const spendCommand: Command = {
  name: "spend",
  summary: "What was spent, by any dimensions over any time.",
  options: {
    by: { takes: "NAMES", says: "Dimensions, such as model,feature or day,team or tag.plan." },
    ...timeOptions,
    ...filterOptions,
    json: { says: "The whole answer as JSON, money exact in nanos." },
    csv: { says: "A table for spreadsheets, money exact in nanos." },
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const question = readQuestion(asked);
    if (!question.ok) return usageProblem(asked.terminal, question.error);
    return asked.given.has("csv") ? printCsv(asked, question.value) : printSpend(asked, question.value);
  },
};

interface Question {
  readonly by: readonly string[];
  readonly query: Query;
}

function readQuestion({ given, world }: Asked): Result<Question, string> {
  if (given.has("json") && given.has("csv")) return err("give --json or --csv, not both");
  const tz = given.one("tz") ?? "UTC";
  const words = { last: given.one("last"), from: given.one("from"), to: given.one("to"), tz };
  const range = readTimeRange(words, world.clock.now());
  if (!range.ok) return range;
  const by = readDimensions(given.one("by"));
  if (!by.ok) return by;
  const filters = readFilters(given.all("where"));
  if (!filters.ok) return filters;
  const { from, to } = range.value;
  return ok({
    by: by.value,
    query: [["by", by.value.join(",")], ["from", from], ["to", to], ["tz", tz], ...filters.value],
  });
}

function printCsv(asked: Asked, { query }: Question): Promise<ExitCode> {
  return askServer(
    asked,
    (client) => client.text(PATH, [...query, ["format", "csv"]]),
    ({ text, headers }) => {
      asked.terminal.out(text);
      for (const note of notesOf(headers)) asked.terminal.error(`tare: ${printable(note)}\n`);
    },
  );
}

/** What stands below the table for people: on standard error, since a line of it would be a row to a spreadsheet. */
function notesOf(headers: readonly string[]): readonly string[] {
  const currency = headerOf(headers, "currency") ?? "";
  const estimated = numberOf(headers, "estimated-nanos");
  const inDoubt = numberOf(headers, "in-doubt-nanos");
  const unpriced = numberOf(headers, "unpriced");
  const lines = numberOf(headers, "lines-left-out");
  const doubts = [
    ...(estimated === undefined ? [] : [`${showNanos(estimated)} ${currency} of gross is estimated`]),
    ...(inDoubt === undefined ? [] : [`${showNanos(inDoubt)} ${currency} beside it is in doubt`]),
    ...(unpriced === undefined
      ? []
      : [
          `${Number(unpriced) === 1 ? "1 entry" : `${showCount(Number(unpriced))} entries`} without a known cost in no sum`,
        ]),
  ];
  return [
    ...(doubts.length === 0 ? [] : [doubts.join("; ")]),
    ...(lines === undefined ? [] : [sayLeftOut(Number(lines))]),
  ];
}

/** Undefined where it is 0, or was not said. */
function numberOf(headers: readonly string[], name: string): string | undefined {
  const text = headerOf(headers, name);
  return text !== undefined && /^-?[1-9]\d*$/.test(text) ? text : undefined;
}

function headerOf(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((each) => each.toLowerCase() === `x-tare-${name}`);
  return at === -1 ? undefined : headers[at + 1];
}

function printSpend(asked: Asked, question: Question): Promise<ExitCode> {
  return askServer(
    asked,
    (client) => wholeSpend(client, question.query),
    ({ answer, isCut }) => {
      const isJson = asked.given.has("json");
      asked.terminal.out(isJson ? `${JSON.stringify(answer, null, 2)}\n` : toText(answer, question.by));
      if (isCut) sayCut(asked.terminal, answer.rows.length);
    },
  );
}

/** The first page's answer with the rows of all pages: totals are over everything on each of them. */
async function wholeSpend(client: ApiClient, query: Query): Promise<Result<Whole<SpendAnswer>, ApiProblem>> {
  const first = await client.get(PATH, query, SpendAnswer);
  if (!first.ok) return first;
  if (first.value.cursor === undefined) return ok({ answer: first.value, isCut: false });
  const { cursor, ...answer } = first.value;
  const rest = await client.pages(PATH, { query, schema: SpendAnswer, most: ROWS_MAX, after: cursor });
  if (!rest.ok) return rest;
  return ok({ answer: { ...answer, rows: [...answer.rows, ...rest.value.rows] }, isCut: rest.value.isCut });
}

interface Line extends SpendSum {
  readonly dimensions: Readonly<Record<string, string>>;
}

function toText(answer: SpendAnswer, by: readonly string[]): string {
  const total: Line = { ...answer.total, dimensions: by[0] === undefined ? {} : { [by[0]]: "total" } };
  const shown = columns(by, { isAvoided: answer.total.avoided_nanos !== "0" });
  const printed = by.length === 0 ? table(shown, [total]) : table<Line>(shown, answer.rows, total);
  const until = `${answer.from} – ${answer.to}, ${answer.currency}, ${answer.tz}; booked until ${answer.booked_until}`;
  return `${printed}\n${until}\n${leftOut(answer)}`;
}

function leftOut({ lines_left_out: lines }: SpendAnswer): string {
  if (lines === undefined) return "";
  const says = sayLeftOut(lines);
  return `${says.slice(0, 1).toUpperCase()}${says.slice(1)}.\n`;
}

function sayLeftOut(lines: number): string {
  const damaged = lines === 1 ? "1 damaged line" : `${showCount(lines)} damaged lines`;
  return `not in it: what ${damaged} of the journal said, of whatever time; see \`tare status\``;
}

/** What kept answers avoided is shown where there were any. */
function columns(by: readonly string[], { isAvoided }: { readonly isAvoided: boolean }): readonly Column<Line>[] {
  const money = (title: string, text: (line: Line) => string): Column<Line> => ({ title, isNumber: true, text });
  return [
    ...by.map((name): Column<Line> => ({ title: name, text: ({ dimensions }) => dimensions[name] ?? "" })),
    money("calls", ({ calls }) => showCount(calls)),
    money("tokens in", ({ tokens_in }) => showTokens(tokens_in)),
    money("tokens out", ({ tokens_out }) => showTokens(tokens_out)),
    money("gross", ({ gross_nanos }) => showNanos(gross_nanos)),
    money("net", ({ net_nanos }) => showNanos(net_nanos)),
    money("tare", ({ tare_nanos }) => showNanos(tare_nanos)),
    money("ratio", ({ tare_ratio }) => tare_ratio?.toFixed(2) ?? "–"),
    ...(isAvoided ? [money("avoided", ({ avoided_nanos }) => showNanos(avoided_nanos))] : []),
    money("estimated", ({ estimated_nanos }) => showNanos(estimated_nanos)),
    money("in doubt", ({ in_doubt_nanos }) => showNanos(in_doubt_nanos)),
    money("unpriced", ({ unpriced }) => showCount(unpriced)),
    money("refused", ({ refused }) => showCount(refused)),
  ];
}
