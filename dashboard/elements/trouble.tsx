/** An error says what happened, what it means for the numbers, and what to do. */
import { type ReactNode } from "react";
import { type ProblemCause, ProblemError } from "../api/problem-error.ts";
import { Button } from "./button.tsx";
import { Code } from "./code.tsx";
import styles from "./trouble.module.css";

interface Told {
  readonly happened: string;
  readonly means: string;
  readonly todo: string;
}

const told: Readonly<Record<ProblemCause, Told>> = {
  "signed-out": {
    happened: "Your session has ended.",
    means: "Nothing is lost; the numbers are only not shown.",
    todo: "Open a new link: tare up prints one.",
  },
  forbidden: {
    happened: "Your role may not see this.",
    means: "The numbers exist; they are not shown to you.",
    todo: "Ask an admin for a token with the role you need.",
  },
  missing: {
    happened: "There is no such thing here.",
    means: "Either the id is mistyped, or it belongs to another ledger. No number is affected.",
    todo: "Check the id, or find it in the list that it should be in.",
  },
  refused: {
    happened: "The server did not accept the question.",
    means: "These numbers are not shown; the ledger itself is unaffected.",
    todo: "Change the range or the filters, or go back.",
  },
  broken: {
    happened: "The office could not answer.",
    means: "Calls go on and are kept in the journal; these numbers will be complete once it is back.",
    todo: "Wait a moment and try again. If it stays, look at the server's log.",
  },
  unreachable: {
    happened: "The server cannot be reached.",
    means:
      "What you see here is not up to date. Calls do not need this page: they are still booked if the gateway runs.",
    todo: "Check that tare up is running and that you can reach it from here.",
  },
  slow: {
    happened: "The server has not answered for ten seconds.",
    means:
      "It takes connections, so it may be busy, or hang. Calls do not need this page: they are booked all the same.",
    todo: "Wait a moment and try again. If it stays, look at the server's log and at what else runs there.",
  },
  unreadable: {
    happened: "The answer was not from Tare.",
    means: "These numbers are not shown. Something between you and the server may have answered instead.",
    todo: "Check for a proxy between this browser and the server, then try again.",
  },
};

export function Trouble({ error, onRetry, link }: { error: unknown; onRetry?: () => void; link?: ReactNode }) {
  const reason = error instanceof ProblemError ? error.reason : "unreadable";
  const problem = error instanceof ProblemError ? error.problem : undefined;
  const { happened, means, todo } = told[reason];
  return (
    <div className={styles.trouble} role="alert">
      <p className={styles.happened}>
        <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
          <path d="M7 1.5 13 12.5H1ZM7 5.5V8.6M7 10.6V10.7" />
        </svg>
        {happened}
      </p>
      {problem !== undefined && <p className={styles.detail}>{problem.detail}</p>}
      {(problem?.fields ?? []).map(({ path, detail }) => (
        <p key={path} className={styles.detail}>
          <code>{path}</code>: {detail}
        </p>
      ))}
      <p>{means}</p>
      <p>{todo}</p>
      <div className={styles.tools}>
        {onRetry !== undefined && reason !== "missing" && <Button onClick={onRetry}>Try again</Button>}
        {link}
        {problem !== undefined && <Code className={styles.code}>{problem.code}</Code>}
      </div>
    </div>
  );
}
