import { type Ask, type BadAsk } from "#providers";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Place } from "../paths.ts";
import { type Refusal } from "../refusals.ts";
import { type CallBody } from "./read-body.ts";

const NO_QUERY = new URLSearchParams();
const NOT_HELD = Buffer.alloc(0);

/** Reads the request in its wire format. A streamed body is not looked into. */
export function decode(call: Call, place: Extract<Place, { type: "endpoint" }>, body: CallBody): Result<Ask, Refusal> {
  const read = place.format.readAsk({
    endpoint: place.endpoint,
    parameters: place.parameters,
    query: call.query ?? NO_QUERY,
    contentType: call.header("content-type"),
    body: body.type === "whole" ? body.bytes : NOT_HELD,
  });
  if (!read.ok) return err(toRefusal(read.error));
  call.ask = read.value;
  call.model = read.value.facts.model;
  return ok(read.value);
}

function toRefusal(bad: BadAsk): Refusal {
  const { type, ...facts } = bad;
  return { code: type, facts };
}
