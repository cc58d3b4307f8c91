import { type Outcome, type Step } from "#events";

/** What the ledger remembers when our own memory does not; `app` answers it from the store. */
export interface LedgerMemory {
  /** Names of all traces that were ever booked, many at a time. */
  traces(): AsyncIterable<readonly TraceName[]>;
  /** The steps of these traces as they are booked now. */
  steps(traces: readonly TraceName[]): Promise<readonly RememberedStep[]>;
  /** Undefined when no outcome of this name was reported by the tenant. */
  outcome(tenant: string, outcome: string): Promise<RememberedOutcome | undefined>;
  /** The gateway's calls, newest first, at most so many. */
  calls(most: number): Promise<readonly SeenCall[]>;
}

export interface TraceName {
  readonly tenant: string;
  readonly trace: string;
}

export interface RememberedStep {
  readonly step: Step;
  readonly corrections: number;
}

export interface RememberedOutcome {
  /** Undefined after it was withdrawn. */
  readonly outcome: Outcome | undefined;
  readonly last: Outcome;
  readonly corrections: number;
}

/** A call of the gateway, as far as spans can be matched with it. */
export interface SeenCall {
  readonly tenant: string;
  readonly call: string;
  readonly interaction: string;
  /** The step that the client measured it by. */
  readonly parent: string | undefined;
  readonly upstreamId: string | undefined;
  readonly isEmbedding: boolean;
}
