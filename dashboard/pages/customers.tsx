import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { UnitRow } from "#contract";
import { useAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { unitCostsQuery } from "../api/unit-questions.ts";
import { Answered } from "../elements/answered.tsx";
import { countColumn, moneyColumn } from "../elements/columns.tsx";
import { Go, withFilter } from "../elements/go.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { group } from "../format/money.ts";

const by = ["customer"];

/** What does each customer cost, what is that worth, and who is under water? */
export function CustomersPage() {
  const { client, status } = useConnection();
  const { filters } = useAddress();
  const { from, to } = usePeriod();
  const query = useQuery(unitCostsQuery(client, { from, to, timezone: status.timezone, filters, by }));
  return (
    <PageFrame title="Customers">
      <Answered query={query}>{({ rows }) => <CustomerList rows={rows} />}</Answered>
    </PageFrame>
  );
}

function CustomerList({ rows }: { rows: readonly UnitRow[] }) {
  const columns = useMemo(customerColumns, []);
  const underWater = rows.filter(({ outcomes, margin_nanos }) => outcomes > 0 && BigInt(margin_nanos) < 0n);
  const note =
    underWater.length === 0
      ? `${group(rows.length)} in this range; values are those of their outcomes`
      : `${group(underWater.length)} of ${group(rows.length)} cost more than their outcomes are worth`;
  return (
    <Section title="All customers" note={note}>
      <RowTable
        label="All customers"
        rows={rows}
        columns={columns}
        keyOf={nameOf}
        empty="No calls in this range. Choose a longer one, or clear the filters."
      />
    </Section>
  );
}

function nameOf({ dimensions }: UnitRow): string {
  return dimensions["customer"] ?? "(none)";
}

function customerColumns(): readonly Column<UnitRow>[] {
  return [
    {
      id: "name",
      head: "Customer",
      value: nameOf,
      cell: (row) => (
        <Go to={{ page: "interactions" }} narrow={(address) => withFilter(address, "customer", [nameOf(row)])}>
          {nameOf(row)}
        </Go>
      ),
      csv: nameOf,
    },
    moneyColumn({ id: "gross", head: "Cost", of: (row) => row.gross_nanos }),
    moneyColumn({ id: "value", head: "Worth", of: (row) => (row.outcomes === 0 ? undefined : row.value_nanos) }),
    moneyColumn({ id: "margin", head: "Margin", of: (row) => (row.outcomes === 0 ? undefined : row.margin_nanos) }),
    moneyColumn({ id: "success", head: "One success", of: (row) => row.per_success_nanos, isExtra: true }),
    moneyColumn({ id: "interaction", head: "One interaction", of: (row) => row.per_interaction_nanos, isExtra: true }),
    countColumn({ id: "interactions", head: "Interactions", of: (row) => row.interactions, isExtra: true }),
    countColumn({ id: "unpriced", head: "Unpriced", of: (row) => row.unpriced, isExtra: true }),
  ];
}
