import { type SqlRow } from "./read-rows.ts";
import { type Seen, type Sums } from "./rolled-rows.ts";

export type SqlParameter = string | number | bigint | boolean;

/**
 * A question in SQL, over `entry_rows` and `refusal_rows`, in which codes stand for words, or over the views `entries` and
 * `refusals`, which have the words and are slow. Numbers come as number or bigint, as the column is, and a code that is
 * selected as its word; values go in as parameters only.
 */
export interface SqlSource {
  query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly SqlRow[]>;
  /** What stands for words in the columns of rows, to be written into SQL; a number that no row has for unknown ones. */
  codesOf(words: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * What is asked of the source that is given is answered from one moment of the ledger, whatever is booked meanwhile. It
   * holds one of the connections that questions take turns on: inside, the ledger is asked through that source alone.
   */
  atOneMoment<Value>(ask: (source: SqlSource) => Promise<Value>): Promise<Value>;
  /**
   * Tables of sums of `entry_rows`. What is booked after this was asked may be missing in them, and nothing that was booked
   * before: so it is asked before the rows are.
   */
  sums(): readonly Sums[];
  /** Tables of who was seen in `entry_rows` on which day; asked before the rows are, as the sums. */
  seen(): Seen;
}
