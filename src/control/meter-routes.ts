import { MeterPage, MeterQuery } from "#contract";
import { ok } from "#std";
import { noBody, type Routes } from "./routes.ts";

export interface MeterSource {
  read(query: MeterQuery): Promise<MeterPage>;
}

export function addMeterRoute(routes: Routes, meters: MeterSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/meters",
    summary: "Fleets of GPUs: time busy, idle and unknown, cold starts, tokens, and what a token costs.",
    query: MeterQuery,
    body: noBody,
    answer: MeterPage,
    run: async ({ query }) => ok({ json: await meters.read(query) }),
  });
}
