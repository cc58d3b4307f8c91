import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { InteractionRow } from "#contract";
import { sayOutcomes } from "../format/outcomes.ts";
import { writeAddress } from "../address/address.ts";
import { useAddress, useChangeAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { interactionsQuery } from "../api/unit-questions.ts";
import { Amount } from "../elements/amount.tsx";
import { Answered } from "../elements/answered.tsx";
import { Button } from "../elements/button.tsx";
import { countColumn, durationColumn, grossColumns, textColumn } from "../elements/columns.tsx";
import { TextField } from "../elements/field.tsx";
import { Go, pathOf } from "../elements/go.tsx";
import { NothingHere } from "../elements/nothing-here.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { Pager } from "../elements/pager.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { toPlainDecimal } from "../format/money.ts";
import { type Moments } from "../format/moment.ts";
import { isNamed } from "../format/words.ts";
import { InteractionSearch, readSearchFields, sorts } from "./interaction-search.tsx";
import styles from "./interactions.module.css";

const PAGE = 100;

/** Interactions by any filter, outcome, cost, time and order; any one is opened by its id. */
export function InteractionsPage() {
  const { client } = useConnection();
  const { filters, page } = useAddress();
  const { from, to } = usePeriod();
  const asked = readSearchFields(page);
  const query = useQuery(interactionsQuery(client, { ...asked, from, to, filters, limit: PAGE }));
  const outcomes = query.data?.rows.flatMap((row) => row.outcomes) ?? [];
  return (
    <PageFrame title="Interactions" tools={<OpenById />}>
      <InteractionSearch known={outcomes} />
      <Answered query={query}>
        {({ rows, cursor, shown, isElsewhere }) => (
          <>
            {isElsewhere && (
              <p className={styles.said}>The link was to a page of another range or filter: this is the first one.</p>
            )}
            <InteractionList rows={rows} sort={asked.sort} />
            <Pager
              label="Pages of interactions"
              next={cursor}
              shown={shown}
              order={asked.sort === "newest" ? "time" : "amount"}
            />
          </>
        )}
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

const whole = "What each cost and took as a whole, whatever is filtered by";

function InteractionList({ rows, sort }: { rows: readonly InteractionRow[]; sort: keyof typeof sorts }) {
  const { moments } = useConnection();
  const columns = useMemo(() => interactionColumns(moments), [moments]);
  return (
    <Section title={sorts[sort]} note={whole}>
      <RowTable
        label="Interactions"
        rows={rows}
        columns={columns}
        keyOf={(row) => `${row.tenant} ${row.interaction}`}
        empty={<NoInteractions />}
      />
    </Section>
  );
}

function NoInteractions() {
  const address = useAddress();
  const change = useChangeAddress();
  const { sort = "", ...narrowing } = address.page;
  if (Object.keys(narrowing).length === 0) return <NothingHere>No interactions in this range.</NothingHere>;
  return (
    <span className={styles.none}>
      None in this range that cost, took and ended so.
      <Button onClick={() => change({ ...address, page: { sort } })}>Ask for all</Button>
    </span>
  );
}

function interactionColumns(moments: Moments): readonly Column<InteractionRow>[] {
  return [
    {
      id: "at",
      head: "Began",
      value: (row) => Date.parse(row.from),
      cell: (row) => (
        <Go
          to={{ page: "interaction", name: row.interaction }}
          fields={{ tenant: row.tenant }}
          title={moments.full(row.from)}
        >
          {moments.short(row.from)}
        </Go>
      ),
      csv: (row) => row.from,
    },
    idColumn,
    linkColumn("feature", "Feature"),
    // Before what may go off a small laptop's screen.
    ...grossColumns<InteractionRow>(),
    linkColumn("customer", "Customer", true),
    linkColumn("user", "User", true),
    textColumn({ id: "outcome", head: "Outcome", of: sayOutcomes, isExtra: true }),
    {
      id: "worth",
      head: "Worth",
      align: "end",
      isExtra: true,
      value: ({ value_nanos: value }) => (value === undefined ? undefined : BigInt(value)),
      cell: ({ value_nanos: value }) => (value === undefined ? "–" : <Amount nanos={value} />),
      csv: ({ value_nanos: value }) => (value === undefined ? "" : toPlainDecimal(value)),
    },
    countColumn({ id: "calls", head: "Calls", of: (row) => row.calls, isExtra: true, isSpare: true }),
    countColumn({ id: "steps", head: "Other steps", of: (row) => row.steps, isExtra: true, isSpare: true }),
    durationColumn({ id: "took", head: "Took", of: (row) => row.duration_ms, isExtra: true, isSorted: true }),
  ];
}

function linkColumn(page: "feature" | "customer" | "user", head: string, isExtra = false): Column<InteractionRow> {
  const known = (row: InteractionRow) => (isNamed(row[page]) ? row[page] : undefined);
  return {
    id: page,
    head,
    isExtra,
    value: (row) => known(row) ?? "",
    cell: (row) =>
      known(row) === undefined ? (
        "–"
      ) : (
        <Go to={{ page, name: row[page] }} className={styles.name}>
          {row[page]}
        </Go>
      ),
    csv: (row) => known(row) ?? "",
  };
}

const idColumn: Column<InteractionRow> = {
  id: "id",
  head: "Interaction",
  cell: (row) => <code>{row.interaction}</code>,
  csv: (row) => row.interaction,
  isExtra: true,
  // The beginning leads there, and says it no less.
  isSpare: true,
};
