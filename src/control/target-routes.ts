import { type Target, TargetPage } from "#contract";
import { ok } from "#std";
import { noBody, noQuery, type Routes } from "./routes.ts";

export interface TargetSource {
  /** As counted last. */
  current(): TargetPage;
}

export function addTargetRoute(routes: Routes, targets: TargetSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/targets",
    summary:
      "The cost targets of tare.yaml: what one interaction, user or outcome costs against its limit. Missed ones first.",
    query: noQuery,
    body: noBody,
    answer: TargetPage,
    run: async () => {
      const page = targets.current();
      return ok({ json: { ...page, rows: page.rows.toSorted(byUrgency) } });
    },
  });
}

const urgency = { missed: 0, unknown: 1, kept: 2 } as const;

function byUrgency(one: Target, other: Target): number {
  return urgency[one.state] - urgency[other.state];
}
