import { isMonth, monthAt, sayMonth, shiftMonth } from "../address/month.ts";
import { useAddress } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { Go, type Place } from "./go.tsx";
import styles from "./month-choice.module.css";

/** The month in the URL, or the one that it is. */
export function useMonth(): string {
  const { page } = useAddress();
  const { now, status } = useConnection();
  return isMonth(page.month) ? page.month : monthAt(now(), status.timezone);
}

/** The month before, the month itself, and the month after unless that is yet to come. */
export function MonthChoice({ place }: { place: Place }) {
  const month = useMonth();
  const { page } = useAddress();
  const { now, status } = useConnection();
  const isLast = month >= monthAt(now(), status.timezone);
  const next = shiftMonth(month, 1);
  const before = shiftMonth(month, -1);
  return (
    <nav className={styles.months} aria-label="Month">
      <Go to={place} fields={{ ...page, month: before }} title={sayMonth(before)}>
        <span aria-hidden="true">‹</span>
        <span className="unseen">{sayMonth(before)}</span>
      </Go>
      <span className={styles.month} aria-current="date">
        {sayMonth(month)}
      </span>
      {isLast ? (
        <span className={styles.none} aria-hidden="true">
          ›
        </span>
      ) : (
        <Go to={place} fields={{ ...page, month: next }} title={sayMonth(next)}>
          <span aria-hidden="true">›</span>
          <span className="unseen">{sayMonth(next)}</span>
        </Go>
      )}
    </nav>
  );
}
