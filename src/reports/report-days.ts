/** Reports cut into days, so that a later report of a day takes the place of an earlier one. */
import { z } from "zod";
import { assert, err, ok, type Result } from "#std";
import { type AskedFor, joinPages, LINES_MAX, problemOf, readPages } from "./read-report.ts";
import { type ReportProblem } from "./report-page.ts";
import { type ProviderReport, type ReportFormat } from "./report.ts";

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
  const read = readPages(pages, { currency, asked, linesMax: LINES_MAX });
  if (!read.ok) return read;
  const problem = problemOf(read.value);
  if (problem !== undefined) return err(problem);
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

/**
 * The report of days that were kept, however many. Where some are by tier and some not it is compared without tiers, and
 * where a provider's format was changed its days of the newest hold.
 */
export function fromReportDays(days: readonly ReportDay[], currency: string): ProviderReport | undefined {
  const format = days.toSorted((left, right) => (left.day < right.day ? -1 : 1)).at(-1)?.format;
  if (format === undefined) return undefined;
  const ofFormat = days.filter((each) => each.format === format);
  const series = [...Map.groupBy(ofFormat, (each) => each.series)];
  const pages = series.map(([, group]) => {
    const page = { data: group.flatMap(({ buckets }) => buckets), has_more: false };
    return format === "openai" ? { object: "page", ...page } : page;
  });
  const asked = series.map(([name]) => name);
  const read = readPages(pages, { currency, asked, linesMax: Number.POSITIVE_INFINITY });
  assert(read.ok, "what was kept had been read");
  return joinPages(read.value);
}
