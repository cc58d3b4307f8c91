import { type Bill, type BillEvent } from "#events";
import { ok, type Result } from "#std";
import { type Instant } from "#units";
import { type BillJournal, writeEvents } from "./bill-journal.ts";
import { type BillMemory, type Standing } from "./bill-memory.ts";
import { differenceOf } from "./make-bill.ts";

export interface RecurringBooking {
  readonly memory: BillMemory;
  readonly journal: BillJournal;
  readonly now: Instant;
}

const EVENTS_AT_ONCE = 2000;

/** Books what the configuration makes and the ledger has not, corrects what differs, takes back what is made no longer. */
export async function bookRecurring(bills: readonly Bill[], booking: RecurringBooking): Booked {
  return bookAgainst(await booking.memory.ofConfig(), bills, booking);
}

/** The same of the bills that are `named` alone: those that are not made are taken back. */
export async function bookNamed(
  bills: readonly Bill[],
  { named: names, ...booking }: RecurringBooking & { readonly named: readonly string[] },
): Booked {
  return bookAgainst(await booking.memory.named(names), bills, booking);
}

type Booked = Promise<Result<number, { readonly type: "not-written" }>>;

async function bookAgainst(
  standing: ReadonlyMap<string, Standing>,
  bills: readonly Bill[],
  { memory, journal, now }: RecurringBooking,
): Booked {
  const changed = bills.filter((bill) => standing.get(bill.bill)?.content !== bill.content);
  const made = new Set<string>(bills.map(({ bill }) => bill));
  const gone = [...standing].filter(([name, { content }]) => content !== undefined && !made.has(name));
  const before = await memory.bills([
    ...changed.flatMap(({ bill }) => named(bill, standing.get(bill))),
    ...gone.flatMap(([bill, each]) => named(bill, each)),
  ]);
  const events: BillEvent[] = [
    ...changed.map((bill) => eventOf(bill, { before: before.get(bill.bill), standing: standing.get(bill.bill), now })),
    ...gone.map(([name, { corrections }]): BillEvent => {
      const reason = "no longer in tare.yaml";
      return {
        type: "bill-corrected",
        at: now,
        number: corrections + 1,
        before: before.get(name),
        after: undefined,
        reason,
      };
    }),
  ];
  for (let from = 0; from < events.length; from += EVENTS_AT_ONCE) {
    const written = await writeEvents(journal, events.slice(from, from + EVENTS_AT_ONCE));
    if (!written.ok) return written;
  }
  return ok(events.length);
}

function named(bill: string, standing: Standing | undefined) {
  return standing?.content === undefined ? [] : [{ bill, corrections: standing.corrections }];
}

interface Known {
  readonly before: Bill | undefined;
  readonly standing: Standing | undefined;
  readonly now: Instant;
}

function eventOf(bill: Bill, { before, standing, now }: Known): BillEvent {
  if (standing === undefined) return { type: "bill-booked", at: now, bill };
  const reason = before === undefined ? "is in tare.yaml again" : differenceOf(before, bill);
  return { type: "bill-corrected", at: now, number: standing.corrections + 1, before, after: bill, reason };
}
