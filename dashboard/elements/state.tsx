import { say } from "../format/words.ts";
import styles from "./state.module.css";

interface Shape {
  readonly tone: "good" | "warning" | "bad" | "quiet";
  readonly path: string;
  readonly explained: string;
}

/** One shape for each state, readable without colour. Paths lie in a square of 14. */
const shapes: Readonly<Record<string, Shape>> = {
  answered: { tone: "good", path: "M2.5 7.5 5.5 10.5 11.5 3.5", explained: "Delivered in full." },
  cut: {
    tone: "warning",
    path: "M1.5 7H5M9 7h3.5M6 3 5 11M9 3 8 11",
    explained: "The provider's stream ended without its terminal mark.",
  },
  cancelled: { tone: "warning", path: "M7 1.8A5.2 5.2 0 1 1 6.9 1.8M4.2 7H9.8", explained: "The client left." },
  failed: { tone: "bad", path: "M3 3 11 11M11 3 3 11", explained: "The provider said no or could not be reached." },
  refused: {
    tone: "bad",
    path: "M7 1.8A5.2 5.2 0 1 1 6.9 1.8M3.4 3.4 10.6 10.6",
    explained: "We said no. Nothing was spent.",
  },
  in_doubt: {
    tone: "warning",
    path: "M4.4 4.6A2.6 2.6 0 1 1 7 7.4V8.8M7 11.4V11.5",
    explained: "Sent, and never heard of again.",
  },
  background: {
    tone: "quiet",
    path: "M7 1.8A5.2 5.2 0 1 1 6.9 1.8M7 4V7L9 8.5",
    explained: "Accepted; its usage is known when it is read.",
  },
  healthy: { tone: "good", path: "M2.5 7.5 5.5 10.5 11.5 3.5", explained: "It is asked in its turn." },
  cooling: {
    tone: "warning",
    path: "M7 1.8A5.2 5.2 0 1 1 6.9 1.8M7 4V7L9 8.5",
    explained: "It was limited, and is asked last until the pause that it wants is over.",
  },
  full: {
    tone: "warning",
    path: "M2.5 4H11.5M2.5 7H11.5M2.5 10H11.5",
    explained: "As many attempts run there as may, so the next target is asked.",
  },
  ejected: {
    tone: "bad",
    path: "M3 3 11 11M11 3 3 11",
    explained: "It failed too often, and is asked last until its time is over.",
  },
  correction: { tone: "quiet", path: "M2.5 5H8.5M5.5 2V8M5 11.5H11.5", explained: "A later truth about an attempt." },
};

export function State({
  state,
  code,
  status,
}: {
  state: string;
  code?: string | undefined;
  status?: number | undefined;
}) {
  const shape = shapes[state] ?? { tone: "quiet", path: "M3 7H11", explained: "" };
  const reason = [code, status].filter((part) => part !== undefined).join(" · ");
  return (
    <span className={styles.state} title={[shape.explained, reason].filter((part) => part !== "").join(" ")}>
      <svg className={styles[shape.tone]} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <path d={shape.path} />
      </svg>
      {say(state)}
    </span>
  );
}
