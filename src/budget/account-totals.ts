/** What one holder has charged to one account, and how all of it stands at the beginning of a segment of its journal. */
import { z } from "zod";
import { type AccountName } from "./budget-table.ts";
import { AccountNameText, Amount, writeState } from "./written-state.ts";

export interface AccountTotals {
  readonly account: AccountName;
  readonly spent: bigint;
  /** Residuals, and the whole hold of each attempt that was dispatched and never settled. */
  readonly inDoubt: bigint;
}

const Totals = z.array(z.strictObject({ account: AccountNameText, spent: Amount, inDoubt: Amount }));

/** Of characters. A segment begins without longer ones, and whoever wants them reads those before it. */
const TEXT_MAX = 2 * 1024 * 1024;

/** Undefined when they are too many to be written. */
export function writeTotals(totals: readonly AccountTotals[]): string | undefined {
  const text = writeState(totals);
  return text.length > TEXT_MAX ? undefined : text;
}

/** Undefined for a text that `writeTotals` of this version did not write. */
export function readTotals(text: string): readonly AccountTotals[] | undefined {
  const read = Totals.safeParse(JSON.parse(text));
  return read.success ? read.data : undefined;
}
