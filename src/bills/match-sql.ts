/**
 * SQL of the stage that matches the rows of a file, in `keyed`, with the bills that are booked. Both are told apart by scope
 * and identity, and compared by their content: digests of 16 bytes, which stand as UUIDs since those compare fastest.
 */

/** What stands behind `bill_` in the id of a bill. */
export const BILL_SQL = `scope || '_' || ${hexSql("identity")} || '.' || occurrence`;

/** A digest as it is written in ids. */
export function hexSql(column: string): string {
  return `replace(${column}::VARCHAR, '-', '')`;
}

/**
 * Makes `standing` of `booked`, which has an attempt and a content for each entry. A correction takes back and books under
 * one number, `#1-` and `#1`: what it books is later.
 */
export function standingSql(booked: string): string {
  return `
  CREATE TEMP TABLE said AS SELECT substr(attempt, 6, 12) AS scope, substr(attempt, 19, 32)::UUID AS identity,
    split_part(substr(attempt, 52), '#', 1)::INTEGER AS occurrence, split_part(attempt, '#', 2) AS correction,
    coalesce(try_cast(rtrim(correction, '-') AS INTEGER), 0) AS corrections, suffix(correction, '-') AS is_taken,
    content::UUID AS content
    FROM ${booked}
    WHERE substr(attempt, 6, 12) IN (SELECT scope FROM keyed WHERE is_good);
  CREATE TEMP TABLE altered AS SELECT * FROM said WHERE corrections > 0
    QUALIFY row_number() OVER (PARTITION BY scope, identity, occurrence ORDER BY corrections DESC, is_taken) = 1;
  CREATE TEMP TABLE standing AS
    SELECT scope, identity, occurrence, content, corrections
      FROM said ANTI JOIN altered USING (scope, identity, occurrence)
    UNION ALL
    SELECT scope, identity, occurrence, CASE WHEN NOT is_taken THEN content END, corrections FROM altered;
  DROP TABLE said;`;
}

/** Identities of which file and ledger say just the same are left out first, by counting: mostly, that is all of them. */
export const MATCH_SQL = `
  CREATE TEMP TABLE touched AS SELECT DISTINCT scope, identity FROM (
    SELECT scope, identity, content FROM (
      SELECT scope, identity, content, 1 AS n FROM keyed WHERE is_good
      UNION ALL SELECT scope, identity, content, -1 FROM standing WHERE content IS NOT NULL)
    GROUP BY scope, identity, content HAVING sum(n) <> 0);
  CREATE TEMP TABLE f AS SELECT line, scope, identity, content,
    row_number() OVER (PARTITION BY scope, identity, content ORDER BY line) AS n
    FROM keyed SEMI JOIN touched USING (scope, identity) WHERE is_good;
  CREATE TEMP TABLE s AS SELECT *,
    row_number() OVER (PARTITION BY scope, identity, content ORDER BY occurrence) AS n
    FROM standing SEMI JOIN touched USING (scope, identity) WHERE content IS NOT NULL;
  CREATE TEMP TABLE free AS SELECT f.*, row_number() OVER (PARTITION BY scope, identity ORDER BY content, line) AS k
    FROM f ANTI JOIN s USING (scope, identity, content, n);
  CREATE TEMP TABLE open AS SELECT s.*, row_number() OVER (PARTITION BY scope, identity ORDER BY content, occurrence) AS k
    FROM s ANTI JOIN f USING (scope, identity, content, n);
  CREATE TEMP TABLE ended AS SELECT scope, identity, occurrence, corrections,
    row_number() OVER (PARTITION BY scope, identity ORDER BY occurrence) AS k
    FROM standing SEMI JOIN touched USING (scope, identity) WHERE content IS NULL;
  CREATE TEMP TABLE fresh AS SELECT free.line, free.scope, free.identity,
    row_number() OVER (PARTITION BY free.scope, free.identity ORDER BY free.k) AS k
    FROM free ANTI JOIN open USING (scope, identity, k);
  CREATE TEMP TABLE most AS SELECT scope, identity, max(occurrence) AS occurrence, count(*) FILTER (content IS NULL) AS ended
    FROM standing SEMI JOIN touched USING (scope, identity) GROUP BY scope, identity;
  CREATE TEMP TABLE found AS
    SELECT free.line, open.occurrence::INTEGER AS occurrence, open.corrections AS corrections, true AS is_change
      FROM free JOIN open USING (scope, identity, k)
    UNION ALL
    SELECT fresh.line, coalesce(ended.occurrence, coalesce(most.occurrence, 0) + fresh.k - coalesce(most.ended, 0))::INTEGER,
      ended.corrections, false
      FROM fresh LEFT JOIN ended USING (scope, identity, k) LEFT JOIN most USING (scope, identity);
  CREATE TEMP TABLE todo AS SELECT row_number() OVER () - 1 AS place, keyed.* EXCLUDE (is_good), occurrence, corrections,
    is_change FROM keyed JOIN found USING (line);
  CREATE TEMP TABLE gone AS SELECT scope, identity, occurrence, corrections FROM open ANTI JOIN free USING (scope, identity, k);
`;

/**
 * The same where no bill of the file's scopes stands or stood, which is so for most large files. Only charges that have a
 * twin are put in an order.
 */
export const ALL_NEW_SQL = `
  CREATE TEMP TABLE twins AS SELECT scope, identity FROM keyed WHERE is_good GROUP BY scope, identity HAVING count(*) > 1;
  CREATE TEMP TABLE placed AS SELECT line,
    row_number() OVER (PARTITION BY scope, identity ORDER BY content, line)::INTEGER AS occurrence
    FROM keyed SEMI JOIN twins USING (scope, identity) WHERE is_good;
  CREATE TEMP TABLE gone AS SELECT scope, identity, occurrence, corrections FROM standing LIMIT 0;
`;

const NEW_SQL = "NULL::INTEGER AS corrections, false AS is_change FROM keyed";

/** What is left of it where no charge has a twin: no row is copied. */
export const ALL_SINGLE_SQL = `
  CREATE TEMP VIEW todo AS SELECT keyed.rowid AS place, keyed.* EXCLUDE (is_good), 1 AS occurrence, ${NEW_SQL} WHERE is_good`;

/** A place of its own for each row, from 0 on: rows leave the stage by it, some thousands at a time. */
export const ALL_PLACED_SQL = `
  CREATE TEMP TABLE todo AS SELECT row_number() OVER () - 1 AS place, keyed.* EXCLUDE (is_good),
    coalesce(placed.occurrence, 1) AS occurrence, ${NEW_SQL} LEFT JOIN placed USING (line) WHERE is_good`;
