import { type AnswerFacts } from "#inference";
import { type AnswerReader } from "#providers";
import { formatMoney } from "#units";
import { type Clock, type Exchange, type NetworkProblem, type UpstreamSink } from "#world";
import { type CallWatcher } from "../call.ts";
import { type RefusalCode, speak } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { deliveredBy, isAnswerStream, isNoAnswer, stateBy } from "./answer-end.ts";
import { type AttemptResult, type AttemptTerms } from "./attempt-terms.ts";
import { phaseDeadline } from "./deadline.ts";
import { CeilingWatch } from "./ceiling-watch.ts";
import { type AttemptFailure, errorOf, failureOfAnswer, failureOfNetwork, failureOfOurs } from "./failure.ts";
import { forgetRefused } from "./forget-refused.ts";
import { headerIn, requestIdIn } from "./headers.ts";
import { type PreparedCall } from "./prepare.ts";
import { priceEnding } from "./price-ending.ts";
import { sayRefusal } from "./refuse.ts";
import { Relay, type UpstreamHead } from "./relay.ts";
import { send } from "./send.ts";
import { type Ending, settle } from "./settle.ts";
import { holdsSecret, withheldBy } from "./withheld.ts";

// Answers up to this size are held until they are whole, so that their cost stands in their head.
const WHOLE_BYTES_MAX = 1024 * 1024;
// Frames before any content: real ones take a few KiB and seconds, and then another attempt may still take their place.
const LIFECYCLE_BYTES_MAX = 64 * 1024;
const LIFECYCLE_MS_MAX = 10_000;

const nothing = (): void => undefined;

/**
 * One try upstream, from its first byte to its last. Until the head has gone to the client everything can still fail
 * unseen; from then on an end that is not the answer's own is said in the stream.
 */
export class Attempt implements UpstreamSink, CallWatcher {
  readonly #around: Surroundings;
  readonly #prepared: PreparedCall;
  readonly #terms: AttemptTerms;
  readonly #relay: Relay;
  readonly #isStream: boolean;
  readonly #ceiling: CeilingWatch | undefined;
  readonly #collected: Buffer[] = [];
  #collectedBytes = 0;
  #exchange: Exchange | undefined;
  #reader: AnswerReader | undefined;
  #head: UpstreamHead | undefined;
  #timer: ReturnType<Clock["after"]> | undefined;
  #ended: (result: AttemptResult) => void = nothing;
  #lastMs: number;
  #firstContentMs: number | undefined;
  #isOver = false;
  /** Another attempt beside it has answered. */
  hasLost = false;
  /** The client is gone and the provider is read on for the bill. */
  #isDraining = false;
  #drainedBytes = 0;

  constructor(around: Surroundings, prepared: PreparedCall, terms: AttemptTerms) {
    this.#around = around;
    this.#prepared = prepared;
    this.#terms = terms;
    this.#relay = new Relay(around, prepared.call, terms.attempt);
    this.#isStream = prepared.ask.facts.stream;
    this.#ceiling = CeilingWatch.over(prepared.ask, terms.attempt);
    this.#lastMs = terms.attempt.atMs;
  }

  /** `ended` is told once, in the turn in which it ends. */
  run(ended: (result: AttemptResult) => void): void {
    this.#ended = ended;
    this.#seat.watcher = this;
    const { attempt, includesUsage } = this.#terms;
    this.#exchange = send(this.#around, this.#prepared, { attempt, includesUsage, sink: this });
    this.#watch();
  }

  get #seat(): { watcher: CallWatcher | undefined } {
    return this.#terms.seat ?? this.#prepared.call;
  }

  /** The client has seen of it, or will. */
  get hasShown(): boolean {
    return this.#isOver || this.#relay.hasBegun;
  }

  /** Cancelled since another answers; it has cost what it has cost. */
  lose(): void {
    if (this.#isOver) return;
    this.hasLost = true;
    this.#settle({ ...this.#ending(this.#reader?.facts()), state: "cancelled", error: "hedge_lost", callEnd: false });
  }

  head(status: number, headers: readonly string[]): void {
    if (this.#isOver) return;
    const { ask, place, translation } = this.#prepared;
    this.#lastMs = this.#around.world.clock.monotonicMs();
    forgetRefused(this.#around, this.#terms.attempt, { status, headers });
    const shown = translation?.wire?.answerHeaders(status, headers) ?? headers;
    this.#head = { status, headers: shown, readyMs: this.#lastMs };
    this.#terms.attempt.planned.health.headCame();
    this.#reader = place.format.readAnswer({
      operation: ask.facts.operation,
      stream: this.#isStream && status < 400,
      status,
      contentType: headerIn(headers, "content-type"),
      stripUsage: this.#terms.includesUsage,
      receipt: this.#prepared.call.header("x-tare-receipt") === "1" ? (facts) => this.#receipt(facts) : undefined,
    });
  }

  data(chunk: Buffer): boolean {
    const reader = this.#reader;
    if (this.#isOver || reader === undefined) return true;
    this.#lastMs = this.#around.world.clock.monotonicMs();
    const bytes = reader.push(chunk);
    if (this.#isDraining) return this.#drain(chunk.length);
    if (this.#isStream && this.#firstContentMs === undefined && reader.hasContent) this.#firstContentMs = this.#lastMs;
    if (!this.#relay.hasBegun && !this.#mayBegin(reader, bytes)) return true;
    const isTaken = this.#relay.write(bytes, this.#onDrain);
    if (this.#ceiling?.isReached(chunk.length, () => reader.facts()) === true) this.#breakOff("cost_ceiling");
    return isTaken;
  }

  end(): void {
    const reader = this.#reader;
    const head = this.#head;
    if (this.#isOver) return;
    if (reader === undefined || head === undefined) return this.problem({ type: "reset", detail: "no answer" });
    const tail = reader.finish();
    const facts = reader.facts();
    if (this.#isDraining) this.#settle(this.#gone(facts));
    else if (this.#relay.hasBegun) this.#endRelay(facts, tail);
    else this.#endCollected(facts, { head, tail });
  }

  problem(problem: NetworkProblem): void {
    if (this.#isOver) return;
    const facts = this.#reader?.facts();
    if (this.#isDraining) this.#settle(this.#gone(facts));
    else if (this.#relay.hasBegun) this.#endOr("upstream_cut");
    else if (this.#isStream && facts?.end === "error") this.end();
    else this.#fail(failureOfNetwork(problem, { facts, status: this.#head?.status }));
  }

  clientGone(): void {
    if (this.#isOver) return;
    if (this.#terms.attempt.planned.target.provider.onClientGone === "drain") {
      this.#isDraining = true;
      this.#exchange?.resume();
      return;
    }
    this.#settle(this.#gone(this.#reader?.facts()));
  }

  interrupt(code: RefusalCode): void {
    if (this.#isOver) return;
    if (this.#isDraining) this.#settle(this.#gone(this.#reader?.facts()));
    else if (this.#relay.hasBegun) this.#endOr(code);
    else this.#fail(failureOfOurs(code, { facts: this.#reader?.facts(), status: this.#head?.status }));
  }

  /**
   * A stream begins with its first content, a body when it is too large to be held, and what is neither (sound that is made
   * while it is sent) at once. Frames before content are kept back while another attempt may still answer, an error always.
   */
  #mayBegin(reader: AnswerReader, bytes: Buffer): boolean {
    const head = this.#head;
    if (head === undefined || bytes.length === 0) return false;
    const isStream = isAnswerStream(head, { isAsked: this.#isStream, isDocument: reader.isDocument === true });
    if (isStream && !this.#isHeldBack(reader, bytes)) return this.#begin(head, { isStream });
    return this.#collect(bytes, { head, reader, isStream });
  }

  #isHeldBack(reader: AnswerReader, bytes: Buffer): boolean {
    if (reader.hasContent) return false;
    const { end } = reader.facts();
    if (end !== "cut") return end === "error";
    const heldMs = this.#lastMs - (this.#head?.readyMs ?? this.#lastMs);
    const isSmall = this.#collectedBytes + bytes.length <= LIFECYCLE_BYTES_MAX;
    return this.#isStream && this.#terms.mayFollow && isSmall && heldMs < LIFECYCLE_MS_MAX;
  }

  #begin(head: UpstreamHead, { isStream }: { readonly isStream: boolean }): true {
    this.#terms.race?.won(this);
    this.#relay.begin({ ...head, readyMs: this.#lastMs }, { isStream });
    for (const held of this.#collected.splice(0)) this.#relay.write(held, this.#onDrain);
    return true;
  }

  #collect(
    bytes: Buffer,
    {
      head,
      reader,
      isStream,
    }: { readonly head: UpstreamHead; readonly reader: AnswerReader; readonly isStream: boolean },
  ): boolean {
    const wanted = this.#prepared.call.recording?.wholeBytesMax;
    if (this.#collectedBytes + bytes.length <= (wanted ?? WHOLE_BYTES_MAX)) {
      this.#collected.push(bytes);
      this.#collectedBytes += bytes.length;
      return false;
    }
    if (head.status >= 400 || wanted !== undefined) return this.#withhold(head, reader);
    return this.#begin(head, { isStream });
  }

  /** Errors are searched for our secrets when they are whole; one that is longer than any real one is not handed on. */
  #withhold(head: UpstreamHead, reader: AnswerReader): false {
    const failure = failureOfOurs("upstream_withheld", { facts: reader.facts(), status: head.status });
    this.#fail({ ...failure, withheld: head, retry: "never" });
    return false;
  }

  #endCollected(facts: AnswerFacts, { head, tail }: { readonly head: UpstreamHead; readonly tail: Buffer }): void {
    const [first] = this.#collected;
    const isOne = this.#collected.length === 1 && tail.length === 0 && first !== undefined;
    const body = isOne ? first : Buffer.concat([...this.#collected, tail]);
    const { status } = head;
    if (status >= 400 || !this.#isWhole(facts) || isNoAnswer(this.#prepared.ask.facts, { head, facts, body })) {
      const isNameOurs = namesOnlyModel(this.#prepared);
      this.#fail(failureOfAnswer({ head, body, facts, isNameOurs, now: this.#around.world.clock.now() }));
      return;
    }
    const readyMs = this.#around.world.clock.monotonicMs();
    const { provider } = this.#terms.attempt.planned.target;
    const isWithheld = facts.end === "error" && holdsSecret(this.#around, provider, { head, body });
    this.#terms.race?.won(this);
    // Booked before the client can see the end of it: after a crash nobody holds an answer that the books do not know.
    this.#relay.measure({ ...head, readyMs });
    const isElsewhere = status >= 300;
    const delivered = isElsewhere ? "none" : deliveredBy(facts, { hasContent: true });
    const state = isElsewhere ? "failed" : stateBy(facts);
    this.#settleInTurn({ ...this.#ending(facts), state, delivered }, () => {
      if (!isWithheld) this.#relay.answer({ ...head, readyMs }, body);
      else sayRefusal(this.#around, this.#prepared.call, withheldBy(provider.name));
    });
  }

  /** Half an answer in one piece goes on as it is; half a stream does not, nor what could not be translated. */
  #isWhole({ end }: AnswerFacts): boolean {
    const mayBePart = !this.#isStream && this.#prepared.translation?.wire === undefined;
    return mayBePart || end === "complete" || end === "background";
  }

  #endRelay(facts: AnswerFacts, tail: Buffer): void {
    if (this.#isStream && facts.end === "cut") {
      this.#breakOff("upstream_cut");
      return;
    }
    const hasContent = this.#reader?.hasContent ?? false;
    this.#settle({ ...this.#ending(facts), state: stateBy(facts), delivered: deliveredBy(facts, { hasContent }) });
    this.#relay.end(tail);
  }

  /** Behind the protocol's own last word, and behind an error, nothing is missing, however the connection ends. */
  #endOr(code: RefusalCode): void {
    const end = this.#reader?.facts().end;
    if (this.#isStream && (end === "complete" || end === "error")) this.end();
    else this.#breakOff(code);
  }

  /** The client has seen a part: it is told in the stream, and the body gets no clean end. */
  #breakOff(code: RefusalCode): void {
    const { call, place, ask } = this.#prepared;
    const facts = this.#reader?.facts();
    const hasContent = this.#reader?.hasContent ?? true;
    const delivered = hasContent || !this.#isStream ? "partial" : "none";
    this.#settle({ ...this.#ending(facts), state: "cut", error: code, delivered });
    const { provider, model } = this.#terms.attempt.event;
    const refusal = { code, facts: { provider, tried: `${provider}/${model}` } };
    const options = {
      operation: ask.facts.operation,
      sequence: this.#reader?.nextSequence ?? 0,
      contentType: this.#head && headerIn(this.#head.headers, "content-type"),
    };
    this.#relay.breakOff(this.#isStream ? place.format.encodeStreamError(speak(refusal, call.id), options) : undefined);
    this.#around.log("warn", "stream-broken-off", { call: call.id, provider, model, code });
  }

  #fail(failure: AttemptFailure): void {
    this.#stop();
    this.#ended({ type: "failed", failure });
  }

  #settle(ending: Ending): void {
    this.#stop();
    settle(this.#around, this.#prepared, { attempt: this.#terms.attempt, ending });
    this.#ended({ type: "over", isAnswered: ending.state === "answered", show: nothing });
  }

  /** Many calls end in one turn of the event loop, and their settlements are written together before any is shown. */
  #settleInTurn(ending: Ending, show: () => void): void {
    this.#stop();
    // Until the answer is shown, whoever interrupts the call must not answer it in its place.
    this.#seat.watcher = this;
    settle(this.#around, this.#prepared, {
      attempt: this.#terms.attempt,
      ending,
      written: () => {
        this.#seat.watcher = undefined;
        this.#ended({ type: "over", isAnswered: ending.state === "answered", show });
      },
    });
  }

  #stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#seat.watcher = undefined;
    this.#exchange?.cancel();
  }

  #ending(facts: AnswerFacts | undefined): Ending {
    return {
      facts,
      state: "answered",
      status: this.#head?.status,
      wasSent: true,
      delivered: "none",
      error: errorOf(facts, this.#head?.status),
      callEnd: true,
      firstByteMs: this.#head?.readyMs,
      firstContentMs: this.#firstContentMs,
      overheadMs: this.#relay.overheadMs,
      requestId: this.#head && requestIdIn(this.#head.headers, this.#prepared.call.format),
    };
  }

  /** Some clients leave on the terminal mark, without waiting for the end of the body: they have everything. */
  #gone(facts: AnswerFacts | undefined): Ending {
    const hasAll = this.#relay.hasBegun && !this.#isDraining && facts?.end === "complete";
    if (hasAll) return { ...this.#ending(facts), delivered: "full" };
    const delivered = this.#relay.hasBegun && (this.#reader?.hasContent ?? false) ? "partial" : "none";
    return { ...this.#ending(facts), state: "cancelled", error: "client_gone", delivered };
  }

  #drain(bytes: number): boolean {
    this.#drainedBytes += bytes;
    if (this.#drainedBytes > this.#around.limits.drainBytesMax) this.#settle(this.#gone(this.#reader?.facts()));
    return true;
  }

  readonly #onDrain = (): void => {
    this.#lastMs = this.#around.world.clock.monotonicMs();
    this.#exchange?.resume();
  };

  #receipt(facts: AnswerFacts): string | undefined {
    const ending = { state: "answered", facts: { ...facts, end: "complete" }, status: 200, wasSent: true } as const;
    const { cost } = priceEnding(this.#prepared.ask, this.#terms.attempt, ending);
    return cost.type === "priced" ? `tare cost=${formatMoney(cost.nanos)}` : undefined;
  }

  /**
   * One timer that looks when it fires, in place of one that is set again for each chunk. It never sleeps longer than the
   * shortest of the periods, so a phase that begins meanwhile is not overslept.
   */
  #watch(): void {
    const { clock } = this.#around.world;
    const { idleMs } = this.#prepared.choice.route.timeouts;
    const dueMs = this.#nextDeadline().atMs - clock.monotonicMs();
    const leftMs = Math.max(1, Math.ceil(Math.min(dueMs, idleMs, this.#around.limits.clientStallMs)));
    this.#timer = clock.after(leftMs, () => {
      const { atMs, code } = this.#nextDeadline();
      if (clock.monotonicMs() < atMs) this.#watch();
      else if (code === undefined) this.#prepared.call.response.destroy();
      else this.interrupt(code);
    });
  }

  /** A body that goes on as it comes is sent when its last byte has come. */
  #sentMs(): number {
    const { call, body } = this.#prepared;
    if (body.type === "whole") return this.#terms.attempt.atMs;
    return call.request.isComplete ? Math.max(call.readMs, this.#terms.attempt.atMs) : Infinity;
  }

  #nextDeadline(): ReturnType<typeof phaseDeadline> {
    const { pausedAtMs } = this.#relay;
    const phase = {
      pausedAtMs: this.#isDraining ? undefined : pausedAtMs,
      stallMs: this.#around.limits.clientStallMs,
      isWaiting: this.#reader === undefined || (this.#isStream && !this.#reader.hasSpoken && !this.#isDraining),
      sentMs: this.#sentMs(),
      lastMs: this.#lastMs,
    };
    const due = phaseDeadline(phase, this.#prepared.choice.route.timeouts);
    return due.atMs < this.#terms.deadline.atMs ? due : this.#terms.deadline;
  }
}

/** The model as a route of ours has it: what is not there is not what the client asked for. */
function namesOnlyModel({ call, choice, ask }: PreparedCall): boolean {
  return call.route !== undefined && choice.pins.length === 0 && ask.facts.references.length === 0;
}
