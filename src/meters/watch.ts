/** How readings of one exporter become GPU time and work: what is known of it so far, moved on by each scrape. */
import { type Instant, instant } from "#units";
import { addIntervals, emptyInterval, type Interval, noWork, slotOf, type Work } from "./interval.ts";
import { type Activity, type Count, type Reading } from "./reading.ts";

/** All that must outlive a restart; small, and written down with every scrape. */
export interface Watch {
  /** When the meter first looked. */
  readonly since: Instant;
  /** Everything before is counted. */
  readonly until: Instant;
  readonly answeredAt: Instant | undefined;
  readonly startedAt: Instant | undefined;
  /** GPUs of the last reading and how active each was; undefined where it did not say. */
  readonly gpus: ReadonlyMap<string, Activity>;
  readonly counts: ReadonlyMap<string, Count>;
}

export interface WatchRules {
  readonly everyMs: number;
  /** Length of the intervals that are booked. */
  readonly bookedMs: number;
  /** GPUs that are there whatever the exporter says. */
  readonly gpus: number | undefined;
}

/** `reading` is undefined when the scrape was missed, or when only time has passed. */
export interface Look {
  readonly at: Instant;
  readonly reading: Reading | undefined;
  readonly isScrape: boolean;
}

export interface Seen {
  readonly watch: Watch;
  /** What is new, one for each slot that it falls into. */
  readonly intervals: readonly Interval[];
}

const NANOS_OF_MS = 1_000_000n;
const FULL = 1_000_000;
/** A reading speaks for the time up to the next one, for one and a half scrapes at most: one that is late is not missed. */
const HOLD_SCRAPES = 1.5;
/** Clocks of two machines, and the whole seconds that some exporters write. */
const SAME_START_MS = 1500;
const SERIES_MAX = 5000;
/** Of an absence that is longer, the last so many intervals are counted: five years of hours. */
const SLOTS_MAX = 50_000;

export function startWatch(at: Instant): Watch {
  return {
    since: at,
    until: at,
    answeredAt: undefined,
    startedAt: undefined,
    gpus: new Map(),
    counts: new Map(),
  };
}

/**
 * Counts the time since the last look with what was known then (a left step), then takes over what the reading says. Looks
 * without a reading may lie anywhere between two scrapes and change no sum.
 */
export function look(watch: Watch, { at, reading, isScrape }: Look, rules: WatchRules): Seen {
  // A clock that was set back: nothing is counted twice.
  const now = instant(Math.max(at, watch.until));
  const passed = passTime(watch, now, rules);
  const scraped = isScrape ? [noteScrape(watch, { now, reading }, rules)] : [];
  return {
    watch: reading === undefined ? { ...watch, until: now } : takeOver(watch, { now, reading }, rules),
    intervals: [...passed, ...scraped],
  };
}

function passTime(watch: Watch, now: Instant, rules: WatchRules): readonly Interval[] {
  const intervals: Interval[] = [];
  const heldUntil = (watch.answeredAt ?? watch.since) + holdMs(rules);
  const first = Math.max(watch.until, slotOf(now, rules.bookedMs).from - SLOTS_MAX * rules.bookedMs);
  for (let from = first; from < now;) {
    const slot = slotOf(from, rules.bookedMs);
    const to = instant(Math.min(slot.to, now));
    const knownMs = Math.max(0, Math.min(to, heldUntil) - from);
    intervals.push({ ...emptyInterval(slot.from, slot.to), gpuTime: timeOf(watch, to - from, { knownMs, rules }) });
    from = to;
  }
  return intervals;
}

function holdMs({ everyMs }: WatchRules): number {
  return Math.floor(everyMs * HOLD_SCRAPES);
}

function timeOf(watch: Watch, lengthMs: number, { knownMs, rules }: { knownMs: number; rules: WatchRules }) {
  const said = [...watch.gpus.values()].filter((active) => active !== undefined);
  const known = BigInt(knownMs);
  const busy = known * BigInt(said.reduce((sum, active) => sum + active, 0));
  const idle = known * NANOS_OF_MS * BigInt(said.length) - busy;
  const all = BigInt(lengthMs) * NANOS_OF_MS * BigInt(Math.max(watch.gpus.size, rules.gpus ?? 0));
  return { busy, idle, unknown: all - busy - idle };
}

function noteScrape(
  watch: Watch,
  { now, reading }: { readonly now: Instant; readonly reading: Reading | undefined },
  rules: WatchRules,
): Interval {
  // Whatever is counted now was done before now: at the very end of a slot it belongs to that slot.
  const slot = slotOf(Math.max(watch.since, now - 1), rules.bookedMs);
  const scraped = { ...emptyInterval(slot.from, slot.to), scrapes: 1 };
  if (reading === undefined) return { ...scraped, missed: 1 };
  const isNew = isNewStart(watch, reading);
  const done = workSince(watch, { reading, isNew });
  const isCold = isNew && isServer(reading);
  // Where nobody looked for a while, nobody knows when it began to answer.
  const isWatched = now - watch.until <= holdMs(rules);
  const began = Math.max(reading.startedAt ?? now, watch.answeredAt ?? watch.since);
  return {
    ...scraped,
    work: done,
    coldStarts: isCold ? 1 : 0,
    coldStartMs: isCold && isWatched ? Math.max(0, now - began) : 0,
  };
}

function isServer({ kinds }: Reading): boolean {
  return kinds.includes("vllm");
}

/** The process that answers is another than the one before, or began while we looked. */
function isNewStart({ since, answeredAt, startedAt, counts }: Watch, reading: Reading): boolean {
  const started = reading.startedAt;
  if (answeredAt === undefined) return started !== undefined && started >= since;
  if (started !== undefined && startedAt !== undefined) return Math.abs(started - startedAt) > SAME_START_MS;
  return [...reading.counts].some(([series, { value }]) => value < (counts.get(series)?.value ?? 0));
}

function workSince(
  watch: Watch,
  { reading, isNew }: { readonly reading: Reading; readonly isNew: boolean },
): ReadonlyMap<string, Work> {
  const work = new Map<string, Work>();
  // What a server had done before anybody looked is not of this meter.
  if (watch.answeredAt === undefined && !isNew) return work;
  for (const [series, { model, class: of, value }] of reading.counts) {
    const before = isNew ? 0 : (watch.counts.get(series)?.value ?? 0);
    const more = value < before ? value : value - before;
    const done = work.get(model) ?? noWork;
    if (more > 0) work.set(model, { ...done, [of]: done[of] + more });
  }
  return work;
}

function takeOver(
  watch: Watch,
  { now, reading }: { readonly now: Instant; readonly reading: Reading },
  rules: WatchRules,
): Watch {
  return {
    since: watch.since,
    until: now,
    answeredAt: now,
    startedAt: reading.startedAt,
    gpus: reading.gpus.size === 0 && isServer(reading) ? gpusBehind(reading, rules.gpus ?? 0) : reading.gpus,
    counts: isNewStart(watch, reading) ? reading.counts : keptCounts(watch.counts, reading.counts),
  };
}

/** A series that is gone may come again with what it had. */
function keptCounts(before: Watch["counts"], now: Watch["counts"]): Watch["counts"] {
  const all = new Map([...before, ...now]);
  return all.size > SERIES_MAX ? now : all;
}

/** An inference server that no exporter of GPUs stands beside: while it runs a call, all of its GPUs are busy. */
function gpusBehind({ running }: Reading, gpus: number): ReadonlyMap<string, Activity> {
  const active = running === undefined ? undefined : running > 0 ? FULL : 0;
  return new Map(Array.from({ length: gpus }, (_, index) => [`#${index}`, active]));
}

/** As text for the books. */
export function encodeWatch({ gpus, counts, ...watch }: Watch): string {
  return JSON.stringify({
    ...watch,
    gpus: [...gpus].map(([id, active]) => [id, active ?? null]),
    counts: [...counts],
  });
}

interface Encoded extends Omit<Watch, "gpus" | "counts" | "answeredAt" | "startedAt"> {
  readonly answeredAt?: Instant;
  readonly startedAt?: Instant;
  readonly gpus: readonly (readonly [string, number | null])[];
  readonly counts: readonly (readonly [string, Count])[];
}

/** Of a text that `encodeWatch` made. */
export function decodeWatch(text: string): Watch {
  const { gpus, counts, answeredAt, startedAt, ...watch }: Encoded = JSON.parse(text);
  return {
    ...watch,
    answeredAt,
    startedAt,
    gpus: new Map(gpus.map(([id, active]) => [id, active ?? undefined])),
    counts: new Map(counts),
  };
}

/** One interval for each slot. */
export function sumBySlot(intervals: readonly Interval[]): readonly Interval[] {
  const slots = new Map<number, Interval>();
  for (const interval of intervals) {
    const before = slots.get(interval.from);
    slots.set(interval.from, before === undefined ? interval : addIntervals(before, interval));
  }
  return [...slots.values()];
}
