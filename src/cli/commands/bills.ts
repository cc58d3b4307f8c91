import { billDimensions, BillTotals } from "#contract";
import { err, ok, type Result } from "#std";
import { showCount, showNanos } from "../amounts.ts";
import { type Query } from "../api-client.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Asked, type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { usageProblem } from "../terminal.ts";

export const billsCommand: Command = {
  name: "bills",
  summary: "What costs from outside come to: imported charges and recurring bills, with their corrections.",
  options: {
    by: { takes: "NAMES", says: `Any of ${billDimensions.join(", ")}; provider,service,month by default.` },
    month: { takes: "YYYY-MM", says: "Charges of one month." },
    provider: { takes: "NAME", says: "Of one provider." },
    service: { takes: "NAME", says: "Of one service." },
    layer: { takes: "NAME", says: "Of one layer." },
    json: { says: "The answer as JSON, money exact in nanos with what rounding left." },
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const query = readQuestion(asked);
    if (!query.ok) return usageProblem(asked.terminal, query.error);
    return askServer(
      asked,
      (client) => client.get("/api/v1/bills", query.value, BillTotals),
      (answer) => asked.terminal.out(asked.given.has("json") ? `${JSON.stringify(answer, null, 2)}\n` : toText(answer)),
    );
  },
};

function readQuestion({ given }: Asked): Result<Query, string> {
  const by = (given.one("by") ?? "provider,service,month").split(",");
  const wrong = by.find((name) => !billDimensions.some((known) => known === name));
  if (wrong !== undefined) return err(`--by: there is no ${wrong}; write any of ${billDimensions.join(", ")}`);
  const filters = ["month", "provider", "service", "layer"].map((name) => [name, given.one(name)] as const);
  return ok([["by", by.join(",")], ...filters]);
}

type Line = BillTotals["rows"][number];

function toText({ rows, total, currency, is_cut }: BillTotals): string {
  const names = Object.keys(rows[0]?.dimensions ?? {});
  const columns: readonly Column<Line>[] = [
    ...names.map((name): Column<Line> => ({ title: name, text: ({ dimensions }) => dimensions[name] ?? "" })),
    { title: "entries", isNumber: true, text: ({ bills }) => showCount(bills) },
    { title: currency, isNumber: true, text: ({ nanos }) => showNanos(nanos) },
  ];
  const foot = { ...total, dimensions: names[0] === undefined ? {} : { [names[0]]: "total" } };
  return `${table(columns, rows, foot)}${is_cut ? "There are more rows; the total is over all.\n" : ""}`;
}
