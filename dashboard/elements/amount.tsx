import { useConnection } from "../api/connection.tsx";
import styles from "./amount.module.css";

interface AmountFacts {
  readonly nanos: bigint | string | undefined;
  readonly quiet?: boolean;
  /** What stands where there is no amount: unknown is not zero. */
  readonly none?: string;
}

/** Money at a glance; every digit on hover and in what is copied. */
export function Amount({ nanos, quiet = false, none = "no price" }: AmountFacts) {
  const { money, moneyExact } = useConnection();
  if (nanos === undefined) return <span className={styles.none}>{none}</span>;
  const exact = moneyExact(nanos);
  const isZero = BigInt(nanos) === 0n;
  return (
    <span className={quiet || isZero ? styles.quiet : undefined} title={exact} data-exact={exact}>
      {money(nanos)}
    </span>
  );
}

/** Copying a single amount copies all its digits, not what is shown of them. */
export function copyExactAmounts(event: ClipboardEvent): void {
  const selection = document.getSelection();
  const node = selection?.anchorNode?.parentElement?.closest("[data-exact]");
  const exact = node?.getAttribute("data-exact");
  if (selection === null || node === null || node === undefined || exact === null || exact === undefined) return;
  if (selection.toString().trim() !== node.textContent) return;
  event.clipboardData?.setData("text/plain", exact);
  event.preventDefault();
}
