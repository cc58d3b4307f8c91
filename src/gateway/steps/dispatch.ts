import { type AttemptDispatched } from "#events";
import { type Operation, type Purpose, type StepKind } from "#inference";
import { boundUsage, type PriceBook, type Sku } from "#pricing";
import { type Ask } from "#providers";
import { type PlannedAttempt, type Route } from "#routing";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Refusal } from "../refusals.ts";
import { type Journal, type Surroundings } from "../surroundings.ts";
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
  /** On the monotonic clock. */
  readonly atMs: number;
}

/** Writes the attempt down before its first byte goes out. When that is not possible, nothing is sent. */
export async function dispatch(
  around: Surroundings,
  prepared: PreparedCall,
  planned: PlannedAttempt,
): Promise<Result<DispatchedAttempt, Refusal>> {
  const { call, ask, choice } = prepared;
  const { clock, chance } = around.world;
  const at = clock.now();
  const { provider, model } = planned.target;
  const prices = around.snapshot.prices;
  const sku = model === "" ? undefined : prices.find({ provider: provider.name, model, at });
  const cap = capOf(ask, choice.route);
  const { facts } = ask;
  const event: AttemptDispatched = {
    type: "attempt-dispatched",
    at,
    attempt: chance.id("attempt"),
    call: call.id,
    number: call.attempts + 1,
    kind: kindOf(facts.operation),
    purpose: purposeOf(call, planned),
    attribution: prepared.attribution,
    key: prepared.key.id,
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
  };
  const written = await new Promise<ReturnType<Journal["append"]>>((resolve) => {
    around.journal.appendInTurn(event, resolve);
  });
  if (!written.ok) return err({ code: "ledger_unavailable" });
  const atMs = clock.monotonicMs();
  call.attempts += 1;
  call.sentMs ??= atMs;
  return ok({ event, planned, prices, sku, outputCap: cap, atMs });
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
