/** What is true of every number on every page for as long as it lasts. */
import { useConnection } from "../api/connection.tsx";
import { group } from "../format/money.ts";
import { Go } from "./go.tsx";
import styles from "./notices.module.css";

export function Notices() {
  const { status, answeredAt, isAway, moments } = useConnection();
  return (
    <aside aria-label="Notices">
      {status.demo && (
        <p className={styles.notice}>
          <b>Demo.</b> Providers are simulated; no number here is a real bill. To use real ones, put your
          providers&apos; keys in <code>tare.yaml</code> and start <code>tare up</code>: see{" "}
          <code>docs/first-hour.md</code>.
        </p>
      )}
      {isAway && (
        <p className={styles.trouble} role="alert">
          <b>The office does not answer.</b> What you see is from {moments.short(answeredAt)}. Calls go on and are kept
          in the journal; the numbers catch up when it is back.
        </p>
      )}
      {!isAway && status.gateway.state === "away" && (
        <p className={styles.trouble} role="alert">
          <b>The gateway is away.</b> Calls are not answered until it is back; nothing that was booked is lost.
        </p>
      )}
      {status.journal.held !== undefined && (
        <p className={styles.trouble} role="alert">
          <b>
            {status.journal.held.length === 1
              ? "A segment of the journal cannot be read on."
              : `${group(status.journal.held.length)} segments of the journal cannot be read on.`}
          </b>{" "}
          What stands behind is in no total: <Go to={{ page: "status" }}>what to do</Go>.
        </p>
      )}
      {status.config_problem !== undefined && (
        <p className={styles.trouble} role="alert">
          <b>The newest configuration was refused.</b> The one before it is in force:{" "}
          <Go to={{ page: "status" }}>why</Go>.
        </p>
      )}
    </aside>
  );
}
