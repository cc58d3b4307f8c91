import { type SqlSource, wordCode } from "#ledger";
import { ok, type Result } from "#std";
import { type LatencyQuestion, type QuestionProblem } from "./question.ts";
import { count, nanos, text } from "./read-row.ts";
import { keysSql, labelsSql, openSlice, whereSql } from "./slice.ts";
import { Parameters } from "./sql-text.ts";

export interface SlownessQuestion extends Pick<LatencyQuestion, "from" | "to" | "filter"> {
  readonly measure: "first_content" | "duration";
  readonly referenceMs: number;
}

export interface FeatureSlowness {
  readonly feature: string;
  /** Answers that were measured. */
  readonly answers: number;
  /** Time of all of them above the reference, in microseconds. */
  readonly overUs: bigint;
}

const GROUPS_MAX = 10_000;

/** How far above a time the answers of each feature were: calls that were answered in full, quick ones as nothing above. */
export async function askSlowness(
  source: SqlSource,
  { measure, referenceMs, ...question }: SlownessQuestion,
): Promise<Result<readonly FeatureSlowness[], QuestionProblem>> {
  const slice = await openSlice(source, { ...question, by: ["feature"], tz: "UTC" });
  if (!slice.ok) return slice;
  const parameters = new Parameters();
  const where = whereSql(slice.value, "entry_rows", parameters);
  if (!where.ok) return where;
  const column = measure === "duration" ? "duration_ms" : "first_content_ms";
  const over = `greatest(0, round((${column} - ${parameters.add(referenceMs)}) * 1000))::HUGEINT AS over_us`;
  const found = await source.query(
    `WITH rows AS (
       SELECT ${[...keysSql(slice.value, "entry_rows", parameters), over].join(", ")} FROM entry_rows
       WHERE ${where.value} AND delivered = ${wordCode("full")} AND state = ${wordCode("answered")} AND call_end
         AND ${column} IS NOT NULL
     )
     SELECT ${[...labelsSql(slice.value, parameters), "count(*) AS answers", "sum(over_us)::HUGEINT AS over_us"].join(", ")}
     FROM rows GROUP BY d0 ORDER BY d0 LIMIT ${GROUPS_MAX}`,
    parameters.values,
  );
  return ok(
    found.map((row) => ({
      feature: text(row, "d0"),
      answers: count(row, "answers"),
      overUs: BigInt(nanos(row, "over_us")),
    })),
  );
}
