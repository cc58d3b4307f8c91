import { formatDuration } from "../format/quantity.ts";
import styles from "./percentile-range.module.css";

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Median as a mark, from there to p95 as a band, to p99 as a line, on a scale from zero. */
export function PercentileRange({ of, scaleMs }: { of: Percentiles | undefined; scaleMs: number }) {
  if (of === undefined) return <span className={styles.none}>not measured</span>;
  const place = (ms: number) => `${Math.min(100, (ms / scaleMs) * 100)}%`;
  const between = (low: number, high: number) => ({ left: place(low), width: `${((high - low) / scaleMs) * 100}%` });
  const words = `Half within ${formatDuration(of.p50)}, 95 % within ${formatDuration(of.p95)}, 99 % within ${formatDuration(of.p99)}`;
  return (
    <span className={styles.range} role="img" aria-label={words} title={words}>
      <i className={styles.line} style={between(of.p50, of.p99)} />
      <i className={styles.band} style={between(of.p50, of.p95)} />
      <i className={styles.median} style={{ left: place(of.p50) }} />
    </span>
  );
}
