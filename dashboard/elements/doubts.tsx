/** What is not certain about a sum, always in the same three marks: hatched, with its amount or count. */
import { useConnection } from "../api/connection.tsx";
import { group } from "../format/money.ts";
import styles from "./doubts.module.css";

export interface Doubtful {
  readonly estimated_nanos: string;
  readonly in_doubt_nanos: string;
  readonly unpriced: number;
}

const explained = {
  estimated: "The provider did not report this usage in full; it was estimated. It is part of gross.",
  in_doubt: "Sent, and never heard of again. This may still come on top of gross; it is not in any sum.",
  unpriced: "No price is known for these. They are not in any sum: unknown is not zero.",
};

export function Doubts({ of, withNone = false }: { of: Doubtful; withNone?: boolean }) {
  const { money, moneyExact } = useConnection();
  const amounts = (["estimated", "in_doubt"] as const).filter((name) => of[`${name}_nanos`] !== "0");
  if (amounts.length === 0 && of.unpriced === 0) return withNone ? <span className={styles.none}>–</span> : null;
  return (
    <span className={styles.doubts}>
      {amounts.map((name) => (
        <Doubt key={name} name={name} title={moneyExact(of[`${name}_nanos`])}>
          {money(of[`${name}_nanos`])} {name === "estimated" ? "est." : "in doubt"}
        </Doubt>
      ))}
      {of.unpriced > 0 && (
        <Doubt name="unpriced" title={`${group(of.unpriced)} entries`}>
          {group(of.unpriced)} unpriced
        </Doubt>
      )}
    </span>
  );
}

interface DoubtFacts {
  readonly name: keyof typeof explained;
  readonly title: string;
  readonly children: React.ReactNode;
}

function Doubt({ name, title, children }: DoubtFacts) {
  return (
    <span className={styles.doubt} title={`${title}. ${explained[name]}`}>
      <Hatch />
      {children}
    </span>
  );
}

export function Hatch() {
  return <span className={styles.hatch} aria-hidden="true" />;
}

export { explained as doubtsExplained };
