/** Answers that were complete, kept and given again to identical calls of the same tenant. */
export { AnswerCache, type CacheSize, type FoundAnswer, type Lead } from "./answer-cache.ts";
export { CacheKeys, type Scope } from "./cache-keys.ts";
export { DiskShelf } from "./disk-shelf.ts";
export { type Forgetting, type KeptAnswer } from "./kept-answer.ts";
