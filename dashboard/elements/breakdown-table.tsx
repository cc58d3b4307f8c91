/** Spend by the values of one dimension. Rows that are not shown are one row, so that the table adds up to its total. */
import { type ReactNode, useMemo, useState } from "react";
import type { SpendAnswer, SpendMoney } from "#contract";
import { isWithoutVersion } from "../format/model-version.ts";
import { formatShare, group, toCoordinate } from "../format/money.ts";
import { sayStart } from "../format/words.ts";
import styles from "./breakdown-table.module.css";
import { type BreakdownRow, breakdownRows, isOfCost } from "./breakdown-rows.ts";
import { Button } from "./button.tsx";
import { countColumn, doubtsColumn, moneyColumn, ratioColumn } from "./columns.tsx";
import { NothingHere } from "./nothing-here.tsx";
import { type Column, RowTable } from "./row-table.tsx";
import { Section } from "./section.tsx";
import { SplitBar } from "./split-bar.tsx";

const SHOWN = 8;

interface BreakdownFacts {
  readonly title: string;
  readonly dimension: string;
  readonly answer: SpendAnswer;
  readonly link: (name: string, row: BreakdownRow) => ReactNode;
  /** Fewer columns, for a table that shares its line with another. */
  readonly isNarrow?: boolean;
  /** Beside what shows more rows. */
  readonly tools?: ReactNode;
}

export function BreakdownTable({ title, dimension, answer, link, isNarrow = false, tools }: BreakdownFacts) {
  const [isLong, setLong] = useState(false);
  const rows = useMemo(
    () => breakdownRows(answer, { dimension, shown: isLong ? Infinity : SHOWN }),
    [answer, dimension, isLong],
  );
  const columns = useColumns({ dimension, rows, answer, link, isNarrow });
  const hidden = answer.rows.filter(isOfCost).length - SHOWN;
  const more = hidden > 0 && (
    <Button look="quiet" onClick={() => setLong(!isLong)}>
      {isLong ? "Show fewer" : `Show ${group(hidden)} more`}
    </Button>
  );
  const all = more === false && tools === undefined ? {} : { tools: [more, tools] };
  return (
    <Section title={title} {...all}>
      <RowTable label={title} rows={rows} columns={columns} keyOf={(row) => row.name ?? ""} empty={<NothingHere />} />
    </Section>
  );
}

interface ColumnFacts extends Required<Omit<BreakdownFacts, "title" | "tools">> {
  readonly rows: readonly BreakdownRow[];
}

function useColumns({ dimension, rows, answer, link, isNarrow }: ColumnFacts): readonly Column<BreakdownRow>[] {
  return useMemo(() => {
    const { total } = answer;
    const models = dimension === "model" ? answer.rows.map((row) => row.dimensions[dimension] ?? "") : [];
    const money = (field: "gross_nanos" | "net_nanos" | "tare_nanos", head: string, isExtra = false) =>
      moneyColumn<BreakdownRow>({ id: field, head, of: (row) => row[field], total: total[field], isExtra });
    const calls = countColumn<BreakdownRow>({ id: "calls", head: "Calls", of: (row) => row.calls, total: total.calls });
    const share = { ...shareColumn(rows, total), isCopiedOnly: isNarrow };
    const start = [nameColumn({ dimension, link, models }), share];
    // Where there is no room for them, the share and net stand in what is copied.
    const net = { ...money("net_nanos", "Net", true), isCopiedOnly: isNarrow };
    const ratio = ratioColumn<BreakdownRow>({ of: (row) => row, total });
    const sums = [money("gross_nanos", "Gross"), net, money("tare_nanos", "Tare"), ratio, calls];
    if (isNarrow) return [...start, ...sums];
    return [...start, ...sums, doubtsColumn<BreakdownRow>({ of: (row) => row, total })];
  }, [dimension, rows, answer, link, isNarrow]);
}

interface NameFacts extends Pick<BreakdownFacts, "dimension" | "link"> {
  /** All that are known, where the names are those of models. */
  readonly models: readonly string[];
}

function nameColumn({ dimension, link, models }: NameFacts): Column<BreakdownRow> {
  return {
    id: "name",
    head: sayStart(dimension),
    // Others stand last when names are sorted.
    value: (row) => row.name ?? "\uffff",
    cell: (row) =>
      row.name === undefined ? (
        "Others"
      ) : (
        <>
          <span className={styles.name}>{link(row.name, row)}</span>
          {isWithoutVersion(row.name, models) && (
            <span className={styles.under} title="Attempts that ended before the provider said which version answers">
              version not told
            </span>
          )}
        </>
      ),
    csv: (row) => row.name ?? "others",
    total: "Total",
  };
}

function shareColumn(rows: readonly BreakdownRow[], total: SpendMoney): Column<BreakdownRow> {
  const widest = Math.max(...rows.map((row) => toCoordinate(row.gross_nanos)), 0);
  const width = (nanos: string) => (widest === 0 ? 0 : toCoordinate(nanos) / widest);
  const share = (row: BreakdownRow) => formatShare(BigInt(row.gross_nanos), BigInt(total.gross_nanos)) ?? "–";
  return {
    id: "share",
    head: "Share",
    value: (row) => BigInt(row.gross_nanos),
    cell: (row) => <SplitBar net={width(row.net_nanos)} tare={width(row.tare_nanos)} label={share(row)} />,
    csv: share,
    isExtra: true,
  };
}
