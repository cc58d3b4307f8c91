import { type CallRefused } from "#events";
import { type SpokenError } from "#providers";

interface RefusalRow {
  readonly status: number;
  readonly kind: SpokenError["kind"];
  /** What happened and what to do about it; `{name}` stands for a fact. */
  readonly message: string;
  /** False where trying again cannot help: SDKs then do not triple the refusal. */
  readonly shouldRetry: boolean;
}

/**
 * Everything a client can be told in our own words, by its stable code. Codes that begin with `upstream_` are failures:
 * the provider said no or did not answer. All others are refusals: we said no.
 */
export const refusals = {
  missing_key: row(401, "authentication", "No key was sent. Send a Tare key as the API key of your SDK."),
  malformed_key: row(401, "authentication", "The key that was sent is not readable. Send it as `Bearer KEY`."),
  unknown_key: row(401, "authentication", "This key is not known here. Make one with `tare key create`."),
  expired_key: row(401, "authentication", "This key has expired. Make a new one with `tare key create`."),
  revoked_key: row(401, "authentication", "This key was revoked. Ask whoever runs this gateway for a new one."),
  conflicting_credentials: row(401, "authentication", "Several keys were sent. Send exactly one."),

  model_not_allowed: row(403, "permission", "This key may not use the model `{model}`."),

  unknown_path: row(
    404,
    "not_found",
    "Nothing is served at this path. Look at the base URL: it ends in `/v1` for OpenAI's SDK and has no path for Anthropic's and Google's; docs/point-your-sdk.md has others.",
  ),
  unknown_model: row(404, "not_found", "The model `{model}` is neither a route nor a model of a configured provider."),
  unknown_answer: row(404, "not_found", "No stored answer or file with the id `{id}` is known."),
  method_not_allowed: row(405, "invalid_request", "This path does not take this method. Use: {allow}."),
  upgrade_refused: row(426, "invalid_request", "WebSockets are not served. Use HTTP."),
  not_built: row(501, "not_built", "This path is reserved, and not built yet."),

  body_too_large: row(413, "too_large", "The body is over the limit of {limit} bytes."),
  unsupported_encoding: row(415, "invalid_request", "Send the body plain, or as gzip, deflate, br or zstd."),
  broken_encoding: row(400, "invalid_request", "The compressed body cannot be unpacked."),
  broken_body: row(400, "invalid_request", "The body ended before it was complete."),
  invalid_http: row(400, "invalid_request", "This is not readable as HTTP/1.1."),
  headers_too_large: row(431, "too_large", "The headers are over the limit of 32 KiB, or more than 256."),
  too_slow: again(408, "timeout", "The request did not arrive in time."),
  invalid_json: row(400, "invalid_request", "The body is not valid JSON: {detail} at byte {at}."),
  too_deep: row(400, "invalid_request", "The JSON is nested more than 64 deep at byte {at}."),
  ambiguous_field: row(400, "invalid_request", "`{field}` can be read in two ways at byte {at}. Send it once, as is."),
  invalid_field: row(400, "invalid_request", "`{field}` cannot be read: {detail}."),
  unsupported_field: row(
    400,
    "invalid_request",
    "`{field}` cannot be said in the format of {target}. Leave it out, or set `on_unsupported: drop` on the route.",
  ),
  no_token_count: row(
    400,
    "invalid_request",
    "Nobody counts the tokens of this for {target}: the provider has no endpoint for it, and what is known of the model gives no exact count. Ask for a model whose provider counts, or send the call and read its usage.",
  ),
  missing_model: row(400, "invalid_request", "Name a model: a route, `provider/model`, or a model's own name."),
  invalid_attribution: row(400, "invalid_request", "`{field}` must be {rule}."),
  invalid_deadline: row(
    400,
    "invalid_request",
    "`x-tare-deadline-ms` must be a whole number of milliseconds above 0, of at most nine digits.",
  ),
  invalid_cache_wish: row(400, "invalid_request", "`x-tare-cache` must be `off` or `refresh`, or be left out."),
  format_not_served: row(
    400,
    "invalid_request",
    "Nothing behind `{model}` speaks the format of this path. To a model of another format go `/v1/chat/completions`, `/v1/responses`, `/v1/messages`, `:generateContent`, `:streamGenerateContent`, embeddings and counts of tokens, and of those none that refers to stored answers or files, or runs in the background.",
  ),
  conflicting_references: row(400, "invalid_request", "The ids in this request belong to different providers."),
  no_target: row(
    400,
    "invalid_request",
    "No target of `{model}` may take this call: by its region, or by its conditions.",
  ),
  reference_not_in_route: row(400, "invalid_request", "`{model}` does not lead to the provider that made `{id}`."),

  unbounded_cost: row(
    400,
    "invalid_request",
    "A budget holds this call, and nothing bounds what it may cost ({detail}). Send an output cap, or use a route with `hold_ceiling`.",
  ),
  unpriced_model: row(
    403,
    "permission",
    "A budget holds this call, and no price is known for {model}. Add its `rates`, or use a route with `hold_ceiling`.",
  ),
  missing_interaction: row(
    400,
    "invalid_request",
    "This key's calls must name their interaction. Send `x-tare-interaction` or a `traceparent`.",
  ),
  context_too_large: row(
    400,
    "invalid_request",
    "This key may send {limit} tokens at most, and the call has about {tokens}.",
  ),
  budget_exceeded: row(
    402,
    "insufficient_quota",
    "The budget {budget} has {left} USD left of {limit} USD, and this call may cost {needed} USD. It starts anew: {reset_at}.",
  ),
  budget_table_full: row(
    402,
    "insufficient_quota",
    "The budget {budget} opens no more values until {reset_at}. Raise its `values_max`, or use a value that was seen.",
  ),
  rate_limited: again(
    429,
    "rate_limit",
    "The limit {budget} of {limit} {unit} has {left} left, and this call may take {needed}. It starts anew: {reset_at}.",
  ),
  tokens_unbounded: row(
    400,
    "invalid_request",
    "The limit {budget} counts tokens, and nothing bounds how many this call may take. Send an output cap, or use a model whose context window is known.",
  ),
  budget_unreachable: again(
    503,
    "unavailable",
    "Nobody said in time whether the budget {budget} has money left. Try again in a moment.",
  ),
  cost_ceiling: row(
    402,
    "insufficient_quota",
    "The answer reached the most that may be spent on one attempt, and was ended there.",
  ),

  overloaded: again(503, "unavailable", "This gateway has as many calls as it can take ({by}). Try again in a moment."),
  busy: again(503, "unavailable", "Too many bytes are in flight. Try again in a moment."),
  ledger_unavailable: again(503, "unavailable", "The books cannot be written, so nothing is sent. Try again later."),
  steps_unavailable: again(503, "unavailable", "Steps cannot be taken for a moment. Keep them and send them again."),
  no_provider: row(503, "unavailable", "No provider of this format is configured."),
  no_access_token: again(503, "unavailable", "No credentials for {provider} could be had. Try again in a moment."),
  shutting_down: again(503, "unavailable", "The gateway is shutting down. Try again."),
  internal_error: row(500, "unavailable", "The gateway made a mistake. Its log says more under this call's id."),

  upstream_dns: again(502, "upstream", "The name of {provider} could not be resolved. Tried: {tried}."),
  upstream_refused: again(502, "upstream", "{provider} refused the connection. Tried: {tried}."),
  upstream_tls: row(502, "upstream", "No trusted connection to {provider} could be made. Tried: {tried}."),
  upstream_reset: again(502, "upstream", "{provider} closed the connection before the answer. Tried: {tried}."),
  upstream_head_too_large: row(
    502,
    "upstream",
    "{provider} answered with more than 32 KiB of headers, or more than 256 of them. Tried: {tried}.",
  ),
  upstream_encoding_unreadable: row(
    502,
    "upstream",
    "{provider} compressed its answer, unasked, in a way that cannot be unpacked. Tried: {tried}.",
  ),
  upstream_not_allowed: row(
    502,
    "upstream",
    "The address of {provider} is not in the configuration in force, or its name leads to a link-local address.",
  ),
  upstream_withheld: row(
    502,
    "upstream",
    "{provider} answered with an error that is not passed on: it quotes the key of {provider}, or is larger than 1 MiB. Tried: {tried}.",
  ),
  upstream_connect_timeout: again(504, "timeout", "{provider} did not take the connection in time. Tried: {tried}."),
  upstream_first_byte_timeout: again(504, "timeout", "{provider} did not answer in time. Tried: {tried}."),
  upstream_idle_timeout: again(504, "timeout", "{provider} stopped in the middle of its answer. Tried: {tried}."),
  upstream_total_timeout: again(504, "timeout", "The answer took longer than the route allows. Tried: {tried}."),
  deadline_exceeded: row(504, "timeout", "The answer took longer than the call's own deadline allows. Tried: {tried}."),
  targets_full: again(503, "unavailable", "Every target of `{model}` already runs as many attempts as it may."),
  upstream_unreadable: again(502, "upstream", "The provider's list cannot be read, so nothing of it is shown."),
  upstream_no_answer: again(
    502,
    "upstream",
    "{provider} accepted the call, and its answer does not hold what was asked for. Tried: {tried}.",
  ),
  upstream_cut: again(502, "upstream", "{provider} ended its answer before it was complete. Tried: {tried}."),
} as const satisfies Readonly<Record<string, RefusalRow>>;

export type RefusalCode = keyof typeof refusals;

/** One refusal or failure, as facts. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly facts?: Readonly<Record<string, string | number>>;
  /** In place of the row's, where the configuration chooses. */
  readonly status?: number;
  /** In place of the row's, where the status is the provider's. */
  readonly kind?: SpokenError["kind"];
  /** Seconds after which trying again can help, where it can. */
  readonly retryAfter?: number;
  /** The budget that said no, for the books. `provider`: whose attempts alone it holds; absent where it may hold others' too. */
  readonly budget?: {
    readonly budget: string;
    readonly value: string;
    readonly provider?: string;
    readonly shortage?: CallRefused["shortage"];
  };
}

export function statusOf({ code, status }: Refusal): number {
  return status ?? refusals[code].status;
}

/** The words of a refusal, to be encoded by the wire format of the call. */
export function speak(refusal: Refusal, call: string | undefined): SpokenError {
  const { kind: usual, message } = refusals[refusal.code];
  const { facts, kind = usual } = refusal;
  const status = statusOf(refusal);
  const text =
    facts === undefined ? message : message.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? "?"));
  const spoken = { status, kind, code: refusal.code, message: text, call };
  return facts === undefined ? spoken : { ...spoken, facts };
}

function row(status: number, kind: SpokenError["kind"], message: string): RefusalRow {
  return { status, kind, message, shouldRetry: false };
}

function again(status: number, kind: SpokenError["kind"], message: string): RefusalRow {
  return { status, kind, message, shouldRetry: true };
}
