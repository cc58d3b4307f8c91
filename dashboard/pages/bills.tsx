import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { BillImport, BillImportPage, BillTotals } from "#contract";
import { sayMonth } from "../address/month.ts";
import { useAddress } from "../address/use-address.ts";
import { billTotalsQuery, importsQuery } from "../api/bill-questions.ts";
import { useConnection } from "../api/connection.tsx";
import { Answered } from "../elements/answered.tsx";
import { countColumn, moneyColumn, textColumn } from "../elements/columns.tsx";
import { Go } from "../elements/go.tsx";
import { ListPager } from "../elements/list-pager.tsx";
import { MonthChoice, useMonth } from "../elements/month-choice.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { group } from "../format/money.ts";
import { CommitmentSection } from "./commitments.tsx";
import narrow from "./bills.module.css";
import styles from "./statements.module.css";

const sample = `bills:
  recurring:
    - { name: reviewers, provider: Acme Staffing, layer: human review, amount: 12000 EUR, from: 2027-01, team: support }`;

/** What came from outside, to whom is it booked, and what could not be? */
export function BillsPage() {
  const { client } = useConnection();
  const month = useMonth();
  const totals = useQuery(billTotalsQuery(client, month));
  const { cursor: at } = useAddress().page;
  const imports = useQuery(importsQuery(client, at));
  return (
    <PageFrame
      title="Bills"
      isRanged={false}
      note="Costs from outside: files that were imported, and what tare.yaml makes every month."
      tools={<MonthChoice place={{ page: "bills" }} />}
    >
      <div className={narrow.tables}>
        <Answered query={totals}>{(answer) => <MonthTable answer={answer} month={month} />}</Answered>
        <CommitmentSection />
        <Answered query={imports}>
          {(page) => (
            <>
              <Imports page={page} />
              <ListPager label="Pages of imports" next={page.cursor} more="Older imports" first="Latest imports" />
            </>
          )}
        </Answered>
      </div>
    </PageFrame>
  );
}

type Row = BillTotals["rows"][number];

function MonthTable({ answer, month }: { answer: BillTotals; month: string }) {
  const columns = useMemo(() => monthColumns(answer, month), [answer, month]);
  const more = answer.is_cut ? `. Only the ${group(answer.rows.length)} largest are here; the total is over all` : "";
  const note = answer.rows.length > 0 && `By when their charge periods start, in UTC; corrections are taken in${more}`;
  return (
    <Section title={sayMonth(month)} note={note}>
      <RowTable
        label={`Bills of ${sayMonth(month)}`}
        rows={answer.rows}
        columns={columns}
        keyOf={({ dimensions }: Row) => JSON.stringify(dimensions)}
        empty={
          <>
            No bill of this month yet. Import a file with <code>tare import focus FILE</code>, or write into tare.yaml
            what comes every month:
            <pre className={styles.sample}>{sample}</pre>
          </>
        }
      />
    </Section>
  );
}

/** Where bills come from, as people say it. */
const sources: Readonly<Record<string, string>> = { config: "tare.yaml", focus: "imported", meter: "measured" };

function monthColumns({ total }: BillTotals, month: string): readonly Column<Row>[] {
  const of = (row: Row, name: string) => row.dimensions[name] ?? "";
  return [
    {
      id: "service",
      head: "Bill",
      value: (row) => of(row, "service"),
      cell: (row) => (
        <>
          <Go to={{ page: "bill", name: of(row, "service") }} fields={{ month, search: of(row, "provider") }}>
            {of(row, "service")}
          </Go>
          <span className={styles.under}>{of(row, "provider")}</span>
        </>
      ),
      csv: (row) => `${of(row, "service")} · ${of(row, "provider")}`,
      total: "Total",
      isWide: true,
    },
    textColumn({ id: "layer", head: "Layer", of: (row) => of(row, "layer"), isExtra: true }),
    textColumn({ id: "source", head: "From", of: (row) => sources[of(row, "source")] ?? of(row, "source") }),
    countColumn({ id: "bills", head: "Entries", of: ({ bills }) => bills, total: total.bills, isExtra: true }),
    moneyColumn({ id: "nanos", head: "Amount", of: ({ nanos }) => nanos, total: total.nanos }),
  ];
}

function Imports({ page: { rows } }: { page: BillImportPage }) {
  const { moments } = useConnection();
  const columns = useMemo(() => importColumns((at) => moments.minute(Date.parse(at))), [moments]);
  return (
    <>
      <Section title="Imports" note="The newest first; a file that comes again books nothing">
        <RowTable
          label="Imports, the newest first"
          rows={rows}
          columns={columns}
          keyOf={({ id }: BillImport) => id}
          empty={
            <>
              No file was imported yet. FOCUS files of clouds and vendors go in with <code>tare import focus FILE</code>
              , as CSV or Parquet.
            </>
          }
        />
      </Section>
      <SetAside rows={rows} />
    </>
  );
}

const states: Readonly<Record<BillImport["state"], string>> = {
  receiving: "on its way here",
  waiting: "waiting for another import",
  reading: "being read",
  done: "done",
  failed: "failed",
};

type Counted = "booked" | "corrected" | "unchanged" | "taken_back" | "measured" | "set_aside";

function importCount(id: Counted, head: string): Column<BillImport> {
  return countColumn({ id, head, of: (row) => row[id], isExtra: id !== "set_aside" });
}

function importColumns(minute: (at: string) => string): readonly Column<BillImport>[] {
  return [
    {
      id: "name",
      head: "File",
      value: ({ name }) => name,
      cell: ({ name, state, started_at: at, detail }) => (
        <>
          {name}
          <span className={styles.under}>
            {minute(at)}, {states[state]}
            {detail === undefined ? "" : `: ${detail}`}
          </span>
        </>
      ),
      csv: ({ name }) => name,
      isWide: true,
    },
    countColumn({ id: "rows", head: "Rows", of: ({ rows }) => rows, isExtra: true }),
    importCount("booked", "Booked"),
    importCount("corrected", "Corrected"),
    importCount("unchanged", "Unchanged"),
    importCount("taken_back", "Taken back"),
    importCount("measured", "Measured"),
    importCount("set_aside", "Set aside"),
    moneyColumn({ id: "nanos", head: "Books changed by", of: ({ nanos }) => nanos }),
  ];
}

interface Problem {
  readonly file: string;
  readonly place: number;
  readonly line: number;
  readonly column: string | undefined;
  readonly detail: string;
}

const SHOWN_MAX = 200;

/** Rows that are in no sum, each with its place and why: nothing of a file is guessed. */
function SetAside({ rows }: { rows: readonly BillImport[] }) {
  const problems = rows.flatMap(({ name, problems: found }) =>
    found.map(({ line, column, detail }, place): Problem => ({ file: name, place, line, column, detail })),
  );
  const all = rows.reduce((sum, { set_aside: count }) => sum + count, 0);
  if (all === 0) return null;
  const shown = problems.slice(0, SHOWN_MAX);
  const rest = all > shown.length ? `; the first ${group(shown.length)} are shown` : "";
  return (
    <Section
      title="Set aside"
      note={`${all === 1 ? "1 row is" : `${group(all)} rows are`} in no sum: correct the file and import it again${rest}`}
    >
      <RowTable
        label="Rows that were set aside"
        rows={shown}
        columns={problemColumns}
        keyOf={({ file, place }) => `${file} ${place}`}
        empty=""
      />
    </Section>
  );
}

const problemColumns: readonly Column<Problem>[] = [
  textColumn({ id: "file", head: "File", of: ({ file }) => file }),
  countColumn({ id: "line", head: "Line", of: ({ line }) => line }),
  textColumn({ id: "column", head: "Column", of: ({ column }) => column, isExtra: true }),
  textColumn({ id: "detail", head: "Why", of: ({ detail }) => detail, isWide: true }),
];
