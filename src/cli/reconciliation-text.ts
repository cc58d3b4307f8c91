import { type Reconciliation, type ReconciledDifference } from "#contract";
import { showCount, showNanos } from "./amounts.ts";
import { type Column, table } from "./table.ts";
import { printable } from "./terminal.ts";

const ROWS_SHOWN = 40;

/** Both sides, the causes between them, and the largest differences. */
export function reconciliationText(answer: Reconciliation): string {
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
