/** One provider, day by day: how much of its report is in the ledger, and what the rest is. */
import { useMemo } from "react";
import type { ReconciledDay, Reconciliation } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { moneyColumn } from "../elements/columns.tsx";
import { Go } from "../elements/go.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { formatDate } from "../format/moment.ts";
import { formatPercentCut } from "../format/money.ts";
import { causesOf, causeWords } from "./reconciled-causes.ts";
import styles from "./reconciliation.module.css";

export function DayTable({ row, month }: { row: Reconciliation; month: string }) {
  const { money, moments } = useConnection();
  const columns = useMemo(
    () => dayColumns(row, { month, money, minute: (at) => moments.minute(Date.parse(at)) }),
    [row, month, money, moments],
  );
  const days = useMemo(() => row.by_day.toReversed(), [row]);
  return (
    <RowTable
      label={`${row.provider} by day`}
      rows={days}
      columns={columns}
      keyOf={({ day }: ReconciledDay) => day}
      empty="No day of this provider is kept."
    />
  );
}

interface Speech {
  readonly month: string;
  readonly money: (nanos: string) => string;
  readonly minute: (at: string) => string;
}

function dayColumns(of: Reconciliation, { month, money, minute }: Speech): readonly Column<ReconciledDay>[] {
  return [
    {
      id: "day",
      head: "Day",
      value: ({ day }) => day,
      cell: ({ day }) => (
        <Go to={{ page: "reconciliation" }} fields={{ month, search: `${of.provider} ${day}` }}>
          {formatDate(day)}
        </Go>
      ),
      csv: ({ day }) => day,
      total: "All",
    },
    moneyColumn({
      id: "booked",
      head: "In the ledger",
      of: (row) => row.booked_nanos,
      total: of.booked_nanos,
      isExtra: true,
    }),
    moneyColumn({ id: "reported", head: "In the report", of: (row) => row.reported_nanos, total: of.reported_nanos }),
    {
      id: "coverage",
      head: "Coverage",
      value: (row) => row.coverage_percent,
      cell: (row) => <Coverage percent={row.coverage_percent} />,
      csv: (row) => row.coverage_percent?.toString() ?? "",
    },
    percentColumn("bypass", "Past the gateway", (row) => row.bypass_percent),
    moneyColumn({ id: "open", head: "Open", of: (row) => row.open_nanos, total: of.open_nanos }),
    {
      id: "why",
      head: "Why they differ",
      cell: (row) => <Why row={row} money={money} />,
      csv: (row) => whyText(row, money),
      isExtra: true,
      isWide: true,
    },
    {
      id: "fetched",
      head: "Report of",
      value: (row) => row.fetched_at,
      cell: (row) => (row.fetched_at === undefined ? "–" : minute(row.fetched_at)),
      csv: (row) => row.fetched_at ?? "",
      isExtra: true,
      isSpare: true,
    },
  ];
}

function percentColumn(
  id: string,
  head: string,
  of: (row: ReconciledDay) => number | undefined,
): Column<ReconciledDay> {
  return {
    id,
    head,
    align: "end",
    value: of,
    cell: (row) => {
      const percent = of(row);
      return percent === undefined ? "–" : formatPercentCut(percent);
    },
    csv: (row) => of(row)?.toString() ?? "",
    isExtra: true,
    isSpare: true,
  };
}

/** Full when all of the report is in the ledger. More than all is hatched: the ledger has too much, or the report too little yet. */
function Coverage({ percent }: { percent: number | undefined }) {
  if (percent === undefined) return <span className={styles.none}>–</span>;
  const share = Math.min(1, Math.max(0, percent / 100));
  return (
    <span className={styles.coverage}>
      <span className={styles.track} aria-hidden="true">
        <i
          className={percent > 100 ? styles.over : styles.covered}
          style={{ width: `${Math.floor(share * 10_000) / 100}%` }}
        />
      </span>
      <span className={styles.percent}>{formatPercentCut(percent)}</span>
    </span>
  );
}

function Why({ row, money }: { row: ReconciledDay; money: (nanos: string) => string }) {
  const causes = causesOf(row);
  if (causes.length === 0) return <span className={styles.none}>equal</span>;
  return causes.map(([cause, nanos]) => (
    <span key={cause} className={styles.cause} title={causeWords[cause].says}>
      {causeWords[cause].name} {money(nanos)}
    </span>
  ));
}

function whyText(row: ReconciledDay, money: (nanos: string) => string): string {
  return causesOf(row)
    .map(([cause, nanos]) => `${causeWords[cause].name} ${money(nanos)}`)
    .join(", ");
}
