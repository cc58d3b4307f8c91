import { type Slo, SloPage } from "#contract";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { type Column, table } from "../table.ts";

export const sloCommand: Command = {
  name: "slo",
  summary: "The promises of tare.yaml: what is kept, what is left, and how fast it is used up.",
  options: { json: { says: "The answer as JSON." }, ...serverOptions },
  operands: [],
  async run(asked) {
    const { given, terminal } = asked;
    return askServer(
      asked,
      (client) => client.get("/api/v1/slos", [], SloPage),
      (page) => terminal.out(given.has("json") ? `${JSON.stringify(page, null, 2)}\n` : toText(page)),
    );
  },
};

function toText({ rows }: SloPage): string {
  return rows.length === 0 ? "No SLOs: write some under `slos:` in tare.yaml.\n" : table(columns, rows);
}

const columns: readonly Column<Slo>[] = [
  { title: "name", text: ({ name }) => name },
  { title: "of", text: ({ of }) => `${of.dimension} ${of.value}` },
  { title: "promises", text: ({ promises }) => promises },
  { title: "days", text: ({ over_days }) => String(over_days), isNumber: true },
  {
    title: "good",
    text: ({ good, total }) => (total === 0 ? "" : `${((good / total) * 100).toFixed(3)} %`),
    isNumber: true,
  },
  { title: "of calls", text: ({ total }) => String(total), isNumber: true },
  {
    title: "left",
    text: ({ budget_left: left }) => (left === undefined ? "" : `${(left * 100).toFixed(1)} %`),
    isNumber: true,
  },
  { title: "burn 1h", text: ({ burn }) => burn["1h"]?.toFixed(2) ?? "", isNumber: true },
  { title: "burn 3d", text: ({ burn }) => burn["3d"]?.toFixed(2) ?? "", isNumber: true },
  { title: "state", text: ({ burning }) => (burning === undefined ? "" : `burning ${burning}`) },
];
