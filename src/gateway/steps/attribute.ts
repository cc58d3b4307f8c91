import { type KeyRecord } from "#access";
import { type Attribution, type Dimension, dimensions } from "#events";
import { type Ask } from "#providers";
import { type Route } from "#routing";
import { err, ok, type Result } from "#std";
import { type Id } from "#units";
import { createHash } from "node:crypto";
import { type Call } from "../call.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { readBaggage, readTags, BAD_TAGS } from "./carried-values.ts";

const VALUE_BYTES_MAX = 128;
// Control characters, C0 and C1: what would break a line of a log or a page.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const INTERACTION = /^[A-Za-z0-9_.:-]{1,64}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/;
const NOBODY = "(none)";

const headerNames = {
  feature: "x-tare-feature",
  team: "x-tare-team",
  customer: "x-tare-customer",
  user: "x-tare-user",
  environment: "x-tare-environment",
  session: "x-tare-session",
} as const satisfies Record<Dimension, string>;
const INTERACTION_HEADER = "x-tare-interaction";

type Values = { [Name in Dimension]: string };
type Claims = { [Name in Dimension]?: string };

/**
 * To whom a call belongs: key's pin, else header, else baggage, else the body, else the route's default. `ask` and
 * `route` are undefined for a call that was refused before they were known.
 */
export function attribute(
  around: Surroundings,
  call: Call,
  { key, ask, route }: { readonly key: KeyRecord; readonly ask: Ask | undefined; readonly route: Route | undefined },
): Result<Attribution, Refusal> {
  const baggage = readBaggage(call.header("baggage"));
  const headers = ownHeaders(call);
  const values = unsaidValues(key, route);
  const claimed: Claims = {};
  if (headers !== SILENT || baggage.size > 0 || isAttributedIn(ask)) {
    for (const dimension of dimensions) {
      const said = saidOf(dimension, { headers, baggage, ask });
      if (!said.ok) return said;
      if (said.value === undefined) continue;
      // What a person configured is always kept; what clients make up is bounded.
      const made = around.values.admit(dimension, said.value, call.at);
      if (pinOf(key, dimension) === undefined) values[dimension] = made;
      if (said.value !== values[dimension]) claimed[dimension] = said.value;
    }
  }
  const interaction = interactionOf(around, call, headers);
  if (!interaction.ok) return interaction;
  const tags = readTags(call.header("x-tare-tags"));
  if (tags === BAD_TAGS) return err({ code: "invalid_attribution", facts: { field: "x-tare-tags", rule: TAGS_RULE } });
  return ok({ tenant: tenantOf(key), interaction: interaction.value, ...values, tags, claimed });
}

/** Whose ids are whose: a key's team, or all keys without one together. */
export function tenantOf(key: KeyRecord): string {
  return key.team ?? "default";
}

/** What the call itself says of one dimension. Headers and metadata are meant for us, so a bad value there is refused. */
function saidOf(
  dimension: Dimension,
  said: {
    readonly headers: OwnHeaders;
    readonly baggage: ReadonlyMap<string, string>;
    readonly ask: Ask | undefined;
  },
): Result<string | undefined, Refusal> {
  const name = headerNames[dimension];
  if (said.headers.repeated.has(name)) return err(sentTwice(name));
  const header = checked(said.headers.values.get(name));
  if (header === INVALID) return err(invalid(name));
  const told = checked(said.ask?.attribution[dimension]);
  if (told === INVALID) return err(invalid(`metadata.tare_${dimension}`));
  if (header !== undefined) return ok(header);
  const carried = checked(said.baggage.get(dimension));
  if (carried !== undefined && carried !== INVALID) return ok(carried);
  return ok(told ?? (dimension === "user" ? bodyUser(said.ask) : undefined));
}

/** What a call says of itself in headers of ours, by their names. */
interface OwnHeaders {
  readonly values: ReadonlyMap<string, string>;
  /** Names that came in more than one line. */
  readonly repeated: ReadonlySet<string>;
}

const OWN_PREFIX = "x-tare-";
const SILENT: OwnHeaders = { values: new Map(), repeated: new Set() };

/** One look over all headers for the six that may be there: most calls have none of them. */
function ownHeaders({ request: { fields } }: Call): OwnHeaders {
  if (!fields.some((name, index) => index % 2 === 0 && name.startsWith(OWN_PREFIX))) return SILENT;
  const values = new Map<string, string>();
  const repeated = new Set<string>();
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? "";
    if (!name.startsWith(OWN_PREFIX)) continue;
    if (values.has(name)) repeated.add(name);
    else values.set(name, fields[index + 1] ?? "");
  }
  return { values, repeated };
}

const NO_DEFAULTS: Route["defaults"] = {};

/** To whom a call belongs that says nothing of it, as most do not. Written out, since names that are looked up by turns take V8 a µs. */
function unsaidValues(
  { feature, team, customer, environment }: KeyRecord,
  { defaults } = { defaults: NO_DEFAULTS },
): Values {
  return {
    feature: feature ?? defaults["feature"] ?? NOBODY,
    team: team ?? defaults["team"] ?? NOBODY,
    customer: customer ?? defaults["customer"] ?? NOBODY,
    user: defaults["user"] ?? NOBODY,
    environment: environment ?? defaults["environment"] ?? NOBODY,
    session: defaults["session"] ?? NOBODY,
  };
}

function isAttributedIn(ask: Ask | undefined): boolean {
  if (ask === undefined) return false;
  if (ask.bodyUser !== undefined) return true;
  for (const _ in ask.attribution) return true;
  return false;
}

function pinOf(key: KeyRecord, dimension: Dimension): string | undefined {
  return dimension === "user" || dimension === "session" ? undefined : key[dimension];
}

const TAGS_RULE =
  "a list like `a=1,b=2` of at most 16 tags, each name once and of A-Z a-z 0-9 _ . -, values of at most 128 bytes";

function invalid(field: string): Refusal {
  return { code: "invalid_attribution", facts: { field, rule: "at most 128 bytes without control characters" } };
}

/** Joined they would be a value that nobody meant, and each alone is one of two readings. */
function sentTwice(field: string): Refusal {
  return { code: "invalid_attribution", facts: { field, rule: "sent once" } };
}

const INVALID = Symbol("invalid");

/** Headers arrive as one character for each byte; what is UTF-8 in them is read as such. */
function checked(text: string | undefined): string | typeof INVALID | undefined {
  if (text === undefined) return undefined;
  const value = decodeBytes(text).trim();
  if (value === "") return undefined;
  return Buffer.byteLength(value) > VALUE_BYTES_MAX || CONTROL.test(value) ? INVALID : value;
}

function decodeBytes(text: string): string {
  // Plain ASCII, which nearly every value is, and text that was decoded before it came here.
  if (!/[\u0080-\u00ff]/.test(text) || /[\u0100-\uffff]/.test(text)) return text;
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  return decoded.includes("\ufffd") ? text : decoded;
}

/**
 * Who the body says the user is. Clients put long structured texts there (one SDK's are 150 bytes); these are kept as a
 * digest, since to refuse them would break clients that know nothing of us.
 */
function bodyUser(ask: Ask | undefined): string | undefined {
  const user = ask?.bodyUser;
  if (user === undefined) return undefined;
  const value = checked(user);
  return value === INVALID ? `sha256:${createHash("sha256").update(user).digest("hex").slice(0, 32)}` : value;
}

/** The client has said which interaction the call belongs to. */
export function isInteractionNamed(call: Call): boolean {
  const traceparent = call.header("traceparent");
  return call.header(INTERACTION_HEADER) !== undefined || (traceparent !== undefined && TRACEPARENT.test(traceparent));
}

function interactionOf(around: Surroundings, call: Call, { values, repeated }: OwnHeaders): Result<string, Refusal> {
  if (repeated.has(INTERACTION_HEADER)) return err(sentTwice(INTERACTION_HEADER));
  const header = values.get(INTERACTION_HEADER);
  if (header !== undefined) {
    const rule = "1 to 64 of A-Z a-z 0-9 _ . : -";
    if (INTERACTION.test(header)) return ok(header);
    return err({ code: "invalid_attribution", facts: { field: INTERACTION_HEADER, rule } });
  }
  const [, trace] = traceOf(call);
  return ok(trace ?? around.world.chance.id("interaction"));
}

/** The step that a client measures the call as, by the span in its `traceparent`. */
export function parentStepOf(call: Call): Id<"step"> | undefined {
  const [, trace, span] = traceOf(call);
  return trace === undefined || span === undefined ? undefined : `step_${trace}/${span}`;
}

function traceOf(call: Call): readonly (string | undefined)[] {
  const traceparent = call.header("traceparent");
  return (traceparent === undefined ? undefined : TRACEPARENT.exec(traceparent)) ?? [];
}
