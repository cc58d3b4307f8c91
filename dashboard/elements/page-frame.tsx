import { type ReactNode, useEffect } from "react";
import { filterNames } from "../address/address.ts";
import { useAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { say } from "../format/words.ts";
import { FilterBar } from "./filter-bar.tsx";
import { RangeChoice } from "./range-choice.tsx";
import styles from "./page-frame.module.css";

/** On paper there are no controls that say what is meant. */
function PrintedRange() {
  const { from, to } = usePeriod();
  const { moments, status } = useConnection();
  const { filters } = useAddress();
  const only = filterNames(filters).map((name) => `only ${say(name)} ${(filters[name] ?? []).join(" or ")}`);
  return (
    <div className={styles.printed}>
      {[`${moments.minute(from)} to ${moments.minute(to)}, ${status.timezone}`, ...only].join("; ")}
    </div>
  );
}

interface PageFrameFacts {
  readonly title: string;
  /** Links up to where this page hangs. */
  readonly trail?: ReactNode;
  readonly note?: ReactNode;
  readonly tools?: ReactNode;
  /** Whether the page speaks of a range of time and can be filtered. */
  readonly isRanged?: boolean;
  readonly children: ReactNode;
}

export function PageFrame({ title, trail, note, tools, isRanged = true, children }: PageFrameFacts) {
  useEffect(() => {
    document.title = `${title} · Tare`;
  }, [title]);
  return (
    <main id="main" className={styles.page} tabIndex={-1}>
      <header className={styles.head}>
        <div className={styles.title}>
          {trail !== undefined && (
            <nav aria-label="Where this page is" className={styles.trail}>
              {trail}
            </nav>
          )}
          <h1>{title}</h1>
          {isRanged && <PrintedRange />}
          {note !== undefined && <div className={styles.note}>{note}</div>}
        </div>
        <div className={styles.tools}>
          {tools}
          {isRanged && (
            <>
              <FilterBar />
              <RangeChoice />
            </>
          )}
        </div>
      </header>
      {children}
    </main>
  );
}
