/** Which attributes are read at all. Prompts, answers and everything else that nobody needs never get into memory. */
import { dialects } from "./dialects.ts";
import { type NameTable } from "./wire-reader.ts";

/** Read by their own functions, beside the tables of the dialects. */
export const ownNames = {
  usageDetails: "langfuse.observation.usage_details",
  costDetails: "langfuse.observation.cost_details",
  providerMetadata: "ai.response.providerMetadata",
  inputDetails: "gen_ai.usage.input_token_details",
  outputDetails: "gen_ai.usage.output_token_details",
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

const NAME_BYTES_MAX = 256;

interface KnownName {
  readonly name: string;
  readonly bytes: Buffer;
}

/** By length and last letter, in which names of one convention differ more than in how they begin. */
const placeOf = (length: number, last: number) => length * 256 + last;

const knownNames: ReadonlyMap<number, readonly KnownName[]> = Map.groupBy(
  [...names].map((name): KnownName => ({ name, bytes: Buffer.from(name) })),
  ({ bytes }) => placeOf(bytes.length, bytes.at(-1) ?? 0),
);
const knownBeginnings = beginnings.map((beginning) => Buffer.from(beginning));

/** The same of names as bytes: three in four attributes of a span are nobody's, and making a string costs more than this. */
export const wantedNames: NameTable = {
  find(bytes, at, length) {
    if (length === 0 || length > NAME_BYTES_MAX) return undefined;
    const candidates = knownNames.get(placeOf(length, bytes[at + length - 1] ?? 0));
    if (candidates !== undefined)
      for (const { name, bytes: known } of candidates) if (isAt(bytes, at, known)) return name;
    const isTag = knownBeginnings.some((known) => known.length <= length && isAt(bytes, at, known));
    return isTag ? bytes.toString("utf8", at, at + length) : undefined;
  },
};

/** From the end, since their beginnings are alike. */
function isAt(bytes: Buffer, at: number, known: Buffer): boolean {
  for (let index = known.length - 1; index >= 0; index -= 1) if (bytes[at + index] !== known[index]) return false;
  return true;
}
