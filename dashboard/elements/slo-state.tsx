import type { Slo } from "#contract";
import { formatBurn } from "../format/kept.ts";
import styles from "./state.module.css";

type Standing = "fast" | "slow" | "broken" | "kept" | "uncalled" | "uncounted";

const shapes: Readonly<
  Record<Standing, { tone: "good" | "warning" | "bad" | "quiet"; path: string; says: string; explained: string }>
> = {
  fast: {
    tone: "bad",
    path: "M7 1.5 13 12.5H1ZM7 5.5V8.5M7 10.6V10.7",
    says: "burning fast",
    explained: "Look now: 2 % of what may miss in the whole period goes in an hour, and it still goes on.",
  },
  slow: {
    tone: "warning",
    path: "M7 1.8A5.2 5.2 0 1 1 6.9 1.8M7 4V7L9 8.5",
    says: "burning slowly",
    explained: "Look today: a tenth of what may miss in the whole period goes in three days, and it still goes on.",
  },
  broken: {
    tone: "bad",
    path: "M3 3 11 11M11 3 3 11",
    says: "broken",
    explained: "More has missed in the period than is allowed, though little does now.",
  },
  kept: { tone: "good", path: "M2.5 7.5 5.5 10.5 11.5 3.5", says: "kept", explained: "Within what may miss." },
  uncalled: { tone: "quiet", path: "M3 7H11", says: "no calls", explained: "Nothing in the period that counts." },
  uncounted: { tone: "quiet", path: "M3 7H11", says: "not counted yet", explained: "It is counted in a few seconds." },
};

/** How a promise stands; what burns comes before what is broken, because it can still be stopped. */
export function standingOf({ burning, budget_left: left, total }: Slo, isCounted: boolean): Standing {
  if (!isCounted) return "uncounted";
  if (burning !== undefined) return burning;
  if (total === 0) return "uncalled";
  return left !== undefined && left < 0 ? "broken" : "kept";
}

export function SloState({ slo, isCounted }: { slo: Slo; isCounted: boolean }) {
  const { tone, path, explained } = shapes[standingOf(slo, isCounted)];
  return (
    <span className={styles.state} title={explained}>
      <svg className={styles[tone]} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <path d={path} />
      </svg>
      {sloStateText(slo, isCounted)}
    </span>
  );
}

export function sloStateText(slo: Slo, isCounted: boolean): string {
  return shapes[standingOf(slo, isCounted)].says;
}

/** The rate over the long window of the alert, which is why it burns. */
export function whyBurning({ burning, burn }: Slo): string | undefined {
  const [rate, window] = burning === "fast" ? [burn["1h"], "in the last hour"] : [burn["3d"], "in three days"];
  return burning === undefined || rate === undefined ? undefined : `${formatBurn(rate)} ${window}`;
}
