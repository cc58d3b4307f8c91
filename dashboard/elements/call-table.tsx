import { useMemo } from "react";
import type { CallRow } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { toPlainDecimal } from "../format/money.ts";
import { formatTokens } from "../format/quantity.ts";
import { sayValue } from "../format/words.ts";
import { Amount } from "./amount.tsx";
import { Code } from "./code.tsx";
import { doubtsColumn, durationColumn } from "./columns.tsx";
import { DoubtsBelow } from "./doubts.tsx";
import { Go } from "./go.tsx";
import { type Column, RowTable } from "./row-table.tsx";
import styles from "./call-table.module.css";
import { State } from "./state.tsx";

/** The server lists calls by when they ended; readers look for when they began. */
export function latestFirst(rows: readonly CallRow[]): readonly CallRow[] {
  return rows.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** States whose code says what they do not: a cut call is cut, but one that failed or was refused may be for many reasons. */
const saysMore: ReadonlySet<string> = new Set(["failed", "refused"]);

interface CallTableFacts {
  readonly label: string;
  readonly rows: readonly CallRow[];
  readonly empty: React.ReactNode;
  readonly isNew?: (row: CallRow) => boolean;
  /** Left out where the page is already about one feature. */
  readonly withFeature?: boolean;
}

export function CallTable({ label, rows, empty, isNew, withFeature = true }: CallTableFacts) {
  const columns = useCallColumns(withFeature);
  return (
    <RowTable
      label={label}
      rows={rows}
      columns={columns}
      keyOf={(row) => row.call}
      empty={empty}
      {...(isNew === undefined ? {} : { isMarked: isNew })}
    />
  );
}

function useCallColumns(withFeature: boolean): readonly Column<CallRow>[] {
  const { moments } = useConnection();
  return useMemo(() => {
    const time: Column<CallRow> = {
      id: "time",
      head: "Time",
      cell: (row) => (
        <>
          <Go to={{ page: "call", name: row.call }} title={moments.full(row.at)}>
            {moments.short(row.at)}
          </Go>
          {withFeature && <span className={styles.under}>{sayValue("feature", row.feature)}</span>}
        </>
      ),
      csv: (row) => row.at,
    };
    const state: Column<CallRow> = {
      id: "state",
      head: "State",
      cell: (row) => (
        <>
          <State state={row.state} code={row.code} status={row.status} />
          {row.attempts > 1 && <span className={styles.attempts}>{row.attempts} attempts</span>}
          {row.code !== undefined && saysMore.has(row.state) && <Code className={styles.code}>{row.code}</Code>}
        </>
      ),
      csv: (row) => [row.state, row.code].filter((part) => part !== undefined).join(" "),
    };
    return [time, state, ...whatColumns(withFeature), ...costColumns, ...whoColumns, ...timeColumns];
  }, [moments, withFeature]);
}

// These columns are not sorted here: the rows are one page of many, and the server keeps their order.
function whatColumns(withFeature: boolean): readonly Column<CallRow>[] {
  const feature: Column<CallRow> = {
    id: "feature",
    head: "Feature",
    cell: (row) => sayValue("feature", row.feature),
    csv: (row) => row.feature,
    isExtra: true,
  };
  return withFeature ? [feature] : [];
}

const whoColumns: readonly Column<CallRow>[] = [
  {
    id: "model",
    head: "Model",
    cell: (row) => <span title={row.provider}>{row.model ?? "–"}</span>,
    csv: (row) => row.model ?? "",
    isExtra: true,
  },
  {
    id: "team",
    head: "Team",
    cell: (row) => sayValue("team", row.team),
    csv: (row) => row.team,
    isExtra: true,
    isSpare: true,
  },
];

const costColumns: readonly Column<CallRow>[] = [
  {
    id: "cost",
    head: "Cost",
    align: "end",
    // What is not certain stands below it: a column of its own would push the last ones off a laptop's screen.
    cell: (row) => (
      <>
        <CallCost row={row} />
        <DoubtsBelow of={row} />
      </>
    ),
    csv: (row) => (row.nanos === undefined ? "" : toPlainDecimal(row.nanos)),
  },
  { ...doubtsColumn<CallRow>({ of: (row) => row }), isCopiedOnly: true },
];

const timeColumns: readonly Column<CallRow>[] = [
  {
    id: "tokens",
    head: "Tokens in → out",
    align: "end",
    cell: (row) => formatTokens(row.tokens_in, row.tokens_out),
    csv: (row) => `${row.tokens_in ?? ""} → ${row.tokens_out ?? ""}`,
    isExtra: true,
    isSpare: true,
  },
  durationColumn({ id: "first", head: "First token", of: (row) => row.first_content_ms, isExtra: true, isSpare: true }),
  durationColumn({ id: "duration", head: "Took", of: (row) => row.duration_ms, isExtra: true }),
];

/** A refused call cost nothing; one in doubt has no cost yet; any other without a cost has no price. */
function CallCost({ row: { state, nanos } }: { row: CallRow }) {
  if (state === "refused" || (state === "in_doubt" && nanos === undefined)) return "–";
  return <Amount nanos={nanos} />;
}
