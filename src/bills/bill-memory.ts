/** What the ledger knows of bills, for whoever books more of them. */
import { type Attribution, type Bill, layers } from "#events";
import { type DuckDbStore, type SqlRow } from "#ledger";
import { assert } from "#std";
import { type Id, instant, money } from "#units";

const ATTEMPT = /^(bill_[0-9a-f]{12}_[0-9a-f]{32}\.\d{1,9})(?:#(\d{1,9})(-?))?$/;
/** Where a bill's content stands in its detail, which begins with it: parsing a million details takes seconds. */
const CONTENT_AT = '{"bill":{"content":"'.length + 1;
const CONTENT_CHARACTERS = 32;
const CONTENT = /^[0-9a-f]{32}$/;
const STANDING = `SELECT attempt, substr(detail, ${CONTENT_AT}, ${CONTENT_CHARACTERS}) AS content FROM entry_rows
  WHERE number = -1 AND`;
/** Of more, all bills are given: whoever asks looks for the scopes himself. */
const SCOPES_NAMED = 1000;
const NAMED_AT_ONCE = 1000;

/** A bill of the ledger that stands, or stood and was taken back. */
export interface Standing {
  /** Undefined after it was taken back. */
  readonly content: string | undefined;
  readonly corrections: number;
}

export class BillMemory {
  readonly #source: Pick<DuckDbStore, "query" | "codesOf" | "writeAnswer">;

  constructor(source: Pick<DuckDbStore, "query" | "codesOf" | "writeAnswer">) {
    this.#source = source;
  }

  /** Every bill of the configuration as it is booked now, by what it is called. */
  async ofConfig(): Promise<ReadonlyMap<string, Standing>> {
    return latestOf(await this.#source.query(`${STANDING} format = ${await this.#codeOf("config")}`, []));
  }

  /** These, as far as there are any, as they are booked now. */
  async named(bills: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    const rows: SqlRow[] = [];
    for (let from = 0; from < bills.length; from += NAMED_AT_ONCE) {
      const some = bills.slice(from, from + NAMED_AT_ONCE);
      const places = some.map((_, index) => `$${index + 1}`).join(", ");
      rows.push(...(await this.#source.query(`${STANDING} call IN (${places})`, some)));
    }
    return latestOf(rows);
  }

  /** Writes every entry of bills of files, at least those of these scopes, to a new file of Parquet: attempt and content. */
  async writeOfFiles(path: string, scopes: readonly string[]): Promise<void> {
    const named = scopes.map((scope) => `'${scope}'`).join(", ");
    const ofScopes = scopes.length > SCOPES_NAMED ? "" : `AND substr(attempt, 6, 12) IN (${named || "''"})`;
    await this.#source.writeAnswer(`${STANDING} format = ${await this.#codeOf("focus")} ${ofScopes}`, path);
  }

  async #codeOf(word: string): Promise<number> {
    return (await this.#source.codesOf([word])).get(word) ?? 0;
  }

  /** Bills as they were booked last, by what they are called. */
  async bills(
    named: readonly { readonly bill: string; readonly corrections: number }[],
  ): Promise<ReadonlyMap<string, Bill>> {
    if (named.length === 0) return new Map();
    const places = named.map((_, index) => `$${index + 1}`).join(", ");
    const rows = await this.#source.query(
      `SELECT * FROM entry_rows WHERE number = -1 AND attempt IN (${places})`,
      named.map(({ bill, corrections }) => (corrections === 0 ? bill : `${bill}#${corrections}`)),
    );
    return new Map(rows.map(toBill).map((bill) => [bill.bill, bill]));
  }
}

function latestOf(rows: readonly SqlRow[]): ReadonlyMap<string, Standing> {
  const latest = new Map<string, Standing>();
  for (const row of rows) {
    const [, bill = "", number = "0", taken] = ATTEMPT.exec(textOf(row, "attempt")) ?? [];
    const content = taken === "-" ? undefined : textOf(row, "content");
    assert(content === undefined || CONTENT.test(content), "a bill's detail begins with the digest of its content");
    const known = { content, corrections: Number(number) };
    if (isLater(known, latest.get(bill))) latest.set(bill, known);
  }
  return latest;
}

/** A correction takes back and books under one number: what it books is later. */
function isLater({ corrections, content }: Standing, before: Standing | undefined): boolean {
  if (before === undefined || corrections > before.corrections) return true;
  return corrections === before.corrections && content !== undefined;
}

function toBill(row: SqlRow): Bill {
  const detail: Readonly<Record<string, unknown>> = JSON.parse(textOf(row, "detail"));
  const { bill } = detail;
  assert(typeof bill === "object" && bill !== null, "an entry of kind bill says what it was made of");
  const said = { ...bill } satisfies SqlRow;
  const layer = layers.find((name) => name === row["layer"]);
  assert(layer !== undefined, "a bill is of a layer that we know");
  return {
    bill: billId(textOf(row, "call")),
    content: textOf(said, "content"),
    source: sourceOf(row),
    origin: textOf(said, "origin"),
    incurredAt: instant(Number(row["incurred_at"])),
    provider: textOf(row, "provider"),
    service: textOf(row, "step"),
    charge: textOf(row, "operation"),
    sku: maybeText(row, "sku"),
    region: maybeText(row, "region"),
    layer,
    attribution: attributionOf(row),
    nanos: money(wholeOf(row, "nanos")),
    remainder: maybeText(said, "remainder"),
    row: textOf(detail, "reported"),
  };
}

function sourceOf({ format }: SqlRow): Bill["source"] {
  return format === "config" || format === "meter" ? format : "focus";
}

function attributionOf(row: SqlRow): Attribution {
  return {
    tenant: textOf(row, "tenant"),
    interaction: textOf(row, "interaction"),
    feature: textOf(row, "feature"),
    team: textOf(row, "team"),
    customer: textOf(row, "customer"),
    user: textOf(row, "user"),
    environment: textOf(row, "environment"),
    session: textOf(row, "session"),
    tags: JSON.parse(maybeText(row, "tags") ?? "{}"),
    claimed: {},
  };
}

function billId(text: string): Id<"bill"> {
  return `bill_${text.slice("bill_".length)}`;
}

function textOf(row: SqlRow, name: string): string {
  const value = row[name];
  assert(typeof value === "string", `column ${name} is text`);
  return value;
}

function maybeText(row: SqlRow, name: string): string | undefined {
  return typeof row[name] === "string" ? row[name] : undefined;
}

function wholeOf(row: SqlRow, name: string): bigint {
  const value = row[name];
  assert(typeof value === "bigint", `column ${name} is a whole number`);
  return value;
}
