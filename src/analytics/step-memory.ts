/** What the ledger knows of steps, outcomes and calls, for whoever takes in more of them. */
import { type Outcome, type Step } from "#events";
import { type SqlRow, type SqlSource } from "#ledger";
import { assert } from "#std";
import { instant, money } from "#units";
import { type EntryRow, toEntry } from "./entries.ts";
import { count, flag, maybeText, nanos, text } from "./read-row.ts";
import { Parameters } from "./sql-text.ts";
import { stepOfEntry } from "./step-of-entry.ts";

interface TraceName {
  readonly tenant: string;
  readonly trace: string;
}

export class StepMemory {
  readonly #source: SqlSource;

  constructor(source: SqlSource) {
    this.#source = source;
  }

  /** A quarter of an hour at a time, so that no more names than one has are held. */
  async *traces(): AsyncIterable<readonly TraceName[]> {
    const quarters = await this.#source.query(
      "SELECT DISTINCT quarter FROM entry_rows WHERE number = 0 ORDER BY quarter",
      [],
    );
    for (const row of quarters) {
      const names = await this.#source.query(
        `SELECT DISTINCT tenant, regexp_extract(call, '^step_(.*)/[^/]*$', 1) AS trace FROM entry_rows
         WHERE number = 0 AND quarter = $1`,
        [count(row, "quarter")],
      );
      yield names.map((name) => ({ tenant: text(name, "tenant"), trace: text(name, "trace") }));
    }
  }

  async steps(traces: readonly TraceName[]): Promise<readonly { readonly step: Step; readonly corrections: number }[]> {
    if (traces.length === 0) return [];
    const parameters = new Parameters();
    const codes = await this.#source.codesOf(traces.map(({ tenant }) => tenant));
    // `0` is the character after `/`.
    const parts = traces.map(
      ({ tenant, trace }) =>
        `(tenant = ${codes.get(tenant) ?? 0} AND call >= ${parameters.add(`step_${trace}/`)} AND call < ${parameters.add(`step_${trace}0`)})`,
    );
    const rows = await this.#source.query(
      `SELECT * FROM entry_rows WHERE number = 0 AND (${parts.join(" OR ")})`,
      parameters.values,
    );
    const latest = new Map<string, { readonly entry: EntryRow; readonly corrections: number }>();
    for (const entry of rows.map(toEntry)) {
      const corrections = correctionsOf(entry);
      const key = `${entry.tenant}\n${entry.call}`;
      const isLater = corrections >= (latest.get(key)?.corrections ?? 0);
      if (entry.state !== "correction" && isLater) latest.set(key, { entry, corrections });
    }
    return [...latest.values()].map(({ entry, corrections }) => ({ step: stepOfEntry(entry), corrections }));
  }

  async outcome(tenant: string, outcome: string) {
    const codes = await this.#source.codesOf([tenant]);
    const rows = await this.#source.query(
      `SELECT * FROM outcome_rows WHERE outcome = $1 AND tenant = ${codes.get(tenant) ?? 0}
       ORDER BY booked_at, correction, outcomes`,
      [outcome],
    );
    const last = rows.at(-1);
    if (last === undefined) return undefined;
    const known = toOutcome(last);
    const corrections = Math.max(...rows.map((row) => count(row, "correction")));
    return { outcome: count(last, "outcomes") > 0 ? known : undefined, last: known, corrections };
  }

  async calls(most: number) {
    const rows = await this.#source.query(
      `SELECT tenant, call, interaction, kind, detail FROM entry_rows WHERE number > 0 AND attempts = 1
       ORDER BY incurred_at DESC LIMIT $1`,
      [BigInt(most)],
    );
    return rows.map((row) => {
      const detail: Readonly<Record<string, unknown>> = JSON.parse(text(row, "detail"));
      return {
        tenant: text(row, "tenant"),
        call: text(row, "call"),
        interaction: text(row, "interaction"),
        parent: maybeText(detail, "parent"),
        upstreamId: maybeText(detail, "upstream_id"),
        isEmbedding: row["kind"] === "embedding",
      };
    });
  }
}

/** The number of the correction that wrote a row; 0 as the step was recorded. */
function correctionsOf({ attempt, call }: EntryRow): number {
  const number = attempt.slice(call.length + 1).replace("-", "");
  return number === "" ? 0 : Number(number);
}

function toOutcome(row: SqlRow): Outcome {
  const { value_nanos: value } = row;
  assert(typeof value === "bigint", "an outcome's value is stored");
  return {
    outcome: text(row, "outcome"),
    name: text(row, "name"),
    isSuccess: flag(row, "is_success"),
    value: count(row, "valued") === 0 ? undefined : money(BigInt(nanos(row, "value_nanos").replace("-", ""))),
    happenedAt: instant(count(row, "happened_at")),
    attribution: {
      tenant: text(row, "tenant"),
      interaction: text(row, "interaction"),
      feature: text(row, "feature"),
      team: text(row, "team"),
      customer: text(row, "customer"),
      user: text(row, "user"),
      environment: text(row, "environment"),
      session: text(row, "session"),
      tags: JSON.parse(maybeText(row, "tags") ?? "{}"),
      claimed: {},
    },
  };
}
