import { MeterPage, type MeterRow } from "#contract";
import { showCount, showNanos, showTokens } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { usageProblem } from "../terminal.ts";
import { readTimeRange, timeOptions } from "../time-range.ts";

export const metersCommand: Command = {
  name: "meters",
  summary: "Fleets of GPUs: hours busy, idle and unknown, cold starts, tokens, and what a million tokens cost.",
  options: {
    ...timeOptions,
    json: { says: "The answer as JSON, time in milliseconds of GPUs, money exact in nanos." },
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const { given, terminal, world } = asked;
    const words = {
      last: given.one("last"),
      from: given.one("from"),
      to: given.one("to"),
      tz: given.one("tz") ?? "UTC",
    };
    const range = readTimeRange(words, world.clock.now());
    if (!range.ok) return usageProblem(terminal, range.error);
    return askServer(
      asked,
      (client) =>
        client.get(
          "/api/v1/meters",
          [
            ["from", range.value.from],
            ["to", range.value.to],
          ],
          MeterPage,
        ),
      (page) => terminal.out(given.has("json") ? `${JSON.stringify(page, null, 2)}\n` : toText(page)),
    );
  },
};

function toText({ rows, currency }: MeterPage): string {
  if (rows.length === 0) return "No meters: write some under `meters:` in tare.yaml.\n";
  const models = rows.flatMap((row) =>
    row.models.map((model) => ({ meter: row.name, idle: row.idle_share, ...model })),
  );
  const problems = rows.flatMap(({ name, exporters }) =>
    exporters.flatMap(({ url, problem }) => (problem === undefined ? [] : [`${name}: ${url} ${problem}\n`])),
  );
  return [
    table(fleetColumns, rows),
    ...(models.length === 0 ? [] : [`\n${table(modelColumns, models)}`]),
    `\nHours are of GPUs; amounts in ${currency}.\n`,
    ...problems,
  ].join("");
}

const fleetColumns: readonly Column<MeterRow>[] = [
  { title: "meter", text: ({ name }) => name },
  { title: "gpus", text: ({ exporters }) => showCount(gpusOf(exporters)), isNumber: true },
  { title: "busy h", text: ({ busy_ms }) => showHours(busy_ms), isNumber: true },
  { title: "idle h", text: ({ idle_ms }) => showHours(idle_ms), isNumber: true },
  { title: "unknown h", text: ({ unknown_ms }) => showHours(unknown_ms), isNumber: true },
  { title: "idle", text: ({ idle_share }) => showShare(idle_share), isNumber: true },
  { title: "cost", text: (row) => showCost(row, row.cost_nanos), isNumber: true },
  { title: "of it idle", text: (row) => showCost(row, row.idle_nanos), isNumber: true },
  { title: "cold starts", text: ({ cold_starts }) => showCount(cold_starts), isNumber: true },
  { title: "missed", text: ({ missed, scrapes }) => `${showCount(missed)}/${showCount(scrapes)}`, isNumber: true },
];

type ModelLine = MeterRow["models"][number] & { readonly meter: string; readonly idle: number | undefined };

const modelColumns: readonly Column<ModelLine>[] = [
  { title: "model", text: ({ model }) => model },
  { title: "meter", text: ({ meter }) => meter },
  { title: "requests", text: ({ requests }) => showCount(requests), isNumber: true },
  { title: "tokens in", text: ({ tokens_in }) => showTokens(tokens_in), isNumber: true },
  { title: "tokens out", text: ({ tokens_out }) => showTokens(tokens_out), isNumber: true },
  { title: "cost", text: ({ cost_nanos: cost }) => showMaybe(cost), isNumber: true },
  { title: "per M tokens", text: ({ million_tokens_nanos: cost }) => showMaybe(cost), isNumber: true },
  { title: "per M out", text: ({ million_tokens_out_nanos: cost }) => showMaybe(cost), isNumber: true },
  { title: "idle", text: ({ idle }) => showShare(idle), isNumber: true },
];

const HOUR_MS = 3_600_000;

function gpusOf(exporters: MeterRow["exporters"]): number {
  return exporters.reduce((sum, { gpus }) => sum + gpus, 0);
}

function showHours(ms: number): string {
  return (ms / HOUR_MS).toFixed(ms > 0 && ms < HOUR_MS ? 4 : 2);
}

function showShare(share: number | undefined): string {
  return share === undefined ? "–" : `${(share * 100).toFixed(1)} %`;
}

function showCost({ cost_from: from }: MeterRow, nanos: string): string {
  return from === "none" ? "–" : showNanos(nanos);
}

function showMaybe(nanos: string | undefined): string {
  return nanos === undefined ? "–" : showNanos(nanos);
}
