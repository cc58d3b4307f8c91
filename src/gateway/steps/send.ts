import { type Endpoint, formatAt, type WireFormat } from "#providers";
import { keysOf } from "#routing";
import { type Exchange, type UpstreamSink } from "#world";
import { type Surroundings } from "../surroundings.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { headerIn, requestHeaders } from "./headers.ts";
import { type PreparedCall } from "./prepare.ts";
import { PartsExchange, type PartsToSend } from "./send-parts.ts";
import { sendUnpacked } from "./unpacked-exchange.ts";

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
  // A translated call was made for its target as it stands; others go in the client's own format.
  const format = translation?.wire === undefined ? formatAt(provider.format, provider.cloud) : place.format;
  const named = model === "" ? undefined : model;
  const path = format.upstreamPath({ endpoint, parameters, query: call.query ?? NO_QUERY }, named, ask.facts.stream);
  const translated = translation?.wire?.requestHeaders;
  const headers =
    translated === undefined ? requestHeaders(call, provider, { isWhole: body.type === "whole" }) : [...translated];
  const upstream = around.upstreamOf(provider, choice.route.timeouts.connectMs);
  if (translation?.parts !== undefined) {
    const { parts } = translation;
    const asked = { method: endpoint.method, path: provider.basePath + path };
    const sendOne: PartsToSend["sendOne"] = (part, partSink) => {
      const request = { ...asked, headers, body: part };
      const proof = proofOf(around, format, { attempt, request });
      return sendUnpacked(upstream, { ...request, headers: [...headers, ...proof] }, partSink);
    };
    return new PartsExchange({ parts, sendOne, sink });
  }
  const { dialect } = provider;
  const changes = { model: named, outputCap: attempt.outputCap, includeUsage: includesUsage, dialect };
  const whole = endpoint.body === "none" ? undefined : placed(ask.rewrite(changes), endpoint, format);
  const request = { method: endpoint.method, path: provider.basePath + path, headers };
  headers.push(...proofOf(around, format, { attempt, request: { ...request, body: whole } }));
  return sendUnpacked(upstream, { ...request, body: body.type === "streamed" ? body.bytes : whole }, sink);
}

function placed(body: Buffer, endpoint: Endpoint, format: Pick<WireFormat, "placed">): Buffer {
  return format.placed === undefined ? body : format.placed(body, endpoint);
}

interface Unproven {
  readonly attempt: DispatchedAttempt;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly string[];
    readonly body: Buffer | undefined;
  };
}

/** Flat headers that prove who asks: a key, a token that was made ready, or a signature with a key that was. */
function proofOf(
  around: Surroundings,
  format: Pick<WireFormat, "credentialHeaders" | "sign">,
  { attempt, request }: Unproven,
): readonly string[] {
  const { provider } = attempt.planned.target;
  const held = around.credentials.current(provider);
  const secret = keysOf(provider)[attempt.providerKey] ?? (held?.type === "token" ? held.token : undefined);
  const key = secret === undefined ? [] : format.credentialHeaders(secret);
  if (format.sign === undefined) return key;
  const { origin } = provider;
  const contentType = headerIn(request.headers, "content-type");
  const accessKey = held?.type === "access-key" ? held.accessKey : undefined;
  return [...key, ...format.sign({ ...request, origin, contentType, at: around.world.clock.now() }, accessKey)];
}
