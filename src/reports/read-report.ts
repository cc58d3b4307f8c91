import { z } from "zod";
import { err, ok, type Result } from "#std";
import { readAnthropicPage } from "./read-anthropic.ts";
import { type PageProblem, type PageReading, type ReportPage, type ReportProblem, Seen } from "./report-page.ts";
import { readOpenAiPage } from "./read-openai.ts";
import { type ProviderReport } from "./report.ts";

const PAGES_MAX = 1000;

/** What each page was asked for, where that is known: one without results does not say what it has none of. */
export type AskedFor = readonly (string | undefined)[];

/** Pages of a provider's usage and cost APIs, parsed from JSON, in any order of kinds; of amounts in `currency`. */
export function readReport(
  pages: readonly unknown[],
  currency: string,
  asked: AskedFor = [],
): Result<ProviderReport, ReportProblem> {
  const read = readPages(pages, { currency, asked, linesMax: LINES_MAX });
  if (!read.ok) return read;
  const problem = problemOf(read.value);
  return problem === undefined ? ok(joinPages(read.value)) : err(problem);
}

interface Reading {
  readonly currency: string;
  readonly asked: AskedFor;
  readonly linesMax: number;
}

export const LINES_MAX = 200_000;

export function readPages(
  pages: readonly unknown[],
  { currency, asked, linesMax }: Reading,
): Result<readonly ReportPage[], ReportProblem> {
  if (pages.length > PAGES_MAX) return err({ type: "too-large", page: PAGES_MAX, path: "" });
  const read: ReportPage[] = [];
  const seen = new Seen();
  let lines = 0;
  for (const [page, json] of pages.entries()) {
    const found = readPage(json, { currency, seen, asked: asked[page] });
    if (!found.ok) return err({ ...found.error, page });
    lines += found.value.usage.length + found.value.costs.length;
    if (lines > linesMax) return err({ type: "too-large", page, path: "" });
    read.push(found.value);
  }
  return ok(read);
}

function readPage(json: unknown, reading: PageReading): Result<ReportPage, PageProblem> {
  const shape = z.looseObject({ data: z.array(z.looseObject({})) }).safeParse(json);
  if (!shape.success) return err({ type: "not-a-report", path: "data" });
  const [bucket] = shape.data.data;
  if (bucket === undefined || "start_time" in bucket) return readOpenAiPage(json, reading);
  return readAnthropicPage(json, reading);
}

/** Series that are not whole, or pages that do not go together. */
export function problemOf(pages: readonly ReportPage[]): ReportProblem | undefined {
  const [first] = pages;
  if (first === undefined) return { type: "not-a-report", page: 0, path: "" };
  const last = new Map<string, { readonly page: ReportPage; readonly index: number }>();
  let series = "";
  for (const [index, page] of pages.entries()) {
    series = page.series ?? series;
    last.set(series, { page, index });
  }
  for (const { page, index } of last.values())
    if (page.hasMore) return { type: "incomplete", page: index, path: "has_more" };
  const isByTier = tieredPages(pages).every((page) => page.isByTier);
  for (const [index, page] of pages.entries()) {
    if (page.format !== first.format) return { type: "mixed", page: index, path: "" };
    if (tieredPages([page]).some((each) => each.isByTier !== isByTier))
      return { type: "mixed", page: index, path: "service_tier" };
  }
  return undefined;
}

/** By tier where all of it is. */
export function joinPages(pages: readonly ReportPage[]): ProviderReport {
  return {
    format: pages[0]?.format ?? "openai",
    usage: pages.flatMap(({ usage }) => usage),
    costs: pages.flatMap(({ costs }) => costs),
    stated: new Set(
      pages.flatMap(({ days, meters }) => days.flatMap((day) => meters.map((meter) => `${day} ${meter}`))),
    ),
    costDays: new Set(pages.filter(({ isCosts }) => isCosts).flatMap(({ days }) => days)),
    days: [...new Set(pages.flatMap(({ days }) => days))].toSorted(),
    isByTier: tieredPages(pages).every((page) => page.isByTier),
  };
}

function tieredPages(pages: readonly ReportPage[]): readonly ReportPage[] {
  return pages.filter((page) => page.usage.some(({ meter }) => meter in byTier));
}

/** Meters that providers group by tier; searches and images are not. */
const byTier: Readonly<Record<string, true>> = {
  input: true,
  output: true,
  cache_read: true,
  cache_write: true,
  cache_write_5m: true,
  cache_write_1h: true,
};
