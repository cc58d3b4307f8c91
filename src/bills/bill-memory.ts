/** What the ledger knows of bills, for whoever books more of them. */
import { type Attribution, type Bill, layers } from "#events";
import { type SqlRow, type SqlSource } from "#ledger";
import { assert } from "#std";
import { type Id, instant, money } from "#units";
import { type Standing } from "./bill-stage.ts";

const ATTEMPT = /^bill_([0-9a-f]{12})_([0-9a-f]{32})\.(\d{1,9})(?:#(\d{1,9})(-?))?$/;
const BILLS_AT_ONCE = 50_000;
/** Of so many scopes, each is asked for in parts of its own, so that one large one is never held whole. */
const SCOPES_APART = 16;
/** Where a bill's content stands in its detail, which begins with it: parsing a million details takes seconds. */
const CONTENT_AT = '{"bill":{"content":"'.length + 1;
const CONTENT_CHARACTERS = 32;
const CONTENT = /^[0-9a-f]{32}$/;
const HEX = "0123456789abcdef";

interface Known extends Standing {
  readonly isTaken: boolean;
}

export class BillMemory {
  readonly #source: SqlSource;
  readonly #billsAtOnce: number;

  constructor(source: SqlSource, billsAtOnce = BILLS_AT_ONCE) {
    this.#source = source;
    this.#billsAtOnce = billsAtOnce;
  }

  /** Every bill of these scopes, and perhaps others, as it is booked now; a part at a time. */
  async *standing(scopes: readonly string[]): AsyncIterable<readonly Standing[]> {
    const [row] = await this.#source.query("SELECT count(*) AS bills FROM entry_rows WHERE number = -1", []);
    const isFew = Number(row?.["bills"]) <= this.#billsAtOnce;
    for (const prefix of isFew ? ["bill_"] : prefixesOf(scopes)) {
      const rows = await this.#source.query(
        `SELECT attempt, substr(detail, ${CONTENT_AT}, ${CONTENT_CHARACTERS}) AS content FROM entry_rows
         WHERE number = -1 AND attempt >= $1 AND attempt < $2`,
        [prefix, `${prefix}~`],
      );
      if (rows.length > 0) yield latestOf(rows);
    }
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

function prefixesOf(scopes: readonly string[]): readonly string[] {
  if (scopes.length > SCOPES_APART) return [...new Set(scopes.map((scope) => `bill_${scope.slice(0, 2)}`))];
  return scopes.flatMap((scope) => HEX.split("").map((digit) => `bill_${scope}_${digit}`));
}

function latestOf(rows: readonly SqlRow[]): readonly Standing[] {
  const latest = new Map<string, Known>();
  for (const row of rows) {
    const known = readKnown(row);
    if (known === undefined) continue;
    const bill = `${known.scope}_${known.identity}.${known.occurrence}`;
    if (isLater(known, latest.get(bill))) latest.set(bill, known);
  }
  return [...latest.values()];
}

function readKnown(row: SqlRow): Known | undefined {
  const [, scope, identity, occurrence, number = "0", taken] = ATTEMPT.exec(textOf(row, "attempt")) ?? [];
  if (scope === undefined || identity === undefined) return undefined;
  const isTaken = taken === "-";
  const content = isTaken ? undefined : textOf(row, "content");
  assert(content === undefined || CONTENT.test(content), "a bill's detail begins with the digest of its content");
  return { scope, identity, occurrence: Number(occurrence), content, corrections: Number(number), isTaken };
}

/** A correction takes back and books under one number: what it books is later. */
function isLater({ corrections, isTaken }: Known, before: Known | undefined): boolean {
  if (before === undefined || corrections > before.corrections) return true;
  return corrections === before.corrections && !isTaken;
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
    source: row["format"] === "config" ? "config" : "focus",
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
