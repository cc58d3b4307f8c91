import { listSegments } from "#journal";
import { type Instant } from "#units";
import { type World } from "#world";
import { pathsIn } from "./data-folder.ts";

/** Bytes of the data folder by what they are, and what a year makes of them. */
export interface StorageForecast {
  readonly journalBytes: number;
  readonly ledgerBytes: number;
  readonly booksBytes: number;
  readonly freeBytes: number;
  /** What a year from now holds at the rate of the journals that are there; undefined while they are less than a day old. */
  readonly yearBytes: number | undefined;
  /** The same at ten million calls a month. */
  readonly busyYearBytes: number;
}

const DAY_MS = 86_400_000;
const YEAR_DAYS = 365;
const BUSY_CALLS_A_DAY = (10_000_000 * 12) / YEAR_DAYS;
// Measured: mixed calls in four formats wrote 1,850 bytes each; longer names, tags and retries make it more. An entry
// takes 115 in the ledger (bench/README.md).
const JOURNAL_BYTES_A_CALL = 1_850;
const LEDGER_BYTES_A_CALL = 115;
/** A segment stays so many days longer than its entries. */
const JOURNAL_LATER_DAYS = 35;

/** `ledgerMs`: how long entries are kept, undefined for ever. */
export function forecastStorage(
  { disk }: World,
  { folder, ledgerMs, now }: { readonly folder: string; readonly ledgerMs: number | undefined; readonly now: Instant },
): StorageForecast {
  const paths = pathsIn(folder);
  const segments = listSegments(disk, paths.journal);
  const journalBytes = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  const begun = Math.min(...segments.map(({ incarnation }) => Number(incarnation)));
  const days = (now - begun) / DAY_MS;
  return {
    journalBytes,
    ledgerBytes: disk.size(paths.ledger) ?? 0,
    booksBytes: disk.size(paths.books) ?? 0,
    freeBytes: disk.freeBytes(folder),
    // An empty folder has begun at no time, which is no number of days either.
    yearBytes:
      days >= 1 && Number.isFinite(days) ? inAYear(journalBytes / days / JOURNAL_BYTES_A_CALL, ledgerMs) : undefined,
    busyYearBytes: inAYear(BUSY_CALLS_A_DAY, ledgerMs),
  };
}

function inAYear(callsADay: number, ledgerMs: number | undefined): number {
  const ledgerDays = ledgerMs === undefined ? YEAR_DAYS : Math.min(YEAR_DAYS, ledgerMs / DAY_MS);
  const journalDays = Math.min(YEAR_DAYS, ledgerDays + JOURNAL_LATER_DAYS);
  return Math.round(callsADay * (ledgerDays * LEDGER_BYTES_A_CALL + journalDays * JOURNAL_BYTES_A_CALL));
}
