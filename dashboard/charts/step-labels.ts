import { type Zone } from "../address/zone.ts";

/** Where labels stand on an axis of steps: as many as fit, at round times. */
export function labelledSteps(
  starts: readonly number[],
  { zone, room }: { zone: Zone; room: number },
): readonly number[] {
  const first = starts[0];
  const second = starts[1];
  if (first === undefined || second === undefined) return starts.map((_, index) => index);
  const walls = starts.map((start) => zone.wallOf(start));
  for (const rule of rulesFor(second - first)) {
    const places = walls.flatMap((wall, index) => (rule(wall, starts[index] ?? 0) ? [index] : []));
    if (places.length <= room) return places;
  }
  const every = Math.ceil(starts.length / room);
  return starts.flatMap((_, index) => (index % every === 0 ? [index] : []));
}

type Rule = (wall: ReturnType<Zone["wallOf"]>, start: number) => boolean;

const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360].map(
  (size): Rule =>
    (wall) =>
      (wall.hour * 60 + wall.minute) % size === 0,
);
const hours = [1, 2, 3, 6, 12].map(
  (size): Rule =>
    (wall) =>
      wall.minute === 0 && wall.hour % size === 0,
);
const daysApart = [1, 2].map(
  (size): Rule =>
    (wall) =>
      wall.hour === 0 && wall.minute === 0 && wall.day % size === 0,
);
const mondays: Rule = (wall) =>
  wall.hour === 0 && new Date(Date.UTC(wall.year, wall.month - 1, wall.day)).getUTCDay() === 1;
const monthStarts: Rule = (wall) => wall.day === 1 && wall.hour === 0;
const quarters: Rule = (wall) => wall.day === 1 && wall.month % 3 === 1;

function rulesFor(stepMs: number): readonly Rule[] {
  if (stepMs < 3_600_000) return minutes;
  if (stepMs < 80_000_000) return [...hours, ...daysApart, mondays];
  if (stepMs < 20 * 86_400_000) return [...daysApart, mondays, monthStarts];
  return [monthStarts, quarters];
}
