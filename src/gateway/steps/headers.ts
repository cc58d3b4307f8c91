/** Which headers go on, in both directions. What is not listed goes on as it came. */
import { type WireFormat } from "#providers";
import { type Provider } from "#routing";
import { type Call } from "../call.ts";

// For one connection only (RFC 9110, 7.6.1), whatever `connection` names besides.
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
] as const;

const NEVER_UPSTREAM: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  // Made anew for the connection and the body that is really sent.
  "host",
  "content-length",
  "content-encoding",
  "accept-encoding",
  "expect",
  // Ours to check and nobody else's to see.
  "authorization",
  "x-api-key",
  "x-goog-api-key",
  "api-key",
  "cookie",
  // Google's ways to make another request of this one, or an answer without its usage.
  "x-goog-fieldmask",
  "x-http-method-override",
  // What proxies in front of us wrote about the client and the network it is in.
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-forwarded-server",
  "x-real-ip",
  "true-client-ip",
  "cf-connecting-ip",
]);

const TRACE: ReadonlySet<string> = new Set(["traceparent", "tracestate", "baggage"]);

const NEVER_DOWNSTREAM: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  "content-length",
  // The provider's word about its own origin, which is not the one the client talks to.
  "alt-svc",
  "strict-transport-security",
  "set-cookie",
  // Ours on every answer; the provider's own is in `x-tare-upstream-id`.
  "x-request-id",
]);

const OWN_PREFIX = "x-tare-";

/** Flat headers for upstream without the provider's credential. `isWhole` says that the body's length will be known. */
export function requestHeaders(call: Call, provider: Provider, { isWhole }: { readonly isWhole: boolean }): string[] {
  const headers: string[] = [];
  const { fields } = call.request;
  const named = namedByConnection(call.header("connection"));
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? "";
    if (NEVER_UPSTREAM.has(name)) {
      if (name !== "content-length" || isWhole) continue;
    } else if (name.startsWith(OWN_PREFIX) || named?.has(name) === true || (TRACE.has(name) && !provider.trace))
      continue;
    headers.push(name, fields[index + 1] ?? "");
  }
  headers.push("accept-encoding", "identity");
  return headers;
}

/** The provider's own name for the request, in its answer's headers. */
export function requestIdIn(headers: readonly string[], format: WireFormat): string | undefined {
  for (const name of format.upstreamIdHeaders) {
    const value = headerIn(headers, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

// Of the account behind us, which several teams may share. Where we tell limits of our own, nobody may take these for them.
const PROVIDER_LIMIT = /^(?:x|anthropic)-ratelimit-/;
const MOVED_PREFIX = "x-upstream-";

/** Flat headers of an upstream's answer that go on to the client. `movesLimits`: its rate limits under `x-upstream-`. */
export function answerHeaders(
  upstream: readonly string[],
  { movesLimits }: { readonly movesLimits: boolean },
): string[] {
  const headers: string[] = [];
  const named = namedByConnection(headerIn(upstream, "connection"));
  for (let index = 0; index + 1 < upstream.length; index += 2) {
    const written = upstream[index] ?? "";
    const name = written.toLowerCase();
    if (NEVER_DOWNSTREAM.has(name) || name.startsWith(OWN_PREFIX) || named?.has(name) === true) continue;
    const isMoved = movesLimits && PROVIDER_LIMIT.test(name);
    headers.push(isMoved ? MOVED_PREFIX + name : written, upstream[index + 1] ?? "");
  }
  return headers;
}

/** The first value of a header in a flat list, by its lower-case name. */
export function headerIn(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const written = headers[index] ?? "";
    if (written.length === name.length && written.toLowerCase() === name) return headers[index + 1];
  }
  return undefined;
}

function namedByConnection(value: string | undefined): ReadonlySet<string> | undefined {
  if (value === undefined || value === "keep-alive" || value === "close") return undefined;
  return new Set(value.split(",").map((name) => name.trim().toLowerCase()));
}
