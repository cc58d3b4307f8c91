/** Class × quantity × rate, as the entry was priced: every digit, because this is where a sum is checked. */
import { useMemo } from "react";
import type { Entry } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { formatRate } from "../format/rate.ts";
import { group, toPlainDecimal } from "../format/money.ts";
import { say } from "../format/words.ts";
import { type Column, RowTable } from "./row-table.tsx";

type Component = Entry["components"][number];

export function ComponentsTable({ entry }: { entry: Entry }) {
  const { status, moneyExact } = useConnection();
  const columns = useMemo((): readonly Column<Component>[] => {
    const sum = entry.components.reduce((total, component) => total + BigInt(component.nanos), 0n);
    return [
      { id: "class", head: "Class", cell: (row) => say(row.class), csv: (row) => row.class, total: "Sum" },
      {
        id: "quantity",
        head: "Quantity",
        align: "end",
        cell: (row) => group(row.quantity),
        csv: (row) => row.quantity.toString(),
      },
      {
        id: "rate",
        head: "Rate per million",
        align: "end",
        cell: (row) => `× ${formatRate(row.rate, status.currency)}`,
        csv: (row) => row.rate,
      },
      {
        id: "nanos",
        head: "Amount",
        align: "end",
        cell: (row) => `= ${moneyExact(row.nanos)}`,
        csv: (row) => toPlainDecimal(row.nanos),
        total: moneyExact(sum),
      },
      { id: "row", head: "Price row", cell: (row) => <code>{row.row}</code>, csv: (row) => row.row, isExtra: true },
    ];
  }, [entry, status.currency, moneyExact]);
  return (
    <RowTable
      label={`Components of attempt ${entry.number}`}
      rows={entry.components}
      columns={columns}
      keyOf={(row) => `${row.class} ${row.row}`}
      empty={noComponents(entry)}
    />
  );
}

function noComponents(entry: Entry): string {
  if (entry.cost_type === "unpriced" && entry.state !== "in_doubt")
    return "No price row applies, so nothing could be priced.";
  if (entry.state === "in_doubt") return "Its usage was never heard of, so there is nothing to price yet.";
  return "No usage was reported, and nothing was charged.";
}
