import { type KeyDigester, type KeyRing } from "#access";
import { type AnswerCache, type CacheKeys } from "#cache";
import { type JournalEvent } from "#events";
import { type ExactCounter } from "#inference";
import { type WireFormat } from "#providers";
import { type Provider, type Router } from "#routing";
import { type Result } from "#std";
import { type Id, type Instant } from "#units";
import { type Upstream, type World } from "#world";
import { type AnswerPins } from "./answer-pins.ts";
import { type CallBudgets } from "./call-budgets.ts";
import { type Credentials } from "./credentials.ts";
import { type KnownHeads } from "./known-heads.ts";
import { type KnownAsks } from "./known-asks.ts";
import { type KnownModels } from "./known-models.ts";
import { type Limits } from "./limits.ts";
import { type LoadLimit } from "./load-limit.ts";
import { type Metrics } from "./metrics.ts";
import { type PathTable } from "./paths.ts";
import { type RunningCalls } from "./running-calls.ts";
import { type GatewayLog } from "./gateway-log.ts";
import { type Snapshot } from "./snapshot.ts";
import { type TracesPort } from "./traces-port.ts";
import { type ValueLimit } from "./value-limit.ts";

/** Where events go. `append` has written when it returns; an error means that nothing may be sent upstream. */
export interface Journal {
  append(event: JournalEvent): Result<void, { readonly type: string }>;
  /** Writes the event with all others of this turn of the event loop, in order, and then tells how that went. */
  appendInTurn(event: JournalEvent, written: (result: Result<void, { readonly type: string }>) => void): void;
}

/** What the steps of a call find around them. One for each thread; nothing in it waits for anything outside. */
export interface Surroundings {
  readonly world: World;
  readonly log: GatewayLog;
  readonly formats: readonly WireFormat[];
  readonly paths: PathTable;
  readonly journal: Journal;
  readonly router: Router;
  readonly keys: KeyRing;
  readonly cache: AnswerCache;
  readonly cacheKeys: CacheKeys;
  readonly asks: KnownAsks;
  readonly digester: KeyDigester;
  readonly heads: KnownHeads;
  readonly pins: AnswerPins;
  readonly models: KnownModels;
  readonly credentials: Credentials;
  /** Undefined where nobody keeps budgets. */
  readonly budgets: CallBudgets | undefined;
  /** Undefined where input is bounded by its bytes alone. */
  readonly counter: ExactCounter | undefined;
  /** Undefined where nobody takes spans. */
  readonly traces: TracesPort | undefined;
  readonly limits: Limits;
  readonly load: LoadLimit;
  readonly metrics: Metrics;
  readonly values: ValueLimit;
  readonly running: RunningCalls;
  /** When each key was last used, until it is taken. */
  readonly keyUses: Map<Id<"key">, Instant>;
  /** Targets, as provider/model, that were found to reject `stream_options`. */
  readonly withoutStreamUsage: Set<string>;
  snapshot: Snapshot;
  /** Bytes of bodies held now. */
  heldBytes: number;
  /** False while the journal's backlog is over its bound. */
  isAdmitting: boolean;
  /** Calls are taken, and whoever asks is told to bring them elsewhere. */
  isLeaving: boolean;
  isDraining: boolean;
  /** So many of the next answers close their connection, so that clients spread over threads again. */
  connectionsToShed: number;
  upstreamOf(provider: Provider, connectMs: number): Upstream;
}
