import { type Usage, type UsageClass } from "#inference";

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that a usage text holds; undefined when it holds none. The text was scanned before, so it parses. */
export function parseUsage(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : undefined;
}

/**
 * Reads the counts of a usage object. Null and absent are unknown; a count that cannot be one (negative, fractional, text)
 * makes the whole usage unknown, because a guess would be booked as truth.
 */
export class UsageCounts {
  isPossible = true;
  #isGiven = false;
  readonly #usage: { [Class in UsageClass]?: number } = {};

  /** The count at a path of keys. */
  at(from: unknown, ...path: readonly string[]): number | undefined {
    let value = from;
    for (const key of path) value = isObject(value) ? value[key] : undefined;
    return this.read(value);
  }

  read(value: unknown): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    this.isPossible = false;
    return undefined;
  }

  /** What is left of a total when its parts are taken out; a part that is larger than the total is impossible. */
  rest(total: number | undefined, ...parts: readonly (number | undefined)[]): number | undefined {
    if (total === undefined) return undefined;
    let left = total;
    for (const part of parts) left -= part ?? 0;
    if (left < 0) this.isPossible = false;
    return left;
  }

  set(name: UsageClass, count: number | undefined): void {
    if (count === undefined) return;
    this.#isGiven = true;
    this.#usage[name] = count;
    // Each count was read as a safe integer, but the sum of two may be none.
    if (!Number.isSafeInteger(count)) this.isPossible = false;
  }

  /** Undefined when a count was impossible or none was given. */
  usage(): Usage | undefined {
    return this.isPossible && this.#isGiven ? this.#usage : undefined;
  }
}

/** The sum of counts that are known; unknown when none is. */
export function sum(...counts: readonly (number | undefined)[]): number | undefined {
  let total: number | undefined;
  for (const count of counts) if (count !== undefined) total = (total ?? 0) + count;
  return total;
}
