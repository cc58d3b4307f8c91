import { isModelAllowed, type KeyRecord } from "#access";
import { type Operation } from "#inference";
import { type Ask, isTranslatable } from "#providers";
import { resolveModel, type Route } from "#routing";
import { err, ok, type Result } from "#std";
import { type AnswerPin } from "../answer-pin.ts";
import { type Call } from "../call.ts";
import { type Place } from "../paths.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { tenantOf } from "./attribute.ts";

/** What a call asked for, before anything is known of how it may be got. */
export interface Chosen {
  readonly route: Route;
  /** What the ids in the request are known to be. */
  readonly pins: readonly AnswerPin[];
}

/** Model and key lead to a route, ids seen before to the provider that made them. */
export function choose(
  around: Surroundings,
  call: Call,
  {
    key,
    ask,
    place,
  }: { readonly key: KeyRecord; readonly ask: Ask; readonly place: Extract<Place, { type: "endpoint" }> },
): Result<Chosen, Refusal> {
  const pins = findPins(around, referencesOf(ask, place), tenantOf(key));
  if (!pins.ok) return pins;
  const { model } = ask.facts;
  if (model === "") return err({ code: "missing_model" });
  if (model === undefined) {
    if (!mayLackModel(ask.facts.operation, key)) return err({ code: "missing_model" });
    return chooseWithoutModel(around, place, pins.value);
  }
  const asked = { format: ask.facts.format, isTranslatable: isTranslatable(ask.facts) };
  const resolved = resolveModel(model, asked, around.snapshot.table);
  if (!resolved.ok) return err({ code: resolved.error.type, facts: { model } });
  if (!isModelAllowed(key, resolved.value.names)) return err({ code: "model_not_allowed", facts: { model } });
  if (resolved.value.isNamed) call.route = resolved.value.route.name;
  const [pin] = pins.value;
  const route = pin === undefined ? resolved.value.route : moveTo(around, { ...resolved.value, model }, pin);
  return ok({ route, pins: pins.value });
}

/** A key that is held to some models must name one, so that no provider's default is let in unseen. */
function mayLackModel(operation: Operation, key: KeyRecord): boolean {
  if (operation === "response-read" || operation === "file") return true;
  const hasDefault = operation === "moderation" || operation === "image" || operation === "response";
  return hasDefault && key.models === undefined;
}

/** Reading an answer back, files: no model, and tried once. Unknown ids go to the first provider of the format. */
function chooseWithoutModel(
  around: Surroundings,
  { format }: Extract<Place, { type: "endpoint" }>,
  pins: readonly AnswerPin[],
): Result<Chosen, Refusal> {
  const { providers, direct } = around.snapshot.table;
  const pinned = pins[0]?.provider;
  const provider = providers.find((one) => one.format === format.name && (pinned ?? one.name) === one.name);
  if (provider === undefined) return err({ code: "no_provider" });
  const target = { provider, model: pins[0]?.model ?? "" };
  return ok({ route: { ...direct, name: "", targets: [target] }, pins });
}

/** A bare model name goes where the ids are from, if that provider is still configured; a route keeps its targets. */
function moveTo(
  around: Surroundings,
  { route, isNamed, model }: { readonly route: Route; readonly isNamed: boolean; readonly model: string },
  pin: AnswerPin,
): Route {
  const provider = around.snapshot.table.providers.find(({ name }) => name === pin.provider);
  return provider === undefined || isNamed || model.includes("/")
    ? route
    : { ...route, targets: [{ provider, model }] };
}

function referencesOf(ask: Ask, { endpoint, parameters }: Extract<Place, { type: "endpoint" }>): readonly string[] {
  const inPath = endpoint.idParameter === undefined ? undefined : parameters[endpoint.idParameter];
  const { references } = ask.facts;
  return inPath === undefined || references.includes(inPath) ? references : [inPath, ...references];
}

/** Another tenant's id is as unknown as one that never was. */
function findPins(
  around: Surroundings,
  references: readonly string[],
  tenant: string,
): Result<readonly AnswerPin[], Refusal> {
  if (references.length === 0) return ok([]);
  const pins: AnswerPin[] = [];
  for (const id of references) {
    const pin = around.pins.find(id);
    if (pin === undefined) continue;
    if (pin.tenant !== tenant) return err({ code: "unknown_answer", facts: { id } });
    if (pin.provider !== (pins[0]?.provider ?? pin.provider)) return err({ code: "conflicting_references" });
    pins.push(pin);
  }
  return ok(pins);
}
