/** Calls of the simulated workload, and the events that the journal would hold of them. */
import { type AttemptCorrected, type AttemptDispatched, type AttemptSettled, type Settlement } from "#events";
import { type Hold, type Refusal } from "#budget";
import { type Instant, money } from "#units";
import { type Random } from "./random.ts";

export type Spender = Pick<AttemptDispatched, "attribution" | "key" | "route" | "provider">;

export interface Call {
  readonly id: `attempt_${number}`;
  readonly spender: Spender;
  readonly amount: bigint;
  /** Number of the simulation's step in which it asked. */
  readonly since: number;
  readonly askedAt: Instant;
  state: "waiting" | "held" | "dispatched" | "ended";
  hold: Hold | undefined;
  refusal: Refusal | undefined;
}

export function drawSpender(random: Random): Spender {
  const name = (word: string, count: number) => `${word}-${random.between(1, count)}`;
  return {
    attribution: {
      tenant: random.pick(["red", "blue"]),
      interaction: name("interaction", 3),
      feature: "answers",
      team: random.pick(["red", "blue"]),
      customer: "(none)",
      user: name("user", 4),
      environment: "(none)",
      session: "(none)",
      tags: random.isBelow(0.5) ? { job: name("job", 3) } : {},
      claimed: {},
    },
    key: name("key", 3),
    route: undefined,
    provider: random.pick(["north", "south"]),
  };
}

export function dispatchOf({ id, spender, amount }: Call, at: Instant): AttemptDispatched {
  return {
    type: "attempt-dispatched",
    at,
    attempt: id,
    call: "call_1",
    number: 1,
    kind: "model",
    purpose: "answer",
    model: "model",
    format: "openai",
    operation: "chat",
    stream: false,
    region: undefined,
    prices: undefined,
    bound: { type: "proven", nanos: money(amount) },
    ...spender,
  };
}

export function settlementOf(cost: Settlement["cost"], residual: bigint, at: Instant): Settlement {
  return {
    at,
    state: "answered",
    delivered: "full",
    status: 200,
    error: undefined,
    servedModel: undefined,
    tier: undefined,
    upstreamId: undefined,
    isStored: false,
    usage: undefined,
    reported: undefined,
    cost,
    components: [],
    residual: money(residual),
    callEnd: true,
    durationMs: 1,
    firstByteMs: undefined,
    firstContentMs: undefined,
    overheadMs: undefined,
  };
}

export function settledOf(call: Call, settlement: Settlement): AttemptSettled {
  return { type: "attempt-settled", attempt: call.id, ...settlement };
}

export function correctionOf(
  dispatched: AttemptDispatched,
  { before, after }: { readonly before: Settlement; readonly after: Settlement },
): AttemptCorrected {
  const { cost, residual } = before;
  return { type: "attempt-corrected", dispatched, before: { cost, residual }, settlement: after, reason: "read later" };
}
