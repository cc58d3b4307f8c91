/** A ledger of ten million entries out of SQL, for questions: writing and loading as many journal lines would take minutes. */
import { type DuckDbStore } from "#ledger";
import { hashText } from "#std";
import { instant, newId } from "#units";
import { rolledSql, rolledTables } from "../src/ledger/rolled-rows.ts";
import { DAY, NEVER, seenKinds } from "../src/ledger/seen-ids.ts";

interface Made {
  /** SQL for the column out of the row's number `i` of COUNT and a hash of it `h`; for words a number from 0 on. */
  readonly sql: string;
  /** SQL for the word of number `n`, and how many there are. */
  readonly word?: string;
  readonly words?: number;
}

/** Calls of one interaction, session or user are of one tenant, since ids are its own. Five interactions of three calls and three sessions of five stand together. */
const TENANT = "(hash(i // 15) >> 2)::BIGINT % 8";
/** A hundredth of them are not plain: failed attempts, and costs that are estimated. */
const made: Readonly<Record<string, Made>> = {
  attempt: { sql: "'attempt_' || lpad(to_hex(h), 28, '0')" },
  call: {
    sql: "'call_' || lpad(to_hex(1785542400000 + i * 7776000000 // COUNT), 12, '0') || lpad(to_hex(i), 16, '0')",
  },
  number: { sql: "1" },
  incurred_at: { sql: "1785542400000 + i * 7776000000 // COUNT" },
  quarter: { sql: "((1785542400000 + i * 7776000000 // COUNT) // 900000)::INTEGER" },
  booked_at: { sql: "1785542400900 + i * 7776000000 // COUNT" },
  kind: oneWord("model"),
  purpose: oneWord("answer"),
  layer: words("h % 40 = 0", "CASE n WHEN 1 THEN 'retries and fallbacks' ELSE 'model answers' END", 2),
  state: words("h % 40 = 0", "CASE n WHEN 1 THEN 'failed' ELSE 'answered' END", 2),
  delivered: words("h % 40 = 0", "CASE n WHEN 1 THEN 'none' ELSE 'full' END", 2),
  is_net: { sql: "h % 40 <> 0" },
  is_plain: { sql: "h % 100 <> 0" },
  tenant: words(TENANT, "'team-' || n", 8),
  interaction: { sql: "'interaction_' || i // 3" },
  interaction_hash: {
    sql: `(SELECT CASE WHEN f >= 2147483648 THEN f - 4294967296 ELSE f END FROM (SELECT list_reduce(list_transform(string_split((i // 3)::VARCHAR, ''), lambda c: ord(c)::BIGINT), lambda f, c: (xor(f, c) * 16777619) & 4294967295, ${hashText("interaction_") >>> 0}::BIGINT) AS f))::INTEGER`,
  },
  feature: words("h // 8 % 20", "'feature-' || n", 20),
  team: words(TENANT, "'team-' || n", 8),
  customer: words("h // 160 % 200", "'customer-' || n", 200),
  user: words(`(hash(i // 5) >> 2)::BIGINT % 12500 * 8 + ${TENANT}`, "'user-' || n", 100_000),
  environment: oneWord("production"),
  tags: words("i * 40 // COUNT", "'{\"release\":\"r' || n || '\"}'", 40),
  key: words("h % 30", "'key_' || n", 30),
  route: oneWord("support"),
  provider: words("h % 12 < 5", "CASE n WHEN 1 THEN 'openai' ELSE 'anthropic' END", 2),
  target: words("h % 12", "'provider/model-' || n", 12),
  model: words("h % 12", "'model-' || n || '-2026-05-01'", 12),
  format: oneWord("openai"),
  operation: oneWord("chat"),
  stream: { sql: "h % 2 = 0" },
  tier: oneWord("default"),
  status: { sql: "CASE WHEN h % 40 = 0 THEN 503 ELSE 200 END" },
  error: words("CASE WHEN h % 40 = 0 THEN 0 END", "'upstream_503'", 1),
  detail: {
    sql:
      '\'{"upstream_id":"chatcmpl-\' || h || \'","usage":{"input_uncached":\' || h % 5000 || \',"output_text":\' || h % 900 || ' +
      '\'},"components":[{"class":"input_uncached","quantity":\' || h % 5000 || \',"rate":"2.5","nanos":"\' || h % 90000000 || ' +
      '\'","row":"r"}]}\'',
  },
  tokens_in: { sql: "h % 5000" },
  tokens_out: { sql: "h % 900" },
  cost_type: oneWord("priced"),
  nanos: { sql: "h % 90000000" },
  net_nanos: { sql: "CASE WHEN h % 40 = 0 THEN 0 ELSE h % 90000000 END" },
  estimated_nanos: { sql: "CASE WHEN h % 100 = 0 THEN h % 90000000 ELSE 0 END" },
  unpriced: { sql: "0" },
  in_doubt_nanos: { sql: "0" },
  avoided_nanos: { sql: "0" },
  price_book: oneWord("book-1"),
  sku: words("h % 12", "'openai/model-' || n", 12),
  bound_type: oneWord("proven"),
  bound_nanos: { sql: "h % 90000000 + 1000000" },
  call_end: { sql: "true" },
  calls: { sql: "1" },
  attempts: { sql: "1" },
  stands: { sql: "1" },
  duration_ms: { sql: "300 + h % 4000 + h % 7 * 0.25" },
  first_byte_ms: { sql: "120 + h % 900" },
  first_content_ms: { sql: "130 + h % 900" },
  overhead_ms: { sql: "0.2 + (h % 100) / 500" },
};

function words(sql: string, word: string, count: number): Made {
  return { sql: `(${sql})::BIGINT`, word, words: count };
}

function oneWord(word: string): Made {
  return words("0", `'${word}'`, 1);
}

/** Of the entry of this place among so many, as a gateway would have made it. */
export function callIdAt(place: number, count: number): string {
  const at = instant(1_785_542_400_000 + Math.floor((place * 7_776_000_000) / count));
  return newId("call", at, place.toString(16).padStart(16, "0"));
}

/** 90 days of entries as a busy company makes them: 12 models, 20 features, 200 customers, 100,000 users. */
export async function fillLedger(store: DuckDbStore, count: number): Promise<void> {
  const columns = await store.query(
    "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'entry_rows' ORDER BY ordinal_position",
    [],
  );
  const session = words("i // 5", "'session-' || n", Math.ceil(count / 5));
  const all: Readonly<Record<string, Made>> = { ...made, session };
  const selected: string[] = [];
  for (const { name } of columns) {
    const { sql, word, words: different } = all[String(name)] ?? { sql: "NULL" };
    selected.push(word === undefined ? sql : await coded(store, { sql, word, count: different ?? 1 }));
  }
  const row = selected.join(", ").replaceAll("COUNT", `${count}`);
  await store.query(
    `INSERT INTO entry_rows SELECT ${row} FROM (SELECT i, (hash(i) >> 2)::BIGINT AS h FROM range(${count}) r(i))`,
    [],
  );
  for (const rolled of rolledTables)
    await store.query(`INSERT INTO ${rolled.table} ${rolledSql(rolled, "entry_rows")}`, []);
  for (const { kind, table, id, where } of seenKinds) {
    await store.query(
      `INSERT INTO ${table} SELECT DISTINCT (quarter // ${DAY} * ${DAY})::INTEGER, ${id} FROM entry_rows WHERE ${where}`,
      [],
    );
    await store.query(
      `INSERT INTO seen_counts SELECT '${kind}', quarter, coalesce(previous, ${NEVER}), count(*)
       FROM (SELECT quarter, lag(quarter) OVER (PARTITION BY id ORDER BY quarter) AS previous FROM ${table}) GROUP BY ALL`,
      [],
    );
  }
  await store.checkpoint();
}

/** Writes the words that are not there, and gives SQL for the code of a row's. Codes of new words follow each other. */
async function coded(
  store: DuckDbStore,
  { sql, word, count }: { readonly sql: string; readonly word: string; readonly count: number },
): Promise<string> {
  const list = `(SELECT n, ${word} AS word FROM range(${count}) r(n))`;
  await store.query(
    `INSERT INTO words SELECT (SELECT max(code) FROM words) + row_number() OVER (ORDER BY n), word
     FROM ${list} WHERE word NOT IN (SELECT word FROM words)`,
    [],
  );
  const found = await store.query(
    `SELECT n, code::BIGINT AS code FROM ${list} JOIN words USING (word) ORDER BY n${count > 1000 ? " LIMIT 1" : ""}`,
    [],
  );
  if (count > 1000) return `${sql} + ${Number(found[0]?.["code"])}`;
  return `CASE ${sql} ${found.map(({ n, code }) => `WHEN ${Number(n)} THEN ${Number(code)}`).join(" ")} END`;
}
