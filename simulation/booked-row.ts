/** What the auditor of the ledger wants to know of an entry, whatever store it stands in. */
import { type SqlRow } from "#ledger";
import { type Entry } from "../src/ledger/entry.ts";
import { type Spender } from "./calls.ts";

export interface BookedRow {
  readonly attempt: string;
  readonly state: string;
  readonly number: number;
  readonly incurredAt: number;
  readonly bookedAt: number;
  /** 0 where nobody could price it. */
  readonly nanos: bigint;
  readonly inDoubt: bigint;
  /** 1 while the cost is unknown, -1 on the correction that found it. */
  readonly unpriced: number;
  readonly bound: bigint;
  readonly tokens: bigint;
  readonly spender: Spender;
}

export function rowOfEntry(entry: Entry): BookedRow {
  const { attempt, state, number, incurredAt, bookedAt, cost, inDoubt, unpriced, bound, usage } = entry;
  const { attribution, key, route, provider } = entry;
  return {
    attempt,
    state,
    number,
    incurredAt,
    bookedAt,
    nanos: cost.type === "unpriced" ? 0n : cost.nanos,
    inDoubt,
    unpriced,
    bound: bound ?? 0n,
    tokens: BigInt((usage?.input_uncached ?? 0) + (usage?.output_text ?? 0)),
    spender: { attribution, key, route, provider },
  };
}

export const ROWS_SQL = `SELECT attempt, state, number, incurred_at, booked_at, coalesce(nanos, 0) AS nanos, in_doubt_nanos,
  unpriced, bound_nanos, coalesce(tokens_in, 0) + coalesce(tokens_out, 0) AS tokens,
  tenant, interaction, team, "user", key, provider, tags FROM entries`;

export function rowOfSql(row: SqlRow): BookedRow {
  const whole = (name: string) => BigInt(String(row[name]));
  const text = (name: string) => String(row[name]);
  const tags = row["tags"] === null ? {} : (JSON.parse(text("tags")) as Record<string, string>);
  const unused = { feature: "", customer: "", environment: "", session: "", claimed: {} };
  const used = { tenant: text("tenant"), interaction: text("interaction"), team: text("team"), user: text("user") };
  return {
    attempt: text("attempt"),
    state: text("state"),
    number: Number(row["number"]),
    incurredAt: Number(row["incurred_at"]),
    bookedAt: Number(row["booked_at"]),
    nanos: whole("nanos"),
    inDoubt: whole("in_doubt_nanos"),
    unpriced: Number(row["unpriced"]),
    bound: whole("bound_nanos"),
    tokens: whole("tokens"),
    spender: {
      attribution: { ...unused, ...used, tags },
      key: text("key"),
      route: undefined,
      provider: text("provider"),
    },
  };
}
