/** One bill of a month: where it went, and the entries that make it. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import type { AllocationAnswer, BillRow, BillRows } from "#contract";
import { sayMonth } from "../address/month.ts";
import { useAddress } from "../address/use-address.ts";
import { allocationQuery } from "../api/allocation-questions.ts";
import { billRowsQuery } from "../api/bill-questions.ts";
import { useConnection } from "../api/connection.tsx";
import { Answered } from "../elements/answered.tsx";
import { moneyColumn, textColumn } from "../elements/columns.tsx";
import { Facts } from "../elements/facts.tsx";
import { Go } from "../elements/go.tsx";
import { ListPager } from "../elements/list-pager.tsx";
import { MonthChoice, useMonth } from "../elements/month-choice.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { BillLines } from "./carried-lines.tsx";
import styles from "./statements.module.css";

const DAY_MS = 86_400_000;

export function BillPage() {
  const { name: service = "" } = useParams({ strict: false });
  const month = useMonth();
  const provider = useAddress().page.search;
  return (
    <PageFrame
      title={`${service}, ${sayMonth(month)}`}
      isRanged={false}
      trail={
        <>
          <Go to={{ page: "bills" }} fields={{ month }}>
            Bills
          </Go>
          {provider === undefined ? "" : ` · ${provider}`}
        </>
      }
      tools={<MonthChoice place={{ page: "bill", name: service }} />}
    >
      <BillParts key={`${service} ${month}`} service={service} provider={provider} month={month} />
    </PageFrame>
  );
}

interface BillFacts {
  readonly service: string;
  readonly provider: string | undefined;
  readonly month: string;
}

function BillParts(facts: BillFacts) {
  const { client } = useConnection();
  const { cursor } = useAddress().page;
  const { month, service, provider } = facts;
  const entries = useQuery(billRowsQuery(client, { month, service, provider, cursor })).data;
  const shares = useQuery(allocationQuery(client, { month, by: "feature" })).data;
  const isUnknown =
    cursor === undefined && entries?.rows.length === 0 && shares !== undefined && sharedOf(shares, facts).length === 0;
  if (isUnknown)
    return (
      <p>
        No bill called “{service}” was booked in {sayMonth(month)}. Check its name, or choose another month.
      </p>
    );
  return (
    <>
      <Shares {...facts} />
      <Entries {...facts} />
    </>
  );
}

/** Bills that the rules share are told by rule; what names its feature or team itself is carried there. */
function Shares({ service, provider, month }: BillFacts) {
  const { client } = useConnection();
  const query = useQuery(allocationQuery(client, { month, by: "feature" }));
  return (
    <Answered query={query}>
      {(answer) => {
        const bills = sharedOf(answer, { service, provider });
        if (bills.length === 0)
          return (
            <Section title="Where it went">
              <p className={styles.under}>
                No rule had to share it: whoever it names carries it. Its entries say who that is, and their statement
                has it.
              </p>
            </Section>
          );
        return bills.map(({ bill }) => {
          const there = { month, by: "feature", search: bill };
          const tools = (
            <Go to={{ page: "statements" }} fields={there}>
              Among all bills
            </Go>
          );
          return <BillLines key={bill} bill={bill} month={month} by="feature" tools={tools} />;
        });
      }}
    </Answered>
  );
}

function sharedOf({ bills }: AllocationAnswer, { service, provider }: Omit<BillFacts, "month">) {
  return bills.filter(
    ({ kind, name, provider: paid }) =>
      kind === "bill" && (provider ?? paid) === paid && (name === service || name === `${service} · ${paid}`),
  );
}

function Entries({ service, provider, month }: BillFacts) {
  const { client } = useConnection();
  const { cursor } = useAddress().page;
  const query = useQuery(billRowsQuery(client, { month, service, provider, cursor }));
  return (
    <Answered query={query}>
      {(page: BillRows) => (
        <Section title="Entries" note="The newest charge first. What was corrected stays, beside what took it back">
          <EntryTable rows={page.rows} />
          <ListPager label="Pages of entries" next={page.cursor} more="More entries" />
        </Section>
      )}
    </Answered>
  );
}

function EntryTable({ rows }: { rows: readonly BillRow[] }) {
  const columns = useMemo(() => entryColumns(), []);
  return (
    <RowTable
      label="Entries of this bill"
      rows={rows}
      columns={columns}
      keyOf={({ id, state, booked_at: at }: BillRow) => `${id} ${state} ${at}`}
      empty="Nothing of this bill was booked in this month."
    />
  );
}

function entryColumns(): readonly Column<BillRow>[] {
  return [
    {
      id: "period",
      head: "Charge period",
      value: ({ incurred_at: at }) => at,
      cell: (row) => (
        <>
          <Period row={row} />
          <details className={styles.under}>
            <summary>What was said of it</summary>
            <Facts of={[["Entry", row.id], ["From", row.origin], ...Object.entries(row.row)]} />
          </details>
        </>
      ),
      csv: (row) => periodOf(row),
      isWide: true,
    },
    textColumn({ id: "who", head: "Carried by", of: whoOf, isExtra: true }),
    textColumn({ id: "charge", head: "Charge", of: ({ charge }) => charge, isExtra: true }),
    textColumn({
      id: "state",
      head: "State",
      of: ({ state, why }) => [state === "taken_back" ? "taken back" : "booked", why].filter(Boolean).join(": "),
      isWide: true,
    }),
    moneyColumn({ id: "nanos", head: "Amount", of: ({ nanos }) => nanos }),
  ];
}

/** A day may not be broken at its hyphens. */
function Period({ row }: { row: BillRow }) {
  const { from, to } = daysOf(row);
  return (
    <>
      <span className={styles.day}>{from}</span>
      {to !== undefined && (
        <>
          {" "}
          to before <span className={styles.day}>{to}</span>
        </>
      )}
    </>
  );
}

function periodOf(row: BillRow): string {
  const { from, to } = daysOf(row);
  return to === undefined ? from : `${from} to before ${to}`;
}

/** Days in UTC, as bills have them; the end is not in it. */
function daysOf({ incurred_at: at, row }: BillRow) {
  const [from, to] = [at.slice(0, 10), row["ChargePeriodEnd"]?.slice(0, 10)];
  const isDay = to === undefined || Date.parse(to) - Date.parse(from) <= DAY_MS;
  return { from, to: isDay ? undefined : to };
}

function whoOf({ feature, team }: BillRow): string | undefined {
  const named = [feature === "(none)" ? "" : `feature ${feature}`, team === "(none)" ? "" : `team ${team}`].filter(
    (text) => text !== "",
  );
  return named.length === 0 ? "nobody of itself" : named.join(", ");
}
