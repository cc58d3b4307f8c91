import { z } from "zod";
import { err, ok, type Result, unreachable } from "#std";
import { type Instant } from "#units";
import { type Upstream, type World } from "#world";
import { askPage, type FetchProblem } from "./ask-page.ts";
import { type ReportFormat } from "./report.ts";
import { type ReportSettings } from "./reports-config.ts";

export interface FetchedReport {
  readonly pages: readonly unknown[];
  /** What each page is of. */
  readonly asked: readonly string[];
  /** Reports that did not come; what came of the others is whole. */
  readonly missing: readonly { readonly series: string; readonly problem: FetchProblem }[];
}

interface Series {
  /** What its results are of, as `readReport` names it. */
  readonly name: string;
  readonly path: string;
  readonly query: (range: Range) => string;
}

interface Range {
  readonly from: Instant;
  /** Exclusive. */
  readonly to: Instant;
}

const CONNECT_MS = 10_000;
const BUCKETS = 31;
/** A year of days in pages of one day each. */
const PAGES_MAX = 400;

/**
 * Usage and costs of whole days in UTC, page by page, each report to its end. A key that is refused once is not tried on the
 * other reports.
 */
export async function fetchReport(
  { clock, network }: Pick<World, "clock" | "network">,
  settings: ReportSettings,
  range: Range,
): Promise<FetchedReport> {
  const upstream = network.upstream(settings.origin, { connectTimeoutMs: CONNECT_MS });
  const [pages, asked]: [unknown[], string[]] = [[], []];
  const missing: { series: string; problem: FetchProblem }[] = [];
  for (const series of seriesOf(settings.format)) {
    const found = await fetchSeries({ clock, upstream }, settings, { series, range });
    for (const page of found.ok ? found.value : []) {
      pages.push(page);
      asked.push(series.name);
    }
    if (!found.ok) missing.push({ series: series.name, problem: found.error });
    if (!found.ok && found.error.type === "refused") break;
  }
  await upstream.close();
  return { pages, asked, missing };
}

const Paged = z.looseObject({ has_more: z.boolean().nullish(), next_page: z.string().max(4096).nullish() });

async function fetchSeries(
  { clock, upstream }: Pick<World, "clock"> & { readonly upstream: Upstream },
  settings: ReportSettings,
  { series, range }: { readonly series: Series; readonly range: Range },
): Promise<Result<readonly unknown[], FetchProblem>> {
  const pages: unknown[] = [];
  const headers = [...credentials(settings), "accept", "application/json", "user-agent", "tare"];
  for (let cursor: string | undefined; ;) {
    const more = cursor === undefined ? "" : `&page=${encodeURIComponent(cursor)}`;
    const path = `${settings.basePath}${series.path}?${series.query(range)}${more}`;
    const answer = await askPage({ clock }, upstream, { path, headers });
    if (!answer.ok) return answer;
    const page = Paged.safeParse(answer.value);
    if (!page.success) return err({ type: "unreadable", detail: "not a page of a report" });
    pages.push(answer.value);
    const next = page.data.next_page ?? undefined;
    if (page.data.has_more !== true) return ok(pages);
    if (next === undefined || next === cursor || pages.length === PAGES_MAX)
      return err({ type: "endless", detail: `after ${pages.length} pages` });
    cursor = next;
  }
}

function credentials({ format, adminKey }: ReportSettings): readonly string[] {
  switch (format) {
    case "openai":
      return ["authorization", `Bearer ${adminKey.reveal()}`];
    case "anthropic":
      return ["x-api-key", adminKey.reveal(), "anthropic-version", "2023-06-01"];
    default:
      return unreachable(format);
  }
}

function seriesOf(format: ReportFormat): readonly Series[] {
  return format === "openai" ? openAiSeries : anthropicSeries;
}

const openAiUsage = [
  ["completions", "completions", ["model", "service_tier", "batch"]],
  ["embeddings", "embeddings", ["model"]],
  ["images", "images", ["model"]],
  ["audio_speeches", "audio_speeches", ["model"]],
  ["audio_transcriptions", "audio_transcriptions", ["model"]],
  ["web_searches", "web_search_calls", ["model"]],
  ["file_searches", "file_search_calls", []],
  ["code_interpreter_sessions", "code_interpreter_sessions", []],
] as const;

const openAiSeries: readonly Series[] = [
  ...openAiUsage.map(([name, path, by]): Series => ({
    name,
    path: `/organization/usage/${path}`,
    query: (range) =>
      `${openAiRange(range)}&bucket_width=1d&limit=${BUCKETS}${by.map((one) => `&group_by=${one}`).join("")}`,
  })),
  {
    name: "costs",
    path: "/organization/costs",
    query: (range) => `${openAiRange(range)}&bucket_width=1d&limit=${BUCKETS}&group_by=line_item`,
  },
];

function openAiRange({ from, to }: Range): string {
  return `start_time=${Math.floor(from / 1000)}&end_time=${Math.ceil(to / 1000)}`;
}

const anthropicSeries: readonly Series[] = [
  {
    name: "usage",
    path: "/v1/organizations/usage_report/messages",
    query: (range) =>
      `${anthropicRange(range)}&bucket_width=1d&limit=${BUCKETS}&group_by[]=model&group_by[]=service_tier`,
  },
  {
    name: "costs",
    path: "/v1/organizations/cost_report",
    query: (range) => `${anthropicRange(range)}&limit=${BUCKETS}&group_by[]=description`,
  },
];

function anthropicRange({ from, to }: Range): string {
  return `starting_at=${new Date(from).toISOString()}&ending_at=${new Date(to).toISOString()}`;
}
