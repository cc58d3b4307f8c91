import { type Lead, type KeptAnswer } from "#cache";
import { type Settlement } from "#events";
import { type AnswerFacts, type Operation } from "#inference";
import { type AttemptKept, type Keeping } from "../keeping.ts";

export interface RecordingOptions {
  readonly lead: Lead;
  readonly freshMs: number;
  readonly staleMs: number;
  readonly bytesMax: number;
  readonly isStream: boolean;
  readonly operation: Operation;
  readonly about: Pick<KeptAnswer, "tenant" | "feature" | "tags">;
}

const LIST_WITHIN_BYTES = 4_096;

/**
 * An answer while it goes to its client, to be kept when it has gone there whole. Whatever becomes of the call, somebody
 * must `finish` or `abandon` it: identical calls wait.
 */
export class Recording implements Keeping {
  readonly wholeBytesMax = undefined;
  readonly #options: RecordingOptions;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #head: { readonly status: number; readonly headers: readonly string[] } | undefined;
  #maker: Pick<KeptAnswer, "provider" | "model" | "servedModel" | "region" | "usage" | "cost"> | undefined;
  #isOver = false;

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  begin(status: number, headers: readonly string[]): void {
    this.#head = { status, headers };
  }

  add(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#options.bytesMax) this.abandon();
    else this.#chunks.push(bytes);
  }

  /** Only what was delivered whole, holds something and is nobody else's to change: not what the provider itself stores. */
  settled({ event, hold }: AttemptKept, settlement: Settlement, facts: AnswerFacts | undefined): void {
    const { state, delivered, isStored, cost, usage } = settlement;
    if (state !== "answered" || delivered !== "full" || isStored || facts?.end !== "complete") return;
    // What a budget has made shorter is too short for whoever asks when there is money again.
    if (hold?.cap !== undefined || !this.#hasContent(facts)) return;
    const { provider, model, region } = event;
    const paid = cost.type === "priced" ? cost.nanos : undefined;
    this.#maker = { provider, model, servedModel: settlement.servedModel, region, usage, cost: paid };
  }

  /** A page of some proxy's, `{}` and an empty list of choices are answers too, and would be given again and again. */
  #hasContent({ isUnread, contentBytes }: AnswerFacts): boolean {
    if (isUnread === true) return false;
    return this.#options.operation === "embedding" || contentBytes > 0;
  }

  merge(status: number, body: Buffer): { readonly status: number; readonly body: Buffer } {
    return { status, body };
  }

  finish(): void {
    if (this.#isOver) return;
    const { lead, freshMs, staleMs, isStream, operation, about } = this.#options;
    const head = this.#head;
    if (head === undefined || head.status !== 200 || this.#maker === undefined) return this.abandon();
    const body = Buffer.concat(this.#chunks);
    if (operation === "embedding" && !opensList(body)) return this.abandon();
    this.#isOver = true;
    lead.keep({ ...head, ...this.#maker, ...about, isStream, body }, { freshMs, staleMs });
  }

  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#chunks.length = 0;
    this.#options.lead.abandon();
  }
}

/** Numbers and vectors are not counted as content; in every format they stand in a list that begins near the beginning. */
function opensList(body: Buffer): boolean {
  return /\[\s*[^\s\]]/.test(body.toString("latin1", 0, LIST_WITHIN_BYTES));
}
