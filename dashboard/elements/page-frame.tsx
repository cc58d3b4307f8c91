import { type ReactNode, useEffect } from "react";
import { FilterBar } from "./filter-bar.tsx";
import { RangeChoice } from "./range-choice.tsx";
import styles from "./page-frame.module.css";

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
