import { type Clock } from "#world";
import { billGeneration, drawCallPace, drawGeneration, type PreparedGeneration } from "../answer-generation.ts";
import { type Generation } from "../generation.ts";
import { type InvoiceLine } from "../invoice.ts";
import { type Pace, readyAtMs, tokensReady } from "../latency.ts";
import { isMissing } from "../models.ts";
import { complain, type ProviderCall } from "../protocol.ts";
import { encodeResponse, finalStatus, type ResponseBody, type ResponseStatus } from "./response-body.ts";
import { type ResponseStore } from "./response-store.ts";

interface Start {
  readonly prepared: PreparedGeneration;
  readonly body: ResponseBody;
  readonly store: ResponseStore;
}

/** A response that is made after its call was answered; nobody hanging up can stop it, only `cancel`. */
export class BackgroundResponse {
  readonly #call: ProviderCall;
  readonly #start: Start;
  readonly #generation: Generation;
  readonly #pace: Pace;
  readonly #timer: ReturnType<Clock["after"]>;
  #ended: "completed" | "cancelled" | undefined;

  static start(call: ProviderCall, start: Start): void {
    const { model } = start.prepared.ask;
    if (isMissing(model)) return complain(call, { type: "not-found", what: "model", name: model });
    const response = new BackgroundResponse(call, start);
    const headers = [...call.provider.protocol.answerHeaders(call), "content-type", "application/json"];
    const { body } = start;
    const queued = encodeResponse(response.#generation, { body, status: "queued", tokens: 0 });
    call.reply.send(200, headers, JSON.stringify(queued));
  }

  private constructor(call: ProviderCall, start: Start) {
    this.#call = call;
    this.#start = start;
    this.#generation = drawGeneration(call, start.prepared);
    this.#pace = drawCallPace(call, this.#generation.input.uncached);
    this.#bill(0, { state: "running", reported: "none" });
    start.store.keep({ generation: this.#generation, body: start.body, background: this });
    const { clock } = call.provider.world;
    this.#timer = clock.after(readyAtMs(this.#pace, this.#generation.outputTokens), () => this.#complete());
  }

  status(): ResponseStatus {
    if (this.#ended === "cancelled") return "cancelled";
    return this.#ended === "completed" ? finalStatus(this.#generation) : "in_progress";
  }

  /** Bills what was generated until now; without effect on a response that has ended. */
  cancel(): void {
    if (this.#ended !== undefined) return;
    this.#timer.cancel();
    this.#ended = "cancelled";
    const elapsedMs = this.#call.provider.world.clock.monotonicMs() - this.#call.startedMs;
    const tokens = tokensReady(this.#pace, { elapsedMs, total: this.#generation.outputTokens });
    this.#bill(tokens, { state: "client-gone", reported: "none" });
  }

  #complete(): void {
    this.#ended = "completed";
    this.#bill(this.#generation.outputTokens, { state: "delivered", reported: "final" });
  }

  #bill(tokens: number, billed: Pick<InvoiceLine, "state" | "reported">): void {
    const { prepared } = this.#start;
    billGeneration(this.#call, { prepared, generation: this.#generation, tokens, billed });
  }
}
