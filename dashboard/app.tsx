import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type AnyRouter, RouterProvider } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { type Client } from "./api/client.ts";
import { clockSkew, ConnectionProvider, createSpeech } from "./api/connection.tsx";
import { ProblemError } from "./api/problem-error.ts";
import { copyExactAmounts } from "./elements/amount.tsx";
import { Trouble } from "./elements/trouble.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import styles from "./app.module.css";

const STATUS_EVERY_MS = 15_000;

interface AppFacts {
  readonly client: Client;
  readonly router: AnyRouter;
  /** Why the token of the link was not taken. */
  readonly linkProblem: unknown;
}

/** Nothing is shown before the status is known: it says in which currency and zone everything else speaks. */
export function App({ client, router, linkProblem }: AppFacts) {
  const cache = useQueryClient();
  const status = useQuery({
    queryKey: ["status"],
    queryFn: async ({ signal }) => {
      const answer = await client.status(signal);
      return { answer, skewMs: clockSkew(answer.now) };
    },
    refetchInterval: STATUS_EVERY_MS,
  });
  const known = status.data;
  const isAway = status.isError;
  const currency = known?.answer.currency;
  const timezone = known?.answer.timezone;
  const skewMs = known?.skewMs;
  const speech = useMemo(() => {
    if (currency === undefined || timezone === undefined || skewMs === undefined) return undefined;
    return createSpeech({ currency, timezone, skewMs });
  }, [currency, timezone, skewMs]);
  const connection = useMemo(
    () =>
      known === undefined || speech === undefined
        ? undefined
        : { client, status: known.answer, answeredAt: known.answer.now, isAway, ...speech },
    [client, known, speech, isAway],
  );
  useEffect(() => {
    document.addEventListener("copy", copyExactAmounts);
    return () => document.removeEventListener("copy", copyExactAmounts);
  }, []);
  const isSignedOut = status.error instanceof ProblemError && status.error.reason === "signed-out";
  if (isSignedOut)
    return <SignInPage client={client} error={linkProblem} onSignedIn={() => void cache.resetQueries()} />;
  if (connection === undefined && status.isError)
    return (
      <main className={styles.alone}>
        <h1>Tare</h1>
        <Trouble error={status.error} onRetry={() => void status.refetch()} />
      </main>
    );
  if (connection === undefined) return null;
  return (
    <ConnectionProvider value={connection}>
      <RouterProvider router={router} />
    </ConnectionProvider>
  );
}
