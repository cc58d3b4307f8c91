import { useMemo } from "react";
import type { Status } from "#contract";
import { type Filters, withFilter } from "../address/address.ts";
import { useAddress } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { countColumn } from "../elements/columns.tsx";
import { Go } from "../elements/go.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { State } from "../elements/state.tsx";
import { formatPercent } from "../format/money.ts";
import { formatDuration } from "../format/quantity.ts";

type Standing = Status["targets"][number];

/** How the gateway sees each target at this moment, whatever range the page shows. */
export function TargetStandings() {
  const { status } = useConnection();
  const { filters } = useAddress();
  const rows = useMemo(() => status.targets.filter((row) => isChosen(row, filters)), [status.targets, filters]);
  return (
    <Section title="How they stand now" note="As the gateway sees them, since it started">
      <RowTable
        label="How they stand now"
        rows={rows}
        columns={columns}
        keyOf={({ target }) => target}
        empty="Nothing has been sent to a target that the filters let through since the gateway started."
      />
    </Section>
  );
}

function isChosen({ target }: Standing, { provider, target: named }: Filters): boolean {
  const of = target.slice(0, target.indexOf("/"));
  return (provider?.includes(of) ?? true) && (named?.includes(target) ?? true);
}

const columns: readonly Column<Standing>[] = [
  {
    id: "target",
    head: "Target",
    value: ({ target }) => target,
    cell: ({ target }) => (
      <Go to={{ page: "calls" }} narrow={(address) => withFilter(address, "target", [target])} title="Its calls">
        {target}
      </Go>
    ),
    csv: ({ target }) => target,
  },
  {
    id: "state",
    head: "Now",
    value: ({ state }) => state,
    cell: ({ state }) => <State state={state} />,
    csv: ({ state }) => state,
  },
  countColumn({ id: "running", head: "Running", of: ({ running }) => running, isExtra: true, isSpare: true }),
  countColumn({ id: "attempts", head: "Attempts", of: ({ attempts }) => attempts, isExtra: true }),
  countColumn({ id: "failures", head: "Failed", of: ({ failures }) => failures }),
  countColumn({ id: "limited", head: "Limited", of: ({ limited }) => limited, isExtra: true }),
  timeColumn("p50_ms", "Token p50"),
  timeColumn("p95_ms", "Token p95"),
  {
    id: "prompt-cache",
    head: "Prompt cache",
    align: "end",
    value: (row) => row.prompt_cache,
    cell: (row) => (row.prompt_cache === undefined ? "–" : formatPercent(row.prompt_cache * 100)),
    csv: (row) => row.prompt_cache?.toString() ?? "",
    isExtra: true,
  },
];

function timeColumn(name: "p50_ms" | "p95_ms", head: string): Column<Standing> {
  return {
    id: name,
    head,
    align: "end",
    value: (row) => row[name],
    cell: (row) => {
      const ms = row[name];
      return ms === undefined ? "–" : formatDuration(ms);
    },
    csv: (row) => row[name]?.toString() ?? "",
    isExtra: true,
  };
}
