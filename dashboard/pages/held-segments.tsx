/** Segments of the journal that the ledger cannot read on, each with the place, the reason and the way on. */
import { type ReactNode } from "react";
import type { Status } from "#contract";
import { Code } from "../elements/code.tsx";
import { Facts } from "../elements/facts.tsx";
import { Section } from "../elements/section.tsx";
import { group } from "../format/money.ts";
import styles from "./status.module.css";

type Held = NonNullable<Status["journal"]["held"]>[number];

interface Told {
  readonly why: string;
  readonly todo: (held: Held) => ReactNode;
}

const told: Readonly<Record<Held["problem"], Told>> = {
  unreadable_line: {
    why: "a whole line that this version does not understand",
    todo: ({ segment, at_byte: at }) => (
      <>
        Start the version of Tare that wrote it, or a newer one: nothing is lost then. Where there is none, stop Tare,{" "}
        <Code>{`tare journal set-aside ${segment} ${at}`}</Code>, and start it.
      </>
    ),
  },
  newer_format: { why: "a format newer than this version", todo: () => "Start the version of Tare that wrote it." },
  no_header: { why: "no header that can be read", todo: () => "Restore the file from a backup." },
  gone: { why: "the file is gone", todo: () => "Put the file back, or restore a backup." },
};

export function HeldSegments({ held }: { held: readonly Held[] }) {
  if (held.length === 0) return null;
  return (
    <Section
      title="Journal that is held"
      note={
        <>
          What stands behind these places is in no total. All of it: <code>docs/data-life.md</code>
        </>
      }
    >
      <div className={styles.held} role="alert">
        {held.map((one) => (
          <Facts
            key={one.segment}
            of={[
              ["Segment", <Code key="segment">{one.segment}</Code>],
              ["Stands at", `byte ${group(one.at_byte)}`],
              ["Why", `${told[one.problem].why}: ${one.detail}`],
              ["What to do", <span key="todo">{told[one.problem].todo(one)}</span>],
            ]}
          />
        ))}
      </div>
    </Section>
  );
}
