/** What one step is known by beside what it cost: the line that takes it back has the same, and another state. */
const identity = `hash(call, incurred_at, duration_ms, tenant, interaction, feature, team, customer, "user", environment,
  session, tags, kind, step, purpose, layer, delivered, "key", provider, target, model, operation, tier, error)`;

const TAKEN = "SELECT interaction_hash FROM entry_rows WHERE stands < 0";

/**
 * Rows of entries without the steps that were taken back and what took them back. Most interactions have none of these, and
 * telling the steps of all apart would take as long as the rest.
 */
export function standingRows(where: string): string {
  return `(SELECT * FROM entry_rows WHERE ${where} AND (number > 0 OR interaction_hash NOT IN (${TAKEN}))
    UNION ALL SELECT * FROM entry_rows WHERE ${where} AND number <= 0 AND interaction_hash IN (${TAKEN})
      AND ${identity} IN (SELECT ${identity} FROM entry_rows WHERE number <= 0 AND interaction_hash IN (${TAKEN})
        GROUP BY ALL HAVING sum(stands) > 0))`;
}
