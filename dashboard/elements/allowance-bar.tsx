import { formatLeft } from "../format/kept.ts";
import styles from "./allowance-bar.module.css";

/** How much of what may miss has not: full when nothing has missed, empty when the promise is broken. */
export function AllowanceBar({ left }: { left: number | undefined }) {
  if (left === undefined) return <span className={styles.unknown}>–</span>;
  const share = Math.min(1, Math.max(0, left));
  return (
    <span className={styles.bar}>
      <span className={left < 0 ? styles.broken : styles.track} aria-hidden="true">
        <i style={{ width: `${Math.floor(share * 10_000) / 100}%` }} />
      </span>
      <span className={left < 0 ? styles.over : styles.label}>{formatLeft(left)}</span>
    </span>
  );
}
