import styles from "./split-bar.module.css";

/** Net and tare as lengths of one bar; both are shares of the longest bar of the table. */
export function SplitBar({ net, tare, label }: { net: number; tare: number; label: string }) {
  return (
    <span className={styles.bar}>
      <span className={styles.track} aria-hidden="true">
        <i className={styles.net} style={{ width: `${net * 100}%` }} />
        <i className={styles.tare} style={{ width: `${tare * 100}%` }} />
      </span>
      <span className={styles.label}>{label}</span>
    </span>
  );
}
