import type { Budget } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { formatAmountIn, formatCountIn, formatExactIn } from "../format/amount-in.ts";
import styles from "./amount.module.css";

interface BudgetAmountFacts {
  readonly unit: Budget["unit"];
  readonly amount: string | undefined;
  /** With the unit behind a count, where no column says it. */
  readonly withUnit?: boolean;
}

/** An amount of a budget at a glance, every digit on hover and in what is copied; a dash while nobody has told it. */
export function BudgetAmount({ unit, amount, withUnit = false }: BudgetAmountFacts) {
  const speech = useConnection();
  if (amount === undefined) return <span className={styles.none}>–</span>;
  const exact = formatExactIn(unit, amount, speech);
  return (
    <span className={BigInt(amount) === 0n ? styles.quiet : undefined} title={exact} data-exact={exact}>
      {withUnit ? formatAmountIn(unit, amount, speech) : formatCountIn(unit, amount, speech)}
    </span>
  );
}
