/** Tables and transactions for what changes: keys, tokens, sessions, settings. Knows no rules and no secrets. */
export { Books } from "./books.ts";
export { type BooksProblem } from "./sqlite.ts";
export { type RotationProblem, type StoredKey } from "./stored-keys.ts";
