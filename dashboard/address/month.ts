/** Months as the API writes them, 2027-01, as people of a time zone live through them. */
import { createZone } from "./zone.ts";

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export function isMonth(text: string | undefined): text is string {
  return text !== undefined && MONTH.test(text);
}

export function monthAt(instant: number, timezone: string): string {
  const { year, month } = createZone(timezone).wallOf(instant);
  return write(year, month);
}

export function shiftMonth(month: string, by: number): string {
  const { year, number } = read(month);
  const count = year * 12 + number - 1 + by;
  return write(Math.floor(count / 12), (count % 12) + 1);
}

/** From its first instant to the first of the next. */
export function monthSpan(month: string, timezone: string): { readonly from: number; readonly to: number } {
  const zone = createZone(timezone);
  const start = (name: string) => {
    const { year, number } = read(name);
    return zone.instantOf({ year, month: number, day: 1, hour: 0, minute: 0 });
  };
  return { from: start(month), to: start(shiftMonth(month, 1)) };
}

/** `November 2026`. */
export function sayMonth(month: string): string {
  const { year, number } = read(month);
  return new Intl.DateTimeFormat("en", { timeZone: "UTC", month: "long", year: "numeric" }).format(
    Date.UTC(year, number - 1),
  );
}

function read(month: string): { readonly year: number; readonly number: number } {
  return { year: Number(month.slice(0, 4)), number: Number(month.slice(5)) };
}

function write(year: number, number: number): string {
  return `${year.toString().padStart(4, "0")}-${number.toString().padStart(2, "0")}`;
}
