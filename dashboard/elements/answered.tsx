import { type UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Trouble } from "./trouble.tsx";
import styles from "./answered.module.css";

interface AnsweredFacts<Answer> {
  readonly query: UseQueryResult<Answer>;
  readonly children: (answer: Answer) => ReactNode;
}

/**
 * Shows what a question brought: its answer, or why there is none above the last answer that there was. A page about one
 * thing must be keyed by it, or the numbers of another would stay for a moment.
 */
export function Answered<Answer>({ query, children }: AnsweredFacts<Answer>) {
  const { last, problem } = useLast(query);
  const trouble = problem !== undefined && <Trouble error={problem} onRetry={() => void query.refetch()} />;
  if (last !== undefined)
    return (
      <>
        {trouble}
        {children(last)}
      </>
    );
  if (trouble !== false) return trouble;
  return (
    <div className={styles.waiting} role="status">
      <span className={styles.late}>Reading the ledger…</span>
    </div>
  );
}

/** A moving range asks anew every few seconds: neither the numbers nor the problem may come and go with each try. */
function useLast<Answer>(query: UseQueryResult<Answer>) {
  const [last, setLast] = useState(query.data);
  const [problem, setProblem] = useState<Error | undefined>();
  if (query.data !== undefined && query.data !== last) setLast(query.data);
  if (query.isError && query.error !== problem) setProblem(query.error);
  if (query.isSuccess && !query.isPlaceholderData && problem !== undefined) setProblem(undefined);
  return { last: query.data ?? last, problem: query.isError ? query.error : problem };
}
