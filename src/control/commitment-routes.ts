import { Commitments } from "#contract";
import { ok } from "#std";
import { noBody, noQuery, type Routes } from "./routes.ts";

export interface CommitmentSource {
  list(): Promise<Commitments>;
}

export function addCommitmentRoute(routes: Routes, source: CommitmentSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/commitments",
    summary: "What was paid or promised to providers ahead, how much of it is drawn, and when it is used up.",
    query: noQuery,
    body: noBody,
    answer: Commitments,
    run: async () => ok({ json: await source.list() }),
  });
}
