/** Costs from outside on their way into the books: FOCUS files and recurring bills, each charge booked once. */
export { askBillRows, askBillTotals } from "./ask-bills.ts";
export { BillImports, type ImportReport, type NewImport, type PartProblem } from "./bill-imports.ts";
export { type BillJournal } from "./bill-journal.ts";
export { BillMemory } from "./bill-memory.ts";
export { BillsSection } from "./bills-config.ts";
export { type ExchangeRate, ExchangeRatesSection } from "./exchange-rates.ts";
export { type BillRules } from "./make-bill.ts";
