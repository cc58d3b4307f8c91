import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { CallRow } from "#contract";
import { writeAddress } from "../address/address.ts";
import { useAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { callsQuery } from "../api/questions.ts";
import { Answered } from "../elements/answered.tsx";
import { Button } from "../elements/button.tsx";
import { countColumn, doubtsColumn, moneyColumn, textColumn } from "../elements/columns.tsx";
import { TextField } from "../elements/field.tsx";
import { Go, pathOf } from "../elements/go.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { State } from "../elements/state.tsx";
import { type Moments } from "../format/moment.ts";
import { group } from "../format/money.ts";
import { formatDuration } from "../format/quantity.ts";
import styles from "./interactions.module.css";

const CALLS_READ = 300;

interface InteractionRow {
  readonly interaction: string;
  readonly at: string;
  readonly features: string;
  readonly team: string;
  readonly calls: number;
  readonly state: string;
  readonly nanos: bigint;
  readonly estimated_nanos: string;
  readonly in_doubt_nanos: string;
  readonly unpriced: number;
  readonly spanMs: number;
}

/** The interactions that the latest calls belong to; any other is opened by its id. */
export function InteractionsPage() {
  const { client } = useConnection();
  const { filters } = useAddress();
  const { from, to } = usePeriod();
  const query = useQuery(callsQuery(client, { from, to, filters, limit: CALLS_READ }));
  return (
    <PageFrame title="Interactions" tools={<OpenById />}>
      <Answered query={query}>
        {({ rows, cursor }) => <InteractionList calls={rows} isCut={cursor !== undefined} />}
      </Answered>
    </PageFrame>
  );
}

function OpenById() {
  const [id, setId] = useState("");
  const navigate = useNavigate();
  const address = useAddress();
  return (
    <form
      className={styles.open}
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim() !== "")
          void navigate({ to: pathOf({ page: "interaction", name: id.trim() }), search: writeAddress(address) });
      }}
    >
      <TextField
        aria-label="Id of an interaction"
        placeholder="Id of an interaction"
        value={id}
        onChange={(event) => setId(event.target.value)}
      />
      <Button type="submit">Open</Button>
    </form>
  );
}

function InteractionList({ calls, isCut }: { calls: readonly CallRow[]; isCut: boolean }) {
  const rows = useMemo(() => interactionRows(calls), [calls]);
  const { moments } = useConnection();
  const columns = useMemo(() => interactionColumns(moments), [moments]);
  const note = isCut
    ? `Those of the latest ${group(calls.length)} calls in this range; an interaction may have older calls that only its own page counts.`
    : `All ${group(rows.length)} in this range.`;
  return (
    <Section title="Latest interactions" note={note}>
      <RowTable
        label="Latest interactions"
        rows={rows}
        columns={columns}
        keyOf={(row) => row.interaction}
        empty="No calls in this range that the filters let through."
      />
    </Section>
  );
}

function interactionRows(calls: readonly CallRow[]): readonly InteractionRow[] {
  const groups = Map.groupBy(calls, (call) => call.interaction);
  return [...groups].flatMap(([interaction, own]) => {
    const [latest, earliest] = [own[0], own.at(-1)];
    if (latest === undefined || earliest === undefined) return [];
    const sum = (of: (call: CallRow) => string | undefined) =>
      own.reduce((total, call) => total + BigInt(of(call) ?? "0"), 0n);
    return [
      {
        interaction,
        at: earliest.at,
        features: [...new Set(own.map((call) => call.feature))].join(", "),
        team: latest.team,
        calls: own.length,
        state: own.find((call) => call.state !== "answered")?.state ?? "answered",
        nanos: sum((call) => call.nanos),
        estimated_nanos: sum((call) => call.estimated_nanos).toString(),
        in_doubt_nanos: sum((call) => call.in_doubt_nanos).toString(),
        unpriced: own.reduce((total, call) => total + call.unpriced, 0),
        spanMs: Date.parse(latest.at) + (latest.duration_ms ?? 0) - Date.parse(earliest.at),
      },
    ];
  });
}

function interactionColumns(moments: Moments): readonly Column<InteractionRow>[] {
  const began: Column<InteractionRow> = {
    id: "time",
    head: "Began",
    value: (row) => Date.parse(row.at),
    cell: (row) => (
      <Go to={{ page: "interaction", name: row.interaction }} title={moments.full(row.at)}>
        {moments.short(row.at)}
      </Go>
    ),
    csv: (row) => row.at,
  };
  return [
    began,
    idColumn,
    textColumn({ id: "feature", head: "Feature", of: (row) => row.features }),
    textColumn({ id: "team", head: "Team", of: (row) => row.team, isExtra: true }),
    stateColumn,
    countColumn({ id: "calls", head: "Calls", of: (row) => row.calls }),
    tookColumn,
    moneyColumn({ id: "gross", head: "Gross", of: (row) => row.nanos }),
    doubtsColumn({ of: (row) => row }),
  ];
}

const idColumn: Column<InteractionRow> = {
  id: "id",
  head: "Interaction",
  cell: (row) => <code>{row.interaction}</code>,
  csv: (row) => row.interaction,
  isExtra: true,
};

const stateColumn: Column<InteractionRow> = {
  id: "state",
  head: "State",
  value: (row) => row.state,
  cell: (row) => <State state={row.state} />,
  csv: (row) => row.state,
  isExtra: true,
};

const tookColumn: Column<InteractionRow> = {
  id: "took",
  head: "Took",
  align: "end",
  value: (row) => row.spanMs,
  cell: (row) => formatDuration(row.spanMs),
  csv: (row) => row.spanMs.toString(),
  isExtra: true,
};
