import { resolve } from "node:path";
import { Reconciliation, type ReconciledDifference } from "#contract";
import { err, ok, type Result } from "#std";
import { money, parseMoney } from "#units";
import { showCount, showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Asked, type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { exitCodes, printable, usageProblem } from "../terminal.ts";

const FILE_BYTES_MAX = 32 * 1024 * 1024;
const LAG = /^(\d{1,3})(h|d)$/;
const ROWS_SHOWN = 40;

export const reconcileCommand: Command = {
  name: "reconcile",
  summary: "Holds the ledger against saved answers of a provider's usage and cost APIs; exits 1 over the tolerance.",
  options: {
    provider: { takes: "NAME", says: "The configured provider whose report it is, such as openai." },
    tolerance: {
      takes: "AMOUNT",
      says: "Money that may stay open, as 0.50 or as a share of the report, as 0.1%; 0 by default.",
    },
    "as-of": { takes: "TIME", says: "When the report was fetched, RFC 3339; now by default." },
    lag: { takes: "24h", says: "Days that ended less than this before may not be finished in it; 24h by default." },
    json: { says: "The whole answer as JSON, money exact in nanos." },
    ...serverOptions,
  },
  operands: ["FILE…"],
  async run(asked) {
    const question = readQuestion(asked);
    if (!question.ok) return usageProblem(asked.terminal, question.error);
    const { body, isWithin } = question.value;
    let isOver = false;
    const code = await askServer(
      asked,
      (client) => client.post("/api/v1/reconciliations", body, Reconciliation),
      (answer) => {
        isOver = !isWithin(answer);
        asked.terminal.out(asked.given.has("json") ? `${JSON.stringify(answer, null, 2)}\n` : toText(answer));
        if (isOver) asked.terminal.error(`tare: ${showNanos(answer.open_nanos)} is open, more than the tolerance\n`);
      },
    );
    return isOver ? exitCodes.problem : code;
  },
};

interface Question {
  readonly body: unknown;
  readonly isWithin: (answer: Reconciliation) => boolean;
}

function readQuestion({ given, world }: Asked): Result<Question, string> {
  const provider = given.one("provider");
  if (provider === undefined) return err("say whose report it is: --provider openai");
  const isWithin = readTolerance(given.one("tolerance") ?? "0");
  if (isWithin === undefined) return err("--tolerance: write an amount such as 0.50, or a share such as 0.1%");
  const [, count, unit] = LAG.exec(given.one("lag") ?? "24h") ?? [];
  if (count === undefined) return err("--lag: write 24h or 2d");
  const pages: unknown[] = [];
  for (const file of given.operands) {
    const found = readPages(world.disk.read(resolve(file), 0, FILE_BYTES_MAX + 1));
    if (!found.ok) return err(`${file}: ${found.error}`);
    pages.push(...found.value);
  }
  const lag_hours = Number(count) * (unit === "d" ? 24 : 1);
  return ok({ body: { provider, pages, as_of: given.one("as-of"), lag_hours }, isWithin });
}

/** One page, or a list of them. */
function readPages(bytes: Buffer | undefined): Result<readonly unknown[], string> {
  if (bytes === undefined) return err("there is no such file");
  if (bytes.length > FILE_BYTES_MAX) return err("larger than 32 MiB; save fewer days in a file");
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return ok(Array.isArray(json) ? json : [json]);
  } catch {
    return err("not JSON in UTF-8");
  }
}

const SHARE = /^(\d{1,3})(?:\.(\d{1,4}))?%$/;

function readTolerance(text: string): Question["isWithin"] | undefined {
  const [, whole, fraction = ""] = SHARE.exec(text) ?? [];
  if (whole !== undefined) {
    // In millionths: a percent has four decimals.
    const share = BigInt(whole + fraction.padEnd(4, "0"));
    return ({ open_nanos, reported_nanos }) => BigInt(open_nanos) * 1_000_000n <= BigInt(reported_nanos) * share;
  }
  const most = parseMoney(text);
  if (!most.ok || most.value < 0n) return undefined;
  return ({ open_nanos }) => money(BigInt(open_nanos)) <= most.value;
}

function toText(answer: Reconciliation): string {
  const { provider, from, to, currency, by_cause, coverage_percent, bypass_percent, rows, rows_left_out } = answer;
  const causes = Object.entries(by_cause).filter(([, nanos]) => nanos !== "0");
  const sums = [
    { name: "in the ledger", nanos: answer.booked_nanos },
    ...causes.map(([name, nanos]) => ({ name: `  ${name}`, nanos })),
  ];
  const total = { name: "in the report", nanos: answer.reported_nanos };
  const shown = rows.slice(0, ROWS_SHOWN);
  const more = rows.length + rows_left_out - shown.length;
  return [
    `${printable(provider)}, ${from} to ${to}, ${showCount(answer.compared)} places compared\n\n`,
    table<{ readonly name: string; readonly nanos: string }>(
      [
        { title: currency, text: ({ name }) => name },
        { title: "amount", isNumber: true, text: ({ nanos }) => showNanos(nanos) },
      ],
      sums,
      total,
    ),
    `\ncoverage ${percent(coverage_percent)}, past the gateway ${percent(bypass_percent)}\n`,
    rows.length === 0 ? "" : `\n${table(columns, shown)}`,
    more > 0 ? `… and ${showCount(more)} more, with --json\n` : "",
  ].join("");
}

function percent(value: number | undefined): string {
  return value === undefined ? "unknown" : `${value} %`;
}

const quantity = (value: number | undefined) => (value === undefined ? "" : showCount(value));

const columns: readonly Column<ReconciledDifference>[] = [
  { title: "day", text: ({ day }) => day },
  { title: "model", text: ({ model, item }) => (item === undefined ? model : `(${item})`) },
  { title: "meter", text: ({ meter }) => meter },
  { title: "tier", text: ({ tier }) => tier },
  { title: "booked", isNumber: true, text: (row) => quantity(row.booked_quantity) },
  { title: "reported", isNumber: true, text: (row) => quantity(row.reported_quantity) },
  { title: "why", text: ({ parts }) => parts.map(({ cause, nanos }) => `${cause} ${showNanos(nanos)}`).join(", ") },
];
