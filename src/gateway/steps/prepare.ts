import { type KeyRecord } from "#access";
import { type Attribution } from "#events";
import { type Ask, type Translation } from "#providers";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Place } from "../paths.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { attribute } from "./attribute.ts";
import { choose } from "./choose.ts";
import { decode } from "./decode.ts";
import { type Choice, plan } from "./plan.ts";
import { checkKeyLimits } from "./key-limits.ts";
import { type CallBody, readBody } from "./read-body.ts";

/** A call that may be sent: everything about it is read, allowed and attributed. */
export interface PreparedCall {
  readonly call: Call;
  readonly place: Extract<Place, { type: "endpoint" }>;
  readonly key: KeyRecord;
  readonly body: CallBody;
  readonly ask: Ask;
  readonly choice: Choice;
  readonly attribution: Attribution;
  /** How it was turned into another format for its target; undefined for a call that goes as it came. */
  readonly translation?: Translation | undefined;
}

/** From a key that is known to a call that may be sent, or why it may not. */
export async function prepare(
  around: Surroundings,
  call: Call,
  { key, place }: { readonly key: KeyRecord; readonly place: Extract<Place, { type: "endpoint" }> },
): Promise<Result<PreparedCall, Refusal>> {
  if (!isBuilt(place)) return err({ code: "not_built" });
  const body = await readBody(around, call, place.endpoint);
  if (!body.ok) return body;
  const ask = decode(call, place, body.value);
  if (!ask.ok) return ask;
  const chosen = choose(around, call, { key, ask: ask.value, place });
  if (!chosen.ok) return chosen;
  const attribution = attribute(around, call, { key, ask: ask.value, route: chosen.value.route });
  if (!attribution.ok) return attribution;
  call.attribution = attribution.value;
  const limited = checkKeyLimits(call, { key, ask: ask.value });
  if (!limited.ok) return limited;
  const known = { chosen: chosen.value, ask: ask.value, body: body.value, attribution: attribution.value };
  const choice = plan(around, call, known);
  if (!choice.ok) return choice;
  return ok({
    call,
    place,
    key,
    body: body.value,
    ask: ask.value,
    choice: choice.value,
    attribution: attribution.value,
  });
}

/** A list of files would show the account's files of all tenants, so it waits until it can be cut to one tenant's. */
function isBuilt({ endpoint }: Extract<Place, { type: "endpoint" }>): boolean {
  if (endpoint.operation === "not-built") return false;
  return endpoint.operation !== "file" || endpoint.method !== "GET" || endpoint.idParameter !== undefined;
}
