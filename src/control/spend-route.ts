import { z } from "zod";
import { SpendAnswer, SpendMoney, SpendQuery, type SpendRow, TagQuery, TagRows } from "#contract";
import { err, ok, type Result } from "#std";
import { checkQuestion } from "./check-question.ts";
import { type Cell, toCsv } from "./csv.ts";
import { type ControlProblem } from "./problems.ts";
import { noBody, type Routes } from "./routes.ts";
import { type AnalyticsSource } from "./sources.ts";
import { toControlProblem, toReply } from "./question-problem.ts";

const Query = SpendQuery.extend({ format: z.enum(["json", "csv"]).default("json") });

// A spreadsheet ends at about a million rows, and the whole text is made in memory.
const CSV_ROWS_MAX = 1_000_000;

export function addSpendRoute(routes: Routes, analytics: AnalyticsSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/spend",
    summary: "Spend by any dimensions over any time; `format=csv` gives every page in one table.",
    query: Query,
    body: noBody,
    answer: SpendAnswer,
    mediaTypes: ["text/csv"],
    run: async ({ query: { format, ...query } }) => {
      const checked = checkQuestion(query);
      if (!checked.ok) return checked;
      if (format === "json") return toReply(await analytics.spend(query));
      const whole = await allRows(analytics, query);
      if (!whole.ok) return whole;
      return ok({
        bytes: toSpendCsv(query.by, whole.value.rows),
        mediaType: "text/csv; charset=utf-8",
        headers: { "content-disposition": 'attachment; filename="spend.csv"', ...besideHeaders(whole.value) },
      });
    },
  });
  routes.add({
    method: "GET",
    path: "/api/v1/tags",
    summary: "The names of tags in a range, or with `name` the values of one: what `tag.NAME` can say.",
    query: TagQuery,
    body: noBody,
    answer: TagRows,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? toReply(await analytics.tags(query)) : checked;
    },
  });
}

/** What an answer says beside its rows, which a table of them has no place for. */
function besideHeaders({ currency, total, lines_left_out: lines }: SpendAnswer): Record<string, string> {
  return {
    "x-tare-currency": currency,
    "x-tare-estimated-nanos": total.estimated_nanos,
    "x-tare-in-doubt-nanos": total.in_doubt_nanos,
    "x-tare-unpriced": String(total.unpriced),
    ...(lines === undefined ? {} : { "x-tare-lines-left-out": String(lines) }),
  };
}

/** The last page's answer with the rows of all. */
async function allRows(analytics: AnalyticsSource, query: SpendQuery): Promise<Result<SpendAnswer, ControlProblem>> {
  const rows: SpendRow[] = [];
  for (let cursor = query.cursor; ;) {
    const page = await analytics.spend({ ...query, limit: 10_000, ...(cursor === undefined ? {} : { cursor }) });
    if (!page.ok) return err(toControlProblem(page.error));
    rows.push(...page.value.rows);
    cursor = page.value.cursor;
    if (cursor === undefined) return ok({ ...page.value, rows });
    if (rows.length > CSV_ROWS_MAX) {
      return err({ code: "invalid_query", detail: `More than ${CSV_ROWS_MAX} rows: ask for less time or dimensions.` });
    }
  }
}

function toSpendCsv(by: readonly string[], rows: readonly SpendRow[]): string {
  const measures = SpendMoney.keyof().options;
  const head: Cell[] = [...by, ...measures, "tare_ratio"];
  return toCsv([
    head,
    ...rows.map((row): Cell[] => [
      ...by.map((name) => row.dimensions[name] ?? ""),
      ...measures.map((measure) => BigInt(row[measure])),
      row.tare_ratio ?? "",
    ]),
  ]);
}
