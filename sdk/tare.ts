import { AsyncLocalStorage } from "node:async_hooks";
import { type About, aboutAttributes, aboutHeaders } from "./about.ts";
import { type Fetch, Sender } from "./sender.ts";
import { type Attributes, type StepKind } from "./span.ts";
import { whenDone } from "./when-done.ts";

export interface TareOptions {
  /** Of Tare's data plane: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** A key of Tare's. */
  readonly key: string;
  /** How long spans wait for others; 1,000 ms by default. */
  readonly delayMs?: number;
  /** Spans held at most while Tare is away; 10,000 by default. */
  readonly queueMax?: number;
  readonly fetch?: Fetch;
  /** Told what went wrong; nothing is by default. */
  readonly onProblem?: (problem: string) => void;
}

export interface StepOptions {
  readonly kind?: StepKind;
  /** What it cost, where that is known: a decimal in Tare's currency, such as "0.0125". */
  readonly cost?: string;
  /** Of a model's answer that does not go through Tare: who sold it, which model, and its tokens; the list prices them. */
  readonly provider?: string;
  readonly model?: string;
  /** All of the input, with what was read from the provider's cache. */
  readonly inputTokens?: number;
  readonly cachedInputTokens?: number;
  readonly outputTokens?: number;
  /** The provider's id of the answer: what else measured the same answer is not counted beside it. */
  readonly answerId?: string;
  readonly calls?: number;
  readonly vectors?: number;
  readonly gigabyteDays?: number;
  readonly gpuSeconds?: number;
  readonly personMinutes?: number;
}

export interface Outcome {
  /** Made once for each result: the same id again corrects it. */
  readonly id?: string;
  readonly success?: boolean;
  /** A decimal in Tare's currency. */
  readonly value?: string;
}

/** A running step, for what is known of it only at its end. */
export interface RunningStep {
  measure(options: StepOptions): void;
}

export interface Tare {
  /** All within `work` is one interaction. */
  interaction<Value>(about: About, work: () => Value): Value;
  /** Measures `work`, whatever it gives or throws. Steps within it are part of it. */
  step<Value>(name: string, work: (step: RunningStep) => Value): Value;
  step<Value>(name: string, options: StepOptions, work: (step: RunningStep) => Value): Value;
  outcome(name: string, outcome?: Outcome): void;
  /** To be sent along with model calls through Tare: they become part of the step that is running. */
  headers(): Record<string, string>;
  /** How many spans wait, and how many were given up. */
  state(): { readonly waiting: number; readonly dropped: number };
  /** Resolves when what waits was sent, or could not be. To be awaited before `process.exit`, which loses it otherwise. */
  flush(): Promise<void>;
}

interface Place {
  readonly trace: string;
  readonly span: string | undefined;
  readonly about: About;
  /** The running step's, where headers for a call through Tare were asked for: the call says what it cost. */
  readonly asked: { forHeaders: boolean };
}

/** Nothing here throws into the program that uses it, and nothing waits for Tare. */
export function createTare(options: TareOptions): Tare {
  return new Recorder(options);
}

class Recorder implements Tare {
  readonly #sender: Sender;
  readonly #places = new AsyncLocalStorage<Place>();
  readonly #onProblem: (problem: string) => void;
  #hasWarned = false;

  constructor({ url, key, delayMs = 1000, queueMax = 10_000, fetch: send = fetch, onProblem = ignore }: TareOptions) {
    this.#onProblem = onProblem;
    this.#sender = new Sender({ url: url.replace(/\/+$/, ""), key, delayMs, queueMax, fetch: send, onProblem });
  }

  interaction<Value>(about: About, work: () => Value): Value {
    return this.#places.run(
      {
        trace: randomHex(16),
        span: undefined,
        about: { ...this.#here().about, ...about },
        asked: { forHeaders: false },
      },
      work,
    );
  }

  step<Value>(name: string, ...rest: readonly [...([] | [StepOptions]), (step: RunningStep) => Value]): Value {
    const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest;
    const place = this.#here();
    const span = randomHex(8);
    const asked = { forHeaders: false };
    const measured: StepOptions[] = [options];
    const startMs = performance.timeOrigin + performance.now();
    const end = (failure: string | undefined) => {
      const told: StepOptions = Object.assign({}, ...measured);
      if (failure === undefined && !asked.forHeaders) this.#warnOfUnpriced(name, told);
      this.#sender.add({
        trace: place.trace,
        id: span,
        parent: place.span,
        name,
        startMs,
        endMs: performance.timeOrigin + performance.now(),
        failure,
        attributes: { ...aboutAttributes(place.about), ...stepAttributes(told) },
      });
    };
    return this.#places.run({ ...place, span, asked }, () => {
      try {
        const value = work({ measure: (more) => void measured.push(more) });
        return whenDone(value, (failed) => end(failed === undefined ? undefined : nameOf(failed.reason)));
      } catch (thrown) {
        end(nameOf(thrown));
        throw thrown;
      }
    });
  }

  outcome(name: string, { id, success, value }: Outcome = {}): void {
    const { trace, span, about } = this.#here();
    const nowMs = performance.timeOrigin + performance.now();
    const told = {
      "tare.outcome": name,
      "tare.outcome.id": id,
      "tare.outcome.success": success,
      "tare.outcome.value": value,
    };
    this.#sender.add({
      trace,
      id: randomHex(8),
      parent: span,
      name: "outcome",
      startMs: nowMs,
      endMs: nowMs,
      failure: undefined,
      attributes: { ...aboutAttributes(about), ...told },
    });
  }

  headers(): Record<string, string> {
    const { trace, span, about, asked } = this.#here();
    asked.forHeaders = true;
    const headers = aboutHeaders(about, trace);
    if (span !== undefined) headers["traceparent"] = `00-${trace}-${span}-01`;
    return headers;
  }

  state() {
    return { waiting: this.#sender.waiting, dropped: this.#sender.dropped };
  }

  flush(): Promise<void> {
    return this.#sender.flush();
  }

  /** Outside of any interaction each step is one of its own. */
  #here(): Place {
    return (
      this.#places.getStore() ?? {
        trace: randomHex(16),
        span: undefined,
        about: {},
        asked: { forHeaders: false },
      }
    );
  }

  /** Once: a program that says too little of one answer says it of all. */
  #warnOfUnpriced(name: string, { kind, cost, inputTokens, outputTokens }: StepOptions): void {
    const isCounted = cost !== undefined || inputTokens !== undefined || outputTokens !== undefined;
    if (this.#hasWarned || kind !== "model" || isCounted) return;
    this.#hasWarned = true;
    this.#onProblem(
      `The model step ${name} says neither its tokens nor its cost: it is unpriced, unless what measured its call is told too`,
    );
  }
}

function ignore(): void {
  // Telemetry that fails is nobody's problem unless somebody asks.
}

function stepAttributes(options: StepOptions): Attributes {
  return {
    "tare.kind": options.kind ?? "custom",
    "tare.cost": options.cost,
    "gen_ai.provider.name": options.provider,
    "gen_ai.request.model": options.model,
    "gen_ai.usage.input_tokens": options.inputTokens,
    "gen_ai.usage.cache_read.input_tokens": options.cachedInputTokens,
    "gen_ai.usage.output_tokens": options.outputTokens,
    "gen_ai.response.id": options.answerId,
    "tare.calls": options.calls,
    "tare.vectors": options.vectors,
    "tare.gb_days": options.gigabyteDays,
    "tare.gpu_seconds": options.gpuSeconds,
    "tare.person_minutes": options.personMinutes,
  };
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "error";
}

function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex");
}
