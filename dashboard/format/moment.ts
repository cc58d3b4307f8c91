/** Instants as people say them, always in the zone of the book so that two readers of one link see the same hour. */
export interface Moments {
  /** `14:05:12` on the day of `now`, `21 Nov 14:05:12` in its year, else with the year. */
  readonly short: (iso: string | number) => string;
  /** `Sat 21 Nov 2026, 14:05:12.123 UTC`. */
  readonly full: (iso: string | number) => string;
  /** `21 Nov 2026`. */
  readonly day: (iso: string | number) => string;
  /** `21 Nov, 14:05`. */
  readonly minute: (iso: string | number) => string;
  /** `14:05`. */
  readonly clock: (iso: string | number) => string;
  /** `Nov 2026`. */
  readonly month: (iso: string | number) => string;
  /** `21 Nov`. */
  readonly dayOfYear: (iso: string | number) => string;
}

export function createMoments({ timezone, now }: { timezone: string; now: () => number }): Moments {
  const print = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hourCycle: "h23", ...options });
    return (at: string | number) => format.format(new Date(at));
  };
  const time = print({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const clock = print({ hour: "2-digit", minute: "2-digit" });
  const day = print({ day: "numeric", month: "short", year: "numeric" });
  const dayOfYear = print({ day: "numeric", month: "short" });
  const year = print({ year: "numeric" });
  const zoneDay = print({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
  const exact = print({ hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
  return {
    short: (at) => {
      if (day(at) === day(now())) return time(at);
      return year(at) === year(now()) ? `${dayOfYear(at)} ${time(at)}` : `${day(at)} ${time(at)}`;
    },
    full: (at) => `${zoneDay(at).replace(",", "")}, ${exact(at)} ${timezone}`,
    day,
    minute: (at) => `${dayOfYear(at)}, ${clock(at)}`,
    clock,
    month: print({ month: "short", year: "numeric" }),
    dayOfYear,
  };
}

/** How long ago: `just now`, `40 s ago`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function formatAge(ms: number): string {
  if (ms < 5_000) return "just now";
  if (ms < 90_000) return `${Math.round(ms / 1000)} s ago`;
  if (ms < 90 * 60_000) return `${Math.round(ms / 60_000)} min ago`;
  if (ms < 36 * 3_600_000) return `${Math.round(ms / 3_600_000)} h ago`;
  return `${Math.round(ms / 86_400_000)} d ago`;
}

const dates = { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" } as const;

/** A day that has no time of day: `7 Aug 2025`. What is not a date is shown as it is. */
export function formatDate(text: string): string {
  const at = Date.parse(text.slice(0, 10));
  return Number.isNaN(at) ? text : new Date(at).toLocaleDateString("en-GB", dates);
}
