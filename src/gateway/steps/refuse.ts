import { type Attribution } from "#events";
import { type Call } from "../call.ts";
import { refusalsTotal, refusalsUnwritten } from "../families.ts";
import { type Refusal, refusals, speak, statusOf } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { attribute, tenantOf } from "./attribute.ts";

// Longer unread bodies are not worth reading just to keep a connection.
const UNREAD_BYTES_KEPT = 1024 * 1024;
const LINGER_MS = 2_000;

/** Says no in the client's protocol. The refusal of a known key is written down; others are only counted. */
export function refuse(around: Surroundings, call: Call, refusal: Refusal): void {
  const status = statusOf(refusal);
  around.metrics.count(refusalsTotal, refusal.code);
  call.attribution ??= fromHeaders(around, call);
  const { attribution } = call;
  if (call.key !== undefined && attribution !== undefined) {
    const written = around.journal.append({
      type: "call-refused",
      at: call.at,
      call: call.id,
      code: refusal.code,
      status,
      attribution,
      key: call.key.id,
      route: call.route,
      model: call.model?.slice(0, MODEL_CHARACTERS_KEPT),
      budget: refusal.budget?.budget,
      budgetValue: refusal.budget?.value,
      shortage: refusal.budget?.shortage,
    });
    if (!written.ok) around.metrics.count(refusalsUnwritten);
  }
  sayRefusal(around, call, refusal);
}

// Names of models come from clients; the longest real ones have about 100 characters.
const MODEL_CHARACTERS_KEPT = 200;

/** Sends the refusal and books nothing: for a call whose attempts are in the books already. */
export function sayRefusal(around: Surroundings, call: Call, refusal: Refusal): void {
  const { response, request } = call;
  call.refusal = refusal.code;
  if (response.headersSent || call.isClientGone || response.destroyed) return;
  const body = call.format.encodeError(speak(refusal, call.id));
  const isUnread = !request.isComplete && (request.length ?? Infinity) > UNREAD_BYTES_KEPT;
  const headers = refusalHeaders(call, refusal);
  headers.push("content-length", String(body.length));
  const isHalfRead = !request.isComplete && (request.expectsContinue || refusal.code === "too_slow");
  if (isUnread || isHalfRead || around.isDraining) headers.push("connection", "close");
  response.writeHead(statusOf(refusal), headers);
  if (!isUnread) {
    response.end(body);
    return;
  }
  // Closing while the client still sends would reset the connection, and the refusal with it.
  response.write(body);
  request.discard(() => response.end());
  around.world.clock.after(LINGER_MS, () => response.end());
}

function refusalHeaders(call: Call, { code, facts, retryAfter }: Refusal): string[] {
  const { shouldRetry, status } = refusals[code];
  const headers = ownHeaders(call, ["content-type", "application/json"]);
  if (call.attribution !== undefined)
    headers.push("x-tare-attempts", String(call.attempts), "x-tare-cache", call.cacheMark);
  for (const name of call.format.upstreamIdHeaders) if (name !== "x-request-id") headers.push(name, call.id);
  if (!shouldRetry) headers.push("x-should-retry", "false");
  else if (retryAfter !== undefined) headers.push("retry-after", String(retryAfter));
  else if (status === 503) headers.push("retry-after", "1");
  const allow = facts?.["allow"];
  if (code === "method_not_allowed" && typeof allow === "string") headers.push("allow", allow);
  if (code === "upgrade_refused") headers.push("upgrade", "HTTP/1.1");
  return headers;
}

/** What every answer carries, whoever made it, behind what this one carries besides. */
export function ownHeaders(call: Call, besides: readonly string[] = []): string[] {
  const headers = besides.slice();
  headers.push("x-request-id", call.id, "x-tare-call", call.id);
  if (call.attribution !== undefined) headers.push("x-tare-interaction", call.attribution.interaction);
  return headers;
}

/** A call that was refused before its body was read is attributed by its key and headers, where they are readable. */
function fromHeaders(around: Surroundings, call: Call): Attribution | undefined {
  const { key } = call;
  if (key === undefined) return undefined;
  const said = attribute(around, call, { key, ask: call.ask, route: undefined });
  if (said.ok) return said.value;
  const { team = "(none)", feature = "(none)", customer = "(none)", environment = "(none)" } = key;
  return {
    tenant: tenantOf(key),
    interaction: around.world.chance.id("interaction"),
    feature,
    team,
    customer,
    environment,
    user: "(none)",
    session: "(none)",
    tags: {},
    claimed: {},
  };
}
