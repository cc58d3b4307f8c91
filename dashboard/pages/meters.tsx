import { useQuery } from "@tanstack/react-query";
import type { MeterPage, MeterRow } from "#contract";
import { usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { metersQuery } from "../api/meter-questions.ts";
import { Amount } from "../elements/amount.tsx";
import { Answered } from "../elements/answered.tsx";
import { countColumn } from "../elements/columns.tsx";
import { Figures } from "../elements/figures.tsx";
import { GpuBar, GpuStateKey } from "../elements/gpu-bar.tsx";
import { GpuExporters } from "../elements/gpu-exporters.tsx";
import { GpuTimes } from "../elements/gpu-times.tsx";
import { sayCounted } from "../elements/meter-counted.ts";
import { PageFrame } from "../elements/page-frame.tsx";
import { RangeChoice } from "../elements/range-choice.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { formatHours, HOUR_MS } from "../format/hours.ts";
import { formatPercent, group, toPlainDecimal } from "../format/money.ts";
import { formatDuration, formatQuantity } from "../format/quantity.ts";
import styles from "./slos.module.css";

const sample = `meters:
  - name: h100-pool
    exporters:
      - { url: "http://10.0.0.5:9400/metrics" }   # DCGM: the GPUs
      - { url: "http://10.0.0.5:8000/metrics" }   # vLLM: the tokens
    gpu_hour: [{ rate: 2.95 USD, source: contract 17 }]`;

/** What do the GPUs of our own do, what does their idle time cost, and what does a token? */
export function MetersPage() {
  const { client, moments } = useConnection();
  const { from, to } = usePeriod();
  const query = useQuery(metersQuery(client, { from, to }));
  return (
    <PageFrame
      title="GPUs"
      isRanged={false}
      note={`Fleets of your own, as their exporters say; ${moments.minute(from)} to ${moments.minute(to)}`}
      tools={<RangeChoice />}
    >
      <Answered query={query}>{(page) => (page.rows.length === 0 ? <Empty /> : <Fleets page={page} />)}</Answered>
    </PageFrame>
  );
}

function Empty() {
  return (
    <>
      No GPUs of your own are measured. Name their exporters in tare.yaml:
      <pre className={styles.sample}>{sample}</pre>
    </>
  );
}

function Fleets({ page: { rows } }: { page: MeterPage }) {
  const models = rows.flatMap((row) =>
    row.models.map((model) => ({ ...model, fleet: row.name, idle: row.idle_share })),
  );
  return (
    <>
      <Summary rows={rows} />
      <Counted rows={rows} />
      <Section title="Fleets" note="Unknown is time that no reading speaks for; it is never called idle">
        <RowTable label="Fleets" rows={rows} columns={fleetColumns} keyOf={({ name }) => name} empty="" />
      </Section>
      <GpuTimes rows={rows} />
      <Section title="What a token costs" note="All that the fleet cost, idle time included, over the tokens it made">
        <RowTable
          label="Models"
          rows={models}
          columns={modelColumns}
          keyOf={({ fleet, model }) => `${fleet} ${model}`}
          empty="No inference server of these fleets has done anything in this range."
        />
      </Section>
      <GpuExporters rows={rows} />
    </>
  );
}

function Summary({ rows }: { rows: readonly MeterRow[] }) {
  const nanos = (of: (row: MeterRow) => string) => rows.reduce((sum, row) => sum + BigInt(of(row)), 0n);
  const priced = rows.some(({ cost_from: from }) => from !== "none");
  const amounts = [
    ["busy", nanos((row) => row.busy_nanos)],
    ["idle", nanos((row) => row.idle_nanos)],
    ["unknown", nanos((row) => row.unknown_nanos)],
  ] as const;
  return (
    <Figures
      of={[
        { name: "Cost", value: priced ? <Amount nanos={nanos((row) => row.cost_nanos)} /> : "not said" },
        ...amounts.map(([name, sum]) => ({
          name: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
          mark: <GpuStateKey state={name} />,
          value: priced ? <Amount nanos={sum} /> : formatHours(rows.reduce((all, row) => all + row[`${name}_ms`], 0)),
        })),
      ]}
    />
  );
}

/** The page and the ledger do not count the same time. */
function Counted({ rows }: { rows: readonly MeterRow[] }) {
  const { moments } = useConnection();
  const range = usePeriod();
  return rows.map((row) => {
    const said = sayCounted(row, { range, moments });
    return said === undefined ? null : (
      <p key={row.name} className={styles.counted}>
        {rows.length > 1 && `${row.name}. `}
        {said}
      </p>
    );
  });
}

function formatShare(share: number | undefined): string {
  return share === undefined ? "–" : formatPercent(share * 100);
}

function hoursColumn(name: "busy" | "idle" | "unknown"): Column<MeterRow> {
  return {
    id: name,
    head: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    align: "end",
    value: (row) => row[`${name}_ms`],
    cell: (row) => formatHours(row[`${name}_ms`]),
    csv: (row) => String(row[`${name}_ms`] / HOUR_MS),
    isExtra: name !== "idle",
  };
}

/** What nobody said a price of has none, which is not zero. */
function costColumn(
  id: string,
  { head, of, isExtra = false }: { head: string; of: (row: MeterRow) => string; isExtra?: boolean },
): Column<MeterRow> {
  const known = (row: MeterRow) => (row.cost_from === "none" ? undefined : of(row));
  return {
    id,
    head,
    align: "end",
    value: (row) => BigInt(known(row) ?? "0"),
    cell: (row) => <Amount nanos={known(row)} />,
    csv: (row) => toPlainDecimal(known(row) ?? "0"),
    isExtra,
  };
}

const fleetColumns: readonly Column<MeterRow>[] = [
  {
    id: "name",
    head: "Fleet",
    value: ({ name }) => name,
    cell: (row) => (
      <>
        {row.name}
        <span className={styles.under}>{underName(row)}</span>
      </>
    ),
    csv: ({ name }) => name,
  },
  { id: "bar", head: "Time", cell: (row) => <GpuBar of={row} />, csv: () => "", isExtra: true },
  hoursColumn("busy"),
  hoursColumn("idle"),
  hoursColumn("unknown"),
  {
    id: "share",
    head: "Idle share",
    align: "end",
    value: ({ idle_share }) => idle_share,
    cell: ({ idle_share }) => formatShare(idle_share),
    csv: ({ idle_share }) => idle_share?.toString() ?? "",
  },
  costColumn("cost", { head: "Cost", of: ({ cost_nanos }) => cost_nanos }),
  costColumn("idle cost", { head: "Of it idle", of: ({ idle_nanos }) => idle_nanos }),
  {
    id: "starts",
    head: "Cold starts",
    align: "end",
    value: ({ cold_starts }) => cold_starts,
    cell: ({ cold_starts: starts, cold_start_ms: ms }) => (
      <>
        {group(starts)}
        {ms > 0 && <span className={styles.under}>{formatDuration(ms)}</span>}
      </>
    ),
    csv: ({ cold_starts }) => cold_starts.toString(),
    isExtra: true,
  },
  {
    id: "missed",
    head: "Scrapes missed",
    align: "end",
    value: ({ missed }) => missed,
    cell: ({ missed, scrapes }) => (
      <>
        {group(missed)}
        <span className={styles.under}>of {group(scrapes)}</span>
      </>
    ),
    csv: ({ missed, scrapes }) => `${missed}/${scrapes}`,
    isExtra: true,
    isSpare: true,
  },
];

const sources = { gpu_hour: "", bill: "costs what its bills say", none: "nobody says what a GPU costs" } as const;

function underName({ provider, exporters, cost_from: from, unpriced_ms: unpriced }: MeterRow): string {
  const gpus = exporters.reduce((sum, each) => sum + each.gpus, 0);
  return [
    provider === "(none)" ? "" : provider,
    gpus === 1 ? "1 GPU" : `${group(gpus)} GPUs`,
    sources[from],
    from === "gpu_hour" && unpriced > 0 ? `${formatHours(unpriced)} without a rate` : "",
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

type ModelLine = MeterRow["models"][number] & { readonly fleet: string; readonly idle: number | undefined };

function tokenCostColumn(
  id: string,
  { head, of, isExtra }: { head: string; of: (row: ModelLine) => string | undefined; isExtra: boolean },
): Column<ModelLine> {
  const exact = (row: ModelLine) => of(row);
  return {
    id,
    head,
    align: "end",
    value: (row) => {
      const nanos = exact(row);
      return nanos === undefined ? undefined : BigInt(nanos);
    },
    cell: (row) => {
      const nanos = exact(row);
      return nanos === undefined ? <span className={styles.quiet}>–</span> : <Amount nanos={nanos} />;
    },
    csv: (row) => {
      const nanos = exact(row);
      return nanos === undefined ? "" : toPlainDecimal(nanos);
    },
    isExtra,
  };
}

const modelColumns: readonly Column<ModelLine>[] = [
  {
    id: "model",
    head: "Model",
    value: ({ model }) => model,
    cell: ({ model, fleet }) => (
      <>
        {model}
        <span className={styles.under}>{fleet}</span>
      </>
    ),
    csv: ({ model }) => model,
  },
  countColumn({ id: "requests", head: "Requests", of: ({ requests }) => requests, isExtra: true }),
  tokensColumn("in"),
  tokensColumn("out"),
  tokenCostColumn("cost", { head: "Cost", of: ({ cost_nanos }) => cost_nanos, isExtra: true }),
  tokenCostColumn("million", { head: "Per M tokens", of: (row) => row.million_tokens_nanos, isExtra: false }),
  tokenCostColumn("million out", { head: "Per M out", of: (row) => row.million_tokens_out_nanos, isExtra: false }),
  {
    id: "idle",
    head: "Idle share",
    align: "end",
    value: ({ idle }) => idle,
    cell: ({ idle }) => formatShare(idle),
    csv: ({ idle }) => idle?.toString() ?? "",
    isExtra: true,
  },
];

function tokensColumn(direction: "in" | "out"): Column<ModelLine> {
  const of = (row: ModelLine) => row[`tokens_${direction}`];
  return {
    id: `tokens ${direction}`,
    head: `Tokens ${direction}`,
    align: "end",
    value: of,
    cell: (row) => <span title={group(of(row))}>{formatQuantity(of(row))}</span>,
    csv: (row) => of(row).toString(),
    isExtra: true,
  };
}
