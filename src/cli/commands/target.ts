import { type Target, TargetPage } from "#contract";
import { unreachable } from "#std";
import { formatMoney, money } from "#units";
import { showCount } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { type Column, table } from "../table.ts";

export const targetCommand: Command = {
  name: "target",
  summary: "The cost targets of tare.yaml: what one interaction, user or outcome costs against its limit.",
  options: { json: { says: "The answer as JSON." }, ...serverOptions },
  operands: [],
  async run(asked) {
    const { given, terminal } = asked;
    return askServer(
      asked,
      (client) => client.get("/api/v1/targets", [], TargetPage),
      (page) => terminal.out(given.has("json") ? `${JSON.stringify(page, null, 2)}\n` : toText(page)),
    );
  },
};

function toText({ rows, currency }: TargetPage): string {
  if (rows.length === 0) return "No cost targets: write some under `targets:` in tare.yaml.\n";
  return `${table(columns, rows)}\nAmounts in ${currency}.\n`;
}

const columns: readonly Column<Target>[] = [
  { title: "name", text: ({ name }) => name },
  { title: "of one", text: ({ max_cost_per, outcome }) => outcome ?? max_cost_per.replace("_", " ") },
  { title: "days", text: ({ over_days }) => String(over_days), isNumber: true },
  { title: "costs", text: ({ cost_nanos }) => exact(cost_nanos), isNumber: true },
  { title: "limit", text: ({ limit_nanos }) => exact(limit_nanos), isNumber: true },
  { title: "over", text: ({ divided_by }) => (divided_by === undefined ? "–" : showCount(divided_by)), isNumber: true },
  { title: "unpriced", text: ({ unpriced }) => (unpriced === undefined ? "–" : showCount(unpriced)), isNumber: true },
  { title: "state", text: (target) => [target.state, whyText(target)].filter((part) => part !== "").join(": ") },
];

function exact(nanos: string | undefined): string {
  return nanos === undefined ? "–" : formatMoney(money(BigInt(nanos)));
}

function whyText({ why, counted, min_count }: Target): string {
  switch (why) {
    case undefined:
      return "";
    case "nothing_counted":
      return "there were none";
    case "too_few":
      return `${counted ?? 0} of at least ${min_count}`;
    case "nothing_succeeded":
      return "none succeeded";
    case "unpriced":
      return "a part of the cost is";
    case "not_counted_yet":
      return "not counted yet";
    default:
      return unreachable(why);
  }
}
