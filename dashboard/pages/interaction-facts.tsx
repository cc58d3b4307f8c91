/** What came of an interaction, and whose it was: its entries say what it is attributed to. */
import { useQuery } from "@tanstack/react-query";
import { Fragment, type ReactNode } from "react";
import type { Entry, InteractionDetail } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { interactionEntriesQuery } from "../api/questions.ts";
import { Amount } from "../elements/amount.tsx";
import { Facts } from "../elements/facts.tsx";
import { Go } from "../elements/go.tsx";
import { tagLinks } from "../elements/tag-links.tsx";
import { isNamed } from "../format/words.ts";
import styles from "./call.module.css";

export function InteractionFacts({ detail }: { detail: InteractionDetail }) {
  const { client } = useConnection();
  const { interaction, tenant } = detail;
  const { data } = useQuery(interactionEntriesQuery(client, { interaction, tenant }));
  const entries = data?.rows ?? [];
  const valuesOf = (of: (entry: Entry) => string) => [...new Set(entries.map(of))].filter(isNamed);
  const linked = (page: "feature" | "team" | "customer" | "user", of: (entry: Entry) => string) =>
    listed(valuesOf(of).map((name) => <Go to={{ page, name }}>{name}</Go>));
  const pairs = entries.flatMap((entry) => Object.entries(entry.tags));
  const tags = [...new Map(pairs.map((pair) => [JSON.stringify(pair), pair])).values()];
  return (
    <div className={styles.facts}>
      <Facts
        of={[
          ["Outcome", <Outcomes key="outcome" of={detail.outcomes} />],
          ["Feature", linked("feature", ({ feature }) => feature)],
          ["Team", linked("team", ({ team }) => team)],
        ]}
      />
      <Facts
        of={[
          ["Customer", linked("customer", ({ customer }) => customer)],
          ["User", linked("user", ({ user }) => user)],
          ["Session", listed(valuesOf(({ session }) => session).map(callsOfSession))],
          ["Environment", valuesOf(({ environment }) => environment).join(", ")],
          ["Tags", tagLinks(tags)],
        ]}
      />
    </div>
  );
}

/** To the calls that share it: a session is more than one interaction. */
function callsOfSession(session: string): ReactNode {
  return (
    <Go
      to={{ page: "calls" }}
      narrow={(address) => ({ ...address, filters: { session: [session] } })}
      title={`Calls of session ${session}`}
    >
      {session}
    </Go>
  );
}

function Outcomes({ of }: { of: InteractionDetail["outcomes"] }) {
  const { moments } = useConnection();
  if (of.length === 0) return "none reported yet";
  return of.map(({ id, name, success, value_nanos: value, at }) => (
    <div key={id} title={moments.full(at)}>
      {success ? name : `not ${name}`}
      {value !== undefined && (
        <>
          , worth <Amount nanos={value} />
        </>
      )}
    </div>
  ));
}

function listed(parts: readonly ReactNode[]): ReactNode {
  if (parts.length === 0) return undefined;
  return parts.map((part, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- they are in one order, and have no state.
    <Fragment key={index}>
      {index > 0 && ", "}
      {part}
    </Fragment>
  ));
}
