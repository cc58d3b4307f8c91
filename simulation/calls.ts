/** Calls of the simulated workload, and the events that the journal would hold of them. */
import { type AttemptCorrected, type AttemptDispatched, type AttemptSettled, type Settlement } from "#events";
import { type Refusal } from "#budget";
import { type Usage } from "#inference";
import { type Instant, money } from "#units";
import { type Random } from "./random.ts";
import { type Hold } from "./room.ts";

export type Spender = Pick<AttemptDispatched, "attribution" | "key" | "route" | "provider">;

/** What the caller offers when its hold does not fit. */
export interface Clamp {
  readonly capMax: number;
  readonly capMin: number;
  readonly sizeAt: (cap: number) => { readonly amount: bigint; readonly tokens: bigint };
}

export type Wish = Pick<Call, "spender" | "amount" | "tokens" | "isFirst" | "clamp" | "mayDegrade">;

export interface Call {
  readonly id: `attempt_${number}`;
  readonly spender: Spender;
  /** With the largest output cap, until it was admitted with a smaller one. */
  amount: bigint;
  tokens: bigint;
  readonly isFirst: boolean;
  readonly clamp: Clamp | undefined;
  readonly mayDegrade: boolean;
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

export function drawWish(random: Random): Wish {
  const spender = drawSpender(random);
  const base = BigInt(random.between(0, 20));
  const rate = BigInt(random.between(0, 4));
  const prompt = BigInt(random.between(0, 20));
  const sizeAt = (cap: number) => ({ amount: base + rate * BigInt(cap), tokens: prompt + BigInt(cap) });
  const capMax = random.between(1, 20);
  const clamp = random.isBelow(0.4) ? { capMax, capMin: random.between(1, capMax), sizeAt } : undefined;
  const isFirst = random.isBelow(0.8);
  return { spender, ...sizeAt(capMax), isFirst, clamp, mayDegrade: random.isBelow(0.2) };
}

export function dispatchOf({ id, spender, amount, tokens, isFirst }: Call, at: Instant): AttemptDispatched {
  return {
    type: "attempt-dispatched",
    at,
    attempt: id,
    call: "call_1",
    number: isFirst ? 1 : 2,
    kind: "model",
    purpose: "answer",
    model: "model",
    format: "openai",
    operation: "chat",
    stream: false,
    region: undefined,
    prices: undefined,
    bound: { type: "proven", nanos: money(amount), tokens: Number(tokens) },
    ...spender,
  };
}

export function settlementOf(
  {
    cost,
    residual,
    usage,
  }: Pick<Settlement, "cost"> & { readonly residual: bigint; readonly usage: Usage | undefined },
  at: Instant,
): Settlement {
  return {
    at,
    state: residual > 0n ? "cancelled" : "answered",
    delivered: "full",
    status: 200,
    error: undefined,
    servedModel: undefined,
    tier: undefined,
    upstreamId: undefined,
    isStored: false,
    usage,
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
  const { cost, residual, usage } = before;
  return {
    type: "attempt-corrected",
    dispatched,
    before: { cost, residual, usage },
    settlement: after,
    reason: "read later",
  };
}
