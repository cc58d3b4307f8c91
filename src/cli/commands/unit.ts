import { MarginRows, type UnitCosts, UnitRows } from "#contract";
import { err, ok, type Result } from "#std";
import { formatMoney, money } from "#units";
import { showCount, showNanos } from "../amounts.ts";
import { type ApiClient, type ApiProblem, type Query } from "../api-client.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Asked, type Command } from "../command.ts";
import { filterOptions, readDimensions, readFilters } from "../filters.ts";
import { marginsText } from "../margins-text.ts";
import { type Column, table } from "../table.ts";
import { usageProblem } from "../terminal.ts";
import { readTimeRange, timeOptions } from "../time-range.ts";

const PATH = "/api/v1/unit-costs";

export const unitCommand: Command = {
  name: "unit",
  summary: "What one call, interaction, user, session, outcome and success costs, by any dimensions.",
  options: {
    by: { takes: "NAMES", says: "Dimensions, such as feature or customer." },
    outcome: { takes: "NAME", says: "Only outcomes of this name count." },
    per: { takes: "COUNT", says: "What so many cost, such as 1000; one by default." },
    sort: { takes: "ORDER", says: "dearest (the default) or unpriced: what has the most without a price comes first." },
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
    const { by, query } = question.value;
    if (asked.given.has("csv"))
      return askServer(
        asked,
        (client) => client.text(PATH, [...query, ["format", "csv"]]),
        ({ text }) => asked.terminal.out(text),
      );
    const isByCustomer = by.length === 1 && by[0] === "customer";
    return askServer(
      asked,
      (client) => ask(client, query, isByCustomer),
      ({ units, margins }) => {
        const json = () => JSON.stringify(margins === undefined ? units : { ...units, margins }, null, 2);
        const text = () => toText(units, by) + (margins === undefined ? "" : `\n${marginsText(margins)}`);
        asked.terminal.out(asked.given.has("json") ? `${json()}\n` : text());
      },
    );
  },
};

interface Answers {
  readonly units: UnitRows;
  /** By customer: what they bring, too. */
  readonly margins: MarginRows | undefined;
}

const onlyOfUnits: readonly string[] = ["by", "tz", "per", "sort"];

async function ask(client: ApiClient, query: Query, isByCustomer: boolean): Promise<Result<Answers, ApiProblem>> {
  const units = await client.get(PATH, query, UnitRows);
  if (!units.ok || !isByCustomer) return units.ok ? ok({ units: units.value, margins: undefined }) : units;
  const ofMargins = query.filter(([name]) => !onlyOfUnits.includes(name));
  const margins = await client.get("/api/v1/margins", ofMargins, MarginRows);
  return margins.ok ? ok({ units: units.value, margins: margins.value }) : margins;
}

function readQuestion({
  given,
  world,
}: Asked): Result<{ readonly by: readonly string[]; readonly query: Query }, string> {
  if (given.has("json") && given.has("csv")) return err("give --json or --csv, not both");
  const tz = given.one("tz") ?? "UTC";
  const words = { last: given.one("last"), from: given.one("from"), to: given.one("to"), tz };
  const range = readTimeRange(words, world.clock.now());
  if (!range.ok) return range;
  const by = readDimensions(given.one("by"));
  if (!by.ok) return by;
  const filters = readFilters(given.all("where"));
  if (!filters.ok) return err(filters.error);
  const { from, to } = range.value;
  const outcome = given.one("outcome");
  const per = given.one("per") ?? "1";
  if (!PER.test(per)) return err("--per: write a number from 1 to 1000000, such as 1000");
  const more: Query = [
    ["sort", given.one("sort")],
    ["outcome", outcome],
    ["per", per],
  ];
  return ok({
    by: by.value,
    query: [["by", by.value.join(",")], ["from", from], ["to", to], ["tz", tz], ...more, ...filters.value],
  });
}

const PER = /^([1-9]\d{0,5}|1000000)$/;

interface Line extends UnitCosts {
  readonly dimensions: Readonly<Record<string, string>>;
}

function toText({ rows, is_cut, total, per, currency }: UnitRows, by: readonly string[]): string {
  const last: Line = { ...total, dimensions: by[0] === undefined ? {} : { [by[0]]: "total" } };
  const shown = columns(by, per);
  const printed = by.length === 0 ? table(shown, [last]) : table<Line>(shown, rows, last);
  const more = is_cut ? "There are more rows; the total is over all.\n" : "";
  return `${printed}${more}\nAmounts in ${currency}; a success carries the failures and retries beside it.\n`;
}

function columns(by: readonly string[], per: number): readonly Column<Line>[] {
  const of = (one: string, many: string) => (per === 1 ? one : `${showCount(per)} ${many}`);
  const number = (title: string, text: (line: Line) => string): Column<Line> => ({ title, isNumber: true, text });
  return [
    ...by.map((name): Column<Line> => ({ title: name, text: ({ dimensions }) => dimensions[name] ?? "" })),
    number("gross", ({ gross_nanos }) => showNanos(gross_nanos)),
    number("tare ratio", ({ tare_ratio }) => tare_ratio?.toFixed(2) ?? "–"),
    number(of("a call", "calls"), ({ per_call_nanos }) => showEach(per_call_nanos)),
    number(of("an interaction", "interactions"), ({ per_interaction_nanos }) => showEach(per_interaction_nanos)),
    // One of these is too little to read: they are shown where somebody asks for many.
    ...(per === 1
      ? []
      : [
          number(of("", "steps"), ({ per_step_nanos }) => showEach(per_step_nanos)),
          number(of("", "tokens"), ({ per_token_nanos }) => showEach(per_token_nanos)),
        ]),
    number(of("a user", "users"), ({ per_user_nanos }) => showEach(per_user_nanos)),
    number(of("a session", "sessions"), ({ per_session_nanos }) => showEach(per_session_nanos)),
    number(of("an outcome", "outcomes"), ({ per_outcome_nanos }) => showEach(per_outcome_nanos)),
    number(of("a success", "successes"), ({ per_success_nanos }) => showEach(per_success_nanos)),
    number("successes", ({ successes, outcomes }) => `${showCount(successes)}/${showCount(outcomes)}`),
    number("margin", ({ margin_nanos, valued }) => (valued === 0 ? "–" : showNanos(margin_nanos))),
    number("unpriced", ({ unpriced }) => showCount(unpriced)),
  ];
}

/** One of anything is often less than a hundredth of a cent: every digit is shown. */
function showEach(nanos: string | undefined): string {
  return nanos === undefined ? "–" : formatMoney(money(BigInt(nanos)));
}
