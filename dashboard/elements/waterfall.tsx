/** Time on the left, money on the right: every entry of an interaction in the order in which it was sent. */
import type { Entry, InteractionDetail } from "#contract";
import { toCoordinate } from "../format/money.ts";
import { formatDuration } from "../format/quantity.ts";
import { say } from "../format/words.ts";
import { Amount } from "./amount.tsx";
import { Doubts, doubtsOf } from "./doubts.tsx";
import { Go } from "./go.tsx";
import { Section } from "./section.tsx";
import { State } from "./state.tsx";
import styles from "./waterfall.module.css";

export function Waterfall({ detail }: { detail: InteractionDetail }) {
  const { from, to, entries } = detail;
  const start = Date.parse(from);
  const span = Math.max(1, Date.parse(to) - start);
  const dearest = Math.max(...entries.map((entry) => toCoordinate(entry.nanos ?? "0")), 0);
  const sent = entries.toSorted((a, b) => Date.parse(a.incurred_at) - Date.parse(b.incurred_at) || a.number - b.number);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return (
    <Section title="Waterfall" note="Time to the left, money to the right">
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Waterfall">
        <table className={styles.table}>
          <caption className="unseen">Entries in the order in which they were sent</caption>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col" className={styles.time}>
                <span className="unseen">Time</span>
                <span className={styles.ticks} aria-hidden="true">
                  {ticks.map((share) => (
                    <i key={share} style={{ left: `${share * 100}%` }}>
                      {formatDuration(span * share)}
                    </i>
                  ))}
                </span>
              </th>
              <th scope="col" className={styles.money} colSpan={2}>
                Cost
              </th>
            </tr>
          </thead>
          <tbody>
            {sent.map((entry) => (
              <WaterfallRow key={entry.id} entry={entry} start={start} span={span} dearest={dearest} />
            ))}
          </tbody>
          <tfoot>
            <tr>
              <td>Gross</td>
              <td />
              <td />
              <td className={styles.amount}>
                <Amount nanos={detail.gross_nanos} />
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
    </Section>
  );
}

interface RowFacts {
  readonly entry: Entry;
  readonly start: number;
  readonly span: number;
  readonly dearest: number;
}

function WaterfallRow({ entry, start, span, dearest }: RowFacts) {
  const tone = entry.is_net ? styles.net : styles.tare;
  const cost = dearest === 0 ? 0 : (toCoordinate(entry.nanos ?? "0") / dearest) * 100;
  return (
    <tr>
      <th scope="row">
        <Go to={{ page: "call", name: entry.call }}>{say(entry.purpose)}</Go>
        <span className={styles.target}>{entry.target}</span>
        <State state={entry.state} code={entry.error} status={entry.status} />
      </th>
      <td className={styles.time}>
        <TimeBar entry={entry} start={start} span={span} tone={tone} />
      </td>
      <td className={styles.money}>
        <span className={styles.track}>
          <i className={tone} style={{ left: 0, width: `${cost}%` }} />
        </span>
      </td>
      <td className={styles.amount}>
        {entry.state === "in_doubt" ? "–" : <Amount nanos={entry.nanos} />}
        <Doubts of={doubtsOf(entry)} />
      </td>
    </tr>
  );
}

interface TimeBarFacts {
  readonly entry: Entry;
  readonly start: number;
  readonly span: number;
  readonly tone: string | undefined;
}

function TimeBar({ entry, start, span, tone }: TimeBarFacts) {
  const afterMs = Date.parse(entry.incurred_at) - start;
  const left = (afterMs / span) * 100;
  const width = ((entry.duration_ms ?? 0) / span) * 100;
  return (
    <span className={styles.track}>
      <i
        className={entry.cost_type === "priced" ? tone : `${tone} ${styles.unsure}`}
        style={{ left: `${left}%`, width: `${Math.max(0.4, width)}%` }}
        title={`${formatDuration(afterMs)} after the start`}
      />
      <em style={{ left: `${left + width}%` }}>
        {entry.duration_ms === undefined ? "" : formatDuration(entry.duration_ms)}
      </em>
    </span>
  );
}
