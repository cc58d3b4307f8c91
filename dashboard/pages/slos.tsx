import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Slo, SloPage } from "#contract";
import { type Address } from "../address/address.ts";
import { type PresetName, presets } from "../address/time-range.ts";
import { useConnection } from "../api/connection.tsx";
import { slosQuery } from "../api/questions.ts";
import { AllowanceBar } from "../elements/allowance-bar.tsx";
import { Answered } from "../elements/answered.tsx";
import { Go, type Place } from "../elements/go.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { SloState, sloStateText, standingOf, whyBurning } from "../elements/slo-state.tsx";
import { TargetsSection } from "../elements/targets.tsx";
import { formatBurn, formatGoodShare } from "../format/kept.ts";
import { group } from "../format/money.ts";
import { formatAge } from "../format/moment.ts";
import styles from "./slos.module.css";

const DAY_MS = 86_400_000;
const sample = `slos:
  - { name: support answers, route: support, good: answered, target: 99.5%, over: 30d }
  - { name: support is quick, route: support, good: { first_content: 800ms }, target: 95% }`;

const sampleTarget = `targets:
  - { name: a resolved ticket, where: { feature: answers }, max_cost_per: outcome, outcome: resolved, limit: 0.50 USD }`;

/** Which promise is burning? */
export function SlosPage() {
  const { client } = useConnection();
  const query = useQuery(slosQuery(client));
  return (
    <PageFrame
      title="SLOs"
      isRanged={false}
      note="Promises about calls, and how fast what they allow to miss is used up."
    >
      <Answered query={query}>{(page) => <SloTable page={page} />}</Answered>
      <TargetsSection
        empty={
          <>
            No cost targets yet. Write one into tare.yaml:
            <pre className={styles.sample}>{sampleTarget}</pre>
          </>
        }
      />
    </PageFrame>
  );
}

function SloTable({ page: { rows, as_of: at } }: { page: SloPage }) {
  const { now } = useConnection();
  const isCounted = at !== undefined;
  const columns = useMemo(() => sloColumns(isCounted), [isCounted]);
  const counted = isCounted ? `counted ${formatAge(Math.max(0, now() - Date.parse(at)))}` : "not counted yet";
  return (
    <Section
      title="Burning first"
      note={rows.length > 0 && `A burn rate of 1× uses the allowance up in just the period; ${counted}`}
    >
      <div className={styles.slos}>
        <RowTable
          label="SLOs, burning first"
          rows={rows}
          columns={columns}
          keyOf={({ name }: Slo) => name}
          empty={
            <>
              No promises yet: nobody is told when calls begin to fail, slow down or cost more. Write one into
              tare.yaml:
              <pre className={styles.sample}>{sample}</pre>
            </>
          }
        />
      </div>
    </Section>
  );
}

const windows = ["5m", "1h", "6h", "3d"] as const;
const urgency = { fast: 0, slow: 1, broken: 2, kept: 3, uncalled: 4, uncounted: 5 } as const;

function sloColumns(isCounted: boolean): readonly Column<Slo>[] {
  return [
    {
      id: "name",
      head: "Promise",
      value: ({ name }) => name,
      cell: (slo) => <Promised slo={slo} />,
      csv: ({ name }) => name,
      isWide: true,
    },
    {
      id: "state",
      head: "State",
      value: (slo) => urgency[standingOf(slo, isCounted)],
      cell: (slo) => (
        <>
          <SloState slo={slo} isCounted={isCounted} />
          <span className={styles.under}>{whyBurning(slo)}</span>
        </>
      ),
      csv: (slo) => sloStateText(slo, isCounted),
    },
    {
      id: "left",
      head: "Allowance left",
      value: ({ budget_left: left }) => left,
      cell: ({ budget_left: left }) => <AllowanceBar left={left} />,
      csv: ({ budget_left: left }) => left?.toString() ?? "",
    },
    {
      id: "good",
      head: "Good",
      align: "end",
      value: ({ good, total }) => (total === 0 ? undefined : good / total),
      cell: (slo) => <Good slo={slo} />,
      csv: ({ good, total }) => (total === 0 ? "" : `${good}/${total}`),
      isExtra: true,
    },
    ...windows.map(burnColumn),
  ];
}

function burnColumn(window: (typeof windows)[number]): Column<Slo> {
  return {
    id: `burn ${window}`,
    head: `Burn ${window}`,
    align: "end",
    value: ({ burn }) => burn[window],
    cell: ({ burn }) => {
      const rate = burn[window];
      return rate === undefined ? <span className={styles.quiet}>–</span> : formatBurn(rate);
    },
    csv: ({ burn }) => burn[window]?.toString() ?? "",
    isExtra: true,
    // Below the state stands what burns.
    isSpare: window === "5m" || window === "6h",
  };
}

function Promised({ slo }: { slo: Slo }) {
  const { name, of, promises, over_days: days } = slo;
  return (
    <>
      <Go to={placeOf(slo)} narrow={(address) => narrowTo(address, slo)} {...fieldsOf(slo)}>
        {name}
      </Go>
      <span className={styles.under}>
        {promises} · {of.dimension} {of.value} · {days === 1 ? "1 day" : `${days} days`}
      </span>
    </>
  );
}

/** Calls that failed can be listed by themselves; calls that were slow or dear are found among all. */
function placeOf({ measure }: Slo): Place {
  return { page: measure === "cost_per_interaction" || measure === "cost_per_outcome" ? "interactions" : "calls" };
}

function fieldsOf({ measure }: Slo) {
  return measure === "answered" ? { fields: { state: "problems" } } : {};
}

function narrowTo(address: Address, { of, burning, over_days: days }: Slo): Address {
  const preset = burning === "fast" ? "1h" : presetOver(burning === "slow" ? 3 : days);
  return { ...address, range: { type: "last", preset }, filters: { [of.dimension]: [of.value] } };
}

/** The shortest range that holds these days. */
function presetOver(days: number): PresetName {
  const choices = ["24h", "7d", "30d", "90d"] as const;
  return choices.find((name) => presets[name].span >= days * DAY_MS) ?? "90d";
}

function Good({ slo: { good, total } }: { slo: Slo }) {
  const share = formatGoodShare(good, total);
  if (share === undefined) return <span className={styles.quiet}>–</span>;
  return (
    <>
      {share}
      <span className={styles.under}>of {group(total)}</span>
    </>
  );
}
