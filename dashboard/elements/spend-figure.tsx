/** A spend chart with the words and the table that belong to it. The readout doubles as the legend. */
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useChangeAddress, useAddress } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { type SpendStep } from "../charts/spend-steps.ts";
import { group } from "../format/money.ts";
import { Amount } from "./amount.tsx";
import { countColumn, moneyColumn } from "./columns.tsx";
import { Hatch } from "./doubts.tsx";
import { NothingHere } from "./nothing-here.tsx";
import { type Column, RowTable } from "./row-table.tsx";
import { Choice, Section } from "./section.tsx";
import styles from "./spend-figure.module.css";

const SpendChart = lazy(async () => ({ default: (await import("../charts/spend-chart.tsx")).SpendChart }));

export function SpendFigure({ title, steps }: { title: string; steps: readonly SpendStep[] }) {
  const [pointed, setPointed] = useState<number | undefined>();
  const address = useAddress();
  const change = useChangeAddress();
  const view = address.page.view === "table" ? "table" : "chart";
  const zoom = useCallback(
    (from: number, to: number) => change({ ...address, range: { type: "between", from, to } }),
    [address, change],
  );
  const tools = (
    <Choice
      label={`Show ${title} as`}
      options={[
        ["chart", "Chart"],
        ["table", "Table"],
      ]}
      chosen={view}
      onChoose={(next) =>
        change({ ...address, page: { ...address.page, view: next === "table" ? next : "" } }, { replace: true })
      }
    />
  );
  // A range in which nothing happened is drawn as empty; what the filters keep out did happen.
  if (Object.keys(address.filters).length > 0 && steps.every(isEmpty))
    return (
      <Section title={title}>
        <NothingHere />
      </Section>
    );
  return (
    <Section title={title} tools={tools}>
      {view === "chart" ? (
        <>
          <Readout steps={steps} pointed={pointed} />
          <Suspense fallback={<div className={styles.waiting} />}>
            <SpendChart steps={steps} label={summary(title, steps.length)} onPoint={setPointed} onZoom={zoom} />
          </Suspense>
        </>
      ) : (
        <StepTable title={title} steps={steps} />
      )}
    </Section>
  );
}

function isEmpty({ gross, inDoubt, before = 0n, calls, unpriced }: SpendStep): boolean {
  return gross === 0n && inDoubt === 0n && before === 0n && calls === 0 && unpriced === 0;
}

function summary(title: string, count: number): string {
  return `${title}: ${count} bars of net and tare. Arrow keys read them one by one; the Table button shows the numbers.`;
}

function Readout({ steps, pointed }: { steps: readonly SpendStep[]; pointed: number | undefined }) {
  const step = pointed === undefined ? undefined : steps[pointed];
  const sums = useMemo(() => totalOf(steps), [steps]);
  const shown = step ?? sums;
  const when = useStepTimes();
  return (
    <div className={styles.readout} aria-live={step === undefined ? "off" : "polite"}>
      <span className={styles.when}>{step === undefined ? "Whole range" : when(step)}</span>
      <Reading mark={<i className={styles.net} />} name="Net" nanos={shown.net} />
      <Reading mark={<i className={styles.tare} />} name="Tare" nanos={shown.tare} />
      {sums.estimated > 0n && <Reading mark={<Hatch />} name="Estimated" nanos={shown.estimated} />}
      {sums.inDoubt > 0n && <Reading mark={<Hatch />} name="In doubt" nanos={shown.inDoubt} />}
      {sums.before !== undefined && sums.before > 0n && (
        <Reading mark={<i className={styles.before} />} name="Gross, period before" nanos={shown.before ?? 0n} />
      )}
      <span className={styles.reading}>
        {group(shown.calls)} {shown.calls === 1 ? "call" : "calls"}
        {shown.unpriced > 0 && `, ${group(shown.unpriced)} unpriced`}
      </span>
    </div>
  );
}

function Reading({ mark, name, nanos }: { mark: React.ReactNode; name: string; nanos: bigint }) {
  return (
    <span className={styles.reading}>
      {mark}
      {name}{" "}
      <b>
        <Amount nanos={nanos} />
      </b>
    </span>
  );
}

function totalOf(steps: readonly SpendStep[]) {
  const total = { net: 0n, tare: 0n, gross: 0n, estimated: 0n, inDoubt: 0n, unpriced: 0, calls: 0 };
  let before: bigint | undefined;
  for (const step of steps) {
    total.net += step.net;
    total.tare += step.tare;
    total.gross += step.gross;
    total.estimated += step.estimated;
    total.inDoubt += step.inDoubt;
    total.unpriced += step.unpriced;
    total.calls += step.calls;
    if (step.before !== undefined) before = (before ?? 0n) + step.before;
  }
  return { ...total, before };
}

function useStepTimes(): (step: SpendStep) => string {
  const { moments } = useConnection();
  return useCallback(
    ({ start, end }) => {
      const size = end - start;
      if (size >= 20 * 86_400_000) return moments.month(start);
      if (size >= 80_000_000) return moments.day(start);
      return `${moments.minute(start)}–${moments.clock(end)}`;
    },
    [moments],
  );
}

function StepTable({ title, steps }: { title: string; steps: readonly SpendStep[] }) {
  const when = useStepTimes();
  const total = useMemo(() => totalOf(steps), [steps]);
  const columns = useMemo((): readonly Column<SpendStep>[] => {
    const money = (id: "net" | "tare" | "gross" | "estimated" | "inDoubt", head: string) =>
      moneyColumn<SpendStep>({ id, head, of: (step) => step[id], total: total[id] });
    const count = (id: "calls" | "unpriced", head: string) =>
      countColumn<SpendStep>({ id, head, of: (step) => step[id], total: total[id] });
    const before = moneyColumn<SpendStep>({
      id: "before",
      head: "Gross before",
      of: (step) => step.before,
      total: total.before,
    });
    const time: Column<SpendStep> = {
      id: "time",
      head: "Time",
      value: (step) => step.start,
      cell: when,
      csv: (step) => new Date(step.start).toISOString(),
      total: "Total",
    };
    const sums = [money("gross", "Gross"), money("net", "Net"), money("tare", "Tare")];
    const doubts = [money("estimated", "Estimated"), money("inDoubt", "In doubt"), count("unpriced", "Unpriced")];
    return [time, ...sums, ...doubts, count("calls", "Calls"), ...(total.before === undefined ? [] : [before])];
  }, [total, when]);
  return (
    <RowTable label={title} rows={steps} columns={columns} keyOf={(step) => step.start.toString()} empty="Nothing." />
  );
}
