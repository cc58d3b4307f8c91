import { InteractionPage, InteractionQuery, UnitQuery, UnitRows } from "#contract";
import { checkQuestion } from "./check-question.ts";
import { noBody, type Routes } from "./routes.ts";
import { type AnalyticsSource } from "./sources.ts";
import { toReply } from "./question-problem.ts";

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
    summary: "What one call, interaction, user, session and successful outcome costs, by any dimensions.",
    query: UnitQuery,
    body: noBody,
    answer: UnitRows,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? toReply(await analytics.unitCosts(query)) : checked;
    },
  });
}
