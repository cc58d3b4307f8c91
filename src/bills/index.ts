/** Costs from outside on their way into the books: FOCUS files and recurring bills, each charge booked once. */
export { askBillRows, askBillTotals } from "./ask-bills.ts";
export { BillImports, type ImportReport } from "./bill-imports.ts";
export { type BillJournal } from "./bill-journal.ts";
export { BillMemory } from "./bill-memory.ts";
export { BillsSection } from "./bills-config.ts";
export { bookNamed, bookRecurring } from "./book-recurring.ts";
export { ExchangeRatesSection } from "./exchange-rates.ts";
export { type BillRules } from "./make-bill.ts";
export { recurringBills } from "./recurring-bills.ts";
