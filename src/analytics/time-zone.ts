/** Local time by the offsets of a zone: found once for a question, so that rows are cut by plain arithmetic. */
import { err, ok, type Result } from "#std";
import { type CalendarUnit, day, month, two, week } from "./calendar.ts";
import { type QuestionProblem } from "./question.ts";

export const timeUnits = ["minute", "hour", "day", "week", "month"] as const;
export type TimeUnit = (typeof timeUnits)[number];

/** From `from` on, local time is UTC plus `offsetMs`. */
export interface ZoneStretch {
  readonly from: number;
  readonly offsetMs: number;
}

const calendar: { readonly [Unit in "day" | "week" | "month"]: CalendarUnit } = { day, week, month };

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Shorter than any time between two changes of one zone (Morocco's Ramadan, about a month). */
const PROBE_MS = 7 * DAY_MS;

export class TimeZone {
  readonly #format: Intl.DateTimeFormat;

  private constructor(format: Intl.DateTimeFormat) {
    this.#format = format;
  }

  static open(name: string): Result<TimeZone, QuestionProblem> {
    try {
      const format = new Intl.DateTimeFormat("en-US", {
        timeZone: name,
        hourCycle: "h23",
        era: "short",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      });
      return ok(new TimeZone(format));
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      return err({ type: "bad-question", field: "tz", detail: "No IANA time zone of this name." });
    }
  }

  /** Local time minus UTC at an instant. */
  offsetAt(at: number): number {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, value]));
    const number = (name: Intl.DateTimeFormatPartTypes) => Number(parts.get(name));
    const year = parts.get("era") === "BC" ? 1 - number("year") : number("year");
    const date = new Date(0);
    date.setUTCFullYear(year, number("month") - 1, number("day"));
    date.setUTCHours(number("hour"), number("minute"), number("second"));
    return date.getTime() - Math.floor(at / 1000) * 1000;
  }

  /** Stretches of one offset each that cover the range, the first from `from`. */
  stretches(from: number, to: number): readonly ZoneStretch[] {
    const found: ZoneStretch[] = [{ from, offsetMs: this.offsetAt(from) }];
    for (let at = from; at < to;) {
      const next = Math.min(at + PROBE_MS, to);
      const before = this.offsetAt(at);
      const after = this.offsetAt(next);
      if (before !== after) found.push({ from: this.#changeBetween(at, next), offsetMs: after });
      at = next;
    }
    return found;
  }

  #changeBetween(before: number, after: number): number {
    const offset = this.offsetAt(before);
    let [low, high] = [before, after];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetAt(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }

  /** The instant at which a local time is reached; in the hour that a change skips, the change itself. */
  instantOf(localMs: number): number {
    // The right offset is that of one of the two days around, the earlier one when both fit.
    const offsets = [this.offsetAt(localMs - DAY_MS), this.offsetAt(localMs + DAY_MS)];
    for (const offset of offsets) if (this.offsetAt(localMs - offset) === offset) return localMs - offset;
    return this.#changeBetween(localMs - DAY_MS, localMs + DAY_MS);
  }

  /** `2026-11-21`, `2026-W47`, `2026-11`; minutes and hours with their offset, so that none comes twice in autumn. */
  label(unit: TimeUnit, key: number): string {
    return unit === "minute" || unit === "hour" ? this.#stamp(key * MINUTE_MS) : calendar[unit].label(key);
  }

  #stamp(at: number): string {
    const offset = this.offsetAt(at);
    const local = new Date(at + offset).toISOString().slice(0, 19);
    if (offset === 0) return `${local}Z`;
    const minutes = Math.abs(Math.round(offset / MINUTE_MS));
    return `${local}${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  }

  /** What a label covers, as a half-open range of instants; undefined when it is no label of the unit. */
  rangeOf(unit: TimeUnit, label: string): readonly [number, number] | undefined {
    if (unit === "minute" || unit === "hour") {
      const start = /T\d\d:\d\d/.test(label) ? Date.parse(label) : Number.NaN;
      return Number.isNaN(start) ? undefined : [start, start + (unit === "hour" ? HOUR_MS : MINUTE_MS)];
    }
    const days = calendar[unit].days(label);
    return days === undefined ? undefined : [this.instantOf(days[0] * DAY_MS), this.instantOf(days[1] * DAY_MS)];
  }
}
