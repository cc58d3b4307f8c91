/** Time on the left, money on the right: every step of an interaction below the one that it is part of. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { InteractionDetail, StepRow } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { stepEntriesQuery } from "../api/questions.ts";
import { sayClocks } from "../format/clocks.ts";
import { toCoordinate } from "../format/money.ts";
import { group } from "../format/money.ts";
import { formatDuration } from "../format/quantity.ts";
import { say } from "../format/words.ts";
import { Amount } from "./amount.tsx";
import { Answered } from "./answered.tsx";
import { ComponentsTable } from "./components-table.tsx";
import { DoubtsBelow, knownSum } from "./doubts.tsx";
import { Go } from "./go.tsx";
import { Section } from "./section.tsx";
import { useShownRows } from "./shown-rows.tsx";
import { State } from "./state.tsx";
import styles from "./waterfall.module.css";

/** Deeper steps stand under each other, so that names keep their place. */
const DEPTH_SHOWN = 8;

export function Waterfall({ detail }: { detail: InteractionDetail }) {
  const { from, to, steps } = detail;
  const [shown, more] = useShownRows(steps.length, "steps");
  const [open, setOpen] = useState<string | undefined>();
  const start = Date.parse(from);
  const span = Math.max(1, Date.parse(to) - start);
  const dearest = steps.reduce((most, step) => Math.max(most, toCoordinate(step.nanos ?? "0")), 0);
  const note = `${countOf(steps)}; time to the left, money to the right${sayClocks(steps)}`;
  return (
    <Section title="Waterfall" note={note}>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Waterfall, table">
        <table className={styles.table}>
          <caption className="unseen">Steps, each before those that are part of it</caption>
          <TimeAxis span={span} />
          <tbody>
            {steps
              .slice(0, shown)
              .flatMap((step) => [
                <WaterfallRow
                  key={step.id}
                  step={step}
                  start={start}
                  span={span}
                  dearest={dearest}
                  isOpen={open === step.id}
                  onToggle={() => setOpen(open === step.id ? undefined : step.id)}
                />,
                open === step.id ? <StepEntries key={`${step.id} entries`} step={step} of={detail} /> : null,
              ])}
          </tbody>
          <tfoot>
            <tr>
              <td>Gross</td>
              <td />
              <td />
              <td className={styles.amount}>
                <Amount nanos={knownSum(detail.gross_nanos, detail)} />
                <DoubtsBelow of={detail} />
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
      {more}
    </Section>
  );
}

/** What only holds steps together is none of them. */
function countOf(steps: readonly StepRow[]): string {
  const groups = steps.filter(isGroup).length;
  const own = steps.length - groups;
  const said = `${group(own)} ${own === 1 ? "step" : "steps"}`;
  return groups === 0 ? said : `${said} in ${group(groups)} ${groups === 1 ? "group" : "groups"}`;
}

function isGroup({ kind }: StepRow): boolean {
  return kind === "group";
}

const ticks = [0, 0.25, 0.5, 0.75, 1];
/** Five longer ones, such as `12 min 32 s`, run into each other. */
const LABEL_LETTERS_MAX = 6;

function TimeAxis({ span }: { span: number }) {
  const labels = ticks.map((share) => formatDuration(span * share));
  const isLong = labels.some((label) => label.length > LABEL_LETTERS_MAX);
  return (
    <thead>
      <tr>
        <th scope="col">Step</th>
        <th scope="col" className={styles.time}>
          <span className="unseen">Time</span>
          <span className={isLong ? `${styles.ticks} ${styles.long}` : styles.ticks} aria-hidden="true">
            {ticks.map((share, index) => (
              <i key={share} style={{ left: `${share * 100}%` }}>
                {labels[index]}
              </i>
            ))}
          </span>
        </th>
        <th scope="col" className={styles.money} colSpan={2}>
          Cost of itself
        </th>
      </tr>
    </thead>
  );
}

interface RowFacts {
  readonly step: StepRow;
  readonly start: number;
  readonly span: number;
  readonly dearest: number;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function WaterfallRow({ step, start, span, dearest, isOpen, onToggle }: RowFacts) {
  const ofWork = step.layer === "model answers" ? styles.net : styles.tare;
  const tone = isGroup(step) ? styles.group : ofWork;
  const cost = dearest === 0 ? 0 : (toCoordinate(step.nanos ?? "0") / dearest) * 100;
  return (
    <tr>
      <th scope="row" style={{ paddingInlineStart: `${Math.min(step.depth, DEPTH_SHOWN) * 16}px` }}>
        <button type="button" className={styles.step} aria-expanded={isOpen} onClick={onToggle}>
          {step.name}
        </button>
        <span className={styles.target}>{aboutOf(step)}</span>
        <State state={step.state} />
      </th>
      <td className={styles.time}>
        <TimeBar step={step} start={start} span={span} tone={tone} />
      </td>
      <td className={styles.money}>
        <i className={tone} style={{ width: `${cost}%` }} />
      </td>
      <td className={styles.amount}>
        {isGroup(step) ? <BelowIt step={step} /> : <Amount nanos={step.nanos} />}
        <DoubtsBelow of={step} />
      </td>
    </tr>
  );
}

/** A group costs nothing of itself; what it holds is said in its place, apart from the column that adds up. */
function BelowIt({ step }: { step: StepRow }) {
  return (
    <span className={styles.below} title="All steps below it, each of which stands in its own row too">
      <span className="unseen">All below it </span>
      <span aria-hidden="true">Σ </span>
      <Amount nanos={step.total_nanos} />
    </span>
  );
}

/** The model, where its name does not stand there already. */
function aboutOf({ name, kind, model }: StepRow): string {
  return model === undefined || name.endsWith(model) ? say(kind) : model;
}

/** What the cost is made of, down to quantities and rates. */
function StepEntries({ step, of: { interaction, tenant } }: { step: StepRow; of: InteractionDetail }) {
  const { client } = useConnection();
  const query = useQuery(stepEntriesQuery(client, { interaction, tenant, call: step.id }));
  return (
    <tr>
      <td colSpan={4} className={styles.entries}>
        <p>
          {say(step.layer)} · with all below it <Amount nanos={step.total_nanos} />
          {step.call !== undefined && (
            <>
              {" · "}
              <Go to={{ page: "call", name: step.call }}>The call</Go>
            </>
          )}
        </p>
        <Answered query={query}>
          {({ rows }) => rows.toReversed().map((entry) => <ComponentsTable key={entry.id} entry={entry} />)}
        </Answered>
      </td>
    </tr>
  );
}

interface TimeBarFacts {
  readonly step: StepRow;
  readonly start: number;
  readonly span: number;
  readonly tone: string | undefined;
}

function TimeBar({ step, start, span, tone }: TimeBarFacts) {
  const afterMs = Date.parse(step.at) - start;
  const left = (afterMs / span) * 100;
  const width = ((step.duration_ms ?? 0) / span) * 100;
  const isSure = step.unpriced === 0 && step.estimated_nanos === "0" && step.in_doubt_nanos === "0";
  return (
    <i
      className={isSure ? tone : `${tone} ${styles.unsure}`}
      style={{ marginInlineStart: `${left}%`, width: `${Math.max(0.4, width)}%` }}
      title={`${formatDuration(afterMs)} after the start`}
    >
      {step.duration_ms !== undefined && <em>{formatDuration(step.duration_ms)}</em>}
    </i>
  );
}
