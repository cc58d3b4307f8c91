/** Who says what the fleets do, and who does not answer. */
import type { MeterRow } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { formatAge } from "../format/moment.ts";
import styles from "../pages/slos.module.css";
import { countColumn, textColumn } from "./columns.tsx";
import own from "./gpu-exporters.module.css";
import { type Column, RowTable } from "./row-table.tsx";
import { Section } from "./section.tsx";
import state from "./state.module.css";

export function GpuExporters({ rows }: { rows: readonly MeterRow[] }) {
  const exporters = rows.flatMap((row) =>
    row.exporters.map((exporter, place) => ({ ...exporter, fleet: row.name, place })),
  );
  return (
    <Section title="Exporters">
      <RowTable
        label="Exporters"
        rows={exporters}
        columns={exporterColumns}
        keyOf={({ fleet, place }) => `${fleet} ${place}`}
        empty=""
      />
    </Section>
  );
}

type ExporterLine = MeterRow["exporters"][number] & { readonly fleet: string; readonly place: number };

const names = { vllm: "vLLM", dcgm: "DCGM", nvidia_gpu_exporter: "nvidia_gpu_exporter" } as const;

const exporterColumns: readonly Column<ExporterLine>[] = [
  {
    id: "url",
    head: "Exporter",
    value: ({ url }) => url,
    cell: ({ url, fleet }) => (
      <>
        <span className={own.address}>{url}</span>
        <span className={styles.under}>{fleet}</span>
      </>
    ),
    csv: ({ url }) => url,
  },
  textColumn({
    id: "kind",
    head: "Kind",
    isExtra: true,
    of: ({ kinds }) => kinds.map((kind) => names[kind]).join(", ") || undefined,
  }),
  countColumn({ id: "gpus", head: "GPUs", of: ({ gpus }) => gpus, isExtra: true }),
  {
    id: "state",
    head: "State",
    value: ({ problem }) => (problem === undefined ? 1 : 0),
    cell: (row) => <Standing of={row} />,
    csv: ({ problem }) => problem ?? "answers",
    isWide: true,
  },
];

const shapes = { good: "M2.5 7.5 5.5 10.5 11.5 3.5", bad: "M3 3 11 11M11 3 3 11" } as const;

function Standing({ of: { problem, answered_at: at } }: { of: ExporterLine }) {
  const { now } = useConnection();
  const tone = problem === undefined && at !== undefined ? "good" : "bad";
  const age = at === undefined ? "never answered" : `answered ${formatAge(Math.max(0, now() - Date.parse(at)))}`;
  return (
    <>
      <span className={state.state}>
        <svg className={state[tone]} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
          <path d={shapes[tone]} />
        </svg>
        {tone === "good" ? "answers" : "missed"}
      </span>
      <span className={styles.under}>{[problem, age].filter((part) => part !== undefined).join(" · ")}</span>
    </>
  );
}
