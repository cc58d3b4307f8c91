import { type Metric } from "#control";
import { durationBuckets, type GatewayMetrics } from "#gateway";
import { type LedgerProgress } from "#ledger";
import { heldMetric } from "./held-segments.ts";
import { type GatewayReport } from "./link.ts";
import { targetMetrics } from "./target-rows.ts";

/** What each counter and histogram of the gateway means, in the words that Prometheus shows. */
const helps: Readonly<Record<string, string>> = {
  tare_attempts_total: "Attempts that ended, by how.",
  tare_refusals_total: "Calls that were refused, by code.",
  tare_refusals_unwritten_total: "Refusals that the journal could not take.",
  tare_budget_overruns_total: "Settlements above their hold, by provider and by what the hold was bound by.",
  tare_avoided_nanos_total: "What the answers had cost that were given again, in billionths of the book's currency.",
  tare_undelivered_nanos_total:
    "Cost of attempts that nobody got in full: failed, cut, cancelled, lost to another; in billionths.",
  tare_cache_lookups_total: "Calls that were looked up among kept answers, by what was found.",
  tare_settlements_delayed_total: "Settlements that wait in memory until the disk takes them.",
  tare_call_duration_seconds: "From the first byte of a call to the last of its answer.",
  tare_attempt_duration_seconds: "From dispatch of an attempt to its end.",
  tare_first_content_seconds: "From dispatch of an attempt to its first generated content.",
  tare_overhead_seconds: "What the gateway itself added before the first byte.",
};

/** Everything at `/metrics`. Without a gateway that reports, what the office knows of itself. */
export function describeMetrics(report: GatewayReport | undefined, progress: LedgerProgress): readonly Metric[] {
  const ledger = [
    gauge("tare_journal_bytes", "Bytes of all journal segments.", progress.bytes),
    gauge("tare_journal_bytes_not_loaded", "Journal bytes that are not in the ledger yet.", progress.bytesNotLoaded),
    gauge("tare_journal_segments", "Journal segments.", progress.segments),
    gauge(
      "tare_journal_corrupted_lines",
      "Journal lines that were passed over: their checksum did not fit.",
      progress.corruptedLines,
    ),
    gauge("tare_ledger_unmatched", "Settlements found without their dispatch.", progress.unmatched),
    gauge("tare_ledger_problems", "Problems that hold up the loading of the journal.", progress.problems.length),
    heldMetric(progress.problems),
  ];
  if (report === undefined) return ledger;
  const { metrics, threads, officeRestarts, memoryBytes } = report;
  const memory = { gateway: memoryBytes, office: process.memoryUsage.rss() };
  const processes: readonly Metric[] = [
    {
      type: "gauge",
      name: "tare_memory_bytes",
      help: "Resident memory of each process.",
      samples: Object.entries(memory).map(([name, value]) => ({ labels: { process: name }, value })),
    },
    {
      type: "counter",
      name: "tare_office_restarts_total",
      help: "How often the office was started again.",
      samples: [{ labels: {}, value: officeRestarts }],
    },
  ];
  const threadStates: Metric = {
    type: "gauge",
    name: "tare_thread_up",
    help: "1 for each gateway thread that listens.",
    samples: threads.map(({ thread, state }) => ({
      labels: { thread: String(thread) },
      value: state === "up" ? 1 : 0,
    })),
  };
  const restarts: Metric = {
    type: "counter",
    name: "tare_thread_restarts_total",
    help: "How often a gateway thread was started again.",
    samples: threads.map((each) => ({ labels: { thread: String(each.thread) }, value: each.restarts })),
  };
  return [...ledger, ...processes, threadStates, restarts, ...(metrics === undefined ? [] : ofGateway(metrics))];
}

function ofGateway(metrics: GatewayMetrics): readonly Metric[] {
  const counters = Map.groupBy(metrics.counters, ({ name }) => name);
  const histograms = Map.groupBy(metrics.histograms, ({ name }) => name);
  return [
    gauge("tare_calls_running", "Calls that run now.", metrics.callsRunning),
    gauge("tare_held_bytes", "Bytes of bodies held in memory.", metrics.heldBytes),
    {
      type: "counter",
      name: "tare_calls_total",
      help: "Calls that came in.",
      samples: [{ labels: {}, value: metrics.callsTotal }],
    },
    ...targetMetrics(metrics.targets),
    gauge("tare_cache_answers", "Answers kept for identical calls.", metrics.cache.answers),
    gauge("tare_cache_bytes", "Bytes of answers kept for identical calls, in memory.", metrics.cache.bytes),
    gauge("tare_cache_disk_answers", "Those of the kept answers that are on the disk.", metrics.cache.diskAnswers),
    gauge("tare_cache_disk_bytes", "Bytes on the disk of answers kept for identical calls.", metrics.cache.diskBytes),
    ...[...counters].map(([name, series]): Metric => ({
      type: "counter",
      name,
      help: helps[name] ?? name,
      samples: series.map(({ labels, value }) => ({ labels, value })),
    })),
    ...[...histograms].map(([name, series]): Metric => ({
      type: "histogram",
      name,
      help: helps[name] ?? name,
      samples: series.map(({ labels, counts, sum }) => ({
        labels,
        sum,
        over: counts.at(-1) ?? 0,
        buckets: durationBuckets.map((upTo, index) => ({ upTo, count: counts[index] ?? 0 })),
      })),
    })),
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return { type: "gauge", name, help, samples: [{ labels: {}, value }] };
}
