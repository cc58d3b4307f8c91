import { AllocationAnswer, type AllocationRow, ClosedMonth, type ExplainedLine, Explanation } from "#contract";
import { err, ok, type Result } from "#std";
import { showNanos } from "../amounts.ts";
import { type Query } from "../api-client.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Asked, type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { type ExitCode, printable, usageProblem } from "../terminal.ts";

const PATH = "/api/v1/allocations";
const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const views = ["feature", "team", "customer"];
const LINES_MAX = "1000";

const json = { says: "The whole answer as JSON, money exact in nanos." } as const;

const allocateCommand: Command = {
  name: "allocate",
  summary:
    "Whom a month's money belongs to: what each carries of itself, and its part of bills and other shared costs.",
  options: {
    month: { takes: "2027-01", says: "The month; this one by default." },
    by: { takes: "NAME", says: "feature, team or customer; feature by default." },
    explain: { takes: "VALUE", says: "Why this feature, team or customer carries what it carries, line by line." },
    bill: {
      takes: "ID",
      says: "Where this bill went; with --explain, only its lines there. --json shows the ids of bills.",
    },
    json,
    csv: { says: "A table for spreadsheets, money exact in nanos." },
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const query = readQuestion(asked);
    if (!query.ok) return usageProblem(asked.terminal, query.error);
    const { given } = asked;
    if (given.one("explain") !== undefined || given.one("bill") !== undefined)
      return printExplanation(asked, query.value);
    return given.has("csv") ? printCsv(asked, query.value) : printAllocation(asked, query.value);
  },
};

function readQuestion({ given }: Asked): Result<Query, string> {
  const [month, by = "feature", value, bill] = ["month", "by", "explain", "bill"].map((name) => given.one(name));
  if (month !== undefined && !MONTH.test(month)) return err("--month: write a month such as 2027-01");
  if (!views.includes(by)) return err(`--by: write one of ${views.join(", ")}`);
  if (given.has("csv") && (given.has("json") || value !== undefined || bill !== undefined))
    return err("give --csv alone");
  const explain: Query = [
    ["value", value],
    ["bill", bill],
    ...(value === undefined && bill === undefined ? [] : [["limit", LINES_MAX] as const]),
  ];
  return ok([["month", month], ["by", by], ...explain]);
}

function printCsv(asked: Asked, query: Query): Promise<ExitCode> {
  return askServer(
    asked,
    (client) => client.text(PATH, [...query, ["format", "csv"]]),
    ({ text }) => asked.terminal.out(text),
  );
}

function printAllocation(asked: Asked, query: Query): Promise<ExitCode> {
  return askServer(
    asked,
    (client) => client.get(PATH, query, AllocationAnswer),
    (answer) => asked.terminal.out(asked.given.has("json") ? `${JSON.stringify(answer, null, 2)}\n` : toText(answer)),
  );
}

function toText(answer: AllocationAnswer): string {
  const total = {
    value: "total",
    total_nanos: answer.total_nanos,
    direct_nanos: sum(answer.rows, "direct_nanos"),
    shared_nanos: sum(answer.rows, "shared_nanos"),
    corrected_nanos: answer.corrected_nanos,
    layers: [],
  };
  const printed = table<AllocationRow>(columns(answer.by), answer.rows, total);
  const bills = `Bills ${showNanos(answer.billed_nanos)}: allocated ${showNanos(answer.allocated_nanos)}, not allocated ${showNanos(answer.unallocated_nanos)}.`;
  return `${printed}\n${bills}\n${standing(answer)}\n`;
}

function sum(rows: readonly AllocationRow[], name: "direct_nanos" | "shared_nanos"): string {
  return rows.reduce((all, row) => all + BigInt(row[name]), 0n).toString();
}

function amount(title: string, text: (row: AllocationRow) => string): Column<AllocationRow> {
  return { title, isNumber: true, text: (row) => showNanos(text(row)) };
}

function columns(by: string): readonly Column<AllocationRow>[] {
  return [
    { title: by, text: ({ value }) => value },
    amount("its own", (row) => row.direct_nanos),
    amount("shared", (row) => row.shared_nanos),
    amount("corrections", (row) => row.corrected_nanos),
    amount("total", (row) => row.total_nanos),
  ];
}

function standing(
  answer: Pick<AllocationAnswer, "month" | "currency" | "state" | "revision" | "booked_until">,
): string {
  const { month, currency, state, revision, booked_until: until } = answer;
  return printable(`${month}, ${currency}, ${state}; rules ${revision}; booked until ${until}`);
}

function printExplanation(asked: Asked, query: Query): Promise<ExitCode> {
  return askServer(
    asked,
    (client) => client.get(`${PATH}/explain`, query, Explanation),
    (answer) => asked.terminal.out(asked.given.has("json") ? `${JSON.stringify(answer, null, 2)}\n` : toLines(answer)),
  );
}

function toLines(answer: Explanation): string {
  const { by, value, nanos, rows, cursor } = answer;
  // A bill that is there has a line, if only that nobody carries it.
  if (value === undefined && rows.length === 0) return `No cost of this month has that bill\n${standing(answer)}\n`;
  const head = printable(
    value === undefined ? `The bill of ${showNanos(nanos)}` : `${by} ${value} carries ${showNanos(nanos)}`,
  );
  const more = cursor === undefined ? "" : `The largest ${rows.length} lines; all of them are in the API.\n`;
  const lines = rows.map((line) => `${showNanos(line.nanos).padStart(14)}  ${printable(reason(line))}`);
  return `${head}\n${lines.join("\n")}\n${more}${standing(answer)}\n`;
}

/** `GPUs of 1 200.0000: 300 of 400 tokens (fleet) → feature=support`. */
function reason({ source, layer, name, whole_nanos: whole, steps, month, unallocated, entry }: ExplainedLine): string {
  if (source === "direct") return `${layer}: its own`;
  if (source === "correction") return `${layer}: correction of ${month ?? ""} (${name ?? ""})`;
  const of = whole === undefined ? "" : ` of ${showNanos(whole)}`;
  const path = steps.map((step) => {
    const share = `${showQuantity(step.quantity, step.unit)} of ${showQuantity(step.of, step.unit)}`;
    return `${step.to} by ${step.driver}, ${share} (${step.rule})`;
  });
  const left =
    unallocated === undefined ? [] : [unallocated === "no-rule" ? "no rule takes it" : "nothing was measured"];
  const from = entry === undefined ? "" : ` [${entry}]`;
  return `${layer}: ${name ?? ""}${of}${from} → ${[...path, ...left].join(" → ")}`;
}

function showQuantity(quantity: string, unit: ExplainedLine["steps"][number]["unit"]): string {
  if (unit === "nanos") return showNanos(quantity);
  return unit === "ms" ? `${quantity} ms` : quantity;
}

const closeCommand: Command = {
  name: "month close",
  summary: "Freezes the allocation of a month that is over; what is booked in it later is corrected in the open one.",
  options: { json, ...serverOptions },
  operands: ["MONTH"],
  async run(asked) {
    const month = asked.given.operands[0] ?? "";
    if (!MONTH.test(month)) return usageProblem(asked.terminal, "write a month such as 2027-01");
    return askServer(
      asked,
      (client) => client.post(`/api/v1/periods/${month}/close`, {}, ClosedMonth),
      (closed) =>
        asked.terminal.out(
          asked.given.has("json")
            ? `${JSON.stringify(closed, null, 2)}\n`
            : `${closed.month} is closed at ${showNanos(closed.total_nanos)}\n`,
        ),
    );
  },
};

export const allocationCommands: readonly Command[] = [allocateCommand, closeCommand];
