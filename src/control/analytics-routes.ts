import { z } from "zod";
import {
  CallDetail,
  CallPage,
  CallQuery,
  EntryPage,
  EntryQuery,
  ErrorRows,
  InteractionDetail,
  LatencyQuery,
  LatencyRows,
} from "#contract";
import { err, ok } from "#std";
import { checkQuestion } from "./check-question.ts";
import { noBody, noQuery, type Routes } from "./routes.ts";
import { type AnalyticsSource } from "./sources.ts";
import { toControlProblem, toReply } from "./question-problem.ts";

export function addAnalyticsRoutes(routes: Routes, analytics: AnalyticsSource): void {
  addListRoutes(routes, analytics);
  addDetailRoutes(routes, analytics);
  const asked = [
    { path: "/api/v1/latency", answer: LatencyRows, summary: "Percentiles of duration and time to first content." },
    { path: "/api/v1/errors", answer: ErrorRows, summary: "Refusals by our code and failures by theirs, counted." },
  ] as const;
  const [latency, errors] = asked;
  routes.add({
    ...latency,
    method: "GET",
    query: LatencyQuery,
    body: noBody,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? toReply(await analytics.latency(query)) : checked;
    },
  });
  routes.add({
    ...errors,
    method: "GET",
    query: LatencyQuery,
    body: noBody,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? toReply(await analytics.errors(query)) : checked;
    },
  });
}

function addListRoutes(routes: Routes, analytics: AnalyticsSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/entries",
    summary: "Ledger lines, newest first, with their components.",
    query: EntryQuery,
    body: noBody,
    answer: EntryPage,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? toReply(await analytics.entries(query)) : checked;
    },
  });
  routes.add({
    method: "GET",
    path: "/api/v1/calls",
    summary: "Calls, newest first, refused ones too.",
    query: CallQuery,
    body: noBody,
    answer: CallPage,
    run: async ({ query }) => {
      const checked = checkQuestion(query);
      return checked.ok ? toReply(await analytics.calls(query)) : checked;
    },
  });
}

function addDetailRoutes(routes: Routes, analytics: AnalyticsSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/calls/{id}",
    summary: "One call with the entries of its attempts.",
    query: noQuery,
    body: noBody,
    answer: CallDetail,
    run: async ({ id }) => {
      const found = await analytics.call(id);
      if (found.ok) return ok({ json: found.value });
      if (found.error.type === "not-found") return err({ code: "not_found", detail: "There is no call of this id." });
      return err(toControlProblem(found.error));
    },
  });
  routes.add({
    method: "GET",
    path: "/api/v1/interactions/{id}",
    summary: "One use of a feature: its calls, entries and what they add up to. `tenant` where several have the id.",
    query: z.strictObject({
      tenant: z.string().min(1).max(128).optional(),
      entries: z.enum(["all", "none"]).default("all").describe("`none` where calls and steps are enough."),
    }),
    body: noBody,
    answer: InteractionDetail,
    run: async ({ id, query }) => {
      const found = await analytics.interaction(id, query.tenant, query.entries);
      if (found.ok) return ok({ json: found.value });
      const { error } = found;
      if (error.type === "not-found") return err({ code: "not_found", detail: "There is no interaction of this id." });
      if (error.type !== "ambiguous") return err(toControlProblem(error));
      const fields = error.tenants.map((tenant) => ({ path: "tenant", detail: tenant }));
      return err({ code: "ambiguous_interaction", detail: "Say which tenant is meant: ?tenant=…", fields });
    },
  });
}
