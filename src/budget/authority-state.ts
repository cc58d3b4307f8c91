/** The checkpoint of an authority, written and read back. */
import { z } from "zod";
import { type AccountState } from "./authority-account.ts";
import { AccountNameText, Amount, InstantNumber, writeState } from "./written-state.ts";

const Report = z.strictObject({
  account: AccountNameText,
  birth: z.number(),
  sequence: z.number(),
  granted: Amount,
  returned: Amount,
  spent: Amount,
  held: Amount,
  inDoubt: Amount,
  overrun: Amount,
  isClosed: z.boolean(),
});

const Booked = z.strictObject({ spent: Amount, inDoubt: Amount, overrun: Amount });

const Slice = z
  .strictObject({
    birth: z.number(),
    granted: Amount,
    revision: z.number(),
    isClosed: z.boolean(),
    booked: Booked,
    report: Report.optional(),
  })
  .transform(({ report, ...slice }) => ({ ...slice, report }));

const Accounts = z.array(
  z.strictObject({
    name: AccountNameText,
    spent: Amount,
    inDoubt: Amount,
    overrun: Amount,
    slices: z.array(z.tuple([z.string(), Slice])),
    usedAt: InstantNumber,
    told: z.array(z.number()),
  }),
);

export function writeAuthority(accounts: readonly AccountState[]): string {
  return writeState(
    accounts.map((account) => ({
      ...account,
      slices: [...account.slices].map(([holder, { unheard: _, ...slice }]) => [holder, slice]),
      told: [...account.told],
    })),
  );
}

/** Throws on a text that `writeAuthority` did not write: a checkpoint is ours, and is checksummed by who keeps it. */
export function readAuthority(text: string): readonly AccountState[] {
  return Accounts.parse(JSON.parse(text)).map(({ slices, told, ...account }) => ({
    ...account,
    slices: new Map(slices.map(([holder, slice]) => [holder, { ...slice, unheard: new Set<number>() }])),
    told: new Set(told),
  }));
}
