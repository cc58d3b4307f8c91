import { type Instant } from "./instant.ts";

/** An id that says what it names; free at run time and readable in logs. */
export type Id<Kind extends string> = `${Kind}_${string}`;

/** Sorts by time of making: 48 bits of milliseconds, then the given randomness (hex, 16 digits or more). */
export function newId<Kind extends string>(kind: Kind, at: Instant, random: string): Id<Kind> {
  return `${kind}_${at.toString(16).padStart(12, "0")}${random}`;
}
