import { type Ask, type BadAsk } from "#providers";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type AskSaid, type KnownKey } from "../known-asks.ts";
import { type Place } from "../paths.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { tenantOf } from "./attribute.ts";
import { type CallBody } from "./read-body.ts";

const NO_QUERY = new URLSearchParams();
const NOT_HELD = Buffer.alloc(0);

// It stands in journal lines, headers and pages; the longest real ones have about 100 characters.
const MODEL_CHARACTERS_MAX = 256;
const MODEL_RULE = `must have at most ${MODEL_CHARACTERS_MAX} characters and no control characters`;

type EndpointPlace = Extract<Place, { type: "endpoint" }>;

/** Reads the request in its wire format. A streamed body is not looked into, and one whose answer was kept is not read again. */
export function decode(
  around: Surroundings,
  call: Call,
  { place, body }: { readonly place: EndpointPlace; readonly body: CallBody },
): Result<Ask, Refusal> {
  const said = saidBy(call, place, body);
  const known = said && around.asks.find(said);
  if (known === undefined) return readNew(call, place, body);
  call.ask = known;
  call.model = known.facts.model;
  return ok(known);
}

interface ReadCall {
  readonly call: Call;
  readonly place: EndpointPlace;
  readonly body: CallBody;
  readonly ask: Ask;
}

/** Its answer was kept: who asks the same again is understood without being read. */
export function keepAsk(around: Surroundings, { call, place, body, ask }: ReadCall, kept: KnownKey): void {
  const said = saidBy(call, place, body);
  if (said !== undefined) around.asks.learn(said, ask, kept);
}

/** Undefined for what an ask is not read from alone: a query, or a body that is not held. */
function saidBy(call: Call, place: EndpointPlace, body: CallBody): AskSaid | undefined {
  if (body.type !== "whole" || call.query !== undefined || call.key === undefined) return undefined;
  return { tenant: tenantOf(call.key), place, contentType: call.header("content-type"), body: body.bytes };
}

function readNew(call: Call, place: EndpointPlace, body: CallBody): Result<Ask, Refusal> {
  const read = place.format.readAsk({
    endpoint: place.endpoint,
    parameters: place.parameters,
    query: call.query ?? NO_QUERY,
    contentType: call.header("content-type"),
    body: body.type === "whole" ? body.bytes : NOT_HELD,
  });
  if (!read.ok) return err(toRefusal(read.error));
  const { model } = read.value.facts;
  if (model !== undefined && !isModelName(model))
    return err({ code: "invalid_field", facts: { field: "model", detail: MODEL_RULE } });
  call.ask = read.value;
  call.model = model;
  return ok(read.value);
}

function isModelName(text: string): boolean {
  return text.length <= MODEL_CHARACTERS_MAX && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

export function toRefusal(bad: BadAsk): Refusal {
  const { type, ...facts } = bad;
  return { code: type, facts };
}
