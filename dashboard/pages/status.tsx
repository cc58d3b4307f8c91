import { useMemo } from "react";
import type { Status } from "#contract";
import { useTick } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { Amount } from "../elements/amount.tsx";
import { Doubts, Hatch } from "../elements/doubts.tsx";
import { Facts } from "../elements/facts.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Columns, Section } from "../elements/section.tsx";
import { formatAge } from "../format/moment.ts";
import { group } from "../format/money.ts";
import { formatBytes, formatDuration } from "../format/quantity.ts";
import { HeldSegments } from "./held-segments.tsx";
import styles from "./status.module.css";

/** What runs, how far the books are behind, and how much they hold. */
export function StatusPage() {
  const { status, moments, now } = useConnection();
  useTick(1_000);
  return (
    <PageFrame title="Status" isRanged={false}>
      {status.config_problem !== undefined && (
        <p className={styles.problem} role="alert">
          <b>The newest configuration was refused.</b> The one before it is still in force. {status.config_problem}
        </p>
      )}
      <HeldSegments held={status.journal.held ?? []} />
      <Columns>
        <Section title="Processes">
          <Facts
            of={[
              ["Gateway", <Up key="gateway" state={status.gateway.state} />],
              ["Office", <Up key="office" state="up" />],
              ["SDKs point at", <code key="plane">{status.data_plane}</code>],
              ["Memory", memoryText(status.processes)],
              ["Version", status.version],
              ["Up for", formatDuration(now() - Date.parse(status.started_at))],
              ["Configuration", <code key="revision">{status.revision}</code>],
              ["Alerts", alertsText(status.alerts)],
              ["Price book", <code key="book">{status.price_book}</code>],
              ["Currency, zone", `${status.currency}, ${status.timezone}`],
              ["You are", status.role],
            ]}
          />
        </Section>
        <Section title="Books">
          <Facts of={bookFacts({ status, now: now(), moments })} />
        </Section>
      </Columns>
      <Threads threads={status.gateway.threads} />
      {status.alerts.latest.length > 0 && (
        <Section title="Last alerts">
          <Facts
            of={status.alerts.latest.map(({ at, says, state }) => [moments.short(at), `${says} (${state})`] as const)}
          />
        </Section>
      )}
    </PageFrame>
  );
}

function alertsText({ webhook, waiting, failed }: Status["alerts"]): string {
  const open = [
    waiting > 0 ? `${group(waiting)} on their way` : "",
    failed > 0 ? `${group(failed)} given up on` : "",
  ].filter((text) => text !== "");
  return [webhook === undefined ? "nobody is told" : `to ${webhook}`, ...open].join("; ");
}

function memoryText(processes: Status["processes"]): string {
  return processes
    .map(({ process, memory_bytes: bytes, restarts }) => {
      const again = restarts === 0 ? "" : `, started again ${restarts === 1 ? "once" : `${group(restarts)} times`}`;
      return `${process} ${formatBytes(bytes)}${again}`;
    })
    .join("; ");
}

function bookFacts({
  status,
  now,
  moments,
}: {
  status: Status;
  now: number;
  moments: ReturnType<typeof useConnection>["moments"];
}) {
  const { journal, ledger, totals } = status;
  const lag = Math.max(0, now - Date.parse(journal.booked_until));
  const when = (at: string | undefined) => (at === undefined ? "–" : moments.short(at));
  return [
    ["Journal lag", `${formatBytes(journal.bytes_not_loaded)} not loaded; booked until ${formatAge(lag)}`],
    [
      "Journal",
      `${formatBytes(journal.bytes)} in ${group(journal.segments)} ${journal.segments === 1 ? "segment" : "segments"}, ${group(journal.packed)} of them packed`,
    ],
    ["Torn lines", <TornLines key="torn" journal={journal} />],
    ["Set aside", asideText(journal)],
    ["Ledger", `${group(ledger.entries)} ${ledger.entries === 1 ? "entry" : "entries"}, ${formatBytes(ledger.bytes)}`],
    ["First entry", when(ledger.first_at)],
    ["Last entry", when(ledger.last_at)],
    ["Gross of all time", <Amount key="gross" nanos={totals.gross_nanos} />],
    ["Not certain", <Doubts key="doubts" of={totals} withNone />],
  ] as const;
}

function TornLines({ journal: { torn_lines: lines } }: Pick<Status, "journal">) {
  if (lines === 0) return "none";
  return (
    <>
      <Hatch /> {group(lines)}, found by {lines === 1 ? "its checksum" : "their checksums"} and left out of every total.
      What to do: <code>docs/data-life.md</code>
    </>
  );
}

/** Absent while nothing was. */
function asideText({ set_aside: lines }: Status["journal"]): string | undefined {
  if (lines === undefined) return undefined;
  return `${group(lines)} ${lines === 1 ? "line" : "lines"} that nobody could read, kept in files of set-aside/ of the data folder`;
}

function Up({ state }: { state: "up" | "away" }) {
  return (
    <span className={state === "up" ? styles.up : styles.away}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <path d={state === "up" ? "M2.5 7.5 5.5 10.5 11.5 3.5" : "M3 3 11 11M11 3 3 11"} />
      </svg>
      {state === "up" ? "up" : "away: calls are not answered until it is back; it is being restarted"}
    </span>
  );
}

type Thread = Status["gateway"]["threads"][number];

function Threads({ threads }: { threads: readonly Thread[] }) {
  const columns = useMemo((): readonly Column<Thread>[] => {
    const count = (id: "calls_running" | "calls_total" | "restarts", head: string): Column<Thread> => ({
      id,
      head,
      align: "end",
      value: (thread) => thread[id],
      cell: (thread) => group(thread[id]),
      csv: (thread) => thread[id].toString(),
      total: group(threads.reduce((sum, thread) => sum + thread[id], 0)),
    });
    return [
      {
        id: "thread",
        head: "Thread",
        value: (thread) => thread.thread,
        cell: (thread) => thread.thread,
        csv: (thread) => thread.thread.toString(),
        total: "All",
      },
      {
        id: "state",
        head: "State",
        value: (thread) => thread.state,
        cell: (thread) => thread.state,
        csv: (thread) => thread.state,
      },
      count("calls_running", "Running"),
      count("calls_total", "Calls since start"),
      count("restarts", "Restarts"),
    ];
  }, [threads]);
  return (
    <Section title="Gateway threads">
      <RowTable
        label="Gateway threads"
        rows={threads}
        columns={columns}
        keyOf={(thread) => thread.thread.toString()}
        empty="The gateway has not said what its threads do."
        canCopy={false}
      />
    </Section>
  );
}
