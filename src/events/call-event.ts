import { type Bound, type Component, type Cost, type FormatName, type Operation, type PinnedPrices } from "#inference";
import { type Purpose, type StepKind, type Usage } from "#inference";
import { type Id, type Instant, type Money } from "#units";
import { type Attribution } from "./attribution.ts";

/** Written before the first upstream byte, so that no attempt can cost money that the books do not know of. */
export interface AttemptDispatched {
  readonly type: "attempt-dispatched";
  /** `incurred_at`: decides the ledger day, the price row and the budget period. */
  readonly at: Instant;
  readonly attempt: Id<"attempt">;
  readonly call: Id<"call">;
  /** 1 for the first attempt of the call. */
  readonly number: number;
  readonly kind: StepKind;
  readonly purpose: Purpose;
  readonly attribution: Attribution;
  /** Id of the key that paid. */
  readonly key: string;
  /** Name of the route that the client asked for, if it asked for one. */
  readonly route: string | undefined;
  /** Name of the provider in the configuration. */
  readonly provider: string;
  /** The model asked of the provider. */
  readonly model: string;
  readonly format: FormatName;
  readonly operation: Operation;
  readonly stream: boolean;
  readonly region: string | undefined;
  readonly prices: PinnedPrices | undefined;
  readonly bound: Bound;
  /** Why this target: its place in the route's order, its price and health at that moment. At most 200 characters. */
  readonly why?: string | undefined;
  /** The span that the client measured this call by, when it sent a `traceparent`: the step that the call belongs to. */
  readonly parent?: Id<"step"> | undefined;
}

/**
 * answered: delivered in full. cut: the provider's stream ended without its terminal mark, or broke. cancelled: the
 * client left. failed: the provider answered with an error or could not be reached. background: accepted, and its usage
 * is known only when it is read later.
 */
export const attemptStates = ["answered", "cut", "cancelled", "failed", "background"] as const;
export type AttemptState = (typeof attemptStates)[number];

/** How much of an answer reached the client. */
export const deliveries = ["full", "partial", "none"] as const;

/** By what a call was answered without a provider. */
export const recallings = ["exact", "last_good", "static"] as const;

/** What is known when an attempt ends. */
export interface Settlement {
  /** `booked_at`. */
  readonly at: Instant;
  readonly state: AttemptState;
  /** How much of the answer reached the client. */
  readonly delivered: (typeof deliveries)[number];
  /** The provider's HTTP status, if it answered at all. */
  readonly status: number | undefined;
  /** Stable code of what went wrong, of ours or `upstream_*`. */
  readonly error: string | undefined;
  readonly servedModel: string | undefined;
  readonly tier: string | undefined;
  readonly upstreamId: string | undefined;
  /** The provider keeps the answer under `upstreamId`; it is read back only by the same tenant. */
  readonly isStored: boolean;
  readonly usage: Usage | undefined;
  /** The provider's own usage object as JSON text. */
  readonly reported: string | undefined;
  readonly cost: Cost;
  readonly components: readonly Component[];
  /** What stays in doubt beside the cost: the rest of the hold of a cancelled or background attempt. */
  readonly residual: Money;
  /** This was the last attempt of its call. */
  readonly callEnd: boolean;
  readonly durationMs: number;
  /** From dispatch to the provider's first byte. */
  readonly firstByteMs: number | undefined;
  /** From dispatch to the first generated content. */
  readonly firstContentMs: number | undefined;
  /** Time the gateway itself added before the first byte. */
  readonly overheadMs: number | undefined;
}

export interface AttemptSettled extends Settlement {
  readonly type: "attempt-settled";
  readonly attempt: Id<"attempt">;
}

/**
 * A later truth about an attempt that was settled before: a background answer that was read, or that the call ended
 * with it after all. Books the difference; `callEnd` only when no settlement of the call had it.
 */
export interface AttemptCorrected {
  readonly type: "attempt-corrected";
  /** The attempt as it was dispatched, so that the correction stands alone whatever segment it is in. */
  readonly dispatched: AttemptDispatched;
  readonly before: {
    readonly cost: Cost;
    readonly residual: Money;
    /** What was booked as used, when anything was: the correction books the difference. */
    readonly usage?: Usage | undefined;
    readonly components?: readonly Component[] | undefined;
  };
  readonly settlement: Settlement;
  readonly reason: string;
}

/** We said no. An event, not an entry: nothing was spent. */
export interface CallRefused {
  readonly type: "call-refused";
  readonly at: Instant;
  readonly call: Id<"call">;
  readonly code: string;
  readonly status: number;
  readonly attribution: Attribution;
  readonly key: string | undefined;
  readonly route: string | undefined;
  readonly model: string | undefined;
  /** The budget that said no, and the value of its template. */
  readonly budget?: string | undefined;
  readonly budgetValue?: string | undefined;
  /** What the budget said it lacked; absent where it said no for another reason. */
  readonly shortage?: Shortage | undefined;
}

export const shortageUnits = ["USD", "requests", "tokens", "concurrent"] as const;

/** Amounts are in the unit: nanos where it is USD, else counts. None is below 0. */
export interface Shortage {
  readonly unit: (typeof shortageUnits)[number];
  readonly limit: bigint;
  readonly left: bigint;
  /** What the call would have taken at most; undefined where nothing bounds it. */
  readonly needed: bigint | undefined;
}

/**
 * A call was answered without a provider: `exact` by the answer to an identical call, `last_good` by an old one and `static`
 * by a configured text when no target answered. Nothing was spent; what the kept answer had cost was avoided.
 */
export interface AnswerRecalled {
  readonly type: "answer-recalled";
  readonly at: Instant;
  /** Names its entry. */
  readonly attempt: Id<"attempt">;
  readonly call: Id<"call">;
  /** Counted with the attempts of the call. */
  readonly number: number;
  readonly how: (typeof recallings)[number];
  readonly attribution: Attribution;
  readonly key: string;
  readonly route: string | undefined;
  /** Of the answer that was kept; `(none)` for a configured text. */
  readonly provider: string;
  readonly model: string;
  readonly servedModel: string | undefined;
  readonly format: FormatName;
  readonly operation: Operation;
  readonly stream: boolean;
  readonly region: string | undefined;
  /** Undefined where nobody knows exactly what the kept answer had cost. */
  readonly avoided: Money | undefined;
  /** Some items of a batch; an attempt answered for the others and ended the call. */
  readonly isPart?: boolean | undefined;
  /** Of the call, or of looking for this answer after attempts that failed. */
  readonly durationMs: number;
}
