/**
 * Bills that were booked many to a line, on their way into `entry_rows`. What a line says goes to DuckDB as one JSON text
 * and becomes rows on its threads: an object and fifty values for each bill took ten times as long on the main thread.
 */
import { type DuckDBConnection, LIST, listValue, VARCHAR } from "@duckdb/node-api";
import { type BillKind, type BillsBooked } from "#events";
import { type Entry } from "./entry.ts";
import { type Column, entryColumns, QUARTER_MS, quarterOf } from "./entry-columns.ts";
import { entryOfKind } from "./make-bill-entry.ts";
import { type Spares, type TableDraft, TableLoader } from "./table-loader.ts";
import { type DraftWords } from "./word-book.ts";

/** What entries of one kind of bills have in common. */
export interface KindOfBills extends Entry {
  readonly place: number;
  /** Of the detail: what stands between content and remainder. */
  readonly middle: string;
}

export const kindColumns: readonly Column<KindOfBills>[] = [
  { name: "place", kind: "small", of: ({ place }) => place },
  { name: "middle", kind: "text", of: ({ middle }) => middle },
  ...entryColumns,
];
export const kindLoader = new TableLoader<KindOfBills>("bill_kinds", kindColumns, { isTemporary: true });

const SAID = `{"at":"BIGINT","batch":"VARCHAR","bill":["VARCHAR"],"content":["VARCHAR"],"incurredAt":["BIGINT"],
  "kind":["INTEGER"],"nanos":["BIGINT"],"remainder":["VARCHAR"]}`;

const BOOKED_SQL = `CREATE OR REPLACE TEMP TABLE booked_bills AS
  SELECT said.at AS booked_at, said.batch AS batch, unnest(range(len(said.bill))) AS row, unnest(said.bill) AS bill,
    unnest(said.content) AS content, unnest(said.incurredAt) AS incurred_at, unnest(said.kind) AS kind,
    unnest(said.nanos) AS nanos, unnest(said.remainder) AS remainder
  FROM (SELECT json_transform_strict(unnest($1), '${SAID}') AS said)`;

/** As `detailOf` writes it. */
const DETAIL_SQL = `concat('{"bill":{"content":', to_json(content), middle, ',"remainder":' || to_json(remainder),
  ',"batch":"', batch, '","place":', row, '},"components":[]}')`;

const ENTRIES_SQL = `SELECT bill_kinds.* EXCLUDE (place, middle) REPLACE (
    bill AS attempt, bill AS call, booked_bills.booked_at AS booked_at, booked_bills.incurred_at AS incurred_at,
    (booked_bills.incurred_at // ${QUARTER_MS})::INTEGER AS quarter, booked_bills.nanos AS nanos, ${DETAIL_SQL} AS detail)
  FROM booked_bills JOIN bill_kinds ON bill_kinds.place = booked_bills.kind`;

/** Lines of one batch. */
export class BillsDraft {
  readonly #kinds: TableDraft<KindOfBills>;
  readonly #places = new Map<string, number>();
  readonly #lines: string[] = [];
  readonly #quarters = new Set<number>();

  constructor(words: DraftWords, spares: Spares<KindOfBills>) {
    this.#kinds = kindLoader.draft(words, spares);
  }

  /** Of its bills. */
  get quarters(): ReadonlySet<number> {
    return this.#quarters;
  }

  add(booked: BillsBooked): void {
    const { at, batch, columns } = booked;
    const places = booked.kinds.map((kind) => this.#placeOf(kind, booked));
    const kind = columns.kind.map((place) => places[place]);
    for (const each of columns.incurredAt) this.#quarters.add(quarterOf(each));
    this.#lines.push(JSON.stringify({ at, batch, ...columns, kind, nanos: columns.nanos.map(String) }));
  }

  #placeOf(kind: BillKind, { source, origin, at }: BillsBooked): number {
    const key = keyOf(kind, [source, origin]);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.#places.size;
    this.#places.set(key, place);
    const middle = `,"layer":${JSON.stringify(kind.layer)},"origin":${JSON.stringify(origin)}`;
    this.#kinds.add([{ ...entryOfKind(kind, { source, origin, bookedAt: at }), place, middle }]);
    return place;
  }

  /** Inside the transaction that the connection is in. `codes` are those of the words that had none. */
  async load(connection: DuckDBConnection, codes: Int32Array): Promise<void> {
    if (this.#lines.length === 0) return;
    await connection.run(kindLoader.createTemporary());
    await kindLoader.load(connection, this.#kinds, codes);
    await connection.run(BOOKED_SQL, [listValue(this.#lines)], [LIST(VARCHAR)]);
    await connection.run(`INSERT INTO entry_rows ${ENTRIES_SQL}`);
    await connection.run("DROP TABLE booked_bills");
    await connection.run("DROP TABLE bill_kinds");
  }

  /** When it was loaded, or never will be. */
  giveBack(): void {
    this.#kinds.giveBack();
  }
}

/** Equal for equal kinds alone: each text stands behind its length. As JSON it took a second for a million bills. */
function keyOf(kind: BillKind, more: readonly string[]): string {
  const { tenant, interaction, feature, team, customer, user, environment, session, tags, claimed } = kind.attribution;
  const said = [kind.provider, kind.service, kind.charge, kind.sku, kind.region, kind.layer, ...more];
  const whose = [tenant, interaction, feature, team, customer, user, environment, session];
  let key = "";
  for (const text of said) key += text === undefined ? "-" : `${text.length}:${text}`;
  for (const text of whose) key += `${text.length}:${text}`;
  return `${key}${textOfRecord(tags)}${textOfRecord(claimed)}`;
}

function textOfRecord(record: Readonly<Record<string, string>>): string {
  for (const _ in record) return JSON.stringify(record);
  return "{}";
}
