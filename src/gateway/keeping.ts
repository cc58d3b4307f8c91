import { type AttemptDispatched, type Settlement } from "#events";
import { type AnswerFacts } from "#inference";
import { type Hold } from "./call-budgets.ts";

/** What of an attempt decides whether its answer is kept. */
export interface AttemptKept {
  readonly event: AttemptDispatched;
  readonly hold: Hold | undefined;
}

/** Whoever wants the answer of a call as it goes to the client, or something else in its place. */
export interface Keeping {
  /** The answer has to be whole before any of it is shown, up to so many bytes; undefined where it need not. */
  readonly wholeBytesMax: number | undefined;
  begin(status: number, headers: readonly string[]): void;
  add(bytes: Buffer): void;
  settled(attempt: AttemptKept, settlement: Settlement, facts: AnswerFacts | undefined): void;
  /** What the client is to get of a whole answer. */
  merge(status: number, body: Buffer): { readonly status: number; readonly body: Buffer };
  /** The client has the last byte. */
  finish(): void;
  abandon(): void;
}
