import { type SqlParameter } from "#ledger";

/** Parameters of one SQL text. Values get in only here; text that a user wrote is never part of the SQL. */
export class Parameters {
  readonly #values: SqlParameter[] = [];
  readonly #places = new Map<SqlParameter, string>();

  get values(): readonly SqlParameter[] {
    return this.#values;
  }

  /** The placeholder for a value; whole numbers go as 64 bits, so that columns are compared as they are stored. */
  add(value: string | number | bigint): string {
    const stored = typeof value === "number" ? BigInt(value) : value;
    const known = this.#places.get(stored);
    if (known !== undefined) return known;
    const place = `$${this.#values.push(stored)}`;
    this.#places.set(stored, place);
    return place;
  }
}
