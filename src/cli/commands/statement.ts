import { AllocationAnswer, Statement } from "#contract";
import { closestName, ok, type Result } from "#std";
import { showNanos } from "../amounts.ts";
import { type ApiClient, type ApiProblem } from "../api-client.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { printable, usageProblem } from "../terminal.ts";

export const statementCommand: Command = {
  name: "statement",
  summary: "What a team's month cost, of what, and why it is not what the month before cost.",
  options: {
    json: { says: "The whole answer as JSON, money exact in nanos." },
    csv: { says: "The layers for spreadsheets, money exact in nanos." },
    ...serverOptions,
  },
  operands: ["TEAM", "MONTH"],
  async run(asked) {
    const { given, terminal } = asked;
    const [team = "", month = ""] = given.operands;
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return usageProblem(terminal, "write the month as 2027-01");
    const path = `/api/v1/statements/${encodeURIComponent(team)}/${month}`;
    if (given.has("csv"))
      return askServer(
        asked,
        (client) => client.text(path, [["format", "csv"]]),
        ({ text }) => terminal.out(text),
      );
    if (given.has("json"))
      return askServer(
        asked,
        (client) => client.get(path, [], Statement),
        (answer) => terminal.out(`${JSON.stringify(answer, null, 2)}\n`),
      );
    return askServer(
      asked,
      async (client) => {
        const told = await client.get(path, [], Statement);
        return told.ok ? readable(client, told.value) : told;
      },
      (text) => terminal.out(text),
    );
  },
};

/** A team that carried nothing is most often one that nobody is called. */
async function readable(client: ApiClient, answer: Statement): Promise<Result<string, ApiProblem>> {
  const { team, month, before, layers } = answer;
  if (layers.length > 0) return ok(toText(answer));
  const teams = await client.get("/api/v1/allocations", Object.entries({ by: "team", month }), AllocationAnswer);
  if (!teams.ok) return teams;
  const meant = closestName(
    team,
    teams.value.rows.map(({ value }) => value),
  );
  const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return ok(printable(`No cost of ${month} or ${before} is that of a team ${team}.${hint}`) + "\n");
}

type Layer = Statement["layers"][number];

const says = {
  volume: "more or fewer calls",
  mix: "other features and models",
  efficiency: "other tokens a call",
  price: "other prices a token",
  work: "other work of its own",
  shared: "other parts of shared costs",
} as const;

function toText(answer: Statement): string {
  const { team, month, before, layers, bridge, trend, drivers, currency, state } = answer;
  const sum = (name: Exclude<keyof Layer, "layer">) =>
    layers.reduce((all, row) => all + BigInt(row[name]), 0n).toString();
  const total: Layer = {
    layer: "total",
    direct_nanos: sum("direct_nanos"),
    shared_nanos: sum("shared_nanos"),
    corrected_nanos: sum("corrected_nanos"),
    total_nanos: answer.total_nanos,
    before_nanos: answer.before_nanos,
  };
  const steps = [
    { name: before, nanos: answer.before_nanos },
    ...bridge.map(({ part, nanos }) => ({ name: `${part}: ${says[part]}`, nanos })),
  ];
  const bridged = table(
    [
      { title: "why", text: ({ name }) => name },
      { title: "amount", isNumber: true, text: ({ nanos }) => showNanos(nanos) },
    ],
    steps,
    { name: month, nanos: answer.total_nanos },
  );
  const months = trend.map((each) => `${each.month} ${showNanos(each.total_nanos)}`).join(" · ");
  const counts = `${drivers.calls} calls (${drivers.calls_before} before), ${drivers.tokens} tokens (${drivers.tokens_before} before)`;
  const head = printable(`${team}, ${month} (${state}), ${currency}`);
  return `${head}\n\n${table(columns(before), layers, total)}\n${bridged}\n${counts}\n${months}\n`;
}

function amount(title: string, text: (row: Layer) => string): Column<Layer> {
  return { title, isNumber: true, text: (row) => showNanos(text(row)) };
}

function columns(before: string): readonly Column<Layer>[] {
  return [
    { title: "layer", text: ({ layer }) => layer },
    amount("its own", (row) => row.direct_nanos),
    amount("shared", (row) => row.shared_nanos),
    amount("corrections", (row) => row.corrected_nanos),
    amount("total", (row) => row.total_nanos),
    amount(before, (row) => row.before_nanos),
  ];
}
