/** The ledger held against a provider's own report: what differs, by how much, and why. */
export { type Cause, causes } from "./cause.ts";
export { type LedgerCharge, type LedgerDays, type LedgerOpen, type LedgerQuantity } from "./ledger-days.ts";
export { type Difference, reconcile, type Reconciliation } from "./reconcile.ts";
export { type LeftOpen, type OpenAttempt, settle } from "./settle.ts";
