/** Spend by the values of one dimension. Rows that are not shown are one row, so that the table adds up to its total. */
import { type ReactNode, useMemo, useState } from "react";
import { type SpendAnswer, type SpendMoney } from "#contract";
import { formatRatio, formatShare, group, toCoordinate, toPlainDecimal } from "../format/money.ts";
import { say } from "../format/words.ts";
import { Amount } from "./amount.tsx";
import { Button } from "./button.tsx";
import { Doubts } from "./doubts.tsx";
import { type Column, RowTable } from "./row-table.tsx";
import { Section } from "./section.tsx";
import { SplitBar } from "./split-bar.tsx";

const SHOWN = 8;

interface BreakdownRow extends SpendMoney {
  readonly name: string | undefined;
}

interface BreakdownFacts {
  readonly title: string;
  readonly dimension: string;
  readonly answer: SpendAnswer;
  readonly link: (name: string) => ReactNode;
  /** Fewer columns, for a table that shares its line with another. */
  readonly isNarrow?: boolean;
}

export function BreakdownTable({ title, dimension, answer, link, isNarrow = false }: BreakdownFacts) {
  const [isLong, setLong] = useState(false);
  const rows = useMemo(
    () => rowsOf(answer, { dimension, shown: isLong ? Infinity : SHOWN }),
    [answer, dimension, isLong],
  );
  const columns = useColumns({ title, rows, total: answer.total, link, isNarrow });
  const hidden = answer.rows.length - SHOWN;
  const tools = hidden > 0 && (
    <Button look="quiet" onClick={() => setLong(!isLong)}>
      {isLong ? "Show fewer" : `Show ${group(hidden)} more`}
    </Button>
  );
  return (
    <Section title={title} {...(tools === false ? {} : { tools })}>
      <RowTable
        label={title}
        rows={rows}
        columns={columns}
        keyOf={(row) => row.name ?? ""}
        empty="No calls in this range."
      />
    </Section>
  );
}

function rowsOf(
  answer: SpendAnswer,
  { dimension, shown }: { dimension: string; shown: number },
): readonly BreakdownRow[] {
  const named = answer.rows
    .map((row): BreakdownRow => ({ ...row, name: row.dimensions[dimension] ?? "(none)" }))
    .toSorted((a, b) => compare(BigInt(b.gross_nanos), BigInt(a.gross_nanos)) || b.calls - a.calls);
  const listed = named.slice(0, shown);
  const rest = remainder(answer.total, listed);
  return rest === undefined ? listed : [...listed, rest];
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What the total holds beyond the rows listed: exact, because both are. */
function remainder(total: SpendMoney, listed: readonly BreakdownRow[]): BreakdownRow | undefined {
  const money = (
    field: "gross_nanos" | "net_nanos" | "tare_nanos" | "avoided_nanos" | "estimated_nanos" | "in_doubt_nanos",
  ) => listed.reduce((left, row) => left - BigInt(row[field]), BigInt(total[field])).toString();
  const count = (field: "calls" | "attempts" | "refused" | "unpriced" | "tokens_in" | "tokens_out") =>
    listed.reduce((left, row) => left - row[field], total[field]);
  const attempts = count("attempts");
  if (attempts === 0 && count("refused") === 0) return undefined;
  return {
    name: undefined,
    gross_nanos: money("gross_nanos"),
    net_nanos: money("net_nanos"),
    tare_nanos: money("tare_nanos"),
    avoided_nanos: money("avoided_nanos"),
    estimated_nanos: money("estimated_nanos"),
    in_doubt_nanos: money("in_doubt_nanos"),
    calls: count("calls"),
    attempts,
    refused: count("refused"),
    unpriced: count("unpriced"),
    tokens_in: count("tokens_in"),
    tokens_out: count("tokens_out"),
  };
}

interface ColumnFacts {
  readonly title: string;
  readonly rows: readonly BreakdownRow[];
  readonly total: SpendMoney;
  readonly link: (name: string) => ReactNode;
  readonly isNarrow: boolean;
}

function useColumns({ title, rows, total, link, isNarrow }: ColumnFacts): readonly Column<BreakdownRow>[] {
  return useMemo(() => {
    const gross = BigInt(total.gross_nanos);
    const widest = Math.max(...rows.map((row) => toCoordinate(row.gross_nanos)), 0);
    const money = (field: "gross_nanos" | "net_nanos" | "tare_nanos", head: string): Column<BreakdownRow> => ({
      id: field,
      head,
      align: "end",
      value: (row) => BigInt(row[field]),
      cell: (row) => <Amount nanos={row[field]} />,
      csv: (row) => toPlainDecimal(row[field]),
      total: <Amount nanos={total[field]} />,
    });
    const name: Column<BreakdownRow> = {
      id: "name",
      head: title.replace(/^By /, "").replace(/^./, (letter) => letter.toUpperCase()),
      value: (row) => row.name ?? "\uffff",
      cell: (row) => (row.name === undefined ? "Others" : link(row.name)),
      csv: (row) => row.name ?? "others",
      total: "Total",
    };
    const bar: Column<BreakdownRow> = {
      id: "bar",
      head: "Share",
      value: (row) => BigInt(row.gross_nanos),
      cell: (row) => (
        <SplitBar
          net={widest === 0 ? 0 : toCoordinate(row.net_nanos) / widest}
          tare={widest === 0 ? 0 : toCoordinate(row.tare_nanos) / widest}
          label={formatShare(BigInt(row.gross_nanos), gross) ?? "–"}
        />
      ),
      csv: (row) => formatShare(BigInt(row.gross_nanos), gross) ?? "",
      isExtra: true,
    };
    const ratio: Column<BreakdownRow> = {
      id: "ratio",
      head: "Ratio",
      align: "end",
      cell: (row) => formatRatio(BigInt(row.gross_nanos), BigInt(row.net_nanos)) ?? "–",
      csv: (row) => formatRatio(BigInt(row.gross_nanos), BigInt(row.net_nanos)) ?? "",
      total: formatRatio(gross, BigInt(total.net_nanos)) ?? "–",
      isExtra: true,
    };
    const calls: Column<BreakdownRow> = {
      id: "calls",
      head: "Calls",
      align: "end",
      value: (row) => row.calls,
      cell: (row) => group(row.calls),
      csv: (row) => row.calls.toString(),
      total: group(total.calls),
    };
    const doubts: Column<BreakdownRow> = {
      id: "doubts",
      head: "Not certain",
      cell: (row) => <Doubts of={row} withNone />,
      csv: (row) => doubtsText(row),
      total: <Doubts of={total} withNone />,
      isExtra: true,
    };
    return isNarrow
      ? [name, bar, money("gross_nanos", "Gross"), money("tare_nanos", "Tare"), calls]
      : [
          name,
          bar,
          money("gross_nanos", "Gross"),
          money("net_nanos", "Net"),
          money("tare_nanos", "Tare"),
          ratio,
          calls,
          doubts,
        ];
  }, [title, rows, total, link, isNarrow]);
}

function doubtsText(row: SpendMoney): string {
  return [
    row.estimated_nanos === "0" ? "" : `${toPlainDecimal(row.estimated_nanos)} estimated`,
    row.in_doubt_nanos === "0" ? "" : `${toPlainDecimal(row.in_doubt_nanos)} ${say("in_doubt")}`,
    row.unpriced === 0 ? "" : `${row.unpriced} unpriced`,
  ]
    .filter((text) => text !== "")
    .join("; ");
}
