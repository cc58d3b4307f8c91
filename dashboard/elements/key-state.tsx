import type { Key } from "#contract";
import styles from "./state.module.css";

const shapes: Readonly<
  Record<Key["state"], { tone: "good" | "warning" | "bad" | "quiet"; path: string; explained: string }>
> = {
  active: { tone: "good", path: "M2.5 7.5 5.5 10.5 11.5 3.5", explained: "Calls with it are let in." },
  rotating: {
    tone: "warning",
    path: "M11.5 4.5A5 5 0 1 0 12 7M11.5 1.5V4.5H8.5",
    explained: "Replaced by a newer key, and still good until it ends.",
  },
  expired: { tone: "quiet", path: "M7 1.8A5.2 5.2 0 1 1 6.9 1.8M7 4V7L9 8.5", explained: "Its time is over." },
  revoked: { tone: "bad", path: "M3 3 11 11M11 3 3 11", explained: "Somebody ended it." },
};

export function KeyState({ state }: { state: Key["state"] }) {
  const { tone, path, explained } = shapes[state];
  return (
    <span className={styles.state} title={explained}>
      <svg className={styles[tone]} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <path d={path} />
      </svg>
      {state}
    </span>
  );
}
