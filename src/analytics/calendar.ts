/** Days, ISO weeks and months counted from 1970-01-01, and how they are written. */
const DAY_MS = 86_400_000;

export interface CalendarUnit {
  /** Of the unit with this number: days since 1970-01-01, ISO weeks since the one that holds it, months since 1970-01. */
  readonly label: (number: number) => string;
  /** First day and the day after the last; undefined when the label is none. */
  readonly days: (label: string) => readonly [number, number] | undefined;
}

export const day: CalendarUnit = {
  label: (number) => new Date(number * DAY_MS).toISOString().slice(0, 10),
  days(label) {
    const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(label) ?? [];
    const number = Date.UTC(Number(year), Number(month) - 1, Number(date)) / DAY_MS;
    return Number.isInteger(number) && day.label(number) === label ? [number, number + 1] : undefined;
  },
};

/** The ISO year of a week is that of its Thursday, its number how many Thursdays of that year came before. */
export const week: CalendarUnit = {
  label(number) {
    const thursday = number * 7;
    const year = new Date(thursday * DAY_MS).getUTCFullYear();
    const place = Math.floor((thursday - Date.UTC(year, 0, 1) / DAY_MS) / 7) + 1;
    return `${year}-W${two(place)}`;
  },
  days(label) {
    const [, year, place] = /^(\d{4})-W(\d{2})$/.exec(label) ?? [];
    // 4 January is always in the first week.
    const number = Math.floor((Date.UTC(Number(year), 0, 4) / DAY_MS + 3) / 7) + Number(place) - 1;
    return Number.isInteger(number) && week.label(number) === label ? [number * 7 - 3, number * 7 + 4] : undefined;
  },
};

export const month: CalendarUnit = {
  label: (number) => `${1970 + Math.floor(number / 12)}-${two(number - Math.floor(number / 12) * 12 + 1)}`,
  days(label) {
    const [, year, place] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(label) ?? [];
    if (year === undefined) return undefined;
    return [Date.UTC(Number(year), Number(place) - 1) / DAY_MS, Date.UTC(Number(year), Number(place)) / DAY_MS];
  },
};

export function two(number: number): string {
  return number.toString().padStart(2, "0");
}
