/** What the control API asks of the rest of the program, as plain interfaces; `app` gives the real ones. */
import { type KeyDelta, type KeyRecord } from "#access";
import { type Books, type StoredAlert } from "#books";
import { type BudgetDefinition } from "#budget";
import {
  type Budget,
  type BudgetDetail,
  type Backup,
  type CallDetail,
  type CallPage,
  type CallQuery,
  type EntryPage,
  type EntryQuery,
  type ErrorRows,
  type ForgetAnswers,
  type InteractionDetail,
  type InteractionPage,
  type InteractionQuery,
  type LatencyQuery,
  type LatencyRows,
  type PriceQuery,
  type PriceRows,
  type Slo,
  type SpendAnswer,
  type SpendQuery,
  type Status,
  type TagQuery,
  type TagRows,
  type UnitQuery,
  type UnitRows,
} from "#contract";
import { type Result } from "#std";
import { type Id, type Instant } from "#units";
import { type BillSource } from "./bill-routes.ts";
import { type AllocationSource } from "./allocation-routes.ts";
import { type CommitmentSource } from "./commitment-routes.ts";
import { type ExportSource } from "./export-routes.ts";
import { type LiveBudgets } from "./budget-rows.ts";
import { type Metric } from "./metrics-text.ts";
import { type MarginSource } from "./margin-routes.ts";
import { type MeterSource } from "./meter-routes.ts";
import { type ReconciliationSource } from "./reconciliation-routes.ts";
import { type SettlementSource } from "./settlement-routes.ts";
import { type ReturnSource } from "./return-routes.ts";
import { type ReratingSource } from "./rerating-routes.ts";
import { type QuestionProblem } from "./question-problem.ts";
import { type StepSource } from "./step-routes.ts";
import { type TargetSource } from "./target-routes.ts";

export interface ControlSources {
  readonly analytics: AnalyticsSource;
  readonly keys: KeySource;
  readonly budgets: BudgetSource;
  readonly alerts: AlertSource;
  readonly tokens: Books["tokens"];
  readonly audit: Books["audit"];
  readonly backups: BackupSource;
  readonly slos: SloSource;
  readonly targets: TargetSource;
  readonly margins: MarginSource;
  readonly returns: ReturnSource;
  readonly allocations: AllocationSource;
  readonly steps: StepSource;
  readonly bills: BillSource;
  readonly meters: MeterSource;
  readonly reconciliations: ReconciliationSource;
  readonly settlements: SettlementSource;
  readonly commitments: CommitmentSource;
  readonly exports: ExportSource;
  readonly rerating: ReratingSource;
  /** Told to every thread of the gateway. */
  forgetAnswers(which: ForgetAnswers): void;
  prices(query: PriceQuery): Result<PriceRows, QuestionProblem>;
  status(): Promise<Omit<Status, "role">>;
  metrics(): Promise<readonly Metric[]>;
}

export interface AnalyticsSource {
  spend(query: SpendQuery): Promise<Result<SpendAnswer, QuestionProblem>>;
  tags(query: TagQuery): Promise<Result<TagRows, QuestionProblem>>;
  entries(query: EntryQuery): Promise<Result<EntryPage, QuestionProblem>>;
  calls(query: CallQuery): Promise<Result<CallPage, QuestionProblem>>;
  /** How many calls a budget refused, of all its values or of one. */
  refusedBy(question: {
    readonly budget: string;
    readonly value: string | undefined;
    readonly from: string;
    readonly to: string;
  }): Promise<Result<number, QuestionProblem>>;
  call(id: string): Promise<Result<CallDetail, QuestionProblem | { readonly type: "not-found" }>>;
  /** Without a tenant, an id that several tenants have used is ambiguous. */
  interaction(
    id: string,
    tenant: string | undefined,
    entries: "all" | "none",
  ): Promise<
    Result<
      InteractionDetail,
      | QuestionProblem
      | { readonly type: "not-found" }
      | { readonly type: "ambiguous"; readonly tenants: readonly string[] }
    >
  >;
  interactions(query: InteractionQuery): Promise<Result<InteractionPage, QuestionProblem>>;
  unitCosts(query: UnitQuery): Promise<Result<UnitRows, QuestionProblem>>;
  latency(query: LatencyQuery): Promise<Result<LatencyRows, QuestionProblem>>;
  errors(query: LatencyQuery): Promise<Result<ErrorRows, QuestionProblem>>;
}

export interface KeySource {
  readonly stored: Books["keys"];
  /** Keys that stand in the configuration file in force; they are listed, and changed only there. */
  configured(): readonly (KeyRecord & { readonly lastUsedAt?: Instant | undefined })[];
  /** Told after the books have the change; resolves when running gateways know it, or say nothing for a second. */
  changed(delta: KeyDelta): Promise<void>;
}

export interface SloSource {
  /** As counted last; `at` is absent before the first time. */
  current(): { readonly rows: readonly Slo[]; readonly at: string | undefined };
}

export interface BackupSource {
  /** The error is one sentence that says what to do. */
  make(folder: string): Promise<Result<Backup, string>>;
}

export interface BudgetSource {
  readonly stored: Books["budgets"];
  /** Those that stand in the configuration file in force; they are listed, and changed only there. */
  configured(): readonly BudgetDefinition[];
  /** The zone of budgets that name none. */
  timezone(): string;
  /** Undefined while no gateway has told anything. */
  live(): LiveBudgets | undefined;
  /** What is held for attempts that run now, of one budget or one value of it. */
  holds(of: Pick<Budget, "id" | "values">): BudgetDetail["holds"];
  /** Told after the books have the change: all budgets of the books, to pass them on to the running gateway. */
  changed(definitions: readonly BudgetDefinition[]): void;
}

export interface AlertSource {
  readonly stored: Books["alerts"];
  hasWebhook(): boolean;
  /** Undefined when there is no such alert. */
  resend(id: Id<"alert">): Promise<StoredAlert | undefined>;
}
