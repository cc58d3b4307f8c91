import { type Bill, type BillBooked, type BillCorrected } from "#events";
import { type Instant, money } from "#units";
import { type Entry } from "./entry.ts";

const NONE = "(none)";
const ZERO = money(0n);

/** The entry of a bill; its id is that of an attempt and of a call, though it is neither. */
export function entryOfBill({ bill, at }: BillBooked): Entry {
  return { ...entryOf(bill, at), id: bill.bill, attempt: bill.bill };
}

/**
 * What was booked, taken back to the last digit where it was booked, and the charge as it is now. The number in their ids
 * keeps them apart from those of other corrections.
 */
export function entriesOfCorrectedBill({ at, number, before, after, reason }: BillCorrected): readonly Entry[] {
  const entries: Entry[] = [];
  if (before !== undefined) {
    const attempt = `${before.bill}#${number}-`;
    const taken = entryOf({ ...before, nanos: money(0n - before.nanos), remainder: opposite(before.remainder) }, at);
    entries.push({ ...taken, id: `${attempt}:correction`, attempt, state: "correction", why: reason });
  }
  if (after !== undefined) {
    const attempt = `${after.bill}#${number}`;
    entries.push({ ...entryOf(after, at), id: attempt, attempt, why: reason });
  }
  return entries;
}

function opposite(remainder: string | undefined): string | undefined {
  if (remainder === undefined) return undefined;
  return remainder.startsWith("-") ? remainder.slice(1) : `-${remainder}`;
}

/** Bills are no attempts of a call and no steps: `callEnd` is false, and `number` -1 says so of a row. */
function entryOf(bill: Bill, bookedAt: Instant): Omit<Entry, "id" | "attempt"> {
  const { content, layer, origin, remainder } = bill;
  return {
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
    bill: { content, layer, origin, remainder },
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
