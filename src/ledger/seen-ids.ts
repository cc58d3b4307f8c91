/**
 * Which users, sessions, interactions and steps each day had, and how many of them were last seen on which day before it:
 * then different ones of many days are counted without telling their entries apart again. Kept like the sums, by
 * checkpoints: of days that are closed it is what their entries say, of others what they said when they were closed last.
 */
import { type DuckDBConnection } from "@duckdb/node-api";
import { wordCode } from "./known-words.ts";
import { readRows } from "./read-rows.ts";

export interface SeenKind {
  readonly kind: "users" | "sessions" | "interactions" | "steps";
  readonly table: string;
  /** SQL over entries; users and what clients name are their tenant's own. */
  readonly id: string;
  /** Of which entries. */
  readonly where: string;
}

/** In quarter hours. Sessions and interactions are of one day, nearly all, and users come once a day, so days cost as much as weeks. */
export const DAY = 96;

/** Before all days. */
export const NEVER = -2_147_483_648;
const AFTER_ALL = 2_147_483_647;
/** Their entries are read together. */
const DAYS_MAX = 7;
const NONE = wordCode("(none)");

/** Codes stand beside each other in 64 bits, so that nothing is told by a hash but texts. */
export const seenKinds: readonly SeenKind[] = [
  { kind: "users", table: "seen_users", id: `(tenant::UBIGINT << 32) | "user"`, where: `"user" <> ${NONE}` },
  {
    kind: "sessions",
    table: "seen_sessions",
    id: "(tenant::UBIGINT << 32) | session",
    where: `session <> ${NONE}`,
  },
  { kind: "interactions", table: "seen_interactions", id: "hash(tenant, interaction)", where: "number >= 0" },
  { kind: "steps", table: "seen_steps", id: "hash(call)", where: "number = 0" },
];

export function createSeenTables(): readonly string[] {
  return [
    ...seenKinds.map(({ table }) => `CREATE TABLE ${table} (quarter INTEGER, id UBIGINT)`),
    "CREATE TABLE seen_counts (kind VARCHAR, quarter INTEGER, previous INTEGER, ids BIGINT)",
  ];
}

/** What days have by their entries, in the caller's transaction. `numbers` are those of days since 1970. */
export async function closeDays(connection: DuckDBConnection, numbers: readonly number[]): Promise<void> {
  const days = numbers.map((number) => number * DAY).toSorted((a, b) => a - b);
  await forgetFirstDays(connection, days);
  for (const kind of seenKinds)
    for (let place = 0; place < days.length; place += DAYS_MAX)
      for (const day of await findChanged(connection, kind, days.slice(place, place + DAYS_MAX))) {
        await recount(connection, kind, day);
        await change(connection, kind, day);
      }
  await connection.run("DROP TABLE IF EXISTS changed_ids");
}

/**
 * Days before all entries, which retention leaves: one by one, of a year of them each would be looked for in all that follow.
 */
async function forgetFirstDays(connection: DuckDBConnection, [opened = 0]: readonly number[]): Promise<void> {
  const [row] = await readRows(
    connection,
    `SELECT coalesce(min(quarter), ${AFTER_ALL}) // ${DAY} * ${DAY} AS first FROM entry_rows`,
  );
  const first = Number(row?.["first"]);
  if (opened >= first) return;
  for (const table of [...seenKinds.map((kind) => kind.table), "seen_counts"])
    await connection.run(`DELETE FROM ${table} WHERE quarter < ${first}`);
  await connection.run(`UPDATE seen_counts SET previous = ${NEVER} WHERE previous < ${first} AND previous <> ${NEVER}`);
}

/** Lists what came to these days or went from them, and gives those of the days that changed. */
async function findChanged(
  connection: DuckDBConnection,
  { table, id, where }: SeenKind,
  days: readonly number[],
): Promise<readonly number[]> {
  const [first = 0, last = 0] = [days[0], days.at(-1)];
  const isOf = `quarter BETWEEN ${first} AND ${last + DAY - 1} AND quarter // ${DAY} * ${DAY} IN (${days.join(", ")})`;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE changed_ids AS
       SELECT quarter, id, max(is_now) - max(was) AS change FROM (
         SELECT (quarter // ${DAY} * ${DAY})::INTEGER AS quarter, ${id} AS id, 1 AS is_now, 0 AS was
         FROM entry_rows WHERE ${isOf} AND ${where}
         UNION ALL SELECT quarter, id, 0, 1 FROM ${table} WHERE ${isOf}
       ) GROUP BY quarter, id HAVING change <> 0`,
  );
  const found = await readRows(connection, "SELECT DISTINCT quarter FROM changed_ids ORDER BY quarter");
  return found.map(({ quarter }) => Number(quarter));
}

/**
 * What comes to a day is counted there by the day that it was seen before, and where it is seen next no longer by that one.
 * What goes leaves as it came.
 */
async function recount(connection: DuckDBConnection, { kind, table }: SeenKind, day: number): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE recounted AS
       WITH changed AS (SELECT id, change FROM changed_ids WHERE quarter = ${day}),
       around AS (
         SELECT id, max(quarter) FILTER (quarter < ${day}) AS previous, min(quarter) FILTER (quarter > ${day}) AS next
         FROM ${table} JOIN changed USING (id) GROUP BY id
       ),
       placed AS MATERIALIZED (
         SELECT coalesce(previous, ${NEVER}) AS previous, next, sum(change) AS ids
         FROM changed LEFT JOIN around USING (id) GROUP BY ALL
       ),
       moved AS MATERIALIZED (
         SELECT ${day} AS quarter, previous, ids FROM placed
         UNION ALL SELECT next, ${day}, ids FROM placed WHERE next IS NOT NULL
         UNION ALL SELECT next, previous, -ids FROM placed WHERE next IS NOT NULL
       ),
       counted AS (
         SELECT quarter, previous, ids FROM moved UNION ALL
         SELECT quarter, previous, ids FROM seen_counts WHERE kind = '${kind}' AND quarter IN (SELECT quarter FROM moved)
       )
       SELECT quarter, previous, sum(ids)::BIGINT AS ids FROM counted GROUP BY quarter, previous`,
  );
  await connection.run(`DELETE FROM seen_counts WHERE kind = '${kind}' AND quarter IN (SELECT quarter FROM recounted)`);
  await connection.run(
    `INSERT INTO seen_counts SELECT '${kind}', quarter, previous, ids FROM recounted WHERE ids <> 0`,
  );
}

async function change(connection: DuckDBConnection, { table }: SeenKind, day: number): Promise<void> {
  await connection.run(
    `DELETE FROM ${table} WHERE quarter = ${day}
       AND id IN (SELECT id FROM changed_ids WHERE quarter = ${day} AND change < 0)`,
  );
  await connection.run(
    `INSERT INTO ${table} SELECT quarter, id FROM changed_ids WHERE quarter = ${day} AND change > 0`,
  );
}
