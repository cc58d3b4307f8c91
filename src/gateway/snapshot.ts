import { type PriceBook } from "#pricing";
import { type RouteTable } from "#routing";

/** What the configuration in force compiles to: immutable, swapped whole, one revision. */
export interface Snapshot {
  readonly revision: string;
  readonly table: RouteTable;
  readonly prices: PriceBook;
  /** HTTP status of a call that a budget refuses. */
  readonly refusalStatus: 402 | 429;
  /** A line for each call that has ended. */
  readonly logsCalls: boolean;
}
