import { type UseQueryResult } from "@tanstack/react-query";
import { type ReactNode } from "react";
import { Trouble } from "./trouble.tsx";
import styles from "./answered.module.css";

interface AnsweredFacts<Answer> {
  readonly query: UseQueryResult<Answer>;
  readonly children: (answer: Answer) => ReactNode;
}

/** Shows what a question brought: its answer, why there is none, or that the answer on the screen is an older one. */
export function Answered<Answer>({ query, children }: AnsweredFacts<Answer>) {
  const retry = () => void query.refetch();
  if (query.data !== undefined)
    return (
      <>
        {query.isError && <Trouble error={query.error} onRetry={retry} />}
        {children(query.data)}
      </>
    );
  if (query.isError) return <Trouble error={query.error} onRetry={retry} />;
  return (
    <div className={styles.waiting} role="status">
      <span className={styles.late}>Reading the ledger…</span>
    </div>
  );
}
