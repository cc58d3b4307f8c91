import { type Bill, type BillBooked, type BillCorrected, type BillKind, type BillsBooked } from "#events";
import { assert } from "#std";
import { type Id, type Instant, instant, money } from "#units";
import { type Entry, type KeptPlace } from "./entry.ts";
import { type KeptRows } from "./kept-rows.ts";

const NONE = "(none)";
const ZERO = money(0n);
const NO_BILL: Id<"bill"> = "bill_";

/** The entry of a bill; its id is that of an attempt and of a call, though it is neither. */
export function entryOfBill({ bill, at }: BillBooked): Entry {
  return entryOf(bill, { id: bill.bill, bookedAt: at });
}

/** An entry for each bill, as if it had been booked alone; what they reported stays together. */
export function entriesOfBills({ at, batch, source, origin, kinds, columns }: BillsBooked): readonly Entry[] {
  return columns.bill.map((bill, place) => {
    const kind = kinds[columns.kind[place] ?? -1];
    const [content, incurredAt, nanos] = [columns.content[place], columns.incurredAt[place], columns.nanos[place]];
    assert(
      kind !== undefined && content !== undefined && incurredAt !== undefined && nanos !== undefined,
      "the columns of a line are of one length",
    );
    const said = { ...kind, bill, content, source, origin, incurredAt, nanos, remainder: columns.remainder[place] };
    return entryOf(said, { id: bill, bookedAt: at, kept: { batch, place } });
  });
}

/** An entry with all that those of its kind have in common. */
export function entryOfKind(
  kind: BillKind,
  { bookedAt, source, origin }: Pick<BillsBooked, "source" | "origin"> & { readonly bookedAt: Instant },
): Entry {
  const said = { ...kind, bill: NO_BILL, content: "", source, origin, incurredAt: instant(0), nanos: ZERO };
  return entryOf({ ...said, remainder: undefined }, { id: NO_BILL, bookedAt });
}

export function keptRowsOf({ batch, columns, rows }: BillsBooked): KeptRows {
  return { batch, packed: rows, lastAt: instant(columns.incurredAt.reduce((last, at) => Math.max(last, at), 0)) };
}

/**
 * What was booked, taken back to the last digit where it was booked, and the charge as it is now. The number in their ids
 * keeps them apart from those of other corrections.
 */
export function entriesOfCorrectedBill({ at, number, before, after, reason }: BillCorrected): readonly Entry[] {
  const entries: Entry[] = [];
  if (before !== undefined) {
    const attempt = `${before.bill}#${number}-`;
    const opposed = { ...before, nanos: money(0n - before.nanos), remainder: opposite(before.remainder) };
    const taken = entryOf(opposed, { id: attempt, bookedAt: at });
    entries.push({ ...taken, id: `${attempt}:correction`, state: "correction", why: reason });
  }
  if (after !== undefined) {
    const attempt = `${after.bill}#${number}`;
    entries.push({ ...entryOf(after, { id: attempt, bookedAt: at }), why: reason });
  }
  return entries;
}

function opposite(remainder: string | undefined): string | undefined {
  if (remainder === undefined) return undefined;
  return remainder.startsWith("-") ? remainder.slice(1) : `-${remainder}`;
}

/** Bills are no attempts of a call and no steps: `callEnd` is false, and `number` -1 says so of a row. */
function entryOf(
  bill: Omit<Bill, "row"> & Partial<Pick<Bill, "row">>,
  { id, bookedAt, kept }: { readonly id: string; readonly bookedAt: Instant; readonly kept?: KeptPlace },
): Entry {
  const { content, layer, origin, remainder } = bill;
  return {
    id,
    attempt: id,
    call: bill.bill,
    number: -1,
    name: bill.service,
    incurredAt: bill.incurredAt,
    bookedAt,
    kind: "bill",
    purpose: "answer",
    state: "answered",
    delivered: "full",
    attribution: bill.attribution,
    key: NONE,
    route: undefined,
    provider: bill.provider,
    target: NONE,
    model: NONE,
    format: bill.source,
    operation: bill.charge,
    stream: false,
    region: bill.region,
    tier: undefined,
    status: undefined,
    error: undefined,
    upstreamId: undefined,
    usage: undefined,
    reported: bill.row,
    cost: { type: "priced", nanos: bill.nanos },
    components: [],
    bill: { content, layer, origin, remainder, ...kept },
    estimated: ZERO,
    unpriced: 0,
    inDoubt: ZERO,
    avoided: ZERO,
    priceBook: undefined,
    sku: bill.sku,
    boundType: "unknown",
    bound: undefined,
    callEnd: false,
    durationMs: undefined,
    firstByteMs: undefined,
    firstContentMs: undefined,
    overheadMs: undefined,
  };
}
