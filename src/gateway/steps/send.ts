import { onAzure } from "#providers";
import { keysOf } from "#routing";
import { type Exchange, type UpstreamSink } from "#world";
import { type Surroundings } from "../surroundings.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { requestHeaders } from "./headers.ts";
import { type PreparedCall } from "./prepare.ts";

const NO_QUERY = new URLSearchParams();

export interface Sending {
  readonly attempt: DispatchedAttempt;
  readonly includesUsage: boolean;
  readonly sink: UpstreamSink;
}

/** Puts one attempt on the wire: the client's bytes with the permitted changes, the provider's credential, our headers. */
export function send(
  around: Surroundings,
  { call, place, ask, body, choice, translation }: PreparedCall,
  { attempt, includesUsage, sink }: Sending,
): Exchange {
  const { provider, model } = attempt.planned.target;
  const { endpoint, parameters } = place;
  const format = provider.apiVersion === undefined ? place.format : onAzure(place.format, provider.apiVersion);
  const named = model === "" ? undefined : model;
  const path = format.upstreamPath({ endpoint, parameters, query: call.query ?? NO_QUERY }, named);
  const translated = translation?.wire?.requestHeaders;
  const headers =
    translated === undefined ? requestHeaders(call, provider, { isWhole: body.type === "whole" }) : [...translated];
  const secret = keysOf(provider)[attempt.providerKey];
  if (secret !== undefined) headers.push(...format.credentialHeaders(secret));
  const changes = { model: named, outputCap: attempt.outputCap, includeUsage: includesUsage };
  const whole = endpoint.body === "none" ? undefined : ask.rewrite(changes);
  return around.upstreamOf(provider, choice.route.timeouts.connectMs).send(
    {
      method: endpoint.method,
      path: provider.basePath + path,
      headers,
      body: body.type === "streamed" ? body.bytes : whole,
    },
    sink,
  );
}
