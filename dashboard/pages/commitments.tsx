/** What was paid or promised ahead, how much of it is drawn, and when it is used up. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { CommitmentRow } from "#contract";
import { commitmentsQuery } from "../api/bill-questions.ts";
import { useConnection } from "../api/connection.tsx";
import { AllowanceBar } from "../elements/allowance-bar.tsx";
import { Answered } from "../elements/answered.tsx";
import { moneyColumn, textColumn } from "../elements/columns.tsx";
import { Go, withFilter } from "../elements/go.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { formatDate } from "../format/moment.ts";
import styles from "./statements.module.css";

/** Nothing where tare.yaml has none: most have no commitment. */
export function CommitmentSection() {
  const { client, money } = useConnection();
  const query = useQuery(commitmentsQuery(client));
  const columns = useMemo(() => commitmentColumns(money), [money]);
  return (
    <Answered query={query}>
      {({ rows }) =>
        rows.length === 0 ? null : (
          <Section
            title="Paid ahead and committed"
            note="Drawn by what the ledger has of their providers and models; in no sum above"
          >
            <RowTable
              label="Commitments"
              rows={rows}
              columns={columns}
              keyOf={({ name }: CommitmentRow) => name}
              empty=""
            />
          </Section>
        )
      }
    </Answered>
  );
}

function commitmentColumns(money: (nanos: string) => string): readonly Column<CommitmentRow>[] {
  return [
    {
      id: "name",
      head: "Commitment",
      value: ({ name }) => name,
      cell: ({ name, provider, models, from, to, kind }) => (
        <>
          <Go to={{ page: "calls" }} narrow={(address) => withFilter(address, "provider", [provider])}>
            {name}
          </Go>
          <span className={styles.under}>
            {[kind, provider, ...(models ?? []), `${formatDate(from)} to ${formatDate(to)}`].join(" · ")}
          </span>
        </>
      ),
      csv: ({ name }) => name,
      isWide: true,
    },
    moneyColumn({ id: "amount", head: "Amount", of: (row) => row.amount_nanos, isExtra: true }),
    moneyColumn({ id: "drawn", head: "Drawn", of: (row) => row.drawn_nanos }),
    {
      id: "left",
      head: "Left",
      value: (row) => shareLeft(row),
      cell: (row) => <AllowanceBar left={shareLeft(row)} />,
      csv: (row) => row.left_nanos,
      isExtra: true,
    },
    moneyColumn({ id: "pace", head: "A day", of: (row) => row.per_day_nanos, none: "–", isExtra: true }),
    textColumn({ id: "ends", head: "At that pace", of: (row) => endText(row, money), isWide: true }),
  ];
}

/** Below nothing where more was used than there was. */
function shareLeft({ amount_nanos: amount, left_nanos: left, over_nanos: over }: CommitmentRow): number | undefined {
  const whole = BigInt(amount);
  return whole === 0n ? undefined : Number(((BigInt(left) - BigInt(over)) * 10_000n) / whole) / 10_000;
}

function endText(row: CommitmentRow, money: (nanos: string) => string): string {
  const { state, runs_out: day, unused_nanos: unused, over_nanos: over } = row;
  if (state === "used_up") return over === "0" ? "used up" : `used up; ${money(over)} beyond it`;
  if (state === "over") return unused === "0" ? "used up by its end" : `over, ${money(unused ?? "0")} of it unused`;
  if (state === "ahead") return "has not begun";
  if (day !== undefined) return `used up on ${formatDate(day)}`;
  return unused === undefined ? "no whole day yet" : `${money(unused)} unused at its end`;
}
