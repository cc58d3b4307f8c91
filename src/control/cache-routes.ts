import { ForgetAnswers } from "#contract";
import { assert, ok } from "#std";
import { noQuery, type Routes } from "./routes.ts";
import { type ControlSources } from "./sources.ts";
import { type ControlLog } from "./control-log.ts";

export function addCacheRoute(
  routes: Routes,
  { sources, log }: { readonly sources: ControlSources; readonly log: ControlLog },
): void {
  routes.add({
    method: "POST",
    path: "/api/v1/cache/forget",
    summary:
      "Forgets answers that are kept for identical calls, by team, feature or tag; every thread does within a second.",
    query: noQuery,
    body: ForgetAnswers,
    answer: undefined,
    status: 204,
    run: async ({ body, caller }) => {
      assert(caller !== undefined, "a route that needs a role is reached by somebody");
      sources.forgetAnswers(body);
      log("info", "answers-forgotten", { who: caller.who, ...body });
      return ok({ status: 204, bytes: "", mediaType: "text/plain" });
    },
  });
}
