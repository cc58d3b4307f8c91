import { type Result } from "#std";
import { drawPace, type Pace, readyAtMs, tokensReady } from "./latency.ts";
import { drawOutput, type Generation, type GenerationAsk, type Made, madeAfter, quantitiesOf } from "./generation.ts";
import { type InvoiceLine } from "./invoice.ts";
import { type JsonObject } from "./json.ts";
import { isMissing, servedModel } from "./models.ts";
import { countTokens, type Prompt } from "./prompt.ts";
import { type Complaint, complain, type ProviderCall } from "./protocol.ts";

/** Bytes of a stream that leave together, and how many output tokens have been generated when they do. */
export interface Frame {
  readonly text: string;
  readonly tokens: number;
  /** The usage that is in these bytes: an early count, or what is billed. */
  readonly reports?: "partial" | "final";
}

/** How one wire format writes one generation down. */
export interface Encoder {
  readonly streamType: string;
  usage(generation: Generation, made: Made): JsonObject;
  whole(generation: Generation): string;
  frames(generation: Generation): Iterable<Frame>;
  /** The error as an event of a stream that has begun. */
  errorFrame(complaint: Complaint): string;
}

export interface PreparedGeneration {
  readonly ask: GenerationAsk;
  readonly prompt: Prompt;
  readonly messages: number;
  /** Input that is not in this prompt: the answers that it goes on from. */
  readonly storedTokens: number;
  readonly tier: string | undefined;
  readonly id: string;
  toolId(): string;
  readonly encoder: Encoder;
}

type Billed = Pick<InvoiceLine, "state" | "reported">;

/** Bytes of frames that are ready at the same time leave in writes of about this size. */
const WRITE_CHARACTERS = 16_384;
/** Frames that become ready within this time leave together, so that a stream costs few timers. */
const COALESCE_MS = 4;
const SLOW_MS = 3_000;

export async function answerGeneration(
  call: ProviderCall,
  prepared: Result<PreparedGeneration, Complaint>,
): Promise<void> {
  if (!prepared.ok) return complain(call, prepared.error);
  const { ask } = prepared.value;
  if (isMissing(ask.model)) return complain(call, { type: "not-found", what: "model", name: ask.model });
  if (call.fault === "error-in-answer" && !ask.stream) return complain(call, { type: "server-error" });
  const running = new RunningGeneration(call, prepared.value);
  await (ask.stream ? running.stream() : running.answerWhole());
}

/** Decides everything that will be generated, before the first byte. */
export function drawGeneration(call: ProviderCall, prepared: PreparedGeneration): Generation {
  const { provider, random, directive } = call;
  const { ask, prompt, messages, storedTokens, tier, id } = prepared;
  const tokens = countTokens(prompt, messages) + storedTokens;
  const input = provider.prefixCache[provider.protocol.caching](prompt, {
    model: ask.model,
    tokens,
    nowMs: call.startedMs,
  });
  const { prose } = provider;
  const { reasoningTokens, choices } = drawOutput(ask, { directive, random, prose, toolId: () => prepared.toolId() });
  return {
    id,
    requestId: call.requestId,
    model: servedModel(ask.model),
    tier,
    createdAt: call.at,
    input,
    inputTokens: tokens,
    reasoningTokens,
    choices,
    outputTokens: choices.reduce((sum, choice) => sum + choice.pieces.length, reasoningTokens),
  };
}

export function drawCallPace(call: ProviderCall, uncachedTokens: number): Pace {
  const pace = drawPace(call.provider.latency, { random: call.random, inputTokens: uncachedTokens });
  return call.fault === "slow" ? { ...pace, firstTokenMs: pace.firstTokenMs + SLOW_MS } : pace;
}

/** One generation on its way out: told its pace, it bills what was generated until it ended, however it ended. */
class RunningGeneration {
  readonly #call: ProviderCall;
  readonly #prepared: PreparedGeneration;
  readonly #generation: Generation;
  readonly #pace: Pace;
  #isOpen = false;
  /** Frames that were taken and have not left. */
  #waiting = "";
  #tokensOut = 0;
  #reported: InvoiceLine["reported"] = "none";

  constructor(call: ProviderCall, prepared: PreparedGeneration) {
    this.#call = call;
    this.#prepared = prepared;
    this.#generation = drawGeneration(call, prepared);
    this.#pace = drawCallPace(call, this.#generation.input.uncached);
  }

  async answerWhole(): Promise<void> {
    const { reply } = this.#call;
    const total = this.#generation.outputTokens;
    const waitMs = readyAtMs(this.#pace, total);
    if (waitMs > 0) {
      this.#bill(0, { state: "running", reported: "none" });
      await reply.pause(waitMs);
    }
    if (reply.gone) return this.#bill(this.#tokensReady(), { state: "client-gone", reported: "none" });
    const body = this.#prepared.encoder.whole(this.#generation);
    const headers = [...this.#call.provider.protocol.answerHeaders(this.#call), "content-type", "application/json"];
    if (this.#call.fault === "cut") {
      this.#bill(total, { state: "cut", reported: "none" });
      const length = Buffer.byteLength(body);
      return reply.breakOff({ status: 200, headers, part: body.slice(0, body.length / 2), length });
    }
    this.#bill(total, { state: "delivered", reported: "final" });
    reply.send(200, headers, body);
  }

  async stream(): Promise<void> {
    const { reply } = this.#call;
    this.#bill(0, { state: "running", reported: "none" });
    const breakAt = this.#breakAt();
    for (const frame of this.#prepared.encoder.frames(this.#generation)) {
      // A stream is broken when it has begun; one of a single frame has no middle to break in.
      if (this.#isOpen && frame.tokens > breakAt) return this.#breakOff();
      await this.#waitFor(frame);
      if (reply.gone) {
        const tokens = Math.max(this.#tokensOut, this.#tokensReady());
        return this.#bill(tokens, { state: "client-gone", reported: this.#reported });
      }
      this.#take(frame);
    }
    this.#bill(this.#tokensOut, { state: "delivered", reported: this.#reported });
    await this.#flush();
    reply.end();
  }

  async #waitFor(frame: Frame): Promise<void> {
    const waitMs = frame.tokens === 0 ? 0 : readyAtMs(this.#pace, frame.tokens) - this.#elapsedMs();
    if (waitMs <= 0 && this.#waiting.length <= WRITE_CHARACTERS) return;
    await this.#flush();
    if (waitMs > 0) await this.#call.reply.pause(Math.max(waitMs, COALESCE_MS));
  }

  /** The head of the answer leaves with the first token. */
  #take(frame: Frame): void {
    if (!this.#isOpen && frame.tokens > 0) {
      const type = ["content-type", this.#prepared.encoder.streamType, "cache-control", "no-cache"];
      this.#call.reply.open(200, [...this.#call.provider.protocol.answerHeaders(this.#call), ...type]);
      this.#isOpen = true;
    }
    this.#waiting += frame.text;
    this.#tokensOut = frame.tokens;
    this.#reported = frame.reports ?? this.#reported;
  }

  async #flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = "";
    if (text !== "") await this.#call.reply.write(text);
  }

  /** Ends a stream that has begun before its end: with an error event, cleanly but too early, or by a broken connection. */
  async #breakOff(): Promise<void> {
    const { reply, fault, random } = this.#call;
    await this.#flush();
    this.#bill(this.#tokensOut, { state: fault === "cut" ? "cut" : "error", reported: this.#reported });
    if (fault === "cut" && random.happens(0.5)) return reply.breakOff();
    if (fault !== "cut") await reply.write(this.#prepared.encoder.errorFrame({ type: "overloaded" }));
    reply.end();
  }

  /** The number of tokens after which a stream with a fault breaks. */
  #breakAt(): number {
    const { fault, random } = this.#call;
    if (fault !== "cut" && fault !== "error-in-answer") return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.floor(random.fraction() * (this.#generation.outputTokens - 1)));
  }

  #elapsedMs(): number {
    return this.#call.provider.world.clock.monotonicMs() - this.#call.startedMs;
  }

  #tokensReady(): number {
    return tokensReady(this.#pace, { elapsedMs: this.#elapsedMs(), total: this.#generation.outputTokens });
  }

  #bill(tokens: number, billed: Billed): void {
    billGeneration(this.#call, { prepared: this.#prepared, generation: this.#generation, tokens, billed });
  }
}

/** Writes the invoice's line about the first `tokens` of a generation. */
export function billGeneration(
  { provider, at }: ProviderCall,
  made: { prepared: PreparedGeneration; generation: Generation; tokens: number; billed: Billed },
): void {
  const { generation, billed } = made;
  const { ask, encoder } = made.prepared;
  const output = madeAfter(generation, made.tokens);
  provider.invoice.write({
    id: generation.id,
    requestId: generation.requestId,
    provider: provider.name,
    format: provider.protocol.format,
    operation: ask.operation,
    askedModel: ask.model,
    model: generation.model,
    tier: generation.tier,
    stream: ask.stream,
    ...billed,
    usage: encoder.usage(generation, output),
    quantities: quantitiesOf(generation, output),
    begunAt: at,
    endedAt: billed.state === "running" ? undefined : provider.world.clock.now(),
  });
}
