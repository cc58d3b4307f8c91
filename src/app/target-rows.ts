import { type Status } from "#contract";
import { type Metric } from "#control";
import { type GatewayMetrics } from "#gateway";
import { type TargetReport } from "#routing";

/** What the gateway's threads have seen and kept; nothing while none of them has told. */
export function seenBy(metrics: GatewayMetrics | undefined): Pick<Status, "targets" | "cache"> {
  if (metrics === undefined) return { targets: [], cache: { ...NOTHING_KEPT, ...lookups([]) } };
  const { answers, bytes, diskAnswers, diskBytes } = metrics.cache;
  const kept = { answers, bytes, disk_answers: diskAnswers, disk_bytes: diskBytes };
  return { targets: targetRows(metrics.targets), cache: { ...kept, ...lookups(metrics.counters) } };
}

const NOTHING_KEPT = { answers: 0, bytes: 0, disk_answers: 0, disk_bytes: 0 };

function lookups(counters: GatewayMetrics["counters"]) {
  const counted = counters.filter(({ name }) => name === "tare_cache_lookups_total");
  const sumOf = (result: string) =>
    counted.reduce((sum, { labels, value }) => (labels["result"] === result ? sum + value : sum), 0);
  const [hits, parts, misses] = [sumOf("exact"), sumOf("part"), sumOf("miss")];
  const all = hits + parts + misses;
  return { hits, parts, misses, ...(all === 0 ? {} : { hit_rate: hits / all }) };
}

/** In the words of the control API; what is used most comes first. */
function targetRows(targets: readonly TargetReport[]): Status["targets"] {
  return targets
    .toSorted((left, right) => right.attempts - left.attempts)
    .map(({ provider, model, availability, cacheShare, p50Ms, p95Ms, ...counts }) => ({
      target: `${provider}/${model}`,
      state: availability,
      running: counts.running,
      attempts: counts.attempts,
      failures: counts.failures,
      limited: counts.limited,
      p50_ms: rounded(p50Ms),
      p95_ms: rounded(p95Ms),
      prompt_cache: cacheShare,
    }));
}

function rounded(durationMs: number | undefined): number | undefined {
  return durationMs === undefined ? undefined : Math.round(durationMs);
}

/** By provider alone: models may be named by clients, and a label must not be. */
export function targetMetrics(targets: readonly TargetReport[]): readonly Metric[] {
  const byProvider = [...Map.groupBy(targets, ({ provider }) => provider)];
  const gauge = (name: string, help: string, of: (all: readonly TargetReport[]) => number): Metric => ({
    type: "gauge",
    name,
    help,
    samples: byProvider.map(([provider, all]) => ({ labels: { provider }, value: of(all) })),
  });
  return [
    gauge("tare_targets", "Models of the provider that were asked for.", (all) => all.length),
    gauge(
      "tare_targets_set_aside",
      "Models of the provider that a thread asks last: they fail or are limited.",
      (all) => all.filter(({ availability }) => availability !== "healthy").length,
    ),
    gauge("tare_target_attempts_running", "Attempts at the provider that run now.", (all) =>
      all.reduce((sum, { running }) => sum + running, 0),
    ),
  ];
}
