/** What the two processes, and the gateway's threads, tell each other. Plain values only: they cross by structured clone. */
import { type KeyDelta, type KeyRecord } from "#access";
import {
  type AccountStatus,
  type BudgetDefinition,
  type ReachedThreshold,
  type Refusal,
  type ToAuthority,
  type ToHolder,
} from "#budget";
import { type Forgetting } from "#cache";
import { type SealedConfig } from "#config";
import { type AttemptCorrected } from "#events";
import { type AnswerPin, type GatewayMetrics, type ThreadNews } from "#gateway";
import { type Id, type Instant, type Money } from "#units";
import { type LogFacts, type LogLevel } from "./log.ts";

/** What the office must know to open the stores; the first message to each new office. */
export interface OfficeOpening {
  readonly type: "open";
  readonly logFrom: LogLevel;
  readonly folder: string;
  readonly isDemo: boolean;
  readonly pepper: string;
  readonly config: SealedConfig;
  readonly configKeys: readonly KeyRecord[];
  /** Gateway start, as the status page says it. */
  readonly startedAt: Instant;
  /** A one-time link is wanted: true only for the first office of a run. */
  readonly wantsLogin: boolean;
}

/** Everything the office shows of the gateway; sent every second. */
export interface GatewayReport {
  readonly type: "report";
  readonly dataPlane: string;
  readonly revision: string;
  readonly configProblem: string | undefined;
  readonly threads: readonly ThreadReport[];
  readonly pid: number;
  readonly memoryBytes: number;
  readonly officeRestarts: number;
  /** Summed over threads, dead ones included. */
  readonly metrics: GatewayMetrics | undefined;
  /** The accounts that were opened so far; of very many those of which the most is used. */
  readonly budgets: readonly AccountStatus[];
  /** How many there are, told or not. */
  readonly budgetAccounts: number;
}

/**
 * What somebody may want to be alerted of. The same fact has the same key, and is told again to each new office, so
 * whoever alerts remembers keys until the account's period is over.
 */
export type BudgetNews = { readonly key: string; readonly at: Instant } & (
  | { readonly type: "threshold-reached"; readonly threshold: ReachedThreshold }
  /** Calls that were refused for one reason, as many as since it was last told. */
  | { readonly type: "budget-refused"; readonly refusal: Refusal; readonly calls: number }
  /** A settlement was more than its hold: the truth was booked. One message for each attempt. */
  | {
      readonly type: "budget-overrun";
      readonly attempt: Id<"attempt">;
      readonly call: Id<"call">;
      readonly provider: string;
      readonly model: string;
      readonly bound: "proven" | "ceiling";
      readonly held: Money;
      /** Spent and what stays in doubt beside it. */
      readonly charged: Money;
    }
  /** Attempts under a budget that nobody can price; their whole holds stay in doubt. */
  | {
      readonly type: "budget-unpriced";
      readonly provider: string;
      readonly model: string;
      readonly attempts: number;
    }
);

export interface ThreadReport {
  readonly thread: number;
  readonly state: "starting" | "up" | "draining" | "dead";
  readonly callsRunning: number;
  readonly callsTotal: number;
  readonly restarts: number;
}

export interface KeyUse {
  readonly id: Id<"key">;
  readonly at: Instant;
}

export type ToOffice =
  | OfficeOpening
  | GatewayReport
  | (Pick<OfficeOpening, "config" | "configKeys" | "logFrom"> & { readonly type: "config" })
  | { readonly type: "keys-used"; readonly uses: readonly KeyUse[] }
  | { readonly type: "keys-known"; readonly change: number }
  | { readonly type: "budget-news"; readonly news: readonly BudgetNews[] }
  | { readonly type: "stop" };

/** Where the office takes spans, and what proves that they come from us. */
export interface IntakeLine {
  readonly origin: string;
  readonly secret: string;
}

export type ToGateway =
  | { readonly type: "intake"; readonly line: IntakeLine }
  | { readonly type: "office-ready"; readonly control: string; readonly login: string | undefined }
  | { readonly type: "office-failed"; readonly detail: string }
  /** With a number it is answered by `keys-known`, once every thread has it. */
  | { readonly type: "keys"; readonly delta: KeyDelta; readonly change: number | undefined }
  /** All budgets of the books, whenever one has changed and once after the start. The gateway keeps its own copy. */
  | { readonly type: "budgets"; readonly definitions: readonly BudgetDefinition[] }
  | { readonly type: "forget-answers"; readonly which: Forgetting }
  /** Bytes of the journal that are in the ledger, of all segments together. */
  | { readonly type: "loaded"; readonly bytes: number };

/** An office that says nothing for long hangs, so it says so much. */
export type FromOffice = ToGateway | { readonly type: "alive" };

/** What a gateway thread is started with. */
export interface ThreadOpening {
  readonly thread: number;
  readonly incarnation: number;
  readonly node: string;
  readonly journalFolder: string;
  /** Of this thread alone. */
  readonly cacheFolder: string;
  readonly pepper: string;
  readonly config: SealedConfig;
  readonly keys: readonly KeyRecord[];
  readonly pins: readonly AnswerPin[];
  readonly threads: number;
  readonly where: { readonly host: string; readonly port: number; readonly shared: boolean };
  /** Of the listener for spans alone, where there is one. */
  readonly otlpPort: number | undefined;
  readonly budgets: ThreadBudgetsOpening;
  readonly intake: IntakeLine | undefined;
}

/** The budgets in force, and the name under which this life of the thread holds slices of them. */
export interface ThreadBudgetsOpening {
  readonly holder: string;
  readonly definitions: readonly BudgetDefinition[];
  /** Grows with each change of them. */
  readonly revision: number;
}

export type ToThread =
  | { readonly type: "config"; readonly config: SealedConfig }
  | { readonly type: "keys"; readonly delta: KeyDelta; readonly change: number }
  | { readonly type: "pin"; readonly pin: AnswerPin }
  | { readonly type: "claimed"; readonly claim: number; readonly isGranted: boolean }
  /** The journal's backlog is over its bound: calls are refused until it is loaded. */
  | { readonly type: "admission"; readonly isOpen: boolean }
  | { readonly type: "budgets"; readonly definitions: readonly BudgetDefinition[]; readonly revision: number }
  | { readonly type: "authority"; readonly messages: readonly ToHolder[] }
  /** What is no longer in doubt, to be journalled by whoever gets this. */
  | { readonly type: "correct"; readonly events: readonly AttemptCorrected[] }
  | { readonly type: "forget-answers"; readonly which: Forgetting }
  | { readonly type: "shed" }
  | { readonly type: "intake"; readonly line: IntakeLine }
  | { readonly type: "drain"; readonly delayMs: number; readonly withinMs: number };

export type FromThread =
  | { readonly type: "up" }
  | { readonly type: "failed"; readonly detail: string }
  | { readonly type: "report"; readonly connections: number; readonly metrics: GatewayMetrics }
  | { readonly type: "keys-used"; readonly uses: readonly KeyUse[] }
  | { readonly type: "keys-known"; readonly change: number }
  | { readonly type: "pin"; readonly pin: AnswerPin }
  | { readonly type: "claim"; readonly claim: number; readonly answer: string }
  | { readonly type: "authority"; readonly messages: readonly ToAuthority[] }
  | { readonly type: "budget-news"; readonly news: ThreadNews }
  | { readonly type: "log"; readonly level: LogLevel; readonly event: string; readonly facts: LogFacts };

export interface ToDemo {
  readonly type: "start";
  readonly baseUrl: string;
  readonly trace: string | undefined;
  readonly speed: number;
}

export type FromDemo =
  | { readonly type: "providers"; readonly configText: string; readonly secrets: Readonly<Record<string, string>> }
  | { readonly type: "bad-line"; readonly detail: string }
  | { readonly type: "failed"; readonly detail: string }
  | { readonly type: "finished"; readonly progress: string };
