/** The checkpoint of an authority, written and read back. */
import { z } from "zod";
import { type AccountState } from "./authority-account.ts";
import { AccountNameText, Nanos, writeState } from "./written-state.ts";

const Report = z.strictObject({
  account: AccountNameText,
  sequence: z.number(),
  granted: Nanos,
  returned: Nanos,
  spent: Nanos,
  held: Nanos,
  inDoubt: Nanos,
  overrun: Nanos,
  isClosed: z.boolean(),
});

const Slice = z.strictObject({ granted: Nanos, isClosed: z.boolean(), report: Report.optional() });

const Accounts = z.array(
  z.strictObject({
    name: AccountNameText,
    spent: Nanos,
    inDoubt: Nanos,
    overrun: Nanos,
    slices: z.array(z.tuple([z.string(), Slice])),
    told: z.array(z.number()),
  }),
);

export function writeAuthority(accounts: readonly AccountState[]): string {
  return writeState(accounts.map((account) => ({ ...account, slices: [...account.slices], told: [...account.told] })));
}

/** Throws on a text that `writeAuthority` did not write: a checkpoint is ours, and is checksummed by who keeps it. */
export function readAuthority(text: string): readonly AccountState[] {
  return Accounts.parse(JSON.parse(text)).map(({ slices, told, ...account }) => ({
    ...account,
    slices: new Map(slices.map(([holder, { granted, isClosed, report }]) => [holder, { granted, isClosed, report }])),
    told: new Set(told),
  }));
}
