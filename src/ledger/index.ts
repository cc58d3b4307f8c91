/** Immutable entries made of the journal, the stores that keep them, and the loading that books each exactly once. */
export { type DuckDbOptions, type DuckDbStore, openDuckDbStore } from "./duckdb-store.ts";
export { type SqlParameter, type SqlRow, type SqlSource } from "./duckdb-store.ts";
export { type Entry } from "./entry.ts";
export { Ledger, type LedgerProgress } from "./ledger.ts";
export { LedgerSection } from "./ledger-config.ts";
export { type LedgerStore, type StoreProblem } from "./ledger-store.ts";
