import { type Query, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { PATIENCE_MS } from "../api/client.ts";
import { ProblemError } from "../api/problem-error.ts";
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
  return <Waiting />;
}

/** Says after a while that it takes long: a server that hangs looks like one that is about to answer. */
function Waiting() {
  const cache = useQueryClient();
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (isLong) return undefined;
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isLong]);
  const onRetry = async () => {
    setLong(false);
    const unanswered = { type: "active", predicate: ({ state }: Query) => state.data === undefined } as const;
    // A question that is on its way is not asked again as long as it is.
    await cache.cancelQueries(unanswered);
    await cache.refetchQueries(unanswered);
  };
  return (
    <div className={styles.waiting}>
      {isLong ? (
        <Trouble error={new ProblemError("slow")} onRetry={() => void onRetry()} />
      ) : (
        <span className={styles.late} role="status">
          Reading the ledger…
        </span>
      )}
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
