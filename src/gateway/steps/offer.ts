/** An attempt as it could be made: to this target, with this cap, at most for this much. */
import { type AttemptDispatched } from "#events";
import { type Bound, type Operation, type Purpose, type StepKind } from "#inference";
import { boundUsage, type PriceBook, type Sku } from "#pricing";
import { describeChoice, type PlannedAttempt } from "#routing";
import { type Call } from "../call.ts";
import { type Surroundings } from "../surroundings.ts";
import { parentStepOf } from "./attribute.ts";
import { type PreparedCall } from "./prepare.ts";

export interface Offer {
  readonly planned: PlannedAttempt;
  /** The book of this moment: a new one that comes while the attempt runs does not price it. */
  readonly prices: PriceBook;
  /** Of the model asked for. */
  readonly sku: Sku | undefined;
  /** Written into the request; undefined leaves it as the client sent it. */
  readonly outputCap: number | undefined;
  /** Counted by the model's own tokenizer; undefined where its bytes bound them. */
  readonly inputTokens: number | undefined;
  /** What would be written down. */
  readonly draft: AttemptDispatched;
}

export function offerOf(
  around: Surroundings,
  prepared: PreparedCall,
  planned: PlannedAttempt,
  inputTokens?: number,
): Offer {
  const { call, ask } = prepared;
  const { clock, chance } = around.world;
  const at = clock.now();
  const { provider, model } = planned.target;
  const prices = around.snapshot.prices;
  const sku = model === "" ? undefined : prices.find({ provider: provider.name, model, at });
  const { facts } = ask;
  const outputCap = capOf(prepared);
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
    bound: boundWith(prepared, { planned, sku, at, inputTokens }, outputCap ?? facts.outputCap),
    why: describeChoice(planned, clock.monotonicMs()),
  };
  return { planned, prices, sku, outputCap, inputTokens, draft };
}

/** The most that the attempt costs with another cap on its output. */
export function boundAt(prepared: PreparedCall, { draft, ...offer }: Offer, outputCap: number): Bound {
  return boundWith(prepared, { ...offer, at: draft.at }, outputCap);
}

function boundWith(
  { ask, choice }: PreparedCall,
  { planned, sku, at, inputTokens }: Pick<Offer, "planned" | "sku" | "inputTokens"> & Pick<AttemptDispatched, "at">,
  outputCap: number | undefined,
): Bound {
  const { holdCeiling } = choice.route;
  return boundUsage(ask.facts, {
    sku,
    outputCap,
    holdCeiling,
    at,
    region: planned.target.provider.region,
    inputTokens,
  });
}

const generating: ReadonlySet<Operation> = new Set(["chat", "completion", "response"]);

export function isGenerating({ ask }: Pick<PreparedCall, "ask">): boolean {
  return generating.has(ask.facts.operation);
}

/** The limit of route and key where the client gave none or a larger one. */
export function capOf(prepared: Pick<PreparedCall, "ask" | "choice" | "key">): number | undefined {
  const { ask, choice, key } = prepared;
  const ofRoute = choice.route.maxOutputTokens;
  const ofKey = key.maxOutputTokens;
  const most = ofRoute !== undefined && ofKey !== undefined ? Math.min(ofRoute, ofKey) : (ofRoute ?? ofKey);
  if (most === undefined || !isGenerating(prepared)) return undefined;
  const { outputCap } = ask.facts;
  return outputCap === undefined || outputCap > most ? most : undefined;
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
