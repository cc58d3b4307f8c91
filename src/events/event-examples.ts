/** Plain events for tests: one attempt from dispatch to settlement, with what the test cares about put in. */
import { instant, money } from "#units";
import { type AnswerRecalled, type AttemptDispatched, type AttemptSettled, type CallRefused } from "./call-event.ts";

const attribution = {
  tenant: "support",
  interaction: "interaction_1",
  feature: "answers",
  team: "support",
  customer: "(none)",
  user: "(none)",
  environment: "production",
  session: "(none)",
  tags: {},
  claimed: {},
};

const AT = instant(1_790_000_000_000);

/** `name` makes the ids: attempt_NAME and call_NAME. */
export function dispatched(name: string, differing: Partial<AttemptDispatched> = {}): AttemptDispatched {
  return {
    type: "attempt-dispatched",
    at: AT,
    attempt: `attempt_${name}`,
    call: `call_${name}`,
    number: 1,
    kind: "model",
    purpose: "answer",
    attribution,
    key: "key_1",
    route: undefined,
    provider: "openai",
    model: "gpt-5-mini",
    format: "openai",
    operation: "chat",
    stream: false,
    region: undefined,
    prices: { book: "book-1", sku: "openai/gpt-5-mini" },
    bound: { type: "proven", nanos: money(5_000n) },
    ...differing,
  };
}

export function settled(name: string, differing: Partial<AttemptSettled> = {}): AttemptSettled {
  return {
    type: "attempt-settled",
    attempt: `attempt_${name}`,
    at: AT,
    state: "answered",
    delivered: "full",
    status: 200,
    error: undefined,
    servedModel: "gpt-5-mini-2025-08-07",
    tier: "default",
    upstreamId: `chatcmpl-${name}`,
    isStored: false,
    usage: { input_uncached: 100, output_text: 20 },
    reported: undefined,
    cost: { type: "priced", nanos: money(1_000n) },
    components: [
      { class: "input_uncached", quantity: 100, rate: "2", nanos: money(200n), row: "gpt-5-mini/input" },
      { class: "output_text", quantity: 20, rate: "40", nanos: money(800n), row: "gpt-5-mini/output" },
    ],
    residual: money(0n),
    callEnd: true,
    durationMs: 800,
    firstByteMs: 200,
    firstContentMs: 210,
    overheadMs: 0.5,
    ...differing,
  };
}

export function recalled(name: string, differing: Partial<AnswerRecalled> = {}): AnswerRecalled {
  return {
    type: "answer-recalled",
    at: AT,
    attempt: `attempt_${name}`,
    call: `call_${name}`,
    number: 1,
    how: "exact",
    attribution,
    key: "key_1",
    route: undefined,
    provider: "openai",
    model: "gpt-5-mini",
    servedModel: "gpt-5-mini-2025-08-07",
    format: "openai",
    operation: "chat",
    stream: false,
    region: undefined,
    avoided: money(1_000n),
    durationMs: 1,
    ...differing,
  };
}

export function refused(name: string, differing: Partial<CallRefused> = {}): CallRefused {
  return {
    type: "call-refused",
    at: AT,
    call: `call_${name}`,
    code: "unknown_model",
    status: 400,
    attribution,
    key: "key_1",
    route: undefined,
    model: undefined,
    ...differing,
  };
}
