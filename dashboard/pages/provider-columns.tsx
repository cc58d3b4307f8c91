import type { LatencyRows, SpendMoney } from "#contract";
import { type FilterName, withFilter } from "../address/address.ts";
import { countColumn, doubtsColumn, moneyColumn } from "../elements/columns.tsx";
import { Go } from "../elements/go.tsx";
import { PercentileRange, type Percentiles } from "../elements/percentile-range.tsx";
import { type Column } from "../elements/row-table.tsx";
import { formatShare, group } from "../format/money.ts";
import { formatDuration } from "../format/quantity.ts";
import { sayValue } from "../format/words.ts";

export interface HealthRow {
  readonly name: string;
  readonly spend: SpendMoney;
  readonly latency: LatencyRows["rows"][number] | undefined;
  /** Absent while the question about errors is not answered. */
  readonly problems: number | undefined;
  /** Calls that a kept answer was given to; absent while that question is not answered. */
  readonly hits: number | undefined;
}

interface GroupFacts {
  readonly grouping: FilterName;
  readonly title: string;
}

/** What is not listed, of no name of its own. */
export const OTHERS = "others";

function nameColumn({ grouping, title }: GroupFacts): Column<HealthRow> {
  return {
    id: "name",
    head: title,
    value: (row) => row.name,
    // What was billed has no calls to open.
    cell: ({ name, spend: { calls, attempts } }) =>
      name === OTHERS || calls + attempts === 0 ? (
        sayValue(grouping, name)
      ) : (
        <Go to={{ page: "calls" }} narrow={(address) => withFilter(address, grouping, [name])} title="Its calls">
          {sayValue(grouping, name)}
        </Go>
      ),
    csv: (row) => row.name,
  };
}

export function healthColumns({
  total,
  kept,
  ...facts
}: GroupFacts & { total: SpendMoney; kept: SpendMoney | undefined }): readonly Column<HealthRow>[] {
  const money = (id: "gross_nanos" | "net_nanos" | "tare_nanos" | "avoided_nanos", head: string) =>
    moneyColumn<HealthRow>({ id, head, of: ({ spend }) => spend[id], total: total[id], isExtra: id !== "gross_nanos" });
  return [
    { ...nameColumn(facts), total: "Total" },
    money("gross_nanos", "Gross"),
    money("net_nanos", "Net"),
    money("tare_nanos", "Tare"),
    money("avoided_nanos", "Avoided"),
    countColumn({
      id: "calls",
      head: "Calls",
      of: ({ spend }) => spend.calls,
      total: total.calls,
      isExtra: true,
      isSpare: true,
    }),
    { ...hitsColumn, total: kept === undefined ? "–" : shareOf(kept.calls, total.calls) },
    countColumn({
      id: "attempts",
      head: "Attempts",
      of: ({ spend }) => spend.attempts,
      total: total.attempts,
    }),
    problemsColumn,
    doubtsColumn({ of: ({ spend }) => spend, total }),
  ];
}

const hitsColumn: Column<HealthRow> = {
  id: "hits",
  head: "From cache",
  align: "end",
  value: (row) => row.hits,
  cell: ({ hits, spend }) => (hits === undefined || spend.calls === 0 ? "–" : shareOf(hits, spend.calls)),
  csv: (row) => row.hits?.toString() ?? "",
  isExtra: true,
  isSpare: true,
};

function shareOf(count: number, of: number): string {
  return `${group(count)} · ${formatShare(BigInt(count), BigInt(of)) ?? "–"}`;
}

const problemsColumn: Column<HealthRow> = {
  id: "problems",
  head: "Went wrong",
  align: "end",
  value: (row) => row.problems,
  cell: ({ problems, spend }) =>
    problems === undefined || spend.attempts === 0 ? "–" : shareOf(problems, spend.attempts),
  csv: (row) => row.problems?.toString() ?? "",
};

type Measure = "first_content_ms" | "duration_ms" | "overhead_ms";

export function latencyColumns({
  grouping,
  title,
  rows,
}: GroupFacts & { rows: readonly HealthRow[] }): readonly Column<HealthRow>[] {
  const scale = (measure: Measure) => Math.max(1, ...rows.map(({ latency }) => latency?.[measure]?.p99 ?? 0));
  return [
    nameColumn({ grouping, title }),
    rangeColumn({ measure: "first_content_ms", head: "Time to first token", scaleMs: scale("first_content_ms") }),
    ...percentileColumns("first_content_ms", "Token", ["p50", "p95", "p99"]),
    rangeColumn({ measure: "duration_ms", head: "Whole answer", scaleMs: scale("duration_ms") }),
    ...percentileColumns("duration_ms", "Answer", ["p50", "p95", "p99"]),
    ...percentileColumns("overhead_ms", "Added", ["p95"]),
  ];
}

function rangeColumn({
  measure,
  head,
  scaleMs,
}: {
  measure: Measure;
  head: string;
  scaleMs: number;
}): Column<HealthRow> {
  return {
    id: `${measure}-range`,
    head,
    value: ({ latency }) => latency?.[measure]?.p50,
    cell: ({ latency }) => <PercentileRange of={latency?.[measure]} scaleMs={scaleMs} />,
    csv: () => "",
    isExtra: true,
  };
}

function percentileColumns(
  measure: Measure,
  says: string,
  names: readonly (keyof Percentiles)[],
): readonly Column<HealthRow>[] {
  return names.map((name) => ({
    id: `${measure}-${name}`,
    head: `${says} ${name}`,
    align: "end",
    value: ({ latency }) => latency?.[measure]?.[name],
    cell: ({ latency }) => {
      const ms = latency?.[measure]?.[name];
      return ms === undefined ? "–" : formatDuration(ms);
    },
    csv: ({ latency }) => latency?.[measure]?.[name]?.toString() ?? "",
    isExtra: name === "p95" || measure === "overhead_ms",
    // The line beside it reaches so far.
    isSpare: name === "p99",
  }));
}
