import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { SpendAnswer, SpendMoney } from "#contract";
import { useAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { type Breakdown, breakdownQuery } from "../api/overview.ts";
import { Answered } from "../elements/answered.tsx";
import { breakdownLinks } from "../elements/breakdown-links.tsx";
import { type BreakdownRow, breakdownRows } from "../elements/breakdown-rows.ts";
import { countColumn, doubtsColumn, moneyColumn, ratioColumn } from "../elements/columns.tsx";
import { NothingHere } from "../elements/nothing-here.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { Change, Totals } from "../elements/totals.tsx";
import { divideMoney, group, toPlainDecimal } from "../format/money.ts";
import { isNamed } from "../format/words.ts";

const by = ["feature"];

/** What does one use of each feature cost, and how did that change? */
export function FeaturesPage() {
  const { client, status } = useConnection();
  const { filters, isCompared } = useAddress();
  const period = usePeriod();
  const question = { timezone: status.timezone, filters, by, isCompared };
  const query = useQuery(breakdownQuery(client, { ...question, period }));
  const { from, to } = period.before;
  const before = useQuery({
    ...breakdownQuery(client, { ...question, isCompared: false, period: { ...period, from, to } }),
    enabled: isCompared,
  });
  return (
    <PageFrame title="Features">
      <Answered query={query}>
        {(answer) => <FeatureList answer={answer} before={isCompared ? before.data?.by[0] : undefined} />}
      </Answered>
    </PageFrame>
  );
}

interface FeatureRow extends BreakdownRow {
  readonly before: string | undefined;
}

function FeatureList({ answer, before }: { answer: Breakdown; before: SpendAnswer | undefined }) {
  const features = answer.by[0];
  const rows = useMemo(() => featureRows(features, before), [features, before]);
  const columns = useMemo(
    () =>
      featureColumns({
        total: answer.series.total,
        rows,
        isCompared: before !== undefined && before.total.gross_nanos !== "0",
      }),
    [answer, before, rows],
  );
  const used = rows.filter(({ name, calls }) => calls > 0 && name !== undefined && isNamed(name));
  return (
    <>
      <Totals of={answer.series} before={answer.before} />
      <Section title="All features" note={`${group(used.length)} with calls in this range`}>
        <RowTable
          label="All features"
          rows={rows}
          columns={columns}
          keyOf={({ name }) => name ?? ""}
          empty={<NothingHere>Nothing in this range. Choose a longer one.</NothingHere>}
        />
      </Section>
    </>
  );
}

function featureRows(features: SpendAnswer | undefined, before: SpendAnswer | undefined): readonly FeatureRow[] {
  const earlier = new Map(before?.rows.map((row) => [row.dimensions["feature"], row.gross_nanos]));
  if (features === undefined) return [];
  return breakdownRows(features, { dimension: "feature", shown: Infinity }).map((row) => ({
    ...row,
    before: before === undefined ? undefined : (earlier.get(row.name) ?? "0"),
  }));
}

interface FeatureColumnFacts {
  readonly total: SpendMoney;
  readonly rows: readonly FeatureRow[];
  readonly isCompared: boolean;
}

function featureColumns({ total, rows, isCompared }: FeatureColumnFacts): readonly Column<FeatureRow>[] {
  const money = (id: "gross_nanos" | "net_nanos" | "tare_nanos", head: string, isExtra = false) =>
    moneyColumn<FeatureRow>({ id, head, of: (row) => row[id], total: total[id], isExtra });
  return [
    nameColumn,
    moneyColumn({ id: "per-call", head: "One call costs", of: perCall, total: perCallOf(rows), none: "–" }),
    money("gross_nanos", "Gross"),
    money("net_nanos", "Net", true),
    money("tare_nanos", "Tare", true),
    ratioColumn({ of: (row) => row, total }),
    ...(isCompared ? [changeColumn] : []),
    countColumn({ id: "calls", head: "Calls", of: (row) => row.calls, total: total.calls }),
    doubtsColumn({ of: (row) => row, total }),
  ];
}

function perCall(money: SpendMoney): bigint | undefined {
  return divideMoney(BigInt(money.gross_nanos), money.calls);
}

/** Of all calls together: what has no calls, as bills that name no feature, is not in what one of them costs. */
function perCallOf(rows: readonly FeatureRow[]): bigint | undefined {
  const called = rows.filter(({ calls }) => calls > 0);
  const gross = called.reduce((sum, row) => sum + BigInt(row.gross_nanos), 0n);
  return divideMoney(
    gross,
    called.reduce((sum, { calls }) => sum + calls, 0),
  );
}

const nameColumn: Column<FeatureRow> = {
  id: "name",
  head: "Feature",
  // Others stand last when names are sorted.
  value: (row) => row.name ?? "\uffff",
  cell: (row) => (row.name === undefined ? "Others" : breakdownLinks.feature(row.name, row)),
  csv: (row) => row.name ?? "others",
  total: "Total",
};

const changeColumn: Column<FeatureRow> = {
  id: "change",
  head: "Gross against before",
  align: "end",
  cell: (row) => <Change now={BigInt(row.gross_nanos)} base={row.before} />,
  csv: (row) => (row.before === undefined ? "" : toPlainDecimal(row.before)),
  isExtra: true,
};
