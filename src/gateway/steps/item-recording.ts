import { type KeptAnswer } from "#cache";
import { type AttemptDispatched, type Settlement } from "#events";
import { type AnswerFacts } from "#inference";
import { type WireFormat } from "#providers";
import { type Money, money } from "#units";
import { type Keeping } from "../keeping.ts";
import { type Surroundings } from "../surroundings.ts";
import { speak } from "../refusals.ts";
import { type PreparedCall } from "./prepare.ts";
import { bookRecalled } from "./recalled-answer.ts";

/** A request that is many in one. */
export type Batch = NonNullable<ReturnType<NonNullable<WireFormat["readBatch"]>>>;

type Maker = Pick<KeptAnswer, "provider" | "model" | "servedModel" | "region" | "cost">;

export interface ItemRecordingOptions {
  readonly around: Surroundings;
  /** As its client sent it. */
  readonly prepared: PreparedCall;
  readonly batch: Batch;
  readonly keys: readonly string[];
  /** By the place of the item; undefined is asked for. */
  readonly known: readonly (KeptAnswer | undefined)[];
  /** Places that are asked for, each text once. */
  readonly asked: readonly number[];
  readonly freshMs: number;
}

// 2,048 items of 3,072 numbers in text take about 130 MiB; what is larger is asked for in smaller batches by everybody.
const BYTES_MAX = 128 * 1024 * 1024;

/**
 * The answer to a part of a batch, put together with the items that were kept. Each item made now is kept under its own
 * key; what they cost together is shared out by their length, which is all that is known of each.
 */
export class ItemRecording implements Keeping {
  readonly wholeBytesMax = BYTES_MAX;
  readonly #options: ItemRecordingOptions;
  readonly #since: number;
  #maker: Maker | undefined;
  #asked: Pick<AttemptDispatched, "provider" | "model"> | undefined;
  #isCut = false;

  constructor(options: ItemRecordingOptions) {
    this.#options = options;
    this.#since = options.around.cache.forgettings;
  }

  begin(): void {}
  add(): void {}
  finish(): void {}
  abandon(): void {}

  /** The kept items are an entry of their own beside the attempt, when that has answered. */
  settled(
    { event }: { readonly event: AttemptDispatched },
    settlement: Settlement,
    facts: AnswerFacts | undefined,
  ): void {
    this.#asked = event;
    this.#isCut = facts?.end === "cut";
    const { state, delivered, cost } = settlement;
    if (state !== "answered" || delivered !== "full" || facts?.end !== "complete") return;
    const { provider, model, region } = event;
    const paid = cost.type === "priced" ? cost.nanos : undefined;
    this.#maker = { provider, model, servedModel: settlement.servedModel, region, cost: paid };
    const { around, prepared, known } = this.#options;
    const [first] = known.filter((item) => item !== undefined);
    if (first !== undefined) {
      const answer = { ...first, cost: sumOfCosts(known) };
      void bookRecalled(around, prepared, { how: "exact", answer, isPart: true });
    }
  }

  merge(status: number, body: Buffer): { readonly status: number; readonly body: Buffer } {
    if (status !== 200) return { status, body };
    const maker = this.#maker;
    const { batch, known, asked, keys } = this.#options;
    const made = maker && batch.readItems(body, asked.length);
    if (maker === undefined || made === undefined) return this.#withoutItems(status, body);
    this.#keep(maker, made);
    const byKey = new Map(asked.map((place, index) => [keys[place], made[index]]));
    const items = keys.map((key, place) => known[place]?.body.toString() ?? byKey.get(key) ?? "null");
    return { status, body: batch.writeAnswer(items, { model: maker.model, answer: body }) };
  }

  /** An answer to fewer texts than the client sent would give it vectors that belong to other texts. */
  #withoutItems(status: number, body: Buffer): { readonly status: number; readonly body: Buffer } {
    const { asked, keys, prepared } = this.#options;
    if (asked.length === keys.length) return { status, body };
    const { provider, model } = this.#asked ?? { provider: "(none)", model: "(none)" };
    const code = this.#isCut ? "upstream_cut" : "upstream_no_answer";
    const error = speak({ code, facts: { provider, tried: `${provider}/${model}` } }, prepared.call.id);
    return { status: error.status, body: prepared.place.format.encodeError(error) };
  }

  #keep(maker: Maker, made: readonly string[]): void {
    const { around, prepared, batch, asked, keys, freshMs } = this.#options;
    const { tenant, feature, tags } = prepared.attribution;
    const shares = sharesOf(
      maker.cost,
      asked.map((place) => batch.items[place]?.length ?? 0),
    );
    for (const [index, item] of made.entries()) {
      const key = keys[asked[index] ?? -1];
      if (key === undefined) continue;
      const kept = {
        ...maker,
        status: 200,
        headers: JSON_HEADERS,
        isStream: false,
        usage: undefined,
        tenant,
        feature,
        tags,
      };
      const lifetime = { freshMs, staleMs: 0, nowMs: around.world.clock.monotonicMs(), since: this.#since };
      around.cache.put(key, { ...kept, cost: shares?.[index], body: Buffer.from(item) }, lifetime);
    }
  }
}

export const JSON_HEADERS = ["content-type", "application/json"] as const;

/** Undefined as soon as one of them is not known. */
export function sumOfCosts(items: readonly (KeptAnswer | undefined)[]): Money | undefined {
  let sum = 0n;
  for (const item of items) {
    if (item === undefined) continue;
    if (item.cost === undefined) return undefined;
    sum += item.cost;
  }
  return money(sum);
}

/** Whole nanos that are together exactly the cost. */
function sharesOf(cost: Money | undefined, lengths: readonly number[]): readonly Money[] | undefined {
  if (cost === undefined) return undefined;
  const total = BigInt(lengths.reduce((sum, length) => sum + length + 1, 0));
  let before = 0n;
  let reached = 0n;
  return lengths.map((length) => {
    reached += BigInt(length + 1);
    const upTo = (cost * reached) / total;
    const share = money(upTo - before);
    before = upTo;
    return share;
  });
}
