/** One page of a provider's report: what it says, what is wrong with one, and what its reader has to know. */
import { type ReportCost, type ReportFormat, type ReportUsage } from "./report.ts";

/**
 * A page that cannot be compared. `not-a-report`: of neither provider's shape. `not-by-model`: quantities without a model.
 * `not-daily`: buckets that no day in UTC holds. `repeated`: the same line of the same day twice, which would count double.
 * `incomplete`: the last page says that more follow. `mixed`: pages of two providers, or some by tier and some not.
 */
export interface ReportProblem {
  readonly type:
    | "not-a-report"
    | "not-by-model"
    | "not-daily"
    | "repeated"
    | "incomplete"
    | "mixed"
    | "other-currency"
    | "too-large";
  /** Place of the page among those given. */
  readonly page: number;
  /** Path in the page. */
  readonly path: string;
}

/** What one page says. */
export interface ReportPage {
  readonly format: ReportFormat;
  /**
   * Pages of one series follow each other: the last must say that it is the last. Undefined for a page without results,
   * which does not say what it has none of.
   */
  readonly series: string | undefined;
  readonly hasMore: boolean;
  readonly days: readonly string[];
  readonly meters: readonly string[];
  readonly isCosts: boolean;
  readonly isByTier: boolean;
  readonly usage: readonly ReportUsage[];
  readonly costs: readonly ReportCost[];
}

export type PageProblem = Pick<ReportProblem, "type" | "path">;

export interface PageReading {
  readonly currency: string;
  /** What the page was asked for, where that is known. */
  readonly asked: string | undefined;
  /** Lines of the pages before: one that is given twice would count double. */
  readonly seen: Seen;
}

/** Says once for each text whether it was seen before. */
export class Seen {
  readonly #texts = new Set<string>();

  again(...parts: readonly unknown[]): boolean {
    const text = JSON.stringify(parts);
    if (this.#texts.has(text)) return true;
    this.#texts.add(text);
    return false;
  }
}
