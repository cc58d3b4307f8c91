import { type KeptAnswer } from "#cache";
import { cacheLookups } from "../families.ts";
import { type Surroundings } from "../surroundings.ts";
import { type Batch, ItemRecording, JSON_HEADERS, sumOfCosts } from "./item-recording.ts";
import { type PreparedCall } from "./prepare.ts";
import { answerRecalled } from "./recalled-answer.ts";

export interface BatchToRecall {
  readonly batch: Batch;
  readonly keys: readonly string[];
  readonly freshMs: number;
  /** The client wants every item made anew. */
  readonly isRefresh: boolean;
}

/**
 * A batch whose items are kept one by one: only those that are not are asked for, each text once. Undefined when the call is
 * over because all of them were.
 */
export async function recallItems(
  around: Surroundings,
  prepared: PreparedCall,
  { batch, keys, freshMs, isRefresh }: BatchToRecall,
): Promise<PreparedCall | undefined> {
  const { call } = prepared;
  const known = keys.map((key) => (isRefresh ? undefined : freshItem(around, key)));
  const asked = placesAskedFor(keys, known);
  const [first] = known.filter((item) => item !== undefined);
  around.metrics.count(cacheLookups, call.route ?? "(none)", asked.length === 0 ? "exact" : first ? "part" : "miss");
  if (asked.length === 0 && first !== undefined) {
    const items = known.map((item) => item?.body.toString() ?? "null");
    const body = batch.writeAnswer(items, { model: first.servedModel ?? first.model, answer: undefined });
    const answer = { ...first, headers: JSON_HEADERS, cost: sumOfCosts(known), body };
    await answerRecalled(around, prepared, { how: "exact", answer });
    return undefined;
  }
  call.recording = new ItemRecording({ around, prepared, batch, keys, known, asked, freshMs });
  return asked.length === keys.length ? prepared : narrowed(prepared, batch.narrow(asked));
}

function freshItem({ cache, world }: Surroundings, key: string): KeptAnswer | undefined {
  const found = cache.find(key, world.clock.monotonicMs());
  return found?.isFresh === true ? found.answer : undefined;
}

function placesAskedFor(keys: readonly string[], known: readonly unknown[]): readonly number[] {
  const first = new Map<string, number>();
  for (const [place, key] of keys.entries()) {
    if (known[place] === undefined && !first.has(key)) first.set(key, place);
  }
  return [...first.values()];
}

/** The call with fewer items: what it costs at most is bounded by those. */
function narrowed(prepared: PreparedCall, bytes: Buffer): PreparedCall {
  const { endpoint, parameters, format } = prepared.place;
  const query = prepared.call.query ?? new URLSearchParams();
  const ask = format.readAsk({ endpoint, parameters, query, contentType: "application/json", body: bytes });
  return ask.ok ? { ...prepared, ask: ask.value, body: { type: "whole", bytes } } : prepared;
}
