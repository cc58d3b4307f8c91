import { type Assumption, type FeatureReturn, ReturnRows } from "#contract";
import { formatMoney, money } from "#units";
import { showCount, showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { printable, usageProblem } from "../terminal.ts";
import { readTimeRange, timeOptions } from "../time-range.ts";

export const roiCommand: Command = {
  name: "roi",
  summary: "Whether features are worth their cost and what their latency costs, with every assumption beside it.",
  options: {
    feature: { takes: "NAME", says: "Only this feature." },
    ...timeOptions,
    json: { says: "The answer as JSON, money exact in nanos." },
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const { given, terminal, world } = asked;
    const tz = given.one("tz") ?? "UTC";
    const words = { last: given.one("last"), from: given.one("from"), to: given.one("to"), tz };
    const range = readTimeRange(words, world.clock.now());
    if (!range.ok) return usageProblem(terminal, range.error);
    const { from, to } = range.value;
    return askServer(
      asked,
      (client) =>
        client.get(
          "/api/v1/returns",
          [
            ["from", from],
            ["to", to],
            ["feature", given.one("feature")],
          ],
          ReturnRows,
        ),
      (answer) => terminal.out(given.has("json") ? `${JSON.stringify(answer, null, 2)}\n` : toText(answer)),
    );
  },
};

function toText({ rows, elasticity, currency }: ReturnRows): string {
  if (rows.length === 0)
    return `Nothing is assumed of any feature here: write a counterfactual under \`economics:\` in tare.yaml.\n${line(elasticity)}`;
  const assumptions = rows.flatMap(({ feature, assumptions: all }) => [`${printable(feature)}\n`, ...all.map(line)]);
  return `${table(columns, rows)}\nAmounts in ${currency}. These figures rest on assumptions:\n${assumptions.join("")}`;
}

function line({ value, source, field, is_default: isDefault }: Assumption): string {
  const from = source === undefined ? "" : `; source: ${printable(source)}`;
  return `  assumption: ${printable(value)}${from} (${printable(field)}${isDefault ? ", the default" : ""})\n`;
}

const columns: readonly Column<FeatureReturn>[] = [
  { title: "feature", text: ({ feature }) => feature },
  { title: "cost", isNumber: true, text: ({ cost_nanos }) => showNanos(cost_nanos) },
  {
    title: "successes",
    isNumber: true,
    text: ({ successes, outcomes }) => `${showCount(successes)}/${showCount(outcomes)}`,
  },
  { title: "each else", isNumber: true, text: ({ worth }) => exact(worth?.counterfactual_nanos) },
  {
    title: "benefit",
    isNumber: true,
    text: ({ worth }) => (worth === undefined ? "–" : showNanos(worth.benefit_nanos)),
  },
  {
    title: "ROI",
    isNumber: true,
    text: ({ worth }) => (worth?.roi_percent === undefined ? "–" : `${worth.roi_percent} %`),
  },
  { title: "above, ms", isNumber: true, text: ({ latency }) => latency?.over_ms_mean.toFixed(0) ?? "–" },
  {
    title: "latency costs",
    isNumber: true,
    text: ({ latency }) => (latency === undefined ? "–" : showNanos(latency.loss_nanos)),
  },
  { title: "unpriced", isNumber: true, text: ({ unpriced }) => showCount(unpriced) },
];

function exact(nanos: string | undefined): string {
  return nanos === undefined ? "–" : formatMoney(money(BigInt(nanos)));
}
