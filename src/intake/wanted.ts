/** Which attributes are read at all. Prompts, answers and everything else that nobody needs never get into memory. */
import { dialects } from "./dialects.ts";

/** Read by their own functions, beside the tables of the dialects. */
export const ownNames = {
  usageDetails: "langfuse.observation.usage_details",
  costDetails: "langfuse.observation.cost_details",
  providerMetadata: "ai.response.providerMetadata",
  modelName: "model_name",
  databaseSystems: ["db.system.name", "db.system"],
  cost: "tare.cost",
  calls: "tare.calls",
  seconds: "tare.seconds",
  vectors: "tare.vectors",
  gigabyteDays: "tare.gb_days",
  gpuSeconds: "tare.gpu_seconds",
  personMinutes: "tare.person_minutes",
  outcome: "tare.outcome",
  outcomeId: "tare.outcome.id",
  outcomeSuccess: "tare.outcome.success",
  outcomeValue: "tare.outcome.value",
} as const;

const names: ReadonlySet<string> = new Set([
  ...Object.values(ownNames).flat(),
  ...dialects.flatMap(({ kinds, counts, facts, dimensions }) => [
    ...kinds.map(({ key }) => key),
    ...[counts, facts, dimensions].flatMap((table) => Object.values(table).flat()),
  ]),
]);

const beginnings = dialects.flatMap(({ tags }) => tags);

export function isWanted(name: string): boolean {
  return names.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}
