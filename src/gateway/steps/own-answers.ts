import { isModelAllowed, type KeyRecord } from "#access";
import { type WireFormat, wireFormats } from "#providers";
import { resolveModel } from "#routing";
import { assert } from "#std";
import { type Call } from "../call.ts";
import { type OwnPlace } from "../paths.ts";
import { type Surroundings } from "../surroundings.ts";
import { toRefusal } from "./decode.ts";
import { ownHeaders, sayRefusal } from "./refuse.ts";

type ListedModel = Parameters<NonNullable<WireFormat["models"]>["one"]>[0];

/** Routes and the models of configured providers that the key may use, or one of them, in the shape that the client reads. */
export function answerModels(
  around: Surroundings,
  call: Call,
  { key, place }: { readonly key: KeyRecord; readonly place: OwnPlace },
): void {
  const sender = wireFormats.find(
    ({ models }) => models?.header !== undefined && call.header(models.header) !== undefined,
  );
  call.format = sender ?? place.format;
  const listing = call.format.models ?? place.format.models;
  const name = place.parameters["model"];
  assert(listing !== undefined, "a path of models belongs to a format that lists them");
  if (name === undefined) {
    const list = listing.list(modelsFor(around, call, key), call.query ?? new URLSearchParams());
    if (!list.ok) return sayRefusal(around, call, toRefusal(list.error));
    return answerJson(around, call, { status: 200, body: list.value });
  }
  const model = modelNamed(around, call, { key, name });
  if (model === undefined) return sayRefusal(around, call, { code: "unknown_model", facts: { model: name } });
  return answerJson(around, call, { status: 200, body: listing.one({ ...model, id: name }) });
}

/** By a name that calls of this key may have; a key that is given a bare name alone may use no other of the model. */
function modelsFor(around: Surroundings, call: Call, key: KeyRecord): readonly ListedModel[] {
  const models = [...around.models.of(around.snapshot).values()];
  if (key.models === undefined) return models;
  return models.flatMap((model) => {
    const bare = model.id.slice(model.id.indexOf("/") + 1);
    const name = [model.id, bare].find((one) => modelNamed(around, call, { key, name: one }) === model);
    return name === undefined ? [] : [{ ...model, id: name }];
  });
}

/** What a call of this key that names the model would be let to, if anything is known of it. */
function modelNamed(
  { snapshot, models }: Surroundings,
  { format }: Call,
  { key, name }: { readonly key: KeyRecord; readonly name: string },
): ListedModel | undefined {
  const resolved = resolveModel(name, { format: format.name, isTranslatable: true }, snapshot.table);
  if (!resolved.ok || !isModelAllowed(key, resolved.value.names)) return undefined;
  const { route, isNamed } = resolved.value;
  const [target] = route.targets;
  const id = isNamed || target === undefined ? name : `${target.provider.name}/${target.model}`;
  return models.of(snapshot).get(id);
}

export function answerHealth(around: Surroundings, call: Call): void {
  answerJson(around, call, { status: 200, body: { status: "ok" } });
}

/** Not ready while draining, or while the books cannot take more. */
export function answerReadiness(around: Surroundings, call: Call): void {
  const isReady = !around.isLeaving && !around.isDraining && around.isAdmitting;
  answerJson(around, call, { status: isReady ? 200 : 503, body: { status: isReady ? "ready" : "not ready" } });
}

function answerJson(
  around: Surroundings,
  call: Call,
  { status, body }: { readonly status: number; readonly body: Readonly<Record<string, unknown>> },
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = ["content-type", "application/json", "content-length", String(bytes.length), ...ownHeaders(call)];
  if (around.isDraining) headers.push("connection", "close");
  call.response.writeHead(status, headers);
  call.response.end(bytes);
}
