import { encodeFields } from "#http";
import { type Credential } from "#inference";
import { type Endpoint, formatAt, type WireFormat } from "#providers";
import { keysOf, type Provider } from "#routing";
import { type Secret } from "#units";
import { type Exchange, type Upstream, type UpstreamSink } from "#world";
import { type Call } from "../call.ts";
import { type SentHeaders } from "../known-heads.ts";
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
  const upstream = around.upstreamOf(provider, choice.route.timeouts.connectMs);
  const asked = { method: endpoint.method, path: provider.basePath + path };
  const translated = translation?.wire?.requestHeaders;
  if (translation?.parts !== undefined) {
    const headers = translated ?? requestHeaders(call, provider, { isWhole: true });
    const sendOne = sendingOne(around, upstream, { attempt, format, asked: { ...asked, headers } });
    return new PartsExchange({ parts: translation.parts, sendOne, sink });
  }
  const { dialect } = provider;
  const changes = { model: named, outputCap: attempt.outputCap, includeUsage: includesUsage, dialect };
  const whole = endpoint.body === "none" ? undefined : placed(ask.rewrite(changes), endpoint, format);
  const proven = provenHeaders(around, call, { attempt, format, translated, body, request: { ...asked, body: whole } });
  return sendUnpacked(upstream, { ...asked, ...proven, body: body.type === "whole" ? whole : body.bytes }, sink);
}

/** Everything behind the first line, which for most calls is what the client's call before had. */
function provenHeaders(
  around: Surroundings,
  call: Call,
  { attempt, format, translated, body, request }: ToProve,
): Pick<Parameters<Upstream["send"]>[0], "headers" | "lines"> {
  const isWhole = body.type === "whole";
  const again = translated === undefined && isWhole ? headersAgain(around, call, { attempt, format }) : undefined;
  if (again !== undefined) return again;
  const headers = translated ?? requestHeaders(call, attempt.planned.target.provider, { isWhole });
  return { headers: [...headers, ...proofOf(around, format, { attempt, request: { ...request, headers } })] };
}

interface ToProve {
  readonly attempt: DispatchedAttempt;
  readonly format: Proving;
  readonly translated: readonly string[] | undefined;
  readonly body: PreparedCall["body"];
  readonly request: Omit<Unproven["request"], "headers">;
}

/** For a target that takes a part of the call at a time: each is proven for itself. */
function sendingOne(
  around: Surroundings,
  upstream: Upstream,
  { attempt, format, asked }: Sendings,
): PartsToSend["sendOne"] {
  return (body, sink) => {
    const request = { ...asked, body };
    const proof = proofOf(around, format, { attempt, request });
    return sendUnpacked(upstream, { ...request, headers: [...asked.headers, ...proof] }, sink);
  };
}

interface Sendings {
  readonly attempt: DispatchedAttempt;
  readonly format: Proving;
  readonly asked: Omit<Unproven["request"], "body">;
}

/** Undefined for a head that was not sent before, and where headers follow from more than the head: a trace, or a signature. */
function headersAgain(
  { heads, credentials }: Surroundings,
  call: Call,
  { attempt, format }: { readonly attempt: DispatchedAttempt; readonly format: Proving },
): SentHeaders | undefined {
  const { provider } = attempt.planned.target;
  const { repeats } = call.request;
  const key = keyOf(provider, { attempt, held: credentials.current(provider) });
  if (repeats === undefined || key === undefined || provider.trace || format.sign !== undefined) return undefined;
  const known = heads.sentTo(repeats, provider, key);
  if (known !== undefined) return known;
  const headers = [...requestHeaders(call, provider, { isWhole: true }), ...format.credentialHeaders(key)];
  const lines = encodeFields(headers);
  if (lines === undefined) return undefined;
  heads.keepSent(repeats, { headers, lines }, { provider, key });
  return { headers, lines };
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

type Proving = Pick<WireFormat, "credentialHeaders" | "sign">;

/** What goes as a header: a key of the configuration, or the token that stands for an identity. */
function keyOf(
  provider: Provider,
  { attempt, held }: { readonly attempt: DispatchedAttempt; readonly held: Credential | undefined },
): Secret | undefined {
  return keysOf(provider)[attempt.providerKey] ?? (held?.type === "token" ? held.token : undefined);
}

/** Flat headers that prove who asks: a key, a token that was made ready, or a signature with a key that was. */
function proofOf(around: Surroundings, format: Proving, { attempt, request }: Unproven): readonly string[] {
  const { provider } = attempt.planned.target;
  const held = around.credentials.current(provider);
  const secret = keyOf(provider, { attempt, held });
  const key = secret === undefined ? [] : format.credentialHeaders(secret);
  if (format.sign === undefined) return key;
  const { origin } = provider;
  const contentType = headerIn(request.headers, "content-type");
  const accessKey = held?.type === "access-key" ? held.accessKey : undefined;
  return [...key, ...format.sign({ ...request, origin, contentType, at: around.world.clock.now() }, accessKey)];
}
