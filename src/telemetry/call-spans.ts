import { hash } from "node:crypto";
import { type Entry } from "#ledger";
import { attributionOf, classesOf, errorType, isFailed, known, modelOf, moneyOf } from "./attempt-attributes.ts";
import { operationName, type Said, tokensOf } from "./attempt-attributes.ts";
import { type OutgoingSpan } from "./outgoing.ts";
import { type Seller } from "./seller.ts";

interface OpenCall {
  readonly startMs: number;
  readonly endMs: number;
  readonly attempts: number;
}

/** Calls that may have several attempts running or to come; more than any machine has at once. */
const OPEN_CALLS_MAX = 10_000;
const PARENT = /^step_([0-9a-f]{32})\/([0-9a-f]{16})$/;

/**
 * Spans of ledger entries: a client span for each attempt, and the server span of its call above them once the call has
 * ended. Ids follow from the ids in the ledger, so that the same attempt is the same span whenever it is sent.
 */
export class CallSpans {
  readonly #sellerOf: (provider: string) => Seller;
  readonly #sample: number;
  readonly #open = new Map<string, OpenCall>();

  constructor({ sellerOf, sample }: { sellerOf: (provider: string) => Seller; sample: number }) {
    this.#sellerOf = sellerOf;
    this.#sample = sample;
  }

  /** Of an entry of a call; in the order of the ledger. */
  of(entry: Entry): readonly OutgoingSpan[] {
    const place = placeOf(entry);
    if (!isSampled(place.trace, this.#sample)) return [];
    const before = this.#open.get(entry.call);
    const call: OpenCall = {
      startMs: Math.min(before?.startMs ?? Infinity, entry.incurredAt),
      endMs: Math.max(before?.endMs ?? 0, endOf(entry)),
      attempts: Math.max(before?.attempts ?? 0, entry.number),
    };
    this.#open.delete(entry.call);
    const span = entry.state === "correction" ? correctionSpan(entry, place) : this.#attemptSpan(entry, place);
    if (entry.callEnd) return [span, callSpan(entry, { call, place })];
    this.#keep(entry.call, call);
    return [span];
  }

  /** What was read of calls that have not ended is read again. */
  forget(): void {
    this.#open.clear();
  }

  #keep(id: string, call: OpenCall): void {
    const oldest = this.#open.size < OPEN_CALLS_MAX ? undefined : this.#open.keys().next().value;
    if (oldest !== undefined) this.#open.delete(oldest);
    this.#open.set(id, call);
  }

  #attemptSpan(entry: Entry, { trace, call }: Place): OutgoingSpan {
    const isRecalled = entry.kind === "cache";
    const said = isRecalled ? {} : modelSaid(entry, this.#sellerOf(entry.provider));
    return {
      trace,
      span: idOf("attempt", entry.attempt),
      parent: call,
      name: isRecalled ? `recall ${entry.target}` : `${operationName(entry)} ${entry.target}`,
      kind: isRecalled ? "internal" : "client",
      startMs: entry.incurredAt,
      endMs: endOf(entry),
      isFailed: isFailed(entry),
      attributes: known({
        ...said,
        ...attributionOf(entry),
        "tare.attempt": entry.attempt,
        "tare.purpose": entry.purpose,
        "tare.target": `${entry.provider}/${entry.target}`,
        "tare.state": entry.state,
        "tare.delivered": entry.delivered,
        ...moneyOf(entry),
        ...classesOf(entry.usage),
      }),
    };
  }
}

function modelSaid(entry: Entry, seller: Seller): Said {
  const tokens = tokensOf(entry.usage);
  return {
    ...modelOf(entry, seller),
    "gen_ai.response.id": entry.upstreamId,
    "gen_ai.request.stream": entry.stream,
    "gen_ai.response.time_to_first_chunk": entry.firstContentMs === undefined ? undefined : entry.firstContentMs / 1000,
    "gen_ai.usage.input_tokens": toInteger(tokens.input),
    "gen_ai.usage.output_tokens": toInteger(tokens.output),
    "gen_ai.usage.cache_read.input_tokens": toInteger(tokens.cacheRead),
    "gen_ai.usage.cache_creation.input_tokens": toInteger(tokens.cacheWritten),
    "gen_ai.usage.reasoning.output_tokens": toInteger(tokens.reasoning),
    "openai.response.service_tier": entry.format === "openai" ? entry.tier : undefined,
    "http.response.status_code": toInteger(entry.status),
  };
}

/** Every number on it is the difference to what was said before, so that sums over spans are those of the ledger. */
function correctionSpan(entry: Entry, { trace }: Place): OutgoingSpan {
  return {
    trace,
    span: idOf("correction", entry.attempt),
    parent: idOf("attempt", entry.attempt),
    name: "correction",
    kind: "internal",
    startMs: entry.bookedAt,
    endMs: entry.bookedAt,
    isFailed: false,
    attributes: known({
      ...attributionOf(entry),
      "tare.attempt": entry.attempt,
      "tare.purpose": entry.purpose,
      "tare.target": `${entry.provider}/${entry.target}`,
      "tare.state": entry.state,
      ...moneyOf(entry),
      ...classesOf(entry.usage),
    }),
  };
}

/**
 * No usage, no money and no `gen_ai.operation.name`: receivers that add those up, or count operations, would count every
 * call twice.
 */
function callSpan(entry: Entry, { call, place }: { readonly call: OpenCall; readonly place: Place }): OutgoingSpan {
  const asked = entry.route ?? entry.target;
  return {
    trace: place.trace,
    span: place.call,
    parent: place.parent,
    name: `${operationName(entry)} ${asked}`,
    kind: "server",
    startMs: call.startMs,
    endMs: call.endMs,
    isFailed: isFailed(entry),
    attributes: known({
      "gen_ai.request.model": asked,
      ...attributionOf(entry),
      "tare.attempts": BigInt(call.attempts),
      "tare.state": entry.state,
      "tare.delivered": entry.delivered,
      "tare.overhead_ms": entry.overheadMs,
      "error.type": errorType(entry),
    }),
  };
}

interface Place {
  readonly trace: string;
  /** The client's span. */
  readonly parent: string | undefined;
  /** The call's own. */
  readonly call: string;
}

function placeOf({ call, parent }: Entry): Place {
  const [, trace, span] = (parent === undefined ? undefined : PARENT.exec(parent)) ?? [];
  return { trace: trace ?? digest(`trace ${call}`).slice(0, 32), parent: span, call: idOf("call", call) };
}

function idOf(what: string, id: string): string {
  return digest(`${what} ${id}`).slice(0, 16);
}

function digest(text: string): string {
  return hash("sha256", text, "hex");
}

/** By 48 of the 56 random bits that W3C's trace context puts at the end of a trace id. */
function isSampled(trace: string, share: number): boolean {
  return share >= 1 || Number.parseInt(trace.slice(18, 30), 16) / 2 ** 48 < share;
}

/** An attempt that nobody saw the end of ends where it began, as far as is known. */
function endOf({ incurredAt, durationMs = 0 }: Entry): number {
  return incurredAt + durationMs;
}

function toInteger(count: number | undefined): bigint | undefined {
  return count === undefined ? undefined : BigInt(count);
}
