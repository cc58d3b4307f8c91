import { type CommitmentRow, Commitments } from "#contract";
import { showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { printable } from "../terminal.ts";

export const commitmentsCommand: Command = {
  name: "commitments",
  summary: "Shows what was paid or promised to providers ahead, how much of it is drawn, and when it is used up.",
  options: { json: { says: "The whole answer as JSON, money exact in nanos." }, ...serverOptions },
  operands: [],
  run: (asked) =>
    askServer(
      asked,
      (client) => client.get("/api/v1/commitments", [], Commitments),
      (answer) => {
        const { rows } = answer;
        const text = rows.length === 0 ? "No commitments stand in tare.yaml.\n" : table<CommitmentRow>(columns, rows);
        asked.terminal.out(asked.given.has("json") ? `${JSON.stringify(answer, null, 2)}\n` : text);
      },
    ),
};

const columns: readonly Column<CommitmentRow>[] = [
  { title: "name", text: ({ name }) => printable(name) },
  { title: "provider", text: ({ provider }) => printable(provider) },
  { title: "from", text: ({ from }) => from },
  { title: "to", text: ({ to }) => to },
  { title: "amount", isNumber: true, text: (row) => showNanos(row.amount_nanos) },
  { title: "drawn", isNumber: true, text: (row) => showNanos(row.drawn_nanos) },
  { title: "left", isNumber: true, text: (row) => showNanos(row.left_nanos) },
  { title: "beyond", isNumber: true, text: (row) => showNanos(row.over_nanos) },
  { title: "used up", text: ({ runs_out: day, state }) => (state === "used_up" ? "yes" : (day ?? "")) },
  {
    title: "unused",
    isNumber: true,
    text: ({ unused_nanos: unused }) => (unused === undefined ? "" : showNanos(unused)),
  },
];
