import { Fragment, type ReactNode } from "react";
import styles from "./facts.module.css";

/** Names and what they are, in two columns. Facts that are not known are left out. */
export function Facts({ of }: { of: readonly (readonly [string, ReactNode])[] }) {
  const known = of.filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return (
    <dl className={styles.facts}>
      {known.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
