/** The columns of the wide table: how each is stored, and what of an entry stands in it. */
import { type Attribution, type CallRefused } from "#events";
import { type Usage } from "#inference";
import { hashText } from "#std";
import { type Entry } from "./entry.ts";
import { type KeptRows } from "./kept-rows.ts";
import { isNet, layerOf } from "./layer.ts";
import { type OutcomeRow } from "./outcome-row.ts";

interface ColumnOf<Row, Kind extends string, Value> {
  readonly name: string;
  readonly kind: Kind;
  readonly of: (row: Row) => Value;
  /**
   * How it stands in the file, where that is known to be best for most rows: else DuckDB tries all that it has with each
   * row group, which for texts unlike each other is a quarter of a checkpoint.
   */
  readonly compression?: "fsst";
}

/**
 * `word`: text of which many rows have the same, kept once for all of them. `text`: text that is mostly unlike. `whole`: an
 * integer below 2^53; `small`: one of 32 bits. `nanos`: money. `number`: a float. `flag`: a boolean.
 */
export type Column<Row> =
  | ColumnOf<Row, "word" | "text", string | undefined>
  | ColumnOf<Row, "whole" | "small" | "number", number | undefined>
  | ColumnOf<Row, "nanos", bigint | undefined>
  | ColumnOf<Row, "flag", boolean>;
export type ColumnKind = Column<never>["kind"];

function ofAttribution<Row extends { readonly attribution: Attribution }>(): readonly Column<Row>[] {
  return [
    { name: "tenant", kind: "word", of: ({ attribution }) => attribution.tenant },
    { name: "interaction", kind: "text", of: ({ attribution }) => attribution.interaction, compression: "fsst" },
    { name: "feature", kind: "word", of: ({ attribution }) => attribution.feature },
    { name: "team", kind: "word", of: ({ attribution }) => attribution.team },
    { name: "customer", kind: "word", of: ({ attribution }) => attribution.customer },
    { name: "user", kind: "word", of: ({ attribution }) => attribution.user },
    { name: "environment", kind: "word", of: ({ attribution }) => attribution.environment },
    { name: "session", kind: "word", of: ({ attribution }) => attribution.session },
    // Comparing numbers finds an interaction among millions ten times faster than reading its name in each row.
    { name: "interaction_hash", kind: "small", of: ({ attribution }) => hashText(attribution.interaction) },
    { name: "tags", kind: "word", of: ({ attribution }) => textOfRecord(attribution.tags) },
    { name: "claimed", kind: "word", of: ({ attribution }) => textOfRecord(attribution.claimed) },
  ];
}

/** JSON with its names sorted, so that equal ones are equal texts; absent when empty. */
function textOfRecord(record: Readonly<Record<string, string | undefined>>): string | undefined {
  const names = Object.keys(record);
  if (names.length === 0) return undefined;
  return JSON.stringify(Object.fromEntries(names.toSorted().map((name) => [name, record[name]])));
}

export const entryColumns: readonly Column<Entry>[] = [
  { name: "attempt", kind: "text", of: (entry) => entry.attempt, compression: "fsst" },
  { name: "call", kind: "text", of: (entry) => entry.call, compression: "fsst" },
  { name: "number", kind: "small", of: (entry) => entry.number },
  { name: "incurred_at", kind: "whole", of: (entry) => entry.incurredAt },
  { name: "quarter", kind: "small", of: (entry) => quarterOf(entry.incurredAt) },
  { name: "booked_at", kind: "whole", of: (entry) => entry.bookedAt },
  { name: "kind", kind: "word", of: (entry) => entry.kind },
  { name: "step", kind: "word", of: (entry) => entry.name },
  { name: "purpose", kind: "word", of: (entry) => entry.purpose },
  { name: "layer", kind: "word", of: layerOf },
  { name: "state", kind: "word", of: (entry) => entry.state },
  { name: "delivered", kind: "word", of: (entry) => entry.delivered },
  { name: "is_net", kind: "flag", of: isNet },
  { name: "is_plain", kind: "flag", of: isPlain },
  ...ofAttribution<Entry>(),
  { name: "key", kind: "word", of: (entry) => entry.key },
  { name: "route", kind: "word", of: (entry) => entry.route },
  { name: "provider", kind: "word", of: (entry) => entry.provider },
  { name: "target", kind: "word", of: targetJoined() },
  { name: "model", kind: "word", of: (entry) => entry.model },
  { name: "format", kind: "word", of: (entry) => entry.format },
  { name: "operation", kind: "word", of: (entry) => entry.operation },
  { name: "stream", kind: "flag", of: (entry) => entry.stream },
  { name: "region", kind: "word", of: (entry) => entry.region },
  { name: "why", kind: "text", of: (entry) => entry.why },
  { name: "tier", kind: "word", of: (entry) => entry.tier },
  { name: "status", kind: "small", of: (entry) => entry.status },
  { name: "error", kind: "word", of: (entry) => entry.error },
  { name: "detail", kind: "text", of: detailOf, compression: "fsst" },
  { name: "tokens_in", kind: "whole", of: ({ usage }) => tokensIn(usage) },
  { name: "tokens_out", kind: "whole", of: ({ usage }) => tokensOut(usage) },
  { name: "cost_type", kind: "word", of: (entry) => entry.cost.type },
  { name: "cost_reason", kind: "word", of: ({ cost }) => reasonOf(cost) },
  { name: "nanos", kind: "nanos", of: nanosOf },
  { name: "net_nanos", kind: "nanos", of: netNanosOf },
  { name: "estimated_nanos", kind: "nanos", of: (entry) => entry.estimated },
  { name: "unpriced", kind: "small", of: (entry) => entry.unpriced },
  { name: "in_doubt_nanos", kind: "nanos", of: (entry) => entry.inDoubt },
  { name: "avoided_nanos", kind: "nanos", of: (entry) => entry.avoided },
  { name: "price_book", kind: "word", of: (entry) => entry.priceBook },
  { name: "sku", kind: "word", of: (entry) => entry.sku },
  { name: "bound_type", kind: "word", of: (entry) => entry.boundType },
  { name: "bound_nanos", kind: "nanos", of: (entry) => entry.bound },
  { name: "call_end", kind: "flag", of: (entry) => entry.callEnd },
  { name: "calls", kind: "small", of: (entry) => (entry.callEnd ? 1 : 0) },
  { name: "attempts", kind: "small", of: attemptsOf },
  { name: "stands", kind: "small", of: standsOf },
  { name: "duration_ms", kind: "number", of: (entry) => entry.durationMs },
  { name: "first_byte_ms", kind: "number", of: (entry) => entry.firstByteMs },
  { name: "first_content_ms", kind: "number", of: (entry) => entry.firstContentMs },
  { name: "overhead_ms", kind: "number", of: (entry) => entry.overheadMs },
];

export const refusalColumns: readonly Column<CallRefused>[] = [
  { name: "call", kind: "text", of: (refusal) => refusal.call },
  { name: "refused_at", kind: "whole", of: (refusal) => refusal.at },
  { name: "quarter", kind: "small", of: (refusal) => quarterOf(refusal.at) },
  { name: "code", kind: "word", of: (refusal) => refusal.code },
  { name: "status", kind: "small", of: (refusal) => refusal.status },
  ...ofAttribution<CallRefused>(),
  { name: "key", kind: "word", of: (refusal) => refusal.key },
  { name: "route", kind: "word", of: (refusal) => refusal.route },
  { name: "model", kind: "word", of: ({ model }) => (model === "" ? undefined : model) },
  { name: "budget", kind: "word", of: ({ budget }) => budget },
  { name: "budget_value", kind: "text", of: ({ budgetValue }) => (budgetValue === "" ? undefined : budgetValue) },
  { name: "shortage", kind: "text", of: shortageOf },
];

/** Only the page of the call shows it. */
function shortageOf({ shortage }: CallRefused): string | undefined {
  if (shortage === undefined) return undefined;
  const { unit, limit, left, needed } = shortage;
  return JSON.stringify({ unit, limit: limit.toString(), left: left.toString(), needed: needed?.toString() });
}

export const outcomeColumns: readonly Column<OutcomeRow>[] = [
  { name: "outcome", kind: "text", of: (row) => row.outcome },
  { name: "name", kind: "word", of: (row) => row.name },
  { name: "is_success", kind: "flag", of: (row) => row.isSuccess },
  { name: "outcomes", kind: "small", of: (row) => row.count },
  { name: "successes", kind: "small", of: (row) => (row.isSuccess ? row.count : 0) },
  { name: "valued", kind: "small", of: (row) => (row.value === undefined ? 0 : row.count) },
  { name: "value_nanos", kind: "nanos", of: ({ value = 0n, count }) => value * BigInt(count) },
  { name: "happened_at", kind: "whole", of: (row) => row.happenedAt },
  { name: "quarter", kind: "small", of: (row) => quarterOf(row.happenedAt) },
  { name: "booked_at", kind: "whole", of: (row) => row.bookedAt },
  { name: "correction", kind: "small", of: (row) => row.correction },
  ...ofAttribution<OutcomeRow>(),
];

export const keptColumns: readonly Column<KeptRows>[] = [
  { name: "batch", kind: "text", of: (row) => row.batch },
  { name: "last_at", kind: "whole", of: (row) => row.lastAt },
  { name: "packed", kind: "text", of: (row) => row.packed },
];

/** Most entries have the target of the one before them, and joined anew it is another text, to be compared letter by letter. */
function targetJoined(): (entry: Entry) => string {
  let [provider, target, joined] = ["", "", "/"];
  return (entry) => {
    if (entry.provider !== provider || entry.target !== target) {
      ({ provider, target } = entry);
      joined = `${provider}/${target}`;
    }
    return joined;
  };
}

/** Steps, bills and kept answers are counted apart: nobody tried them at a provider for a call. */
function attemptsOf({ state, number, kind }: Entry): number {
  return state === "correction" || kind === "cache" || number < 1 ? 0 : 1;
}

/**
 * Whatever has a sum above 0 of these is still there. A step or bill that is taken back leaves with all that it was of, its
 * interaction, user and feature; a correction of an attempt changes only what that cost.
 */
function standsOf({ state, number }: Entry): number {
  return state === "correction" && number < 1 ? -1 : 1;
}

/** The one attempt that ended its call, with nothing open about its cost: sums of most rows are made of few columns. */
function isPlain({ callEnd, state, estimated, inDoubt, avoided, unpriced }: Entry): boolean {
  const isOpen = estimated !== 0n || inDoubt !== 0n || avoided !== 0n || unpriced !== 0;
  return callEnd && state !== "correction" && !isOpen;
}

export const QUARTER_MS = 900_000;

/**
 * Quarter hours since 1970: local days and hours are cut out of them, since every zone is off by whole quarters, and
 * dividing 32 bits costs half of dividing 64.
 */
export function quarterOf(at: number): number {
  return Math.floor(at / QUARTER_MS);
}

function nanosOf({ cost }: Entry): bigint | undefined {
  return cost.type === "unpriced" ? undefined : cost.nanos;
}

function netNanosOf(entry: Entry): bigint | undefined {
  return isNet(entry) ? nanosOf(entry) : 0n;
}

function reasonOf(cost: Entry["cost"]): string | undefined {
  if (cost.type === "estimated") return cost.basis;
  return cost.type === "unpriced" ? cost.reason : undefined;
}

/** Of an answer of the cache, mostly: what would be written of nothing. */
const NO_DETAIL = '{"components":[]}';

/** What only a page about the entry itself shows, as one JSON text: each further text costs as much as 15 numbers. */
function detailOf({ upstreamId, usage, reported, components, parent, revision, bill }: Entry): string {
  const said = usage ?? reported ?? upstreamId ?? parent ?? revision ?? bill;
  if (said === undefined && components.length === 0) return NO_DETAIL;
  return JSON.stringify({
    bill,
    parent,
    revision,
    upstream_id: upstreamId,
    usage,
    reported,
    components: components.map(({ class: name, quantity, rate, nanos, row }) => ({
      class: name,
      quantity,
      rate,
      nanos: nanos.toString(),
      row,
    })),
  });
}

/** Tokens of every kind that went in; undefined when none were reported, which is not 0. */
function tokensIn(usage: Usage | undefined): number | undefined {
  if (usage === undefined) return undefined;
  const text = [usage.input_uncached, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h];
  const other = [usage.audio_in, usage.audio_cache_read, usage.image_in, usage.image_cache_read, usage.video_in];
  return sumOf(other, sumOf(text, undefined));
}

function tokensOut(usage: Usage | undefined): number | undefined {
  if (usage === undefined) return undefined;
  const { output_text, output_reasoning, audio_out, image_out, video_out } = usage;
  return sumOf([output_text, output_reasoning, audio_out, image_out, video_out], undefined);
}

function sumOf(quantities: readonly (number | undefined)[], before: number | undefined): number | undefined {
  let sum = before;
  for (const quantity of quantities) if (quantity !== undefined) sum = (sum ?? 0) + quantity;
  return sum;
}
