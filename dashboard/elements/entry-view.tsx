import type { Entry } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { formatDuration } from "../format/quantity.ts";
import { isNamed, say, sayStart } from "../format/words.ts";
import { Amount } from "./amount.tsx";
import { CopyButton } from "./button.tsx";
import { ComponentsTable } from "./components-table.tsx";
import { Doubts, doubtsOf } from "./doubts.tsx";
import styles from "./entry-view.module.css";
import { Facts } from "./facts.tsx";
import { Go } from "./go.tsx";
import { State } from "./state.tsx";

/** One entry, opened: what happened, what it cost, by which rows, and what the provider itself said. */
export function EntryView({ entry, spanMs }: { entry: Entry; spanMs: number }) {
  const { moments } = useConnection();
  return (
    <article className={styles.entry} id={entry.id} aria-label={titleOf(entry)}>
      <header className={styles.head}>
        <h3>{titleOf(entry)}</h3>
        <State state={entry.state} code={entry.error} status={entry.status} />
        <Layer entry={entry} />
        <span className={styles.cost}>{entry.state === "in_doubt" ? "–" : <Amount nanos={entry.nanos} />}</span>
      </header>
      <Timing entry={entry} spanMs={spanMs} />
      <div className={styles.doubt}>
        <Doubts of={doubtsOf(entry)} />
        {entry.cost_reason !== undefined && <span>Because: {say(entry.cost_reason)}.</span>}
      </div>
      {isKept(entry) ? <Avoided entry={entry} /> : <ComponentsTable entry={entry} />}
      <div className={styles.more}>
        <Facts of={outcomeFacts(entry, moments)} />
        <Facts of={priceFacts(entry)} />
      </div>
      {entry.reported !== undefined && <Reported text={entry.reported} />}
    </article>
  );
}

/** A kept answer, or a text of the route's own: nobody was asked, so that it is no attempt, and neither net nor tare. */
function isKept({ kind }: Entry): boolean {
  return kind === "cache";
}

function titleOf(entry: Entry): string {
  const { number, purpose, provider, target } = entry;
  if (!isKept(entry)) return `Attempt ${number}: ${say(purpose)} by ${target}`;
  return isNamed(provider) ? `Kept answer of ${target}` : "The route's own text";
}

function Layer({ entry }: { entry: Entry }) {
  if (isKept(entry)) return <span className={styles.layer}>neither net nor tare</span>;
  return (
    <span className={styles.layer}>
      <i className={entry.is_net ? styles.net : styles.tare} aria-hidden="true" />
      {entry.is_net ? "net" : `tare, ${say(entry.layer)}`}
    </span>
  );
}

function Avoided({ entry: { avoided_nanos: avoided, provider } }: { entry: Entry }) {
  if (!isNamed(provider)) return <p className={styles.kept}>No provider made it, so that it costs nothing.</p>;
  return (
    <p className={styles.kept}>
      Given again, which costs nothing.{" "}
      {avoided === "0" ? (
        "What it had cost when it was made is not known."
      ) : (
        <>
          It had cost <Amount nanos={avoided} /> when it was made: so much was avoided.
        </>
      )}
    </p>
  );
}

function outcomeFacts(entry: Entry, moments: ReturnType<typeof useConnection>["moments"]) {
  return [
    [isKept(entry) ? "Given" : "Sent", moments.full(entry.incurred_at)],
    ["Booked", moments.full(entry.booked_at)],
    ["Answer", entry.error === undefined ? entry.status : [entry.status, entry.error].filter(Boolean).join(" · ")],
    ["Delivered", say(entry.delivered)],
    ["First byte", duration(entry.first_byte_ms)],
    ["First token", duration(entry.first_content_ms)],
    ["Took", duration(entry.duration_ms)],
    ["Added by Tare", duration(entry.overhead_ms)],
    ["Provider's id", entry.upstream_id === undefined ? undefined : <code>{entry.upstream_id}</code>],
  ] as const;
}

function duration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : formatDuration(ms);
}

function priceFacts(entry: Entry) {
  return [
    [isServed(entry) ? "Model served" : "Model asked", isNamed(entry.model) ? entry.model : undefined],
    ["Tier billed", entry.tier],
    ["Region", entry.region],
    [isKept(entry) ? "Why" : "Why this target", entry.why],
    ["Operation", `${sayStart(entry.format)} ${say(entry.operation)}${entry.stream ? ", streamed" : ""}`],
    ["Could cost at most", isKept(entry) ? undefined : <Bound key="bound" entry={entry} />],
    ["Price book", entry.price_book === undefined ? undefined : <code>{entry.price_book}</code>],
    [
      "Prices of",
      entry.sku === undefined ? undefined : (
        <Go to={{ page: "prices" }} fields={{ search: entry.model }}>
          {entry.sku}
        </Go>
      ),
    ],
  ] as const;
}

/** An error, or no answer at all, comes from no model: its entry then names the one that was asked. */
function isServed({ delivered, status, usage }: Entry): boolean {
  return delivered !== "none" || (status !== undefined && status < 300 && usage !== undefined);
}

function Bound({ entry }: { entry: Entry }) {
  if (entry.bound_nanos === undefined) return "not known";
  return (
    <>
      <Amount nanos={entry.bound_nanos} /> ({entry.bound_type === "proven" ? "proven" : "the route's ceiling"})
    </>
  );
}

/** When the attempt ran within its call, and when its first token came. */
function Timing({ entry, spanMs }: { entry: Entry; spanMs: number }) {
  const { duration_ms: took, first_content_ms: first } = entry;
  if (took === undefined || spanMs <= 0) return null;
  const share = (ms: number) => `${Math.min(100, (ms / spanMs) * 100)}%`;
  return (
    <div className={styles.timing} aria-hidden="true">
      <i className={styles.wait} style={{ width: share(first ?? took) }} />
      <i className={styles.flow} style={{ width: share(took - (first ?? took)) }} />
      <span>
        {first === undefined ? "" : `${formatDuration(first)} to the first token, `}
        {formatDuration(took)} in all
      </span>
    </div>
  );
}

function Reported({ text }: { text: string }) {
  const pretty = inLines(text);
  return (
    <details className={styles.reported}>
      <summary>The provider&apos;s own usage object</summary>
      <pre tabIndex={0}>{pretty}</pre>
      <CopyButton text={() => text}>Copy</CopyButton>
    </details>
  );
}

/** Kept as it came when it is not JSON: this is evidence. */
function inLines(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
