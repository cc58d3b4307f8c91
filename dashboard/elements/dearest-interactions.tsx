import { useQuery } from "@tanstack/react-query";
import { sayOutcomes } from "../format/outcomes.ts";
import { type Filters } from "../address/address.ts";
import { usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { interactionsQuery } from "../api/unit-questions.ts";
import { formatDuration } from "../format/quantity.ts";
import { Answered } from "./answered.tsx";
import { countColumn, moneyColumn, textColumn } from "./columns.tsx";
import { Go } from "./go.tsx";
import { NothingHere } from "./nothing-here.tsx";
import { type Column, RowTable } from "./row-table.tsx";
import { Section } from "./section.tsx";
import type { InteractionRow } from "#contract";

const SHOWN = 8;

/** The interactions that cost most: where to look first. */
export function DearestInteractions({ filters }: { filters: Filters }) {
  const { client } = useConnection();
  const { from, to } = usePeriod();
  const query = useQuery(interactionsQuery(client, { from, to, filters, sort: "dearest", limit: SHOWN }));
  return (
    <Section title="Dearest interactions" tools={<Go to={{ page: "interactions" }}>All interactions</Go>}>
      <Answered query={query}>
        {({ rows }) => (
          <RowTable
            label="Dearest interactions"
            rows={rows}
            columns={columns}
            keyOf={(row) => `${row.tenant} ${row.interaction}`}
            empty={<NothingHere />}
          />
        )}
      </Answered>
    </Section>
  );
}

const columns: readonly Column<InteractionRow>[] = [
  {
    id: "id",
    head: "Interaction",
    cell: (row) => <Go to={{ page: "interaction", name: row.interaction }}>{row.interaction}</Go>,
    csv: (row) => row.interaction,
  },
  textColumn({ id: "outcome", head: "Outcome", of: sayOutcomes }),
  countColumn({ id: "calls", head: "Calls", of: (row) => row.calls }),
  countColumn({ id: "steps", head: "Other steps", of: (row) => row.steps, isExtra: true }),
  {
    id: "took",
    head: "Took",
    align: "end",
    value: (row) => row.duration_ms,
    cell: (row) => formatDuration(row.duration_ms),
    csv: (row) => row.duration_ms.toString(),
    isExtra: true,
  },
  moneyColumn({ id: "gross", head: "Gross", of: (row) => row.gross_nanos }),
];
