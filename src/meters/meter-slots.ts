/** When a fleet was busy and when it was idle: its time in equal parts of the range that is asked for. */
import { type MeterRow } from "#contract";
import { addIntervals, type GpuTime, type Interval, slotOf } from "./interval.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LENGTHS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
  30 * DAY_MS,
] as const;
/** One more is there where the first and the last are parts. */
const SLOTS_MAX = 99;
const NANOS_OF_MS = 1_000_000n;

/** To the nearest millisecond of a GPU. */
export function timeInMs({ busy, idle, unknown }: GpuTime) {
  return { busy_ms: toMs(busy), idle_ms: toMs(idle), unknown_ms: toMs(unknown) };
}

export function toMs(nanos: bigint): number {
  return Number((nanos + NANOS_OF_MS / 2n) / NANOS_OF_MS);
}

/** In their order, at most a hundred, none shorter than an interval is; an interval is in the part that it begins in. */
export function slotsOf(
  intervals: readonly Interval[],
  { spanMs, bookedMs }: { readonly spanMs: number; readonly bookedMs: number },
): MeterRow["slots"] {
  const fits = (lengthMs: number) => lengthMs >= bookedMs && spanMs / lengthMs <= SLOTS_MAX;
  const lengthMs = LENGTHS_MS.find(fits) ?? Math.ceil(spanMs / SLOTS_MAX / DAY_MS) * DAY_MS;
  const slots = Map.groupBy(intervals, ({ from }) => slotOf(from, lengthMs).from);
  return [...slots]
    .toSorted(([one], [other]) => one - other)
    .map(([from, own]) => ({
      from: new Date(from).toISOString(),
      to: new Date(from + lengthMs).toISOString(),
      ...timeInMs(own.reduce(addIntervals).gpuTime),
    }));
}
