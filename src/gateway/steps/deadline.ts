import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Refusal } from "../refusals.ts";
import { type RefusalCode } from "../refusals.ts";

const HEADER = "x-tare-deadline-ms";
const DEADLINE_MS = /^[1-9]\d{0,8}$/;

/** When a call is given up, on the monotonic clock, and what the client is told then. */
export interface Deadline {
  readonly atMs: number;
  readonly code: Extract<RefusalCode, "upstream_total_timeout" | "deadline_exceeded">;
}

/** What the client said of how long it waits, from the last byte of its request on; undefined when it did not. */
export function readDeadline(call: Call): Result<number | undefined, Refusal> {
  const text = call.header(HEADER);
  if (text === undefined) return ok(undefined);
  if (DEADLINE_MS.test(text)) return ok(Number(text));
  return err({ code: "invalid_deadline" });
}

/** The route's total time for all attempts together, or the client's own where that is shorter. */
export function deadlineOf(call: Call, totalMs: number, nowMs: number): Deadline {
  const asked = call.deadlineMs === undefined ? Infinity : call.readMs + call.deadlineMs;
  const atMs = nowMs + totalMs;
  return asked < atMs ? { atMs: asked, code: "deadline_exceeded" } : { atMs, code: "upstream_total_timeout" };
}

/** Where an attempt stands, for what may last how long. */
export interface Phase {
  /** Since when the client takes nothing; undefined while it does. */
  readonly pausedAtMs: number | undefined;
  readonly stallMs: number;
  /**
   * Nothing of the answer has come. Some servers send its head at once and then think, some with comments or pings
   * meanwhile: neither is a part of it.
   */
  readonly isWaiting: boolean;
  readonly sentMs: number;
  readonly lastMs: number;
}

/** When the phase has lasted too long. Without a code it is the client that is too slow. */
export function phaseDeadline(
  { pausedAtMs, stallMs, isWaiting, sentMs, lastMs }: Phase,
  { firstByteMs, idleMs }: { readonly firstByteMs: number; readonly idleMs: number },
): { readonly atMs: number; readonly code: RefusalCode | undefined } {
  if (pausedAtMs !== undefined) return { atMs: pausedAtMs + stallMs, code: undefined };
  if (isWaiting) return { atMs: sentMs + firstByteMs, code: "upstream_first_byte_timeout" };
  return { atMs: lastMs + idleMs, code: "upstream_idle_timeout" };
}
