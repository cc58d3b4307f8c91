import { type Address } from "../address/address.ts";
import { isPresetName, type TimeRange } from "../address/time-range.ts";
import { useAddress, useChangeAddress, useIsTurned, useRange } from "../address/use-address.ts";
import { type Span } from "../api/client.ts";
import { Button } from "./button.tsx";
import styles from "./pager.module.css";

interface PagerFacts {
  readonly label: string;
  /** Of the page after the one that is shown; absent where it is the last. */
  readonly next: string | undefined;
  /** That the page is one of. */
  readonly shown: Span;
  /** By time, or by anything else. */
  readonly order?: "time" | "amount";
}

const words = { time: ["Latest", "Newer", "Older"], amount: ["First page", "Previous", "Next"] } as const;

/** A page that is not the first is one of fixed times, which the URL must say, or it would be another page a moment later. */
export function Pager({ label, next, shown, order = "time" }: PagerFacts) {
  const address = useAddress();
  const range = useRange();
  const change = useChangeAddress();
  const isTurned = useIsTurned();
  const { cursor, latest, ...fields } = address.page;
  const [toFirst, toNewer, toOlder] = words[order];
  const turn = (to: Address, isNext = false) => {
    change(to, { isTurned: isNext });
    scrollTo({ top: 0 });
  };
  const older = (at: string) => {
    const moving = range.type === "last" ? range.preset : (latest ?? "");
    const page = { ...fields, cursor: at, latest: moving };
    turn({ ...address, range: { type: "between", from: shown.from, to: shown.to }, page }, true);
  };
  const first = () => {
    const moving: TimeRange | undefined =
      latest !== undefined && isPresetName(latest) ? { type: "last", preset: latest } : address.range;
    turn({ ...address, range: moving, page: fields });
  };
  return (
    <nav className={styles.pager} aria-label={label}>
      {cursor !== undefined && <Button onClick={first}>{toFirst}</Button>}
      {cursor !== undefined && isTurned && <Button onClick={() => history.back()}>{toNewer}</Button>}
      {next !== undefined && <Button onClick={() => older(next)}>{toOlder}</Button>}
    </nav>
  );
}
