import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type ReactNode } from "react";
import type { CallDetail, CallRow } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { callQuery, keysQuery } from "../api/questions.ts";
import { Amount } from "../elements/amount.tsx";
import { Answered } from "../elements/answered.tsx";
import { CopyButton } from "../elements/button.tsx";
import { BudgetAmount } from "../elements/budget-amount.tsx";
import { Code } from "../elements/code.tsx";
import { Doubts } from "../elements/doubts.tsx";
import { EntryView } from "../elements/entry-view.tsx";
import { Facts } from "../elements/facts.tsx";
import { type Figure, Figures } from "../elements/figures.tsx";
import { Go, withFilter } from "../elements/go.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { Section } from "../elements/section.tsx";
import { State } from "../elements/state.tsx";
import { tagLinks } from "../elements/tag-links.tsx";
import { formatDuration, formatTokens } from "../format/quantity.ts";
import { isNamed, say, sayValue } from "../format/words.ts";
import styles from "./call.module.css";

const KEYS_FRESH_MS = 60_000;

/** What was asked, which attempts were made, and what each cost by which rows. */
export function CallPage() {
  const { name = "" } = useParams({ strict: false });
  const { client, now } = useConnection();
  const query = useQuery({
    ...callQuery(client, name),
    // A call of the last minutes may still get an entry; an old one never changes.
    refetchInterval: ({ state }) =>
      state.data !== undefined && now() - Date.parse(state.data.call.at) < 300_000 ? 5_000 : false,
  });
  return (
    <PageFrame
      title={name}
      isRanged={false}
      trail={<Go to={{ page: "calls" }}>Calls</Go>}
      tools={
        <CopyButton text={() => name} look="plain">
          Copy the id
        </CopyButton>
      }
    >
      <Answered key={name} query={query}>
        {(detail) => <CallParts detail={detail} />}
      </Answered>
    </PageFrame>
  );
}

function CallParts({ detail: { call, entries } }: { detail: CallDetail }) {
  const spanMs = Math.max(call.duration_ms ?? 0, ...entries.map((entry) => entry.duration_ms ?? 0));
  return (
    <>
      <Figures of={callFigures(call)} />
      <Attribution call={call} entry={entries[0]} />
      <Section title={entriesTitle(call, entries)}>
        {entries.length === 0 ? (
          <p>
            {call.state === "refused"
              ? `This call was refused (${[call.code, call.status].filter(Boolean).join(", ")}) before anything was sent. It cost nothing.`
              : "No entry is booked yet. Entries come a moment after an attempt ends."}
            {call.refused_by !== undefined && <RefusedBy by={call.refused_by} />}
          </p>
        ) : (
          entries.map((entry) => <EntryView key={entry.id} entry={entry} spanMs={spanMs} />)
        )}
      </Section>
    </>
  );
}

function entriesTitle({ attempts }: CallRow, entries: CallDetail["entries"]): string {
  if (entries.length === 0) return "No attempts";
  return attempts === 0 ? "No attempts: answered here" : "Attempts and their entries";
}

/** The budget as it stood then: its page says how it stands now. */
function RefusedBy({ by: { budget, value, unit, limit, left, needed } }: { by: NonNullable<CallRow["refused_by"]> }) {
  const amountOf = (amount: string | undefined) =>
    unit === undefined ? undefined : <BudgetAmount unit={unit} amount={amount} withUnit />;
  return (
    <>
      {" "}
      Refused by budget <Go to={{ page: "budget", name: budget }}>{budget}</Go>
      {value === undefined ? "" : ` (${value})`}
      {needed !== undefined && <>: would take {amountOf(needed)}</>}
      {left !== undefined && (
        <>
          {needed === undefined ? ": " : ", "}
          {amountOf(left)} left of {amountOf(limit)}
        </>
      )}
      .
    </>
  );
}

function callFigures(call: CallRow): readonly Figure[] {
  const { state, code, status, duration_ms: tookMs, first_content_ms: firstMs } = call;
  return [
    { name: "State", value: <State state={state} code={code} status={status} /> },
    // A call without an amount says that it has no price.
    { name: "Cost", value: state === "refused" ? "nothing" : <Amount nanos={call.nanos} /> },
    { name: "Took", value: tookMs === undefined ? undefined : formatDuration(tookMs) },
    { name: "First token", value: firstMs === undefined ? undefined : formatDuration(firstMs) },
    { name: "Tokens in → out", value: formatTokens(call.tokens_in, call.tokens_out) },
    { name: "Attempts", value: call.attempts },
    { name: "Not certain", value: <Doubts of={call} withNone /> },
  ];
}

function Attribution({ call, entry }: { call: CallRow; entry: CallDetail["entries"][number] | undefined }) {
  const { moments } = useConnection();
  const tags = Object.entries(entry?.tags ?? {});
  const claimed = Object.entries(entry?.claimed ?? {}).map(([name, value]) => `${name}: ${value}`);
  return (
    <div className={styles.facts}>
      <Facts
        of={[
          ["Ended with", endedWith(call)],
          ["Time", moments.full(call.at)],
          ["Feature", <FeatureOf key="feature" name={call.feature} />],
          ["Team", isNamed(call.team) ? ofPage("team", call.team) : sayValue("team", call.team)],
          [
            "Interaction",
            <Go key="interaction" to={{ page: "interaction", name: call.interaction }} fields={{ tenant: call.tenant }}>
              <code>{call.interaction}</code>
            </Go>,
          ],
          ["Key", call.key === undefined ? undefined : <KeyLink key="key" id={call.key} />],
        ]}
      />
      <Facts
        of={[
          ["Route", link("route", call.route)],
          ["Operation", call.operation === undefined ? undefined : say(call.operation)],
          ["Customer", ofPage("customer", entry?.customer)],
          ["User", ofPage("user", entry?.user)],
          ["Environment", link("environment", entry?.environment)],
          ["Session", link("session", entry?.session)],
          ["Tags", tagLinks(tags)],
          ["Claimed, not used", claimed.join(", ")],
        ]}
      />
    </div>
  );
}

function FeatureOf({ name }: { name: string }) {
  if (isNamed(name)) return <Go to={{ page: "feature", name }}>{name}</Go>;
  return (
    <>
      no feature: pin one to its <Go to={{ page: "keys" }}>key</Go>, or send <code>x-tare-feature</code>
    </>
  );
}

/** To the calls that ended with the same. */
function endedWith({ status, code }: CallRow): ReactNode {
  if (code === undefined) return undefined;
  return (
    <>
      <Go to={{ page: "calls" }} fields={{ code }} narrow={(address) => ({ ...address, filters: {} })}>
        <Code>{code}</Code>
      </Go>
      {status !== undefined && `, HTTP ${status}`}
    </>
  );
}

function ofPage(page: "team" | "customer" | "user", name: string | undefined): ReactNode {
  return name === undefined || !isNamed(name) ? undefined : <Go to={{ page, name }}>{name}</Go>;
}

type LinkedDimension = "route" | "key" | "environment" | "session";

/** To the calls that share this with it. */
function link(dimension: LinkedDimension, value: string | undefined) {
  if (value === undefined || !isNamed(value)) return undefined;
  return <Alike key={dimension} dimension={dimension} value={value} />;
}

function Alike({ dimension, value, says = value }: { dimension: LinkedDimension; value: string; says?: string }) {
  return (
    <Go
      to={{ page: "calls" }}
      narrow={(address) => withFilter({ ...address, filters: {} }, dimension, [value])}
      title={`Calls of ${dimension} ${value}`}
    >
      {says}
    </Go>
  );
}

/** By its name as far as the first page of keys tells it; its id says which one it is in any case. */
function KeyLink({ id }: { id: string }) {
  const { client } = useConnection();
  const keys = useQuery({ ...keysQuery(client, undefined), staleTime: KEYS_FRESH_MS });
  const name = keys.data?.rows.find((key) => key.id === id)?.name;
  return <Alike dimension="key" value={id} {...(name === undefined ? {} : { says: name })} />;
}
