import { z } from "zod";
import { type NewOutcome, NewOutcomes, type NewStep, NewSteps, TakenOutcomes, TakenSteps } from "#contract";
import { err, ok, type Result } from "#std";
import { type ControlProblem } from "./problems.ts";
import { noBody, noQuery, type Routes } from "./routes.ts";

/** `unavailable`: the office has not read everything yet that was written before, or cannot write. */
export type StepProblem =
  | { readonly type: "bad-field"; readonly path: string; readonly detail: string }
  | { readonly type: "unavailable" };

export interface StepSource {
  steps(tenant: string, steps: readonly NewStep[]): Promise<Result<TakenSteps, StepProblem>>;
  outcome(tenant: string, outcome: NewOutcome): Promise<Result<"recorded" | "corrected" | "unchanged", StepProblem>>;
  /** False when no such outcome stands. */
  withdraw(tenant: string, id: string): Promise<Result<boolean, StepProblem>>;
}

export function addStepRoutes(routes: Routes, source: StepSource): void {
  routes.add({
    method: "POST",
    path: "/api/v1/steps",
    summary: "Steps of interactions that did not pass through the gateway. Posting one again changes nothing.",
    query: noQuery,
    body: NewSteps,
    answer: TakenSteps,
    status: 201,
    run: async ({ body: { tenant, steps } }) => {
      const taken = await source.steps(tenant, steps);
      return taken.ok ? ok({ status: 201, json: taken.value }) : err(toProblem(taken.error));
    },
  });
  addOutcomeRoutes(routes, source);
}

function addOutcomeRoutes(routes: Routes, source: StepSource): void {
  routes.add({
    method: "POST",
    path: "/api/v1/outcomes",
    summary: "Results of interactions, however late. The same id again corrects the one that stands.",
    query: noQuery,
    body: NewOutcomes,
    answer: TakenOutcomes,
    status: 201,
    run: async ({ body: { tenant, outcomes } }) => {
      const counts = { recorded: 0, corrected: 0, unchanged: 0 };
      for (const [index, outcome] of outcomes.entries()) {
        const taken = await source.outcome(tenant, outcome);
        if (!taken.ok) return err(toProblem(withPlace(taken.error, `outcomes.${index}`)));
        counts[taken.value] += 1;
      }
      return ok({ status: 201, json: counts });
    },
  });
  routes.add({
    method: "DELETE",
    path: "/api/v1/outcomes/{id}",
    summary: "Withdraws a result that was reported by mistake; the line that it was stays, taken back by another.",
    query: z.strictObject({ tenant: z.string().min(1).max(128).default("default") }),
    body: noBody,
    answer: undefined,
    status: 204,
    run: async ({ id, query }) => {
      const withdrawn = await source.withdraw(query.tenant, id);
      if (!withdrawn.ok) return err(toProblem(withdrawn.error));
      if (!withdrawn.value) return err({ code: "not_found", detail: "No such outcome of this tenant stands." });
      return ok({ status: 204, bytes: "", mediaType: "application/json" });
    },
  });
}

function withPlace(problem: StepProblem, place: string): StepProblem {
  return problem.type === "bad-field" ? { ...problem, path: `${place}.${problem.path}` } : problem;
}

function toProblem(problem: StepProblem): ControlProblem {
  if (problem.type === "unavailable")
    return { code: "unavailable", detail: "Send it again in a moment.", headers: { "retry-after": "1" } };
  const { path, detail } = problem;
  return { code: "invalid_body", detail: "Some fields are wrong.", fields: [{ path, detail }] };
}
