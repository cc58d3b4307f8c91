import { err, type Result } from "#std";
import { type Refusal } from "../refusals.ts";
import { type Call } from "../call.ts";
import { type Surroundings } from "../surroundings.ts";
import { type Held, takeHold, type ToHold } from "./hold.ts";
import { type PreparedCall } from "./prepare.ts";

/** An attempt that stands in the journal, and what it will be priced by. */
export interface DispatchedAttempt extends Held {
  /** The place of the provider's key that it uses. */
  readonly providerKey: number;
  /** On the monotonic clock. */
  readonly atMs: number;
}

/**
 * Holds the most that the attempt can cost and writes it down before its first byte goes out. When one of them is not
 * possible, nothing is sent. `gone`: the client left while the hold was waited for.
 */
export function dispatch(
  around: Surroundings,
  prepared: PreparedCall,
  toHold: ToHold,
): Dispatched | Promise<Dispatched> {
  const held = takeHold(around, prepared, toHold);
  return held instanceof Promise
    ? held.then((late) => writeDown(around, prepared, late))
    : writeDown(around, prepared, held);
}

type Dispatched = Result<Held, Refusal | "gone">;

function writeDown(
  around: Surroundings,
  prepared: PreparedCall,
  held: Result<Held, Refusal>,
): Dispatched | Promise<Dispatched> {
  if (!held.ok) return held;
  const { event, hold } = held.value;
  const undone = mayNotFollow(around, prepared);
  if (undone !== undefined) {
    if (hold !== undefined) around.budgets?.release(hold);
    return err(undone);
  }
  return new Promise((resolve) => {
    around.journal.appendInTurn(event, (written) => {
      if (!written.ok && hold !== undefined) around.budgets?.release(hold);
      resolve(written.ok ? held : err({ code: "ledger_unavailable" }));
    });
  });
}

/** From now on it runs, and is sent in this turn. */
export function begin(
  { world, router }: Surroundings,
  call: Call,
  { event, hold, planned, prices, sku, outputCap, inputTokens }: Held,
): DispatchedAttempt {
  const atMs = world.clock.monotonicMs();
  call.attempts += 1;
  call.sentMs ??= atMs;
  const providerKey = router.began(planned, atMs);
  return { planned, prices, sku, outputCap, inputTokens, event, hold, providerKey, atMs };
}

/** A call that runs may go on; that no more begin is said after what its budgets say. */
function mayNotFollow({ isAdmitting }: Surroundings, { call }: PreparedCall): Refusal | "gone" | undefined {
  if (call.isClientGone) return "gone";
  return call.attempts === 0 && !isAdmitting ? { code: "ledger_unavailable" } : undefined;
}
