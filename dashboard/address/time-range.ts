import { createZone, DAY, HOUR, MINUTE, type Unit, type Zone } from "./zone.ts";

/** Ranges that end now, by the name they have in the URL. */
export const presets = {
  "15m": { says: "15 minutes", unit: "minute", units: 1, steps: 15, span: 15 * MINUTE },
  "1h": { says: "hour", unit: "minute", units: 1, steps: 60, span: HOUR },
  "6h": { says: "6 hours", unit: "minute", units: 10, steps: 36, span: 6 * HOUR },
  "24h": { says: "24 hours", unit: "hour", units: 1, steps: 24, span: DAY },
  "7d": { says: "7 days", unit: "hour", units: 6, steps: 28, span: 7 * DAY },
  "30d": { says: "30 days", unit: "day", units: 1, steps: 30, span: 30 * DAY },
  "90d": { says: "90 days", unit: "day", units: 1, steps: 90, span: 90 * DAY },
  "12mo": { says: "12 months", unit: "month", units: 1, steps: 12, span: 365 * DAY },
} as const satisfies Record<string, Preset>;

interface Preset {
  readonly says: string;
  readonly unit: Unit;
  readonly units: number;
  readonly steps: number;
  readonly span: number;
}

export type PresetName = keyof typeof presets;

export type TimeRange =
  | { readonly type: "last"; readonly preset: PresetName }
  | { readonly type: "between"; readonly from: number; readonly to: number };

/** A range at one moment: half-open, cut into steps, with the period of the same length right before it. */
export interface Period {
  readonly from: number;
  readonly to: number;
  readonly before: { readonly from: number; readonly to: number; readonly starts: readonly number[] };
  /** What the API groups by; `units` of them make one step of a chart. */
  readonly unit: Unit;
  readonly units: number;
  /** Where each step starts; the last one ends at `end`, which may lie after `to`. */
  readonly starts: readonly number[];
  readonly end: number;
}

export function isPresetName(text: string): text is PresetName {
  return Object.hasOwn(presets, text);
}

/** The shortest preset that holds a whole ledger that began at `firstAt`: a new ledger opens on its first minutes. */
export function presetFor({ firstAt, now }: { firstAt: number | undefined; now: number }): PresetName {
  if (firstAt === undefined) return "1h";
  const age = now - firstAt;
  if (age <= 15 * MINUTE) return "15m";
  if (age <= HOUR) return "1h";
  if (age <= 6 * HOUR) return "6h";
  if (age <= DAY) return "24h";
  return age <= 7 * DAY ? "7d" : "30d";
}

export function resolveRange(range: TimeRange, { now, timezone }: { now: number; timezone: string }): Period {
  const zone = createZone(timezone);
  return range.type === "last" ? lastPeriod(presets[range.preset], { now, zone }) : periodBetween(range, zone);
}

/**
 * Starts on a whole step so that no bar is a part of one, and ends now. The period before ends as long ago, so that a
 * half-finished day is compared with half a day.
 */
function lastPeriod(preset: Preset, { now, zone }: { now: number; zone: Zone }): Period {
  const { unit, units, steps } = preset;
  const current = floorStep(now, { unit, units, zone });
  const from = zone.add(current, { unit, count: -units * (steps - 1) });
  const before = zone.add(from, { unit, count: -units * steps });
  return {
    from,
    to: now,
    before: {
      from: before,
      to: before + (now - from),
      starts: stepsBetween({ from: before, to: from }, { unit, units, zone }).starts,
    },
    unit,
    units,
    ...stepsBetween({ from, to: now }, { unit, units, zone }),
  };
}

function periodBetween({ from, to }: { from: number; to: number }, zone: Zone): Period {
  const { unit, units } = stepFor(to - from);
  const start = floorStep(from, { unit, units, zone });
  const before = from - (to - from);
  return {
    from,
    to,
    before: {
      from: before,
      to: from,
      starts: stepsBetween({ from: floorStep(before, { unit, units, zone }), to: from }, { unit, units, zone }).starts,
    },
    unit,
    units,
    ...stepsBetween({ from: start, to }, { unit, units, zone }),
  };
}

function stepFor(span: number): { unit: Unit; units: number } {
  if (span <= 90 * MINUTE) return { unit: "minute", units: 1 };
  if (span <= 12 * HOUR) return { unit: "minute", units: 10 };
  if (span <= 3 * DAY) return { unit: "hour", units: 1 };
  if (span <= 15 * DAY) return { unit: "hour", units: 6 };
  return span <= 120 * DAY ? { unit: "day", units: 1 } : { unit: "month", units: 1 };
}

interface StepOf {
  readonly unit: Unit;
  readonly units: number;
  readonly zone: Zone;
}

/** The start of the step that holds an instant. Steps of several units count from the start of the hour or day. */
function floorStep(instant: number, { unit, units, zone }: StepOf): number {
  const start = zone.floor(instant, unit);
  if (units === 1) return start;
  const wall = zone.wallOf(start);
  const place = unit === "minute" ? wall.minute : wall.hour;
  return zone.add(start, { unit, count: -(place % units) });
}

function stepsBetween({ from, to }: { from: number; to: number }, { unit, units, zone }: StepOf) {
  const starts: number[] = [];
  let at = from;
  while (at < to) {
    starts.push(at);
    at = zone.add(at, { unit, count: units });
  }
  return { starts, end: at };
}

const STAMP = /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2})(?::(\d{2}))?(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?$/;

/** Reads the value of a time dimension: an instant with its offset, or wall time of the zone; also `2026-W47`. */
export function parseStep(value: string, timezone: string): number | undefined {
  const match = STAMP.exec(value);
  if (match === null) return parseWeek(value, timezone);
  const [, year, month, day = "1", hour = "0", minute = "0", offset] = match;
  if (offset !== undefined) return Date.parse(value.replace(" ", "T"));
  return createZone(timezone).instantOf({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
  });
}

function parseWeek(value: string, timezone: string): number | undefined {
  const match = /^(\d{4})-W(\d{2})$/.exec(value);
  if (match === null) return undefined;
  const zone = createZone(timezone);
  const fourth = zone.instantOf({ year: Number(match[1]), month: 1, day: 4, hour: 0, minute: 0 });
  return zone.add(zone.floor(fourth, "week"), { unit: "week", count: Number(match[2]) - 1 });
}
