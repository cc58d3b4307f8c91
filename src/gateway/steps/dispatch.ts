import { type Hold } from "#budget";
import { type AttemptDispatched } from "#events";
import { type Operation, type Purpose, type StepKind } from "#inference";
import { boundUsage, type PriceBook, type Sku } from "#pricing";
import { type Ask } from "#providers";
import { describeChoice, type PlannedAttempt, type Route } from "#routing";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Refusal } from "../refusals.ts";
import { type Journal, type Surroundings } from "../surroundings.ts";
import { takeHold } from "./hold.ts";
import { parentStepOf } from "./attribute.ts";
import { type PreparedCall } from "./prepare.ts";

/** An attempt that stands in the journal, and what it will be priced by. */
export interface DispatchedAttempt {
  readonly event: AttemptDispatched;
  readonly planned: PlannedAttempt;
  /** The book of this moment: a new one that comes while the attempt runs does not price it. */
  readonly prices: PriceBook;
  /** Of the model asked for, at dispatch. */
  readonly sku: Sku | undefined;
  /** Written into the request; undefined leaves it as the client sent it. */
  readonly outputCap: number | undefined;
  /** Money set aside for it; undefined where no budget holds the call. */
  readonly hold: Hold | undefined;
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
  planned: PlannedAttempt,
): Promise<Result<DispatchedAttempt, Refusal | "gone">> {
  const { call, choice } = prepared;
  const { clock } = around.world;
  const prices = around.snapshot.prices;
  const cap = capOf(prepared.ask, choice.route);
  const { draft, sku } = describe(around, prepared, { planned, prices, cap });
  const taken = takeHold(around, draft, choice.route.holdCeiling);
  const held = taken instanceof Promise ? await taken : taken;
  if (!held.ok) return held;
  const { event, hold } = held.value;
  if (call.isClientGone && hold !== undefined) {
    around.budgets?.release(hold);
    return err("gone");
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
  return ok({ event, planned, prices, sku, outputCap: cap, hold, providerKey, atMs });
}

interface Terms {
  readonly planned: PlannedAttempt;
  readonly prices: PriceBook;
  readonly cap: number | undefined;
}

/** The attempt as it is to be written down, and the sku that bounds it. */
function describe(
  around: Surroundings,
  prepared: PreparedCall,
  { planned, prices, cap }: Terms,
): { readonly draft: AttemptDispatched; readonly sku: Sku | undefined } {
  const { call, ask, choice } = prepared;
  const { clock, chance } = around.world;
  const at = clock.now();
  const { provider, model } = planned.target;
  const sku = model === "" ? undefined : prices.find({ provider: provider.name, model, at });
  const { facts } = ask;
  const draft: AttemptDispatched = {
    type: "attempt-dispatched",
    at,
    attempt: chance.id("attempt"),
    call: call.id,
    number: call.attempts + 1,
    kind: kindOf(facts.operation),
    purpose: purposeOf(call, planned),
    attribution: prepared.attribution,
    key: prepared.key.id,
    parent: parentStepOf(call),
    route: call.route,
    provider: provider.name,
    model: model === "" ? "(none)" : model,
    format: facts.format,
    operation: facts.operation,
    stream: facts.stream,
    region: provider.region,
    prices: sku === undefined ? undefined : { book: prices.revision, sku: sku.id },
    bound: boundUsage(facts, {
      sku,
      outputCap: cap ?? facts.outputCap,
      holdCeiling: choice.route.holdCeiling,
      at,
      region: provider.region,
    }),
    why: describeChoice(planned, clock.monotonicMs()),
  };
  return { draft, sku };
}

const generating: ReadonlySet<Operation> = new Set(["chat", "completion", "response"]);

/** The route's limit where the client gave none or a larger one. */
function capOf({ facts }: Ask, route: Route): number | undefined {
  const most = route.maxOutputTokens;
  if (most === undefined || !generating.has(facts.operation)) return undefined;
  return facts.outputCap === undefined || facts.outputCap > most ? most : undefined;
}

function kindOf(operation: Operation): StepKind {
  if (operation === "embedding") return "embedding";
  return operation === "moderation" ? "guard" : "model";
}

/** A retry that an SDK makes of itself is a call of its own to us, and told apart by what the SDK says. */
function purposeOf(call: Call, { purpose }: PlannedAttempt): Purpose {
  if (purpose !== "answer") return purpose;
  const retries = call.header("x-stainless-retry-count");
  return retries !== undefined && /^[1-9]\d*$/.test(retries) ? "client_retry" : "answer";
}
