/** One file on its way into the books: read, matched with what is booked, and the differences journaled. */
import { type Bill, type BillEvent } from "#events";
import { assert, err, ok, type Result } from "#std";
import { type Id, type Instant } from "#units";
import { type Clock } from "#world";
import { type BillJournal, writeEvents } from "./bill-journal.ts";
import { type BillMemory } from "./bill-memory.ts";
import { type BillStage, type FileToRead, type StagedRow } from "./bill-stage.ts";
import { type SetAside } from "./csv-spool.ts";
import { formatDecimal, parseDecimal } from "./exact-decimal.ts";
import { neededColumns, otherDatasets } from "./focus-columns.ts";
import { type BillRules, differenceOf, isSameBooking, makeBill, problemOf } from "./make-bill.ts";

export interface ImportCounts {
  rows: number;
  booked: number;
  corrected: number;
  unchanged: number;
  taken_back: number;
  /** Bills of the same issuers, accounts and billing periods that the file does not have. */
  missing: number;
  /** Booked call by call already, by a rule of the configuration. */
  measured: number;
  set_aside: number;
  /** What the books changed by, in nanos. */
  nanos: bigint;
  /** What rounding left of that, a decimal in the book currency. */
  remainder: { digits: bigint; scale: number };
}

export interface ImportSteps {
  readonly stage: BillStage;
  readonly memory: BillMemory;
  readonly journal: BillJournal;
  readonly clock: Clock;
  readonly rules: BillRules;
  readonly origin: string;
  readonly file: FileToRead;
  /** The file is all there is for what it is about. */
  readonly isWhole: boolean;
  readonly counts: ImportCounts;
  readonly setAside: (row: SetAside) => void;
  /** Resolves when all that was journaled is in the ledger. */
  readonly loaded: () => Promise<void>;
  readonly isStopping: () => boolean;
}

export type ImportProblem =
  | { readonly type: "unreadable"; readonly detail: string }
  | { readonly type: "not-charges"; readonly detail: string }
  | { readonly type: "not-written" }
  | { readonly type: "stopped" };

/** The ledger loads what was written before more is, so that no backlog of the journal stops calls. */
const BYTES_BEFORE_LOADING = 32 * 1024 * 1024;

export async function importFocus(steps: ImportSteps): Promise<Result<void, ImportProblem>> {
  const { stage, file, counts } = steps;
  const read = await stage.read(file);
  if (!read.ok) return err({ type: "unreadable", detail: read.error });
  const unfit = whyNoCharges(read.value, file.currency);
  if (unfit !== undefined) return err({ type: "not-charges", detail: unfit });
  const { currency, rates, bills } = steps.rules;
  await stage.key({ ...file, rules: { currency, rates, rules: bills.rules, tags: bills.tags } });
  const { rows, bad } = await stage.counts();
  counts.rows += rows;
  const told = await stage.bad();
  for (const { line, values } of told) steps.setAside({ line, ...problemOf(values, file.currency) });
  // Those that are told were counted as they were told.
  counts.set_aside += bad - told.length;
  await steps.loaded();
  for await (const standing of steps.memory.standing(await stage.scopes())) await stage.addStanding(standing);
  const { unchanged, gone } = await stage.match();
  counts.unchanged += unchanged;
  counts.missing = gone;
  const booked = await bookRows(steps);
  return booked.ok && steps.isWhole && counts.set_aside === 0 ? takeBack(steps) : booked;
}

/** Why a file with these columns holds no charges that could be booked. */
export function whyNoCharges(columns: readonly string[], currency: string | undefined): string | undefined {
  const other = otherDatasets.find(({ column }) => columns.includes(column) && !columns.includes("ChargePeriodStart"));
  if (other !== undefined) return `a FOCUS ${other.name} dataset, which holds no charges`;
  const missing = neededColumns.filter(
    (name) => !columns.includes(name) && (name !== "BillingCurrency" || currency === undefined),
  );
  if (missing.length === 0) return undefined;
  return `not a FOCUS Cost and Usage dataset: ${missing.join(", ")} missing${missing.join() === "BillingCurrency" ? "; say --currency" : ""}`;
}

async function bookRows(steps: ImportSteps): Promise<Result<void, ImportProblem>> {
  let bytes = 0;
  let loading = Promise.resolve();
  for await (const rows of steps.stage.todo()) {
    if (steps.isStopping()) return err({ type: "stopped" });
    const events = await eventsOf(steps, rows);
    const written = await writeEvents(steps.journal, events);
    if (!written.ok) return written;
    for (const event of events) bytes += sizeOf(event);
    if (bytes > BYTES_BEFORE_LOADING) {
      bytes = 0;
      // One stretch is loaded while the next is made, and no third is begun before.
      await loading;
      loading = steps.loaded();
    }
    await steps.clock.sleep(0);
  }
  await loading;
  return ok(undefined);
}

function sizeOf(event: BillEvent): number {
  const bills = event.type === "bill-booked" ? [event.bill] : [event.before, event.after];
  return bills.reduce((sum, bill) => sum + (bill === undefined ? 0 : bill.row.length + 600), 0);
}

async function eventsOf(steps: ImportSteps, rows: readonly StagedRow[]): Promise<readonly BillEvent[]> {
  const { clock, counts } = steps;
  const at = clock.now();
  const before = await steps.memory.bills(
    rows.flatMap((row) => (row.isChange ? [{ bill: nameOf(row), corrections: row.corrections ?? 0 }] : [])),
  );
  const events: BillEvent[] = [];
  for (const row of rows) {
    const made = makeBill(row, { rules: steps.rules, origin: steps.origin, currency: steps.file.currency });
    if (!made.ok) {
      steps.setAside({ line: row.line, ...made.error });
      continue;
    }
    const event = eventOf(row, { before: before.get(nameOf(row)), made: made.value, at, counts });
    if (event !== undefined) events.push(event);
  }
  return events;
}

function nameOf({ scope, identity, occurrence }: Pick<StagedRow, "scope" | "identity" | "occurrence">): Id<"bill"> {
  return `bill_${scope}_${identity}.${occurrence}`;
}

interface Made {
  readonly before: Bill | undefined;
  readonly made: Bill | "measured";
  readonly at: Instant;
  readonly counts: ImportCounts;
}

/** Undefined where nothing is to be booked. */
function eventOf(row: StagedRow, { before, made, at, counts }: Made): BillEvent | undefined {
  const number = (row.corrections ?? 0) + 1;
  if (made === "measured") {
    counts.measured += 1;
    if (before === undefined) return undefined;
    add(counts, before, -1n);
    return { type: "bill-corrected", at, number, before, after: undefined, reason: "booked call by call" };
  }
  if (before !== undefined && isSameBooking(before, made)) {
    counts.unchanged += 1;
    return undefined;
  }
  add(counts, made, 1n);
  if (before !== undefined) {
    counts.corrected += 1;
    add(counts, before, -1n);
    return { type: "bill-corrected", at, number, before, after: made, reason: differenceOf(before, made) };
  }
  counts.booked += 1;
  if (row.corrections === undefined) return { type: "bill-booked", at, bill: made };
  return { type: "bill-corrected", at, number, before, after: made, reason: "is in a file again" };
}

const GONE_AT_ONCE = 2000;

async function takeBack(steps: ImportSteps): Promise<Result<void, ImportProblem>> {
  const gone = await steps.stage.gone();
  for (let from = 0; from < gone.length; from += GONE_AT_ONCE) {
    const part = gone.slice(from, from + GONE_AT_ONCE).map((each) => ({ ...each, bill: nameOf(each) }));
    const bills = await steps.memory.bills(part);
    const events = part.flatMap(({ bill, corrections }): BillEvent[] => {
      const before = bills.get(bill);
      if (before === undefined) return [];
      add(steps.counts, before, -1n);
      const at = steps.clock.now();
      return [
        {
          type: "bill-corrected",
          at,
          number: corrections + 1,
          before,
          after: undefined,
          reason: "no longer in its file",
        },
      ];
    });
    const written = await writeEvents(steps.journal, events);
    if (!written.ok) return written;
    steps.counts.taken_back += events.length;
    steps.counts.missing -= events.length;
  }
  return ok(undefined);
}

/** What the books change by, with what rounding left of it: together the exact sum. */
function add(counts: ImportCounts, { nanos, remainder }: Bill, sign: 1n | -1n): void {
  counts.nanos += nanos * sign;
  if (remainder === undefined) return;
  const rest = parseDecimal(remainder);
  assert(rest !== undefined, "what rounding left is a decimal");
  const scale = Math.max(rest.scale, counts.remainder.scale);
  const [sum, more] = [counts.remainder, rest].map((each) => each.digits * 10n ** BigInt(scale - each.scale));
  counts.remainder = { digits: (sum ?? 0n) + (more ?? 0n) * sign, scale };
}

export function noCounts(): ImportCounts {
  return {
    rows: 0,
    booked: 0,
    corrected: 0,
    unchanged: 0,
    taken_back: 0,
    missing: 0,
    measured: 0,
    set_aside: 0,
    nanos: 0n,
    remainder: { digits: 0n, scale: 0 },
  };
}

/** As the contract writes it. */
export function printRemainder({ remainder }: ImportCounts): string {
  return formatDecimal(remainder);
}
