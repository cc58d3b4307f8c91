import { Status } from "#contract";
import { showBytes, showCount, showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { printable } from "../terminal.ts";

export const statusCommand: Command = {
  name: "status",
  summary: "How a running Tare does: threads, journal, ledger, totals.",
  options: { json: { says: "The whole answer as JSON." }, ...serverOptions },
  operands: [],
  async run(asked) {
    const { terminal, given } = asked;
    return askServer(
      asked,
      (client) => client.get("/api/v1/status", [], Status),
      (status) => terminal.out(given.has("json") ? `${JSON.stringify(status, null, 2)}\n` : toText(status)),
    );
  },
};

function toText(status: Status): string {
  const { gateway, journal, ledger, totals, currency } = status;
  const threads = gateway.threads.map(
    ({ thread, state, calls_running, calls_total, restarts }) =>
      `${thread} ${state}: ${showCount(calls_running)} running, ${showCount(calls_total)} so far, ${restarts} restarts`,
  );
  const rows: readonly (readonly [string, string])[] = [
    ["tare", `${status.version}${status.demo ? " (demo: providers are simulated)" : ""}, since ${status.started_at}`],
    ["data plane", status.data_plane],
    ["configuration", status.revision],
    ...(status.config_problem === undefined ? [] : [["refused file", status.config_problem] as const]),
    ["price book", status.price_book],
    ["gateway", gateway.state],
    ...status.processes.map((one, index) => [index === 0 ? "processes" : "", processText(one)] as const),
    ...threads.map((text, index) => [index === 0 ? "threads" : "", text] as const),
    ...status.targets
      .slice(0, TARGETS_SHOWN)
      .map((one, index) => [index === 0 ? "targets" : "", targetText(one)] as const),
    ["cache", cacheText(status.cache)],
    [
      "journal",
      `${showCount(journal.segments)} segments (${showCount(journal.packed)} packed), ${showBytes(journal.bytes)}, ${journal.torn_lines} torn lines${asideText(journal)}`,
    ],
    ["not loaded yet", `${showBytes(journal.bytes_not_loaded)}; booked until ${journal.booked_until}`],
    ...(journal.held ?? []).flatMap(heldTexts),
    ["ledger", `${showCount(ledger.entries)} entries, ${showBytes(ledger.bytes)}`],
    ...(status.storage === undefined ? [] : [["storage", storageText(status.storage)] as const]),
    ["gross", `${showNanos(totals.gross_nanos)} ${currency}`],
    ["avoided", `${showNanos(totals.avoided_nanos)} ${currency}`],
    ["estimated", `${showNanos(totals.estimated_nanos)} ${currency} of gross`],
    ["in doubt", `${showNanos(totals.in_doubt_nanos)} ${currency}`],
    ["unpriced", `${showCount(totals.unpriced)} entries`],
    ...slicesText(status.slices).map((text, index) => [index === 0 ? "slices" : "", text] as const),
    ["alerts", alertsText(status.alerts)],
    ...status.alerts.latest.map(({ at, says, state }) => ["", `${at} ${state}: ${says}`] as const),
    ...(status.telemetry === undefined ? [] : [["telemetry", telemetryText(status.telemetry)] as const]),
    ["you are", status.role],
  ];
  return rows.map(([name, value]) => `${name.padEnd(15)} ${printable(value)}\n`).join("");
}

function asideText({ set_aside: lines }: Status["journal"]): string {
  return lines === undefined ? "" : `, ${showCount(lines)} set aside`;
}

type Held = NonNullable<Status["journal"]["held"]>[number];

const remedies: Readonly<Record<Held["problem"], string>> = {
  unreadable_line: "start a version of Tare that reads it; or stop, and `tare journal set-aside SEGMENT BYTE`",
  newer_format: "start the version that wrote it",
  no_header: "restore it from a backup",
  gone: "put the file back, or restore a backup",
};

function heldTexts({ segment, at_byte, problem, detail }: Held): readonly (readonly [string, string])[] {
  return [
    ["HELD", `${segment} at byte ${at_byte}: ${problem} (${detail}); what stands behind is in no total`],
    ["", `what to do: ${remedies[problem]}`],
  ];
}

function cacheText({ answers, bytes, hits, parts, misses, hit_rate: rate }: Status["cache"]): string {
  const kept = `${showCount(answers)} answers, ${showBytes(bytes)}`;
  if (rate === undefined) return `${kept}; no call was looked up`;
  const inPart = parts === 0 ? "" : `, ${showCount(parts)} in part`;
  return `${kept}; ${showCount(hits)} hits${inPart}, ${showCount(misses)} misses: ${(rate * 100).toFixed(1)} % hits`;
}

function processText({ process, pid, memory_bytes, started_at, restarts }: Status["processes"][number]): string {
  return `${process} ${pid}: ${showBytes(memory_bytes)}, since ${started_at}, ${restarts} restarts`;
}

function slicesText(slices: Status["slices"]): readonly string[] {
  if (slices === undefined) return ["not told yet"];
  const budgets = slices.tightest.map(({ budget, value, unit, ...amounts }) => {
    const show = (amount: string) =>
      unit === "USD" ? `${showNanos(amount)} USD` : `${showCount(Number(amount))} ${unit}`;
    const { limit, spent, held, in_doubt: inDoubt, in_slices: inSlices } = amounts;
    const used = `${show(spent)} spent, ${show(held)} held, ${show(inDoubt)} in doubt of ${show(limit)}`;
    return `${budget}${value === undefined ? "" : ` ${value}`}: ${used}; threads may use ${show(inSlices)} alone`;
  });
  return [`${showCount(slices.accounts)} accounts of budgets; the tightest:`, ...budgets];
}

function storageText({
  journal_bytes,
  ledger_bytes,
  books_bytes,
  free_bytes,
  year_bytes,
  busy_year_bytes,
}: NonNullable<Status["storage"]>): string {
  const now = `${showBytes(journal_bytes + ledger_bytes + books_bytes)} now, ${showBytes(free_bytes)} free`;
  const year =
    year_bytes === undefined ? "less than a day is no rate yet" : `${showBytes(year_bytes)} in a year at this rate`;
  return `${now}; ${year}, ${showBytes(busy_year_bytes)} at ten million calls a month`;
}

const TARGETS_SHOWN = 20;

function targetText({
  target,
  state,
  running,
  attempts,
  failures,
  limited,
  p50_ms,
  p95_ms,
}: Status["targets"][number]): string {
  const speed = p50_ms === undefined || p95_ms === undefined ? "" : `, p50 ${p50_ms} ms, p95 ${p95_ms} ms`;
  const counts = `${showCount(attempts)} attempts, ${showCount(failures)} failed, ${showCount(limited)} limited`;
  return `${target} ${state}: ${showCount(running)} running, ${counts}${speed}`;
}

function telemetryText(telemetry: NonNullable<Status["telemetry"]>): string {
  const { collector, spans_waiting, spans_sent, spans_dropped, spans_rejected, problem } = telemetry;
  const lost = `${showCount(spans_dropped)} dropped, ${showCount(spans_rejected)} rejected`;
  const counts = `${showCount(spans_sent)} spans sent, ${showCount(spans_waiting)} waiting, ${lost}`;
  return `to ${collector}: ${counts}${problem === undefined ? "" : `; ${problem}`}`;
}

function alertsText({ webhook, waiting, sent, failed }: Status["alerts"]): string {
  const counts = `${showCount(sent)} sent, ${showCount(waiting)} waiting, ${showCount(failed)} given up on`;
  return webhook === undefined ? `nobody is told; ${counts}` : `to ${webhook}: ${counts}`;
}
