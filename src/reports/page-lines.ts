/** What the readers of both formats share: days, repeated lines, and zeros that need no line. */
import { err, ok, type Result } from "#std";
import { type PageProblem, type PageReading } from "./report-page.ts";
import { type ReportCost, type ReportUsage } from "./report.ts";

const DAY_MS = 86_400_000;

/** The day in UTC that holds all of a bucket; undefined when none does. */
function dayOf(fromMs: number, toMs: number): string | undefined {
  if (!Number.isFinite(fromMs) || !(toMs > fromMs) || Math.floor(fromMs / DAY_MS) !== Math.floor((toMs - 1) / DAY_MS))
    return undefined;
  return new Date(fromMs).toISOString().slice(0, 10);
}

/** Lines of quantities that are not zero. */
export function usageLines(
  of: { readonly day: string; readonly model: string; readonly tier: string | undefined },
  quantities: Readonly<Record<string, number>>,
): readonly ReportUsage[] {
  return Object.entries(quantities)
    .filter(([, quantity]) => quantity !== 0)
    .map(([meter, quantity]) => ({ ...of, meter, quantity }));
}

/** A credit or a tax by its words; a negative amount is a credit whatever it is called. */
export function kindOfLine(item: string, nanos: bigint): "usage" | "credit" | "tax" {
  if (/\b(?:tax|vat|gst)\b/i.test(item)) return "tax";
  return nanos < 0n || /\b(?:credits?|grant|promo\w*|refund|discount)\b/i.test(item) ? "credit" : "usage";
}

export interface Bucket<Line> {
  readonly fromMs: number;
  readonly toMs: number;
  readonly results: readonly Line[];
}

/** One result: what it is of, and what it says. */
export interface ReadLine {
  /** Everything that tells it from others of its bucket. */
  readonly key: readonly unknown[];
  readonly usage: readonly ReportUsage[];
  readonly cost: ReportCost | undefined;
  readonly isTiered: boolean;
}

export interface BucketLines {
  readonly days: readonly string[];
  readonly usage: readonly ReportUsage[];
  readonly costs: readonly ReportCost[];
  readonly isByTier: boolean;
}

type LineProblem = Omit<PageProblem, "path">;

/** Every bucket within one day, and no line twice. */
export function readBuckets<Line>(
  buckets: readonly Bucket<Line>[],
  read: (line: Line, day: string) => Result<ReadLine, LineProblem>,
  { seen }: PageReading,
): Result<BucketLines, PageProblem> {
  const days: string[] = [];
  const usage: ReportUsage[] = [];
  const costs: ReportCost[] = [];
  let isByTier = true;
  for (const [place, { fromMs, toMs, results }] of buckets.entries()) {
    const path = `data.${place}`;
    const day = dayOf(fromMs, toMs);
    if (day === undefined) return err({ type: "not-daily", path });
    days.push(day);
    for (const result of results) {
      const line = read(result, day);
      if (!line.ok) return err({ ...line.error, path });
      if (seen.again(fromMs, ...line.value.key)) return err({ type: "repeated", path });
      usage.push(...line.value.usage);
      if (line.value.cost !== undefined) costs.push(line.value.cost);
      isByTier &&= line.value.isTiered;
    }
  }
  return ok({ days, usage, costs, isByTier });
}
