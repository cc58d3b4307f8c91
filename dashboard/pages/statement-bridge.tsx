/** From the month before to this one: how far each reason goes, and the months before that. */
import { useMemo } from "react";
import type { Statement } from "#contract";
import { sayMonth } from "../address/month.ts";
import { moneyColumn } from "../elements/columns.tsx";
import { Go } from "../elements/go.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { toCoordinate } from "../format/money.ts";
import styles from "./statements.module.css";

const says = {
  volume: ["Volume", "More or fewer calls"],
  mix: ["Mix", "Other features and models"],
  efficiency: ["Efficiency", "Other tokens a call"],
  price: ["Price", "Another price of a token"],
  work: ["Own work", "Tools, reviews and other work of its own"],
  shared: ["Shared", "Its part of bills, with corrections"],
} as const;

interface Step {
  readonly name: string;
  readonly says: string;
  readonly nanos: bigint;
  readonly kind: "whole" | "now" | "more" | "less";
  /** Where its bar begins and ends, in coordinates of money. */
  readonly from: number;
  readonly to: number;
}

function stepsOf({ before, before_nanos: start, month, total_nanos: total, bridge }: Statement): readonly Step[] {
  const steps: Step[] = [];
  const whole = (name: string, nanos: bigint, kind: "whole" | "now") =>
    steps.push({ name: sayMonth(name), says: "", nanos, kind, from: 0, to: toCoordinate(nanos) });
  whole(before, BigInt(start), "whole");
  let at = BigInt(start);
  for (const { part, nanos } of bridge) {
    const amount = BigInt(nanos);
    const [name, why] = says[part];
    const kind = amount < 0n ? "less" : "more";
    steps.push({ name, says: why, nanos: amount, kind, from: toCoordinate(at), to: toCoordinate(at + amount) });
    at += amount;
  }
  whole(month, BigInt(total), "now");
  return steps;
}

export function BridgeTable({ statement }: { statement: Statement }) {
  const steps = useMemo(() => stepsOf(statement), [statement]);
  const columns = useMemo(() => bridgeColumns(steps), [steps]);
  return (
    <Section title="Why it is not what it was" note="The parts add up to the difference exactly">
      <RowTable
        label="From the month before to this one"
        rows={steps}
        columns={columns}
        keyOf={({ name }: Step) => name}
        empty=""
      />
    </Section>
  );
}

function bridgeColumns(steps: readonly Step[]): readonly Column<Step>[] {
  const low = Math.min(0, ...steps.flatMap(({ from, to }) => [from, to]));
  const high = Math.max(...steps.flatMap(({ from, to }) => [from, to]), low + Number.MIN_VALUE);
  const share = (value: number) => `${(value / (high - low)) * 100}%`;
  return [
    {
      id: "name",
      head: "Reason",
      cell: (step) => (
        <>
          {step.name}
          <span className={styles.under}>{step.says}</span>
        </>
      ),
      csv: (step) => step.name,
    },
    {
      id: "bar",
      head: "How far",
      cell: ({ from, to, kind }) => (
        <span className={styles.track} aria-hidden="true">
          <i
            className={styles[kind]}
            style={{ left: share(Math.min(from, to) - low), width: share(Math.abs(to - from)) }}
          />
        </span>
      ),
      csv: () => "",
      isExtra: true,
    },
    { ...moneyColumn<Step>({ id: "nanos", head: "Amount", of: ({ nanos }) => nanos }), value: () => undefined },
  ];
}

type Month = Statement["trend"][number];

export function TrendTable({ statement }: { statement: Statement }) {
  const { team, trend } = statement;
  const columns = useMemo(() => trendColumns(team, trend), [team, trend]);
  return (
    <Section title="The months before">
      <RowTable label="The months before" rows={trend} columns={columns} keyOf={({ month }: Month) => month} empty="" />
    </Section>
  );
}

function trendColumns(team: string, trend: readonly Month[]): readonly Column<Month>[] {
  const most = Math.max(...trend.map(({ total_nanos: total }) => toCoordinate(total)), Number.MIN_VALUE);
  return [
    {
      id: "month",
      head: "Month",
      cell: ({ month }) => (
        <Go to={{ page: "statement", name: team }} fields={{ month, by: "team" }}>
          {sayMonth(month)}
        </Go>
      ),
      csv: ({ month }) => month,
    },
    {
      id: "bar",
      head: "How much",
      cell: ({ month, total_nanos: total }) => (
        <span className={styles.track} aria-hidden="true">
          <i
            className={month === trend.at(-1)?.month ? styles.now : styles.whole}
            style={{ left: "0", width: `${Math.max(0, toCoordinate(total) / most) * 100}%` }}
          />
        </span>
      ),
      csv: () => "",
      isExtra: true,
    },
    {
      id: "state",
      head: "State",
      cell: ({ state }) => state,
      csv: ({ state }) => state,
      isExtra: true,
    },
    moneyColumn<Month>({ id: "total", head: "Total", of: ({ total_nanos: total }) => total }),
  ];
}
