/** Whether a feature is worth its cost, with every assumption that says so beside it. */
import { useQuery } from "@tanstack/react-query";
import type { Assumption, FeatureReturn } from "#contract";
import { usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { returnsQuery } from "../api/economics-questions.ts";
import { formatPercent, group } from "../format/money.ts";
import strip from "../pages/call.module.css";
import { Amount } from "./amount.tsx";
import styles from "./assumed.module.css";
import { Section } from "./section.tsx";

/** Nothing where nothing is assumed of the feature. */
export function ReturnsSection({ feature }: { feature: string }) {
  const { client } = useConnection();
  const { from, to } = usePeriod();
  const { data } = useQuery(returnsQuery(client, { from, to, feature }));
  const row = data?.rows.find((each) => each.feature === feature);
  if (row === undefined) return null;
  return (
    <Section title="What it is worth" note="These figures rest on assumptions, which stand below">
      <dl className={strip.strip}>
        <Worth row={row} />
        <Latency row={row} />
      </dl>
      <Assumed all={row.assumptions} />
    </Section>
  );
}

function Worth({ row: { worth, cost_nanos, successes, outcomes } }: { row: FeatureReturn }) {
  if (worth === undefined) return null;
  return (
    <>
      <div>
        <dt>Benefit {mark}</dt>
        <dd>
          <Amount nanos={worth.benefit_nanos} />
        </dd>
      </div>
      <div>
        <dt>Cost</dt>
        <dd>
          <Amount nanos={cost_nanos} />
        </dd>
      </div>
      <div>
        <dt>ROI {mark}</dt>
        <dd>{worth.roi_percent === undefined ? "–" : formatPercent(worth.roi_percent)}</dd>
      </div>
      <div>
        <dt>Successes</dt>
        <dd>
          {group(successes)} of {group(outcomes)}
        </dd>
      </div>
    </>
  );
}

function Latency({ row: { latency } }: { row: FeatureReturn }) {
  if (latency === undefined) return null;
  return (
    <>
      <div>
        <dt>Latency costs {mark}</dt>
        <dd>
          <Amount nanos={latency.loss_nanos} />
        </dd>
      </div>
      <div>
        <dt>Above the reference, in the mean</dt>
        <dd>{group(Math.round(latency.over_ms_mean))} ms</dd>
      </div>
    </>
  );
}

const mark = <span className={styles.mark}>(assumed)</span>;

function Assumed({ all }: { all: readonly Assumption[] }) {
  return (
    <div className={styles.assumed}>
      Assumptions
      <ul>
        {all.map(({ name, value, source, field, is_default: isDefault }) => (
          <li key={name}>
            {value}
            {source !== undefined && ` · source: ${source}`} · <code>{field}</code>
            {isDefault && " · the default, which nobody here has measured"}
          </li>
        ))}
      </ul>
    </div>
  );
}
