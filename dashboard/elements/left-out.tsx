/** Lines of the journal that nobody could read: what they said is in no sum, of whatever time. */
import type { SpendAnswer } from "#contract";
import { group } from "../format/money.ts";
import { Hatch } from "./doubts.tsx";
import { Go } from "./go.tsx";
import styles from "./left-out.module.css";

export function LeftOut({ of: { lines_left_out: lines } }: { of: SpendAnswer }) {
  if (lines === undefined) return null;
  return (
    <p className={styles.note}>
      <Hatch /> Not in it: what {lines === 1 ? "1 damaged line" : `${group(lines)} damaged lines`} of the journal said,
      of whatever time. <Go to={{ page: "status" }}>What to do</Go>
    </p>
  );
}
