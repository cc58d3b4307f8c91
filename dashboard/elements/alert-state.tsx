import type { Alert } from "#contract";
import styles from "./state.module.css";

const shapes: Readonly<
  Record<Alert["state"], { tone: "good" | "warning" | "bad" | "quiet"; path: string; explained: string }>
> = {
  sent: { tone: "good", path: "M2.5 7.5 5.5 10.5 11.5 3.5", explained: "The webhook has taken it." },
  waiting: {
    tone: "warning",
    path: "M7 1.8A5.2 5.2 0 1 1 6.9 1.8M7 4V7L9 8.5",
    explained: "On its way; it is tried again until the webhook takes it.",
  },
  failed: { tone: "bad", path: "M3 3 11 11M11 3 3 11", explained: "Given up on. It can be sent again." },
  noted: { tone: "quiet", path: "M3 7H11", explained: "No webhook takes alerts of this kind; it is only listed." },
};

export function AlertState({ alert: { state, problem } }: { alert: Alert }) {
  const { tone, path, explained } = shapes[state];
  return (
    <span className={styles.state} title={problem === undefined ? explained : `${explained} ${problem}`}>
      <svg className={styles[tone]} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <path d={path} />
      </svg>
      {state}
    </span>
  );
}
