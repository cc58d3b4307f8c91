import { type Entry } from "#ledger";
import { type Instant, instant } from "#units";
import { z } from "zod";

/** What a mark that outlives the process says is out of our hands. */
export interface SentUntil {
  /** Everything that was booked until then. */
  readonly until: Instant;
  /** Ids of entries that were booked later. */
  readonly later: ReadonlySet<string>;
}

/** What is booked about the moment of a pass; two minutes hold the longest one that was seen. */
const LATE_MS = 120_000;
/** 400 kB in the books. Beyond it, what was booked last before an end may be sent twice. */
const LATER_MAX = 10_000;

const Mark = z.strictObject({ until: z.int(), later: z.array(z.string()).max(LATER_MAX) });

/** Undefined of a text that this version does not write. */
export function readSentUntil(text: string): SentUntil | undefined {
  // Marks of the first version are the instant alone.
  if (/^\d{1,15}$/.test(text)) return { until: instant(Number(text)), later: new Set() };
  const read = Mark.safeParse(JSON.parse(text));
  return read.success ? { until: instant(read.data.until), later: new Set(read.data.later) } : undefined;
}

export function writeSentUntil({ until, later }: SentUntil): string {
  return JSON.stringify({ until, later: [...later].slice(-LATER_MAX) });
}

/** Follows the ledger's passes. */
export class SentEntries {
  #noted: { readonly id: string; readonly bookedAt: Instant }[] = [];
  #kept: { readonly id: string; readonly bookedAt: Instant }[] = [];
  #until: Instant | undefined;

  note(entries: readonly Entry[], now: Instant): void {
    for (const { id, bookedAt } of entries) if (bookedAt > now - LATE_MS) this.#noted.push({ id, bookedAt });
  }

  passed({ isKept, bookedUntil }: { readonly isKept: boolean; readonly bookedUntil: Instant }): void {
    if (isKept) {
      this.#kept = [...this.#kept, ...this.#noted].filter(({ bookedAt }) => bookedAt > bookedUntil);
      this.#until = bookedUntil;
    }
    this.#noted = [];
  }

  /** Undefined before the first pass. */
  get sent(): SentUntil | undefined {
    if (this.#until === undefined) return undefined;
    return { until: this.#until, later: new Set(this.#kept.map(({ id }) => id)) };
  }
}
