import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { InteractionRow } from "#contract";
import { sayOutcomes } from "../format/outcomes.ts";
import { writeAddress } from "../address/address.ts";
import { useAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { interactionsQuery } from "../api/unit-questions.ts";
import { Answered } from "../elements/answered.tsx";
import { Button } from "../elements/button.tsx";
import { countColumn, moneyColumn, textColumn } from "../elements/columns.tsx";
import { SelectField, TextField } from "../elements/field.tsx";
import { Go, pathOf } from "../elements/go.tsx";
import { NothingHere } from "../elements/nothing-here.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { type Moments } from "../format/moment.ts";
import { group } from "../format/money.ts";
import { formatDuration } from "../format/quantity.ts";
import { isNamed } from "../format/words.ts";
import styles from "./interactions.module.css";

const READ = 200;
const sorts = { newest: "Newest first", dearest: "Dearest first", slowest: "Slowest first" } as const;
const outcomes = { "": "Any outcome", success: "Succeeded", failure: "Failed", none: "No outcome yet" } as const;

/** Interactions by any filter, outcome and order; any one is opened by its id. */
export function InteractionsPage() {
  const { client } = useConnection();
  const { filters } = useAddress();
  const { from, to } = usePeriod();
  const [sort, setSort] = useState("newest");
  const [outcome, setOutcome] = useState("");
  const query = useQuery(interactionsQuery(client, { from, to, filters, sort, outcome, limit: READ }));
  return (
    <PageFrame title="Interactions" tools={<OpenById />}>
      <form className={styles.open} onSubmit={(event) => event.preventDefault()}>
        <Choice label="Order" choices={sorts} value={sort} onChoose={setSort} />
        <Choice label="Outcome" choices={outcomes} value={outcome} onChoose={setOutcome} />
      </form>
      <Answered query={query}>
        {({ rows, cursor }) => <InteractionList rows={rows} isCut={cursor !== undefined} />}
      </Answered>
    </PageFrame>
  );
}

interface ChoiceFacts {
  readonly label: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly value: string;
  readonly onChoose: (value: string) => void;
}

function Choice({ label, choices, value, onChoose }: ChoiceFacts) {
  return (
    <SelectField aria-label={label} value={value} onChange={(event) => onChoose(event.target.value)}>
      {Object.entries(choices).map(([name, says]) => (
        <option key={name} value={name}>
          {says}
        </option>
      ))}
    </SelectField>
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

function InteractionList({ rows, isCut }: { rows: readonly InteractionRow[]; isCut: boolean }) {
  const { moments } = useConnection();
  const columns = useMemo(() => interactionColumns(moments), [moments]);
  const note = isCut
    ? `The first ${group(rows.length)} in this range: choose a shorter one, or filter, for the others.`
    : `All ${group(rows.length)} in this range.`;
  return (
    <Section title="Interactions in this range" note={note}>
      <RowTable
        label="Interactions"
        rows={rows}
        columns={columns}
        keyOf={(row) => `${row.tenant} ${row.interaction}`}
        empty={<NothingHere>No interactions in this range.</NothingHere>}
      />
    </Section>
  );
}

function interactionColumns(moments: Moments): readonly Column<InteractionRow>[] {
  return [
    {
      id: "at",
      head: "Began",
      value: (row) => Date.parse(row.from),
      cell: (row) => (
        <Go to={{ page: "interaction", name: row.interaction }} title={moments.full(row.from)}>
          {moments.short(row.from)}
        </Go>
      ),
      csv: (row) => row.from,
    },
    idColumn,
    textColumn({ id: "feature", head: "Feature", of: ({ feature }) => (isNamed(feature) ? feature : undefined) }),
    textColumn({
      id: "customer",
      head: "Customer",
      of: ({ customer }) => (isNamed(customer) ? customer : undefined),
      isExtra: true,
    }),
    textColumn({ id: "outcome", head: "Outcome", of: sayOutcomes, isExtra: true }),
    countColumn({ id: "calls", head: "Calls", of: (row) => row.calls, isExtra: true }),
    countColumn({ id: "steps", head: "Other steps", of: (row) => row.steps, isExtra: true }),
    tookColumn,
    moneyColumn({ id: "gross", head: "Gross", of: (row) => row.gross_nanos }),
    countColumn({ id: "unpriced", head: "Unpriced", of: (row) => row.unpriced, isExtra: true }),
  ];
}

const idColumn: Column<InteractionRow> = {
  id: "id",
  head: "Interaction",
  cell: (row) => <code>{row.interaction}</code>,
  csv: (row) => row.interaction,
  isExtra: true,
};

const tookColumn: Column<InteractionRow> = {
  id: "took",
  head: "Took",
  align: "end",
  value: (row) => row.duration_ms,
  cell: (row) => formatDuration(row.duration_ms),
  csv: (row) => row.duration_ms.toString(),
  isExtra: true,
};
