import type { MeterRow } from "#contract";
import styles from "./gpu-bar.module.css";

const states = ["busy", "idle", "unknown"] as const;
type GpuState = (typeof states)[number];

/** The time of a fleet's GPUs by what they did; figures stand beside it. */
export function GpuBar({ of }: { of: MeterRow }) {
  const whole = of.busy_ms + of.idle_ms + of.unknown_ms;
  if (whole === 0) return null;
  return (
    <span className={styles.bar} aria-hidden="true">
      {states.map((state) =>
        of[`${state}_ms`] === 0 ? null : (
          <i key={state} className={styles[state]} style={{ width: `${(of[`${state}_ms`] / whole) * 100}%` }} />
        ),
      )}
    </span>
  );
}

/** The colour of a state beside its name. */
export function GpuStateKey({ state }: { state: GpuState }) {
  return <i className={`${styles.key} ${styles[state]}`} aria-hidden="true" />;
}
