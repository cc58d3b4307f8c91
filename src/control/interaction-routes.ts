import { z } from "zod";
import { InteractionPage, InteractionQuery, UnitCosts, UnitQuery, UnitRows } from "#contract";
import { ok } from "#std";
import { checkQuestion } from "./check-question.ts";
import { type Cell, toCsv } from "./csv.ts";
import { noBody, type Routes } from "./routes.ts";
import { type AnalyticsSource } from "./sources.ts";
import { toReply } from "./question-problem.ts";

const AskedUnits = UnitQuery.extend({ format: z.enum(["json", "csv"]).default("json") });

export function addInteractionRoutes(routes: Routes, analytics: AnalyticsSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/interactions",
    summary: "Interactions by any dimension, cost, time and outcome: the newest, dearest or slowest first.",
    query: InteractionQuery,
    body: noBody,
    answer: InteractionPage,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? toReply(await analytics.interactions(query)) : checked;
    },
  });
  routes.add({
    method: "GET",
    path: "/api/v1/unit-costs",
    summary:
      "What one call, interaction, user, session and successful outcome costs, by any dimensions; `format=csv` gives a table.",
    query: AskedUnits,
    body: noBody,
    answer: UnitRows,
    mediaTypes: ["text/csv"],
    run: async ({ query: { format, ...query } }) => {
      const checked = checkQuestion(query);
      if (!checked.ok) return checked;
      const found = await analytics.unitCosts(query);
      if (format === "json" || !found.ok) return toReply(found);
      return ok({
        bytes: toUnitCsv(query.by, found.value),
        mediaType: "text/csv; charset=utf-8",
        headers: { "content-disposition": 'attachment; filename="unit-costs.csv"' },
      });
    },
  });
}

/** Without dimensions the total alone. A cell is empty where there is nothing to divide by. */
function toUnitCsv(by: readonly string[], { rows, total }: UnitRows): string {
  const measures = UnitCosts.keyof().options;
  const lines = by.length === 0 ? [{ ...total, dimensions: {} }] : rows;
  return toCsv([
    [...by, ...measures],
    ...lines.map(({ dimensions, ...costs }): Cell[] => [
      ...by.map((name) => new Map(Object.entries(dimensions)).get(name) ?? ""),
      ...measures.map((measure) => cellOf(costs[measure])),
    ]),
  ]);
}

function cellOf(value: string | number | undefined): Cell {
  return typeof value === "string" ? BigInt(value) : (value ?? "");
}
