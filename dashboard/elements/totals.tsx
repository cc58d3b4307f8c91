import { type ReactNode } from "react";
import type { SpendAnswer, SpendMoney } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { formatChange, formatRatio, formatShare, group } from "../format/money.ts";
import { isMostlyTare } from "../format/mostly-tare.ts";
import { formatQuantity } from "../format/quantity.ts";
import { Amount } from "./amount.tsx";
import { doubtsExplained, Hatch } from "./doubts.tsx";
import { Go } from "./go.tsx";
import { LeftOut } from "./left-out.tsx";
import styles from "./totals.module.css";

interface TotalsFacts {
  readonly of: SpendAnswer;
  readonly before: SpendAnswer | undefined;
  /** Whether it is one use case, whose machinery somebody may leave out. */
  readonly isOfUse?: boolean;
}

/** The sums of a page. What is not certain stands beside what is, never inside it unsaid. */
export function Totals({ of: answer, before: earlier, isOfUse = false }: TotalsFacts) {
  const { total } = answer;
  const before = earlier?.total;
  const gross = BigInt(total.gross_nanos);
  const net = BigInt(total.net_nanos);
  return (
    <>
      <dl className={styles.totals}>
        <Figure name="Gross" isLarge under={<Change now={gross} base={before?.gross_nanos} />}>
          <Amount nanos={gross} />
        </Figure>
        <Figure name="Net" mark={styles.net} isLarge under={<Change now={net} base={before?.net_nanos} />}>
          <Amount nanos={net} />
        </Figure>
        <Figure name="Tare" mark={styles.tare} isLarge under={<Change now={gross - net} base={before?.tare_nanos} />}>
          <Amount nanos={total.tare_nanos} />
        </Figure>
        <Figure name="Tare ratio" isLarge under={<RatioBefore before={before} />} title="Gross divided by net.">
          {formatRatio(gross, net) ?? "–"}
        </Figure>
        <Figure name="Calls" under={<CountChange now={total.calls} base={before?.calls} />}>
          <Go to={{ page: "calls" }}>{group(total.calls)}</Go>
        </Figure>
        <Figure
          name="Refused"
          under={<CountChange now={total.refused} base={before?.refused} />}
          title="Calls we said no to. They cost nothing."
        >
          <Go to={{ page: "calls" }} fields={{ state: "refused" }}>
            {group(total.refused)}
          </Go>
        </Figure>
        <Figure name="Tokens in" under={`${formatQuantity(total.tokens_out)} out`} title={group(total.tokens_in)}>
          {formatQuantity(total.tokens_in)}
        </Figure>
        <DoubtFigures total={total} />
      </dl>
      <LeftOut of={answer} />
      {isOfUse && total.calls > 0 && isMostlyTare(gross, net) && (
        <p className={styles.simple}>
          More than half of this is tare: what stands around the answers costs more than they do. Stay simple, do not
          build.
        </p>
      )}
    </>
  );
}

/** What is not certain about them. */
function DoubtFigures({ total }: { total: SpendMoney }) {
  const share = formatShare(BigInt(total.estimated_nanos), BigInt(total.gross_nanos));
  return (
    <>
      <Doubt
        name="Estimated"
        title={doubtsExplained.estimated}
        isNone={total.estimated_nanos === "0"}
        under={share === undefined ? "" : `${share} of gross`}
      >
        <Amount nanos={total.estimated_nanos} />
      </Doubt>
      <Doubt
        name="In doubt"
        title={doubtsExplained.in_doubt}
        isNone={total.in_doubt_nanos === "0"}
        under="at most, beside gross"
      >
        <Amount nanos={total.in_doubt_nanos} />
      </Doubt>
      <Doubt
        name="Unpriced"
        title={doubtsExplained.unpriced}
        isNone={total.unpriced === 0}
        under={total.unpriced === 1 ? "entry" : "entries"}
      >
        {group(total.unpriced)}
      </Doubt>
    </>
  );
}

interface FigureFacts {
  readonly name: string;
  readonly children: ReactNode;
  readonly under?: ReactNode;
  readonly isLarge?: boolean;
  readonly mark?: string | undefined;
  readonly title?: string;
}

function Figure({ name, children, under, isLarge = false, mark, title }: FigureFacts) {
  return (
    <div className={isLarge ? styles.large : styles.small} title={title}>
      <dt>
        {mark !== undefined && <i className={mark} aria-hidden="true" />}
        {name}
      </dt>
      <dd>{children}</dd>
      <dd className={styles.under}>{under}</dd>
    </div>
  );
}

function Doubt({ name, title, children, under, isNone }: FigureFacts & { isNone: boolean }) {
  return (
    <div className={styles.small} title={title}>
      <dt>
        {!isNone && <Hatch />}
        {name}
      </dt>
      <dd className={isNone ? styles.nothing : undefined}>{children}</dd>
      <dd className={styles.under}>{isNone ? "nothing" : under}</dd>
    </div>
  );
}

/** The change against the period before, with the base it is a change of. */
export function Change({ now, base }: { now: bigint; base: string | undefined }) {
  const { money } = useConnection();
  if (base === undefined) return null;
  const change = formatChange(now, BigInt(base));
  if (change === undefined) return <>{now === 0n ? "as before" : "nothing before"}</>;
  return (
    <>
      {change} <span className={styles.base}>from {money(base)}</span>
    </>
  );
}

function CountChange({ now, base }: { now: number; base: number | undefined }) {
  if (base === undefined) return null;
  const change = formatChange(BigInt(now), BigInt(base));
  return <>{change === undefined ? (now === 0 ? "as before" : "none before") : `${change} from ${group(base)}`}</>;
}

function RatioBefore({ before }: { before: SpendMoney | undefined }) {
  const ratio = before === undefined ? undefined : formatRatio(BigInt(before.gross_nanos), BigInt(before.net_nanos));
  return ratio === undefined ? null : <>from {ratio}</>;
}
