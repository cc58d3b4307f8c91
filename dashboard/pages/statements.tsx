import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { AllocatedBill, AllocationAnswer, AllocationRow } from "#contract";
import { useAddress } from "../address/use-address.ts";
import { allocationQuery } from "../api/allocation-questions.ts";
import { useConnection } from "../api/connection.tsx";
import { Answered } from "../elements/answered.tsx";
import { moneyColumn, textColumn } from "../elements/columns.tsx";
import { knownSum } from "../elements/doubts.tsx";
import { Go } from "../elements/go.tsx";
import { MonthChoice, useMonth } from "../elements/month-choice.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { useView, ViewChoice } from "../elements/view-choice.tsx";
import { group } from "../format/money.ts";
import { sayValue } from "../format/words.ts";
import { BillLines } from "./carried-lines.tsx";
import styles from "./statements.module.css";

/** Whose is the money of this month, its own and its part of what is shared? */
export function StatementsPage() {
  const { client } = useConnection();
  const month = useMonth();
  const by = useView();
  const { search: bill } = useAddress().page;
  const query = useQuery(allocationQuery(client, { month, by }));
  return (
    <PageFrame
      title="Statements"
      isRanged={false}
      note="What each carries of itself, and its part of bills and other shared costs."
      tools={
        <>
          <ViewChoice by={by} />
          <MonthChoice place={{ page: "statements" }} />
        </>
      }
    >
      {bill !== undefined && <BillLines key={bill} bill={bill} month={month} by={by} />}
      <Answered query={query}>{(answer) => <Allocated answer={answer} />}</Answered>
    </PageFrame>
  );
}

function Allocated({ answer }: { answer: AllocationAnswer }) {
  const { moments } = useConnection();
  const rows = useMemo(() => allocationColumns(answer), [answer]);
  const says =
    answer.closed_at === undefined
      ? "open; it changes with what is booked"
      : `closed ${moments.minute(Date.parse(answer.closed_at))}; it stays as it was`;
  return (
    <>
      <Section title={`By ${answer.by}`} note={`The month is ${says}. Rules ${answer.revision}`}>
        <RowTable
          label={`Costs by ${answer.by}`}
          rows={answer.rows}
          columns={rows}
          keyOf={({ value }: AllocationRow) => value}
          empty="Nothing was booked in this month."
        />
      </Section>
      <Bills answer={answer} />
    </>
  );
}

function allocationColumns({ by, month, rows, ...answer }: AllocationAnswer): readonly Column<AllocationRow>[] {
  const sum = (of: (row: AllocationRow) => string) => rows.reduce((all, row) => all + BigInt(of(row)), 0n);
  const head = by.charAt(0).toUpperCase() + by.slice(1);
  return [
    {
      id: "value",
      head,
      value: ({ value }) => value,
      cell: ({ value }) => (
        <Go to={{ page: "statement", name: value }} fields={{ month, by }}>
          {sayValue(by, value)}
        </Go>
      ),
      csv: ({ value }) => value,
      total: "Total",
    },
    moneyColumn({
      id: "direct",
      head: "Its own",
      of: (row) => row.direct_nanos,
      total: sum((row) => row.direct_nanos),
      isExtra: true,
    }),
    moneyColumn({
      id: "shared",
      head: "Shared",
      of: (row) => row.shared_nanos,
      total: sum((row) => row.shared_nanos),
      isExtra: true,
    }),
    ...(answer.corrected_nanos === "0"
      ? []
      : [
          moneyColumn<AllocationRow>({
            id: "corrected",
            head: "Corrections",
            of: (row) => row.corrected_nanos,
            total: answer.corrected_nanos,
            isExtra: true,
          }),
        ]),
    moneyColumn({ id: "total", head: "Total", of: (row) => row.total_nanos, total: answer.total_nanos }),
  ];
}

const sample = `allocation:
  - { name: GPU fleet, of: { layer: GPUs and serving }, by: tokens, counting: { provider: local }, to: feature }
  - { name: people, of: { layer: people and engineering }, by: even, to: { pool: platform } }
  - { name: platform, pool: platform, by: cost, to: feature }`;

function Bills({ answer }: { answer: AllocationAnswer }) {
  const { money } = useConnection();
  const columns = useMemo(() => billColumns(answer), [answer]);
  const left = BigInt(answer.unallocated_nanos);
  const note = answer.bills.length > 0 && (
    <>
      {group(answer.bills.length)} that nobody carries of itself;{" "}
      {left === 0n ? "all of it is allocated" : `${money(left)} is nobody's yet`}
    </>
  );
  return (
    <Section title="Bills and shared work" note={note}>
      <RowTable
        label="Bills and shared work"
        rows={answer.bills}
        columns={columns}
        keyOf={({ bill }: AllocatedBill) => bill}
        empty={
          <>
            Nothing is shared in this month: every cost is carried by somebody. Import bills, and share them by rules in
            tare.yaml:
            <pre className={styles.sample}>{sample}</pre>
          </>
        }
      />
    </Section>
  );
}

function billColumns(answer: AllocationAnswer): readonly Column<AllocatedBill>[] {
  return [
    {
      id: "name",
      head: "Bill",
      value: ({ name }) => name,
      cell: ({ bill, name, layer, entries, unpriced = 0 }) => (
        <>
          <Go to={{ page: "statements" }} fields={{ month: answer.month, by: answer.by, search: bill }}>
            {name}
          </Go>
          <span className={styles.under}>
            {layer} · {entries === 1 ? "1 entry" : `${group(entries)} entries`}
            {unpriced > 0 && `, ${group(unpriced)} without a price`}
          </span>
        </>
      ),
      csv: ({ name }) => name,
      total: "Total",
      isWide: true,
    },
    textColumn({ id: "rule", head: "Rule", of: ({ rule }) => rule ?? "no rule", isExtra: true }),
    moneyColumn({ id: "nanos", head: "Billed", of: known((row) => row.nanos), total: answer.billed_nanos }),
    moneyColumn({
      id: "allocated",
      head: "Allocated",
      of: known((row) => row.allocated_nanos),
      total: answer.allocated_nanos,
      isExtra: true,
    }),
    moneyColumn({
      id: "unallocated",
      head: "Nobody's",
      of: known((row) => row.unallocated_nanos),
      total: answer.unallocated_nanos,
    }),
  ];
}

/** Of what has no price, no part has one. */
function known(of: (row: AllocatedBill) => string) {
  return (row: AllocatedBill) => knownSum(of(row), { gross_nanos: row.nanos, unpriced: row.unpriced ?? 0 });
}
