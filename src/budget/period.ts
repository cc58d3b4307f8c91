/** The period of a budget that an instant falls in: aligned to the calendar of a zone, never to a first use. */
import { type Instant, instant } from "#units";
import { type Zone } from "./zone.ts";

export const periodLengths = ["minute", "hour", "day", "week", "month", "year", "total"] as const;
export type PeriodLength = (typeof periodLengths)[number];

/** Half-open: `to` is the first instant of the next one. The key is unique among the periods of one length and zone. */
export interface Period {
  readonly key: string;
  readonly from: Instant;
  readonly to: Instant;
}

const DAY_MS = 86_400_000;
const STRETCH_MS = { minute: 60_000, hour: 3_600_000 } as const;
// The last instant that a Date can hold.
const TOTAL: Period = { key: "total", from: instant(0), to: instant(8.64e15) };

/** Periods follow each other without gap or overlap, through every change of the clocks. */
export function periodAt(at: Instant, { per, zone }: { readonly per: PeriodLength; readonly zone: Zone }): Period {
  if (per === "total") return TOTAL;
  if (per === "minute" || per === "hour") return stretchAt(at, { lengthMs: STRETCH_MS[per], zone });
  const unit = units[per];
  const start = (number: number) => zone.instantOf(unit.firstDay(number) * DAY_MS);
  let number = unit.numberOf(Math.floor((at + zone.offsetAt(at)) / DAY_MS));
  // Where clocks go back over midnight a local date comes twice; the first midnight is the border.
  while (at < start(number)) number -= 1;
  while (at >= start(number + 1)) number += 1;
  return { key: unit.label(number), from: instant(start(number)), to: instant(start(number + 1)) };
}

/** Remembers the period it answered last, since the calendar costs microseconds and a comparison nanoseconds. */
export class PeriodClock {
  readonly #per: PeriodLength;
  readonly #zone: Zone;
  #last: Period | undefined;

  constructor(per: PeriodLength, zone: Zone) {
    this.#per = per;
    this.#zone = zone;
  }

  at(at: Instant): Period {
    if (this.#last === undefined || at < this.#last.from || at >= this.#last.to)
      this.#last = periodAt(at, { per: this.#per, zone: this.#zone });
    return this.#last;
  }
}

/** A change of the clocks inside a minute or hour ends it, as on Lord Howe Island, which moves by thirty minutes. */
function stretchAt(at: number, { lengthMs, zone }: { readonly lengthMs: number; readonly zone: Zone }): Period {
  const offset = zone.offsetAt(at);
  const start = Math.floor((at + offset) / lengthMs) * lengthMs - offset;
  const end = start + lengthMs;
  const from = zone.offsetAt(start) === offset ? start : zone.changeBetween(start, at);
  const to = zone.offsetAt(end - 1) === offset ? end : zone.changeBetween(at, end);
  return { key: new Date(from).toISOString().slice(0, 19), from: instant(from), to: instant(to) };
}

interface CalendarUnit {
  /** Both count days since 1970-01-01. */
  readonly numberOf: (day: number) => number;
  readonly firstDay: (number: number) => number;
  readonly label: (number: number) => string;
}

const dateOf = (day: number) => new Date(day * DAY_MS);
const two = (number: number) => String(number).padStart(2, "0");

const units: { readonly [Name in "day" | "week" | "month" | "year"]: CalendarUnit } = {
  day: { numberOf: (day) => day, firstDay: (day) => day, label: (day) => dateOf(day).toISOString().slice(0, 10) },
  week: {
    // 1970-01-01 was a Thursday, and a week belongs to the year of its Thursday.
    numberOf: (day) => Math.floor((day + 3) / 7),
    firstDay: (number) => number * 7 - 3,
    label(number) {
      const year = dateOf(number * 7).getUTCFullYear();
      return `${year}-W${two(Math.floor((number * 7 - Date.UTC(year, 0, 1) / DAY_MS) / 7) + 1)}`;
    },
  },
  month: {
    numberOf: (day) => (dateOf(day).getUTCFullYear() - 1970) * 12 + dateOf(day).getUTCMonth(),
    firstDay: (number) => Date.UTC(1970, number) / DAY_MS,
    label: (number) =>
      dateOf(Date.UTC(1970, number) / DAY_MS)
        .toISOString()
        .slice(0, 7),
  },
  year: {
    numberOf: (day) => dateOf(day).getUTCFullYear(),
    firstDay: (number) => Date.UTC(number, 0) / DAY_MS,
    label: String,
  },
};
