import { type KeyRecord } from "#access";
import { type Attribution } from "#events";
import { type Ask, type Translation } from "#providers";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Place } from "../paths.ts";
import { type Refusal, speak } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { attribute, tenantOf } from "./attribute.ts";
import { choose } from "./choose.ts";
import { decode } from "./decode.ts";
import { FileList } from "./file-list.ts";
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

interface Known {
  readonly key: KeyRecord;
  readonly place: Extract<Place, { type: "endpoint" }>;
}

type Prepared = Result<PreparedCall, Refusal>;

/** From a key that is known to a call that may be sent, or why it may not; at once where the body is there. */
export function prepare(around: Surroundings, call: Call, known: Known): Prepared | Promise<Prepared> {
  const { endpoint } = known.place;
  if (endpoint.operation === "not-built") return err({ code: "not_built" });
  const reading = readBody(around, call, endpoint);
  if (reading instanceof Promise) return reading.then((body) => prepareRead(around, call, { ...known, body }));
  return prepareRead(around, call, { ...known, body: reading });
}

function prepareRead(
  around: Surroundings,
  call: Call,
  { key, place, body }: Known & { readonly body: Result<CallBody, Refusal> },
): Prepared {
  if (!body.ok) return body;
  const ask = decode(around, call, { place, body: body.value });
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
  if (listsFiles(place)) call.recording = fileList(around, call, { key, place });
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

function listsFiles({ endpoint }: Extract<Place, { type: "endpoint" }>): boolean {
  return endpoint.operation === "file" && endpoint.method === "GET" && endpoint.idParameter === undefined;
}

function fileList(
  { pins }: Surroundings,
  call: Call,
  { key, place }: { readonly key: KeyRecord; readonly place: Extract<Place, { type: "endpoint" }> },
): FileList {
  const tenant = tenantOf(key);
  return new FileList({
    isOwn: (file) => pins.find(file)?.tenant === tenant,
    unreadable: () => {
      const error = speak({ code: "upstream_unreadable" }, call.id);
      return { status: error.status, body: place.format.encodeError(error) };
    },
  });
}
