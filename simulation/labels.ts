/** Calendar periods read off the wall clock of a zone, with no arithmetic of the budgets. */
import { type BudgetDefinition } from "#budget";

const DAY_MS = 86_400_000;
const known = new Map<string, string>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** Simulated zones move by whole hours, so minutes and hours are those of UTC. */
export function labelOf({ per, zone }: Pick<BudgetDefinition, "per" | "zone">, at: number): string {
  if (per === "total") return "total";
  if (per === "minute") return `${Math.floor(at / 60_000)}`;
  if (per === "hour") return `${Math.floor(at / 3_600_000)}`;
  const date = dateOf(zone, at);
  if (per === "day") return date;
  if (per === "week") {
    const day = Date.parse(`${date}T00:00:00Z`);
    const sinceMonday = (new Date(day).getUTCDay() + 6) % 7;
    return new Date(day - sinceMonday * DAY_MS).toISOString().slice(0, 10);
  }
  return per === "month" ? date.slice(0, 7) : date.slice(0, 4);
}

function dateOf(zone: string, at: number): string {
  const key = `${zone}|${Math.floor(at / 60_000)}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("en-CA", { timeZone: zone });
  formats.set(zone, format);
  known.set(key, format.format(at));
  return known.get(key) ?? "";
}
