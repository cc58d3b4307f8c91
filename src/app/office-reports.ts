import { type Books } from "#books";
import { type Config } from "#config";
import { type FetchReport, type KeptReport } from "#contract";
import { fetchReport, type ReportProblem, type ReportSettings, toReportDays } from "#reports";
import { ok, type Result } from "#std";
import { type Instant, instant } from "#units";
import { type World } from "#world";
import { type Log } from "./log.ts";

export interface OfficeReportsOptions {
  /** Its network may reach what this allows, and nothing that others allow is lost by it. */
  readonly world: World;
  readonly books: Pick<Books, "reports">;
  readonly config: () => Pick<Config, "currency" | "reports">;
  readonly log: Log;
}

interface Fetched {
  readonly at: Instant;
  /** What did not come; undefined when all did. */
  readonly problem: string | undefined;
}

type Span = Awaited<ReturnType<Books["reports"]["spans"]>>[number];

const LOOK_MS = 5_000;
const DAY_MS = 86_400_000;

/** Fetches what providers report, again and again, and keeps it day by day. */
export class OfficeReports {
  readonly #options: OfficeReportsOptions;
  readonly #last = new Map<string, Fetched>();
  readonly #running = new Map<string, Promise<void>>();
  #timer: { cancel(): void } | undefined;
  #isStopped = false;

  constructor(options: OfficeReportsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.world.clock.every(LOOK_MS, () => this.#look());
  }

  /** What is on its way is not kept any more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Each provider that reports are kept of or fetched from, by name. */
  async list(): Promise<readonly KeptReport[]> {
    const { books, config } = this.#options;
    const spans = new Map((await books.reports.spans()).map((span) => [span.provider, span]));
    const settings = new Map(config().reports.map((each) => [each.provider, each]));
    const names = [...new Set([...spans.keys(), ...settings.keys()])].toSorted();
    return names.map((name) => this.#describe(name, { span: spans.get(name), settings: settings.get(name) }));
  }

  #describe(
    provider: string,
    { span, settings }: { readonly span: Span | undefined; readonly settings: ReportSettings | undefined },
  ): KeptReport {
    const next = settings === undefined ? undefined : this.#dueAt(settings, span?.fetchedAt);
    return {
      provider,
      format: settings?.format ?? (span?.format === "anthropic" ? "anthropic" : "openai"),
      is_fetched: settings !== undefined,
      every_ms: settings?.everyMs,
      days: 0,
      ...(span === undefined ? {} : keptOf(span)),
      next_at: next === undefined ? undefined : new Date(next).toISOString(),
      is_fetching: this.#running.has(provider),
      problem: this.#last.get(provider)?.problem,
    };
  }

  /** Fetches now, or waits for the fetch that runs; false where tare.yaml does not say how. */
  async fetch(provider: string, { from, to }: FetchReport): Promise<boolean> {
    const settings = this.#options.config().reports.find((each) => each.provider === provider);
    if (settings === undefined) return false;
    await this.#running.get(provider);
    const now = this.#options.world.clock.now();
    const until = to === undefined ? now : Math.min(now, Date.parse(to) + DAY_MS);
    const since = from === undefined ? startOf(now, settings.days) : Date.parse(from);
    await this.#run(settings, { from: instant(since), to: instant(until) });
    return true;
  }

  /** Cuts pages into days and keeps them in the place of earlier reports of the same days. */
  async keep(
    provider: string,
    {
      pages,
      asked,
      at,
    }: { readonly pages: readonly unknown[]; readonly asked?: readonly string[]; readonly at: Instant },
  ): Promise<Result<number, ReportProblem>> {
    const { books, config } = this.#options;
    const days = toReportDays(pages, config().currency, asked);
    if (!days.ok) return days;
    await books.reports.keep(
      days.value.map(({ buckets, ...day }) => ({ provider, ...day, buckets: JSON.stringify(buckets), fetchedAt: at })),
    );
    return ok(days.value.length);
  }

  async #look(): Promise<void> {
    const { world, books, config } = this.#options;
    const settings = config().reports;
    world.network.allow(settings.map(({ origin }) => origin));
    if (settings.length === 0) return;
    const spans = new Map((await books.reports.spans()).map((span) => [span.provider, span.fetchedAt]));
    const now = world.clock.now();
    for (const each of settings) {
      if (this.#running.has(each.provider) || this.#dueAt(each, spans.get(each.provider)) > now) continue;
      void this.#run(each, { from: startOf(now, each.days), to: now });
    }
  }

  /** A provider that failed is asked again when it is due, and not at each look. */
  #dueAt({ provider, everyMs }: ReportSettings, keptAt: Instant | undefined): number {
    const last = Math.max(this.#last.get(provider)?.at ?? 0, keptAt ?? 0);
    return last === 0 ? this.#options.world.clock.now() : last + everyMs;
  }

  #run(settings: ReportSettings, range: { readonly from: Instant; readonly to: Instant }): Promise<void> {
    const { provider } = settings;
    const running = this.#fetch(settings, range).finally(() => this.#running.delete(provider));
    this.#running.set(provider, running);
    return running;
  }

  async #fetch(settings: ReportSettings, range: { readonly from: Instant; readonly to: Instant }): Promise<void> {
    const { world, log } = this.#options;
    const { provider } = settings;
    const at = world.clock.now();
    const { pages, asked, missing } = await fetchReport(world, settings, range);
    if (this.#isStopped) return;
    const kept = pages.length === 0 ? ok(0) : await this.keep(provider, { pages, asked, at });
    const problems = missing.map(({ series, problem }) => `${series}: ${sayProblem[problem.type]} (${problem.detail})`);
    if (!kept.ok) problems.push(`the report cannot be read: ${kept.error.type} at ${kept.error.path}`);
    const problem = problems.length === 0 ? undefined : problems.join("; ");
    this.#last.set(provider, { at, problem });
    if (problem === undefined) log("info", "report-fetched", { provider, days: kept.ok ? kept.value : 0 });
    else log("warn", "report-not-fetched", { provider, problem });
  }
}

function keptOf({ days, firstDay, lastDay, fetchedAt }: Span) {
  return { days, first_day: firstDay, last_day: lastDay, fetched_at: new Date(fetchedAt).toISOString() };
}

const sayProblem = {
  refused: "the admin key is refused",
  absent: "there is no such report at this address",
  unavailable: "the provider did not answer, however often it was asked",
  unreadable: "the answer is no report",
  endless: "its pages have no end",
} as const;

function startOf(now: Instant, days: number): Instant {
  return instant((Math.floor(now / DAY_MS) - days + 1) * DAY_MS);
}
