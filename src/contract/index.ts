/** The control API as schemas: what the dashboard, the CLI and other people's programs may rely on. */
export { Page, Problem, Nanos, Timestamp } from "./vocabulary.ts";
export { Entry, EntryComponent, EntryPage, EntryQuery } from "./entries.ts";
export {
  AllocatedBill,
  AllocationAnswer,
  AllocationQuery,
  AllocationRow,
  ClosedMonth,
  ExplainedLine,
  ExplainQuery,
  Explanation,
  FlowQuery,
  MoneyFlow,
  Statement,
} from "./allocations.ts";
export { Alert, AlertPage, AlertQuery } from "./alerts.ts";
export { AuditLine, AuditPage, AuditQuery } from "./audit.ts";
export { Backup, NewBackup } from "./backups.ts";
export {
  billDimensions,
  BillImport,
  BillImportPage,
  BillImportQuery,
  BillQuery,
  BillRow,
  BillRowQuery,
  BillRows,
  BillSums,
  BillTotals,
  NewImport,
  PartQuery,
} from "./bills.ts";
export { FocusQuery } from "./exports.ts";
export { ForgetAnswers } from "./cache.ts";
export { Slo, SloPage } from "./slos.ts";
export {
  Assumption,
  FeatureReturn,
  MarginGroup,
  MarginQuery,
  MarginRow,
  MarginRows,
  NewRevenue,
  ReturnQuery,
  ReturnRows,
  RevenueFile,
  RevenueImport,
  RevenueQuery,
  RevenueRow,
  RevenueRows,
  Target,
  TargetPage,
} from "./economics.ts";
export { CreatedToken, NewToken, Token, TokenPage, TokenQuery } from "./tokens.ts";
export { Budget, BudgetDetail, BudgetDetailQuery, BudgetPage, BudgetQuery, NewBudget, SetBudget } from "./budgets.ts";
export {
  InteractionPage,
  InteractionQuery,
  InteractionRow,
  OutcomeRow,
  StepRow,
  UnitCosts,
  UnitQuery,
  UnitRow,
  UnitRows,
} from "./interactions.ts";
export { CallDetail, CallPage, CallQuery, CallRow, InteractionDetail } from "./calls.ts";
export { CreatedKey, Key, KeyPage, KeyQuery, KeyRotation, NewKey } from "./keys.ts";
export { MeterPage, MeterQuery, MeterRow } from "./meters.ts";
export { ErrorRows, LatencyQuery, LatencyRows } from "./latency.ts";
export { PriceQuery, PriceRow, PriceRows, QuarantinedPriceRow, StepRateRow } from "./prices.ts";
export { CommitmentRow, Commitments } from "./commitments.ts";
export {
  BookReport,
  FetchReport,
  KeptReconciliationQuery,
  KeptReport,
  KeptReports,
  NewReconciliation,
  ReconciledDay,
  ReconciledDifference,
  ReconciledPart,
  Reconciliation,
  Reconciliations,
} from "./reconciliations.ts";
export { AppliedSettlement, NewSettlement, SettledRow, SettlementPreview } from "./settlements.ts";
export { AppliedPriceChange, PriceChange, PriceChangePreview, PriceChangeRow } from "./rerating.ts";
export { SpendAnswer, SpendMoney, SpendQuery, SpendRow, SpendSum, spendDimensions } from "./spend.ts";
export { Session, SessionRequest, Status } from "./status.ts";
export { NewOutcome, NewOutcomes, NewStep, NewSteps, stepKinds, TakenOutcomes, TakenSteps } from "./steps.ts";
export { TagQuery, TagRow, TagRows } from "./tags.ts";
