import { type ReactNode, useId } from "react";
import styles from "./section.module.css";

interface SectionFacts {
  readonly title: string;
  readonly note?: ReactNode;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, note, tools, children }: SectionFacts) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <div className={styles.note}>{note}</div>}
        {tools !== undefined && <div className={styles.tools}>{tools}</div>}
      </div>
      {children}
    </section>
  );
}

export function Columns({ children }: { children: ReactNode }) {
  return <div className={styles.columns}>{children}</div>;
}

interface ChoiceFacts<Name extends string> {
  readonly label: string;
  readonly options: readonly (readonly [Name, string])[];
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
}

/** One of a few, all in sight. */
export function Choice<Name extends string>({ label, options, chosen, onChoose }: ChoiceFacts<Name>) {
  return (
    <div className={styles.choice} role="group" aria-label={label}>
      {options.map(([name, says]) => (
        <button key={name} type="button" aria-pressed={name === chosen} onClick={() => onChoose(name)}>
          {says}
        </button>
      ))}
    </div>
  );
}
