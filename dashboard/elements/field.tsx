import { type ComponentProps } from "react";
import styles from "./field.module.css";

export function TextField(facts: ComponentProps<"input">) {
  return (
    <input autoComplete="off" spellCheck={false} {...facts} className={`${styles.field} ${facts.className ?? ""}`} />
  );
}

export function SelectField(facts: ComponentProps<"select">) {
  return <select {...facts} className={`${styles.field} ${facts.className ?? ""}`} />;
}

interface LabelledFacts {
  readonly label: string;
  readonly note?: string;
  readonly children: React.ReactNode;
}

export function Labelled({ label, note, children }: LabelledFacts) {
  return (
    <label className={styles.labelled}>
      <span>{label}</span>
      {children}
      {note !== undefined && <small>{note}</small>}
    </label>
  );
}
