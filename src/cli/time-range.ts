import { err, ok, type Result } from "#std";

export interface TimeRange {
  /** RFC 3339, inclusive. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

const LAST = /^(\d{1,5})(m|h|d|w)$/;
const LAST_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

export const timeOptions = {
  last: { takes: "7d", says: "Back from now: a number with m, h, d or w. The default is 7d." },
  from: { takes: "TIME", says: "From here on: 2027-01-31 (midnight in --tz) or RFC 3339." },
  to: { takes: "TIME", says: "Up to here, not included; now by default." },
  tz: { takes: "ZONE", says: "Time zone of days, such as Europe/Berlin; UTC by default." },
} as const;

export interface TimeWords {
  readonly last: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly tz: string;
}

/** The error is a sentence. */
export function readTimeRange({ last, from, to, tz }: TimeWords, nowMs: number): Result<TimeRange, string> {
  if (!isZone(tz)) return err(`--tz: ${tz} is not a time zone; write one such as Europe/Berlin`);
  if (last !== undefined && from !== undefined) return err("give --last or --from, not both");
  const end = to === undefined ? nowMs : readMoment(to, tz);
  if (end === undefined) return err(`--to: ${JSON.stringify(to)} is not a time; write 2027-01-31 or RFC 3339`);
  const start = from === undefined ? startOfLast(last ?? "7d", end) : readMoment(from, tz);
  if (start === undefined) {
    return from === undefined
      ? err(`--last: ${JSON.stringify(last)} is not a time span; write a number with m, h, d or w, such as 7d`)
      : err(`--from: ${JSON.stringify(from)} is not a time; write 2027-01-31 or RFC 3339`);
  }
  if (start >= end) return err("the time asked for ends before it begins");
  return ok({ from: new Date(start).toISOString(), to: new Date(end).toISOString() });
}

function startOfLast(last: string, end: number): number | undefined {
  const [, count = "", unit = ""] = LAST.exec(last) ?? [];
  const unitMs = Object.entries(LAST_MS).find(([name]) => name === unit)?.[1];
  return unitMs === undefined || Number(count) === 0 ? undefined : end - Number(count) * unitMs;
}

function readMoment(text: string, zone: string): number | undefined {
  const isDay = DAY.test(text);
  if (!isDay && !MOMENT.test(text)) return undefined;
  const ms = Date.parse(isDay ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(ms)) return undefined;
  return isDay ? midnightIn(zone, ms) : ms;
}

/** Twice, since the offset at the guess may be that of the other side of a change of clocks. */
function midnightIn(zone: string, utcMidnight: number): number {
  const guess = utcMidnight - offsetMs(zone, utcMidnight);
  return utcMidnight - offsetMs(zone, guess);
}

function offsetMs(zone: string, atMs: number): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(atMs);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(atMs / 1000) * 1000;
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
