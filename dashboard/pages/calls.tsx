import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { CallPage, CallRow } from "#contract";
import { useAddress, useChangeAddress, usePeriod, useTick } from "../address/use-address.ts";
import { askPage } from "../api/ask-page.ts";
import { useConnection } from "../api/connection.tsx";
import { Answered } from "../elements/answered.tsx";
import { Button } from "../elements/button.tsx";
import { CallTable, latestFirst } from "../elements/call-table.tsx";
import { NothingHere } from "../elements/nothing-here.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { Pager } from "../elements/pager.tsx";
import { Choice } from "../elements/section.tsx";
import { group } from "../format/money.ts";
import styles from "./calls.module.css";

const states = [
  ["", "All"],
  ["problems", "Problems"],
  ["answered", "Answered"],
  ["failed", "Failed"],
  ["cut", "Cut"],
  ["cancelled", "Cancelled"],
  ["refused", "Refused"],
  ["in_doubt", "In doubt"],
] as const;

const emptyWords: Readonly<Record<string, string>> = {
  "": "No calls in this range.",
  problems: "No problems in this range: every call was answered in full.",
};

const PAGE = 100;
const LOOK_EVERY_MS = 3_000;
const LATE_MS = 10 * 60_000;

/** The latest calls. What arrives while somebody reads is counted, and shown when they ask or are at the top. */
export function CallsPage() {
  const address = useAddress();
  const change = useChangeAddress();
  const state = address.page.state ?? "";
  const { page, shown, newer, take } = useLiveCalls();
  return (
    <PageFrame title="Calls">
      <div className={styles.line}>
        <Choice
          label="State"
          options={states}
          chosen={states.find(([name]) => name === state)?.[0] ?? ""}
          onChoose={(next) => change({ ...address, page: { state: next } })}
        />
        {address.page.code !== undefined && (
          <Button onClick={() => change({ ...address, page: { state } })}>
            Only <code>{address.page.code}</code>: show all
          </Button>
        )}
      </div>
      <div className={styles.live} aria-live="polite">
        {newer > 0 && <Button onClick={take}>Show {newer >= PAGE ? `${PAGE} or more` : group(newer)} new</Button>}
      </div>
      <Answered query={page}>
        {(answer) => (
          <>
            {answer.isElsewhere && (
              <p className={styles.said}>
                The link was to older calls of another range or filter: these are the latest.
              </p>
            )}
            <CallTable
              label="Calls, latest first"
              rows={latestFirst(answer.rows)}
              empty={<NothingHere>{emptyWords[state] ?? "No calls in this range that ended so."}</NothingHere>}
            />
            <Pager label="Pages of calls" next={answer.cursor} shown={shown} />
          </>
        )}
      </Answered>
    </PageFrame>
  );
}

/**
 * The page on the screen is frozen at one moment. A second question looks for newer calls; they move in by themselves
 * only while the reader is at the very top and points at nothing, so that no row moves away under a click.
 */
function useLiveCalls() {
  const { client, now } = useConnection();
  const { filters, page: fields, range } = useAddress();
  const period = usePeriod();
  const { state, code, cursor } = fields;
  const isLive = cursor === undefined && range?.type !== "between";
  const { from } = period;
  const key = JSON.stringify([filters, state, code, cursor, range]);
  const [frozen, setFrozen] = useState({ key, from, to: period.to });
  const shown = frozen.key === key ? frozen : { key, from, to: period.to };
  useEffect(() => {
    if (frozen.key !== key) setFrozen({ key, from, to: period.to });
  }, [frozen.key, key, from, period.to]);
  const ask = (span: { from: number; to: number }, at?: string) =>
    ({ ...span, filters, limit: PAGE, state: state === "" ? undefined : state, code, cursor: at }) as const;
  const page = useQuery({
    queryKey: ["calls", key, shown.from, shown.to],
    queryFn: ({ signal }) => askPage((at) => client.calls(ask({ from: shown.from, to: shown.to }, at), signal), cursor),
    placeholderData: keepPreviousData,
  });
  const tick = useTick(isLive ? LOOK_EVERY_MS : undefined);
  const last = page.data?.rows[0];
  // A call that took long is booked after others that began later than it did.
  const since = last === undefined ? shown.from : Date.parse(last.at) - LATE_MS;
  const newest = useQuery({
    queryKey: ["calls", "newest", key, since, tick],
    queryFn: ({ signal }) => client.calls(ask({ from: since, to: now() }), signal),
    placeholderData: keepPreviousData,
    enabled: isLive && page.data !== undefined && !page.isPlaceholderData,
    gcTime: 10_000,
  });
  const newer = isLive ? countNewer(newest.data, page.data?.rows ?? []) : 0;
  const take = () => setFrozen({ key, from, to: now() });
  useTakeAtTop(newer, take);
  return { page, shown, newer, take };
}

function countNewer(newest: CallPage | undefined, rows: readonly CallRow[]): number {
  const known = new Set(rows.map(({ call }) => call));
  return (newest?.rows ?? []).filter(({ call }) => !known.has(call)).length;
}

function useTakeAtTop(newer: number, take: () => void): void {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useEffect(() => {
    const isReading = scrollY > 40 || document.querySelector("table:hover, table :focus, dialog[open]") !== null;
    if (newer > 0 && !isReading) latest.current();
  }, [newer]);
}
