import { type ComponentProps, type ReactNode, useId } from "react";
import styles from "./field.module.css";

export function TextField(facts: ComponentProps<"input">) {
  return (
    <input autoComplete="off" spellCheck={false} {...facts} className={`${styles.field} ${facts.className ?? ""}`} />
  );
}

export function SelectField(facts: ComponentProps<"select">) {
  return <select {...facts} className={`${styles.field} ${facts.className ?? ""}`} />;
}

export interface FieldIds {
  readonly id: string;
  readonly "aria-describedby"?: string;
}

interface LabelledFacts {
  readonly label: string;
  readonly note?: string;
  readonly children: (ids: FieldIds) => ReactNode;
}

/** The note describes the field; it is not part of its name. */
export function Labelled({ label, note, children }: LabelledFacts) {
  const id = useId();
  const noteId = `${id}note`;
  return (
    <div className={styles.labelled}>
      <label htmlFor={id}>{label}</label>
      {children(note === undefined ? { id } : { id, "aria-describedby": noteId })}
      {note !== undefined && <small id={noteId}>{note}</small>}
    </div>
  );
}
