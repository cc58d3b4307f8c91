import { formatMoney } from "#units";
import { type Call } from "../call.ts";
import { type Surroundings } from "../surroundings.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { answerHeaders, headerIn, requestIdIn } from "./headers.ts";
import { limitHeaders } from "./limit-headers.ts";
import { ownHeaders } from "./refuse.ts";

/** An answer's head as it came from upstream. */
export interface UpstreamHead {
  readonly status: number;
  readonly headers: readonly string[];
  /** On the monotonic clock: when what is relayed first was at hand. */
  readonly readyMs: number;
}

const PENDING_BYTES_MAX = 64 * 1024;

/** The client's side of one answer: its head once, then bytes as the client takes them. */
export class Relay {
  readonly #around: Surroundings;
  readonly #call: Call;
  readonly #attempt: DispatchedAttempt;
  /** On the monotonic clock: since when the client takes nothing; undefined while it does. */
  pausedAtMs: number | undefined;
  hasBegun = false;
  /** What this turn has brought and the client's connection has not been given yet. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  overheadMs: number | undefined;

  constructor(around: Surroundings, call: Call, attempt: DispatchedAttempt) {
    this.#around = around;
    this.#call = call;
    this.#attempt = attempt;
  }

  /** Time that was ours: from the last byte of the request to the first upstream, and from what came back to now. */
  measure({ readyMs }: UpstreamHead): void {
    const { readMs, sentMs = readMs } = this.#call;
    this.overheadMs ??= Math.max(0, sentMs - readMs + this.#around.world.clock.monotonicMs() - readyMs);
  }

  /** A stream, or a body too large to be held: what it cost is not known yet. */
  begin(head: UpstreamHead, { isStream }: { readonly isStream: boolean }): void {
    const headers = this.#headers(head);
    if (isStream) {
      if (headerIn(head.headers, "cache-control") === undefined) headers.push("cache-control", "no-cache");
      if (headerIn(head.headers, "x-accel-buffering") === undefined) headers.push("x-accel-buffering", "no");
    } else {
      const length = headerIn(head.headers, "content-length");
      if (length !== undefined) headers.push("content-length", length);
    }
    this.#call.recording?.begin(head.status, this.#keptHeaders(head, isStream));
    this.#call.response.writeHead(head.status, headers);
  }

  /**
   * Frames that come in one piece of the provider's answer go on in one: they are handed over when that piece has been
   * read, in the same turn. False when the client takes no more for now; `onDrain` is called once it does again.
   */
  write(bytes: Buffer, onDrain: () => void): boolean {
    if (bytes.length === 0) return this.pausedAtMs === undefined;
    this.#call.recording?.add(bytes);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= PENDING_BYTES_MAX) this.#flush(onDrain);
    else if (this.#pending.length === 1) queueMicrotask(() => this.#flush(onDrain));
    return this.pausedAtMs === undefined;
  }

  #flush(onDrain: () => void): void {
    const [first] = this.#pending;
    if (first === undefined) return;
    const bytes = this.#pending.length === 1 ? first : Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    const { response } = this.#call;
    if (response.write(bytes) || this.pausedAtMs !== undefined) return;
    this.pausedAtMs = this.#around.world.clock.monotonicMs();
    response.onDrain(() => {
      this.pausedAtMs = undefined;
      onDrain();
    });
  }

  end(tail: Buffer): void {
    this.#pending.push(tail);
    const [first] = this.#pending;
    this.#call.response.end(this.#pending.length === 1 ? first : Buffer.concat(this.#pending));
    this.#pending = [];
    this.#call.recording?.add(tail);
    this.#call.recording?.finish();
  }

  /** The whole answer at once, with what the call has cost. */
  answer(head: UpstreamHead, made: Buffer): void {
    const headers = this.#headers(head);
    const { spent, response, recording } = this.#call;
    const { status, body } = recording?.merge(head.status, made) ?? { status: head.status, body: made };
    if (spent !== undefined) headers.push("x-tare-cost", formatMoney(spent));
    if (status !== 204) headers.push("content-length", String(body.length));
    response.writeHead(status, headers);
    response.end(body);
    recording?.begin(status, this.#keptHeaders(head, false));
    recording?.add(body);
    recording?.finish();
  }

  /** Says in the stream what went wrong and ends the connection without a clean end of the body. */
  breakOff(error: Buffer | undefined): void {
    const { response } = this.#call;
    this.#flush(() => undefined);
    if (error !== undefined) response.write(error);
    // `end` would write the mark by which the client knows that it has everything.
    response.cut();
    this.#call.recording?.abandon();
  }

  #headers(head: UpstreamHead): string[] {
    const { provider, model } = this.#attempt.event;
    const call = this.#call;
    this.hasBegun = true;
    this.measure(head);
    const limits = limitHeaders(this.#around, this.#attempt, call.format.name);
    const headers = answerHeaders(head.headers, { movesLimits: limits.hasCounts });
    if (limits.headers.length > 0) headers.push(...limits.headers);
    headers.push(...ownHeaders(call), "x-tare-target", sendable(`${provider}/${model}`));
    headers.push("x-tare-attempts", String(call.attempts), "x-tare-cache", call.cacheMark);
    headers.push("x-tare-overhead-ms", (this.overheadMs ?? 0).toFixed(3));
    const upstreamId = requestIdIn(head.headers, call.format);
    if (upstreamId !== undefined) headers.push("x-tare-upstream-id", upstreamId);
    this.#addChanges(headers);
    if (this.#isShedding()) headers.push("connection", "close");
    return headers;
  }

  /** How what was asked differs from what the client sent. */
  #addChanges(headers: string[]): void {
    const { dropped } = this.#call;
    const { outputCap } = this.#attempt;
    if (dropped !== undefined) headers.push("x-tare-dropped", dropped);
    if (outputCap !== undefined) headers.push("x-tare-max-tokens", String(outputCap));
  }

  /** What of an answer's head is about its body, and holds for the next client too. */
  #keptHeaders({ headers }: UpstreamHead, isStream: boolean): readonly string[] {
    const kept = ["content-type", headerIn(headers, "content-type") ?? "application/json"];
    this.#addChanges(kept);
    if (isStream) kept.push("cache-control", "no-cache", "x-accel-buffering", "no");
    return kept;
  }

  #isShedding(): boolean {
    if (this.#around.isDraining) return true;
    if (this.#around.connectionsToShed === 0) return false;
    this.#around.connectionsToShed -= 1;
    return true;
  }
}

/** Names may be in any script, and a header's value is bytes: what is not plain ASCII is percent-encoded. */
function sendable(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll(/[^\u0020-\u007e]+/g, encodeURIComponent);
}

const PLAIN = /^[\u0020-\u007e]*$/;
