/** Wall time of a zone. Days, weeks and months are cut where the people of that zone cut them. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

export type Unit = "minute" | "hour" | "day" | "week" | "month";

export interface Zone {
  readonly wallOf: (instant: number) => WallTime;
  readonly instantOf: (wall: WallTime) => number;
  /** The start of the unit that the instant is in. */
  readonly floor: (instant: number, unit: Unit) => number;
  /** The start of the unit that is `count` units after the one that starts at `start`. */
  readonly add: (start: number, step: { readonly unit: Unit; readonly count: number }) => number;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function createZone(timezone: string): Zone {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const wallOf = (instant: number): WallTime => {
    const found = { year: 0, month: 0, day: 0, hour: 0, minute: 0 };
    for (const { type, value } of format.formatToParts(instant)) {
      if (type === "year" || type === "month" || type === "day" || type === "hour" || type === "minute")
        found[type] = Number(value);
    }
    return found;
  };
  const instantOf = (wall: WallTime) => {
    const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
    // Twice, because the first guess may lie on the other side of a change of the clocks.
    const once = asUtc - offset(asUtc);
    return asUtc - offset(once);
  };
  const offset = (instant: number) => {
    const wall = wallOf(instant);
    const shown = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
    return shown - Math.floor(instant / MINUTE) * MINUTE;
  };
  const floor = (instant: number, unit: Unit) => {
    const wall = wallOf(instant);
    if (unit === "minute") return Math.floor(instant / MINUTE) * MINUTE;
    if (unit === "hour") return Math.floor(instant / MINUTE) * MINUTE - wall.minute * MINUTE;
    return instantOf(startOf(wall, unit));
  };
  const add = (start: number, { unit, count }: { unit: Unit; count: number }) => {
    if (unit === "minute") return start + count * MINUTE;
    if (unit === "hour") return start + count * HOUR;
    const wall = wallOf(start);
    if (unit === "month") return instantOf(inCalendar({ ...wall, month: wall.month + count }));
    return instantOf(inCalendar({ ...wall, day: wall.day + count * (unit === "week" ? 7 : 1) }));
  };
  return { wallOf, instantOf, floor, add };
}

function startOf(wall: WallTime, unit: "day" | "week" | "month"): WallTime {
  const midnight = { ...wall, hour: 0, minute: 0 };
  if (unit === "day") return midnight;
  if (unit === "month") return { ...midnight, day: 1 };
  const weekday = (new Date(Date.UTC(wall.year, wall.month - 1, wall.day)).getUTCDay() + 6) % 7;
  return inCalendar({ ...midnight, day: wall.day - weekday });
}

function inCalendar(wall: WallTime): WallTime {
  const date = new Date(Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute));
  return { ...wall, year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
