/** What the language leaves out: expected errors as values, invariants as assertions. */
export { assert, unreachable } from "./assert.ts";
export { err, ok, type Result } from "./result.ts";
export { closestName } from "./closest-name.ts";
