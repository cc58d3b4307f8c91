/** Reports cut into days, so that a later report of a day takes the place of an earlier one. */
import { z } from "zod";
import { assert, ok, type Result } from "#std";
import { type AskedFor, joinPages, readPages, type ReportProblem } from "./read-report.ts";
import { type ReportFormat } from "./report.ts";

/** One kind of report of one day in UTC, as the provider said it. */
export interface ReportDay {
  readonly day: string;
  /** Such as `completions` or `costs`. */
  readonly series: string;
  readonly format: ReportFormat;
  /** Buckets of the provider's pages. */
  readonly buckets: readonly unknown[];
}

const Buckets = z.looseObject({ data: z.array(z.unknown()) });

/** A page without results whose kind nobody knows is in none. */
export function toReportDays(
  pages: readonly unknown[],
  currency: string,
  asked: AskedFor = [],
): Result<readonly ReportDay[], ReportProblem> {
  const read = readPages(pages, currency, asked);
  if (!read.ok) return read;
  const joined = joinPages(read.value);
  if (!joined.ok) return joined;
  const found = new Map<string, { readonly of: Omit<ReportDay, "buckets">; readonly buckets: unknown[] }>();
  let series: string | undefined;
  for (const [place, page] of read.value.entries()) {
    series = page.series ?? series;
    if (series === undefined) continue;
    const { data } = Buckets.parse(pages[place]);
    for (const [index, day] of page.days.entries()) {
      const key = `${day} ${series}`;
      const known = found.get(key) ?? { of: { day, series, format: page.format }, buckets: [] };
      known.buckets.push(data[index]);
      found.set(key, known);
    }
  }
  return ok([...found.values()].map(({ of, buckets }) => ({ ...of, buckets })));
}

/** Pages that say the same, for `readReport`. */
export function toPages(days: readonly ReportDay[]): { readonly pages: readonly unknown[]; readonly asked: AskedFor } {
  const series = [...Map.groupBy(days, (each) => each.series)];
  return {
    pages: series.map(([, group]) => {
      const [first] = group;
      assert(first !== undefined, "a group has a first");
      const page = { data: group.flatMap(({ buckets }) => buckets), has_more: false };
      return first.format === "openai" ? { object: "page", ...page } : page;
    }),
    asked: series.map(([name]) => name),
  };
}
