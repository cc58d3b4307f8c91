import { err, ok, type Result } from "#std";
import { type Refusal } from "../refusals.ts";
import { type Journal, type Surroundings } from "../surroundings.ts";
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
export async function dispatch(
  around: Surroundings,
  prepared: PreparedCall,
  toHold: ToHold,
): Promise<Result<DispatchedAttempt, Refusal | "gone">> {
  const { call } = prepared;
  const { clock } = around.world;
  const taken = takeHold(around, prepared, toHold);
  const held = taken instanceof Promise ? await taken : taken;
  if (!held.ok) return held;
  const { event, hold, planned, prices, sku, outputCap, inputTokens } = held.value;
  const undone = mayNotFollow(around, prepared);
  if (undone !== undefined) {
    if (hold !== undefined) around.budgets?.release(hold);
    return err(undone);
  }
  const written = await new Promise<ReturnType<Journal["append"]>>((resolve) => {
    around.journal.appendInTurn(event, resolve);
  });
  if (!written.ok) {
    if (hold !== undefined) around.budgets?.release(hold);
    return err({ code: "ledger_unavailable" });
  }
  const atMs = clock.monotonicMs();
  call.attempts += 1;
  call.sentMs ??= atMs;
  const providerKey = around.router.began(planned, atMs);
  return ok({ planned, prices, sku, outputCap, inputTokens, event, hold, providerKey, atMs });
}

/** A call that runs may go on; that no more begin is said after what its budgets say. */
function mayNotFollow({ isAdmitting }: Surroundings, { call }: PreparedCall): Refusal | "gone" | undefined {
  if (call.isClientGone) return "gone";
  return call.attempts === 0 && !isAdmitting ? { code: "ledger_unavailable" } : undefined;
}
