import { useQuery } from "@tanstack/react-query";
import type { Reconciliation, Reconciliations } from "#contract";
import { isMonth, sayMonth, shiftMonth } from "../address/month.ts";
import { useAddress } from "../address/use-address.ts";
import { reconciliationsQuery } from "../api/bill-questions.ts";
import { useConnection } from "../api/connection.tsx";
import { Answered } from "../elements/answered.tsx";
import { MonthChoice, useMonth } from "../elements/month-choice.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { Section } from "../elements/section.tsx";
import { formatPercentCut } from "../format/money.ts";
import { Differences } from "./reconciled-differences.tsx";
import { DayTable } from "./reconciled-days.tsx";
import { ReportTable } from "./kept-reports.tsx";
import styles from "./statements.module.css";

const sample = `reports:
  openai: { admin_key: "\${OPENAI_ADMIN_KEY}" }
  claude: { admin_key: "\${ANTHROPIC_ADMIN_KEY}" }`;

const DAY_MS = 86_400_000;

/** Does the ledger say what the providers bill, and if not, why not? */
export function ReconciliationPage() {
  const { client } = useConnection();
  const month = useMonth();
  const range = rangeOf(month);
  const query = useQuery(reconciliationsQuery(client, range));
  return (
    <PageFrame
      title="Reconciliation"
      isRanged={false}
      note="The ledger against the providers' own reports, by day in UTC, a day that goes on as far as its report. Nothing is scaled to fit: the causes are the difference, to the last nano."
      tools={<MonthChoice place={{ page: "reconciliation" }} />}
    >
      <Answered query={query}>{(answer) => <Compared answer={answer} month={month} />}</Answered>
      <ReportTable />
    </PageFrame>
  );
}

function rangeOf(month: string): { readonly from: string; readonly to: string } {
  const next = isMonth(month) ? shiftMonth(month, 1) : month;
  return { from: `${month}-01`, to: new Date(Date.parse(`${next}-01`) - DAY_MS).toISOString().slice(0, 10) };
}

function Compared({ answer: { rows }, month }: { answer: Reconciliations; month: string }) {
  const { search } = useAddress().page;
  if (rows.length === 0)
    return (
      <Section title={sayMonth(month)}>
        <div className={styles.under}>
          No report of this month is kept, so nobody but us has said what was used. Give Tare an admin key of the
          organisation, and it fetches them:
          <pre className={styles.sample}>{sample}</pre>
          Or save the pages and run <code>tare reconcile FILE --provider NAME</code>.
        </div>
      </Section>
    );
  return (
    <>
      {rows.map((row) => (
        <Provider key={row.provider} row={row} month={month} />
      ))}
      <Differences key={search ?? "all"} rows={rows} month={month} />
    </>
  );
}

function Provider({ row, month }: { row: Reconciliation; month: string }) {
  const { money } = useConnection();
  const { provider, coverage_percent: coverage, bypass_percent: bypass, open_nanos: open } = row;
  const says = [
    coverage === undefined ? "nothing was reported" : `coverage ${formatPercentCut(coverage)}`,
    bypass === undefined ? "" : `past the gateway ${formatPercentCut(bypass)}`,
    open === "0" ? "nothing is open" : `${money(open)} open`,
  ].filter((text) => text !== "");
  return (
    <Section title={provider} note={says.join(" · ")}>
      <DayTable row={row} month={month} />
      <Next row={row} month={month} />
    </Section>
  );
}

/** What somebody can do about it, where there is something to do. */
function Next({ row: { provider, by_cause: of }, month }: { row: Reconciliation; month: string }) {
  const { money } = useConnection();
  const { bypass, unsettled } = of;
  return (
    <>
      {bypass !== "0" && (
        <p className={styles.under}>
          {money(bypass)} went past the gateway. Move those calls here; what is used already is booked as a bill, once
          its day is finished, by <code>{`tare reconcile book --provider ${provider} --month ${month}`}</code>
        </p>
      )}
      {unsettled !== "0" && (
        <p className={styles.under}>
          {money(unsettled)} is within what the ledger itself has in doubt or estimated. Once a day is finished in the
          report, <code>{`tare reconcile settle --provider ${provider}`}</code> shows what it settles, and books it.
        </p>
      )}
    </>
  );
}
