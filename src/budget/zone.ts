/** Local time of one IANA zone, found by asking the platform for its wall clock. */
import { err, ok, type Result } from "#std";

const DAY_MS = 86_400_000;

export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;

  private constructor(name: string, format: Intl.DateTimeFormat) {
    this.name = name;
    this.#format = format;
  }

  static open(name: string): Result<Zone, { readonly type: "unknown_time_zone"; readonly name: string }> {
    try {
      const numeric = {
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      } as const;
      const format = new Intl.DateTimeFormat("en-US", {
        timeZone: name,
        hourCycle: "h23",
        year: "numeric",
        ...numeric,
      });
      return ok(new Zone(name, format));
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      return err({ type: "unknown_time_zone", name });
    }
  }

  /** Local time minus UTC, in ms. */
  offsetAt(at: number): number {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? Number.NaN;
    const date = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
    return date - Math.floor(at / 1000) * 1000;
  }

  /** When a local time is reached first; in the stretch that a change skips, the change itself. */
  instantOf(local: number): number {
    const offsets = [this.offsetAt(local - DAY_MS), this.offsetAt(local + DAY_MS)];
    for (const offset of offsets) if (this.offsetAt(local - offset) === offset) return local - offset;
    return this.changeBetween(local - DAY_MS, local + DAY_MS);
  }

  /** The first instant after `before` with another offset than it has; there must be one up to `after`. */
  changeBetween(before: number, after: number): number {
    const offset = this.offsetAt(before);
    let [low, high] = [before, after];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetAt(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }
}
