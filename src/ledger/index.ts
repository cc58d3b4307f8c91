/** Immutable entries made of the journal, the stores that keep them, and the loading that books each exactly once. */
export { type DuckDbStore, openDuckDbStore } from "./duckdb-store.ts";
export { type Entry } from "./entry.ts";
export { isKnownWord, wordCode } from "./known-words.ts";
export { isNet, layerOf } from "./layer.ts";
export { Ledger, type LedgerProgress } from "./ledger.ts";
export { type SqlRow } from "./read-rows.ts";
export { type SqlParameter, type SqlSource } from "./sql-source.ts";
