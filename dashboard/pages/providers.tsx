import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { ErrorRows, LatencyRows, SpendAnswer } from "#contract";
import { isTagName, type TagName } from "../address/address.ts";
import { useAddress, useChangeAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { errorsQuery, latencyQuery, spendQuery } from "../api/questions.ts";
import { Answered } from "../elements/answered.tsx";
import { Code } from "../elements/code.tsx";
import { breakdownRows } from "../elements/breakdown-rows.ts";
import { Button } from "../elements/button.tsx";
import { textColumn } from "../elements/columns.tsx";
import { Go, withFilter } from "../elements/go.tsx";
import { LeftOut } from "../elements/left-out.tsx";
import { NothingHere } from "../elements/nothing-here.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Choice, Section } from "../elements/section.tsx";
import { State } from "../elements/state.tsx";
import { TagChoice, useTagNames } from "../elements/tag-choice.tsx";
import { group } from "../format/money.ts";
import { isNamed, sayStart } from "../format/words.ts";
import { healthColumns, type HealthRow, latencyColumns, OTHERS } from "./provider-columns.tsx";
import styles from "./providers.module.css";
import { TargetStandings } from "./target-standings.tsx";

const groupings = [
  ["provider", "Provider"],
  ["target", "Target"],
  ["model", "Model"],
  ["route", "Route"],
] as const;
type Grouping = (typeof groupings)[number][0] | TagName;

/** Who is healthy, fast and cheap? */
export function ProvidersPage() {
  const { client, status } = useConnection();
  const address = useAddress();
  const change = useChangeAddress();
  const { from, to } = usePeriod();
  const grouping = readGrouping(address.page.by);
  const tags = useTagNames(address.filters) ?? [];
  const choose = (by: Grouping) => change({ ...address, page: { by } });
  const question = { by: [grouping], from, to, timezone: status.timezone, filters: address.filters };
  const spend = useQuery(spendQuery(client, question));
  const cached = useQuery(spendQuery(client, { ...question, kind: "cache" }));
  const latency = useQuery(latencyQuery(client, question));
  const errors = useQuery(errorsQuery(client, question));
  return (
    <PageFrame title="Providers & routes">
      <div className={styles.line}>
        <Choice label="Group by" options={groupings} chosen={grouping} onChoose={choose} />
        {(tags.length > 0 || isTagName(grouping)) && (
          <TagChoice names={tags} chosen={isTagName(grouping) ? grouping : undefined} onChoose={choose} />
        )}
      </div>
      <TargetStandings />
      <Answered key={`spend by ${grouping}`} query={spend}>
        {(spent) => (
          <Answered query={latency}>
            {(timed) => (
              <Health grouping={grouping} spend={spent} latency={timed} cached={cached.data} errors={errors.data} />
            )}
          </Answered>
        )}
      </Answered>
      <Answered key={`errors by ${grouping}`} query={errors}>
        {(answer) => <Errors grouping={grouping} answer={answer} />}
      </Answered>
    </PageFrame>
  );
}

function readGrouping(by: string | undefined): Grouping {
  if (by !== undefined && isTagName(by)) return by;
  return groupings.find(([name]) => name === by)?.[0] ?? "provider";
}

interface HealthFacts {
  readonly grouping: Grouping;
  readonly spend: SpendAnswer;
  readonly latency: LatencyRows;
  readonly errors: ErrorRows | undefined;
  /** Calls that were answered from kept answers. */
  readonly cached: SpendAnswer | undefined;
}

function Health({ grouping, spend, latency, errors, cached }: HealthFacts) {
  const rows = useMemo(
    () => healthRows({ grouping, spend, latency, errors, cached }),
    [grouping, spend, latency, errors, cached],
  );
  const title = groupings.find(([name]) => name === grouping)?.[1] ?? sayStart(grouping);
  const kept = cached?.total;
  const health = useMemo(
    () => healthColumns({ grouping, title, total: spend.total, kept }),
    [grouping, title, spend.total, kept],
  );
  const timed = useMemo(() => rows.filter((row) => row.latency !== undefined), [rows]);
  const times = useMemo(() => latencyColumns({ grouping, title, rows: timed }), [grouping, title, timed]);
  const empty = <NothingHere>No attempts in this range.</NothingHere>;
  return (
    <>
      <Section
        title="Spend and attempts"
        note="Went wrong: failed, cut, cancelled and in doubt, as a share of attempts. From cache: calls that a kept answer was given to; avoided is what those answers had cost"
      >
        <RowTable label="Spend and attempts" rows={rows} columns={health} keyOf={healthName} empty={empty} />
        <LeftOut of={spend} />
      </Section>
      <Section
        title="Latency"
        note={`Of delivered attempts. The mark is the median, the band reaches to p95, the line to p99; added is what Tare itself took${latency.is_cut ? `. Only ${group(latency.rows.length)} are here: there are more` : ""}`}
      >
        <RowTable label="Latency" rows={timed} columns={times} keyOf={healthName} empty={empty} />
      </Section>
    </>
  );
}

function healthName(row: HealthRow): string {
  return row.name;
}

function healthRows({ grouping, spend, latency, errors, cached }: HealthFacts): readonly HealthRow[] {
  const timed = new Map(latency.rows.map((row) => [row.dimensions[grouping], row]));
  const kept = new Map(cached?.rows.map((row) => [row.dimensions[grouping], row]));
  const failures = Map.groupBy(
    (errors?.rows ?? []).filter((row) => row.origin !== "refused"),
    (row) => row.dimensions[grouping],
  );
  return breakdownRows(spend, { dimension: grouping, shown: Infinity }).map((row) => {
    const name = row.name ?? OTHERS;
    // Of a list that was cut, what it does not have is not known.
    const problems =
      errors?.is_cut === false ? (failures.get(name) ?? []).reduce((sum, { count }) => sum + count, 0) : undefined;
    return { name, spend: row, latency: timed.get(name), problems, hits: cached && (kept.get(name)?.calls ?? 0) };
  });
}

type ErrorRow = ErrorRows["rows"][number];

const ERRORS_SHOWN = 12;

function Errors({ grouping, answer }: { grouping: Grouping; answer: ErrorRows }) {
  const [isLong, setLong] = useState(false);
  const all = useMemo(() => answer.rows.toSorted((a, b) => b.count - a.count), [answer]);
  const rows = useMemo(() => (isLong ? all : all.slice(0, ERRORS_SHOWN)), [all, isLong]);
  const columns = useMemo(() => errorColumns(grouping, answer), [grouping, answer]);
  const hidden = all.length - ERRORS_SHOWN;
  const tools = hidden > 0 && (
    <Button look="quiet" onClick={() => setLong(!isLong)}>
      {isLong ? "Show fewer" : `Show ${group(hidden)} more`}
    </Button>
  );
  return (
    <Section
      title="What went wrong"
      note={`Refusals by our code, failures by theirs${answer.is_cut ? `. Only the ${group(all.length)} most frequent are here: there are more` : ""}`}
      tools={tools}
    >
      <RowTable
        label="What went wrong"
        rows={rows}
        columns={columns}
        keyOf={(row) => `${row.origin} ${row.code} ${row.status ?? ""} ${row.dimensions[grouping] ?? ""}`}
        empty="Nothing went wrong in this range."
      />
    </Section>
  );
}

/** Another attempt may follow one that failed, and the call end well: calls are found by how they ended, so it leads nowhere. */
function ErrorCount({ row, grouping }: { row: ErrorRow; grouping: Grouping }) {
  const name = row.dimensions[grouping];
  if (row.origin === "failed")
    return <span title="Attempts, of calls that may have ended well">{group(row.count)}</span>;
  return (
    <Go
      to={{ page: "calls" }}
      fields={{ state: row.origin, code: row.code }}
      narrow={(address) => (name === undefined || !isNamed(name) ? address : withFilter(address, grouping, [name]))}
      title="Calls that ended so"
    >
      {group(row.count)}
    </Go>
  );
}

function errorColumns(grouping: Grouping, { rows: all, is_cut }: ErrorRows): readonly Column<ErrorRow>[] {
  const nameOf = (row: ErrorRow) => row.dimensions[grouping] ?? "(none)";
  return [
    {
      id: "origin",
      head: "What happened",
      value: (row) => row.origin,
      cell: (row) => <State state={row.origin} />,
      csv: (row) => row.origin,
      total: is_cut ? "Total of these" : all.length > ERRORS_SHOWN ? "Total of all" : "Total",
    },
    {
      id: "code",
      head: "Code",
      value: (row) => row.code,
      cell: (row) => <Code className={styles.code}>{row.code}</Code>,
      csv: (row) => row.code,
    },
    {
      id: "status",
      head: "HTTP",
      align: "end",
      value: (row) => row.status,
      cell: (row) => row.status ?? "–",
      csv: (row) => row.status?.toString() ?? "",
      isExtra: true,
    },
    textColumn({ id: "name", head: "Of", of: (row) => (isNamed(nameOf(row)) ? nameOf(row) : undefined) }),
    {
      id: "count",
      head: "Count",
      align: "end",
      value: (row) => row.count,
      cell: (row) => <ErrorCount row={row} grouping={grouping} />,
      csv: (row) => row.count.toString(),
      total: group(all.reduce((sum, { count }) => sum + count, 0)),
    },
  ];
}
