/** Fields of events as they are read back from JSON: each is exactly what it must be, or the event is refused. */
import { type Component, type Cost, type Usage, type UsageClass, usageClasses } from "#inference";
import { type Id, type Instant, instant, type Money, money } from "#units";
import { type Attribution, type ClaimedValues, dimensions } from "./attribution.ts";

/** `unknown-event` was written by a newer version; `bad-event` names the field that is not what it must be. */
export type EventProblem =
  | { readonly type: "unknown-event"; readonly name: string }
  | { readonly type: "bad-event"; readonly field: string };

/** Leaves the nested decoding below in one step; never seen outside this file. */
export class BadField extends Error {
  readonly problem: EventProblem;

  constructor(problem: EventProblem) {
    super(problem.type);
    this.problem = problem;
  }
}

/** Leaves the decoding: the field is not what it must be. */
export function bad(field: string): never {
  throw new BadField({ type: "bad-event", field });
}

export type Json = { readonly [field: string]: unknown };

export function attributionFrom(json: Json): Attribution {
  return {
    tenant: textFrom(json["tenant"], "tenant"),
    interaction: textFrom(json["interaction"], "interaction"),
    feature: textFrom(json["feature"], "feature"),
    team: textFrom(json["team"], "team"),
    customer: textFrom(json["customer"], "customer"),
    user: textFrom(json["user"], "user"),
    environment: textFrom(json["environment"], "environment"),
    session: textFrom(json["session"], "session"),
    tags: textsFrom(recordFrom(json["tags"], "tags")),
    claimed: claimedFrom(recordFrom(json["claimed"], "claimed")),
  };
}

const NO_TEXTS: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

export function textsFrom(json: Json): Readonly<Record<string, string>> {
  const names = Object.keys(json);
  if (names.length === 0) return NO_TEXTS;
  // A null prototype, since a client may name a tag `__proto__`.
  const texts: Record<string, string> = Object.create(null);
  for (const name of names) texts[name] = textOf(json, name);
  return texts;
}

export function claimedFrom(json: Json): ClaimedValues {
  const claimed: { -readonly [Name in keyof ClaimedValues]: string } = {};
  for (const dimension of dimensions) if (json[dimension] !== undefined) claimed[dimension] = textOf(json, dimension);
  return claimed;
}

export function costFrom(json: Json): Cost {
  const type = nameFrom(json["type"], "type", ["priced", "estimated", "unpriced"] as const);
  if (type === "unpriced") return { type, reason: textFrom(json["reason"], "reason") };
  const nanos = moneyFrom(json["nanos"], "nanos");
  return type === "priced" ? { type, nanos } : { type, nanos, basis: textFrom(json["basis"], "basis") };
}

export function componentsFrom(value: unknown): readonly Component[] {
  if (!Array.isArray(value)) return bad("components");
  return value.map((item: unknown) => {
    const json = recordFrom(item, "components");
    return {
      class: usageClassFrom(textFrom(json["class"], "class")),
      quantity: countFrom(json["quantity"], "quantity"),
      rate: textFrom(json["rate"], "rate"),
      nanos: moneyFrom(json["nanos"], "nanos"),
      row: textFrom(json["row"], "row"),
    };
  });
}

// A class that this version does not know is refused: leaving it out would lose quantities in silence.
export function usageFrom(json: Json): Usage {
  checkUsage(json);
  return json;
}

function checkUsage(json: Json): asserts json is Usage {
  for (const name of Object.keys(json)) countOf(json, usageClassFrom(name));
}

const knownClasses: ReadonlySet<string> = new Set(usageClasses);

function isUsageClass(name: string): name is UsageClass {
  return knownClasses.has(name);
}

export function usageClassFrom(name: string): UsageClass {
  return isUsageClass(name) ? name : bad(`usage class ${name}`);
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function recordFrom(value: unknown, field: string): Json {
  return isRecord(value) ? value : bad(field);
}

/** `length` is what it must have, where that is known. */
export function listOf(json: Json, field: string, length: number | undefined): readonly unknown[] {
  const list = listFrom(json[field], field);
  return list.length === (length ?? list.length) ? list : bad(field);
}

export function listFrom(value: unknown, field: string): readonly unknown[] {
  return Array.isArray(value) ? value : bad(field);
}

export function textOf(json: Json, field: string): string {
  return textFrom(json[field], field);
}

export function textFrom(value: unknown, field: string): string {
  return typeof value === "string" ? value : bad(field);
}

export function maybeText(json: Json, field: string): string | undefined {
  return maybeTextFrom(json[field], field);
}

export function maybeTextFrom(value: unknown, field: string): string | undefined {
  return value === undefined ? undefined : textFrom(value, field);
}

/** In a list, where null is what is absent. */
export function textOrNone(value: unknown, field: string): string | undefined {
  return value === null ? undefined : textFrom(value, field);
}

export function flagOf(json: Json, field: string): boolean {
  return flagFrom(json[field], field);
}

export function flagFrom(value: unknown, field: string): boolean {
  return typeof value === "boolean" ? value : bad(field);
}

export function numberOf(json: Json, field: string): number {
  return numberFrom(json[field], field);
}

export function numberFrom(value: unknown, field: string): number {
  return typeof value === "number" ? value : bad(field);
}

export function maybeNumber(json: Json, field: string): number | undefined {
  return maybeNumberFrom(json[field], field);
}

export function maybeNumberFrom(value: unknown, field: string): number | undefined {
  return value === undefined ? undefined : numberFrom(value, field);
}

/** In a list, where null is what is absent. */
export function numberOrNone(value: unknown, field: string): number | undefined {
  return value === null ? undefined : numberFrom(value, field);
}

export function countOf(json: Json, field: string): number {
  return countFrom(json[field], field);
}

export function countFrom(value: unknown, field: string): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : bad(field);
}

/** A place in a list of so many. */
export function placeFrom(value: unknown, field: string, places: number): number {
  const place = countFrom(value, field);
  return place < places ? place : bad(field);
}

export function instantOf(json: Json, field: string): Instant {
  return instantFrom(json[field], field);
}

export function instantFrom(value: unknown, field: string): Instant {
  return instant(countFrom(value, field));
}

/** So many digits a number holds exactly. */
const FEW_DIGITS = 15;

/** What nearly every amount is, read in half the time that the pattern and `BigInt` of a text take. */
function fewDigitsOf(text: string): number | undefined {
  const isLong = text.length > FEW_DIGITS;
  if (isLong || text === "" || (text.length > 1 && text.charCodeAt(0) === ZERO)) return undefined;
  let value = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

const ZERO = 0x30;
const WHOLE = /^(?:0|-?[1-9]\d{0,18})$/;

export function moneyOf(json: Json, field: string): Money {
  return moneyFrom(json[field], field);
}

export function moneyFrom(value: unknown, field: string): Money {
  const text = textFrom(value, field);
  const digits = fewDigitsOf(text);
  if (digits !== undefined) return money(BigInt(digits));
  const nanos = WHOLE.test(text) ? BigInt(text) : bad(field);
  // One amount fits 64 bits, 9.2 billion of the currency; only sums may be larger.
  return BigInt.asIntN(64, nanos) === nanos ? money(nanos) : bad(field);
}

function isIdOf<Kind extends string>(text: string, kind: Kind): text is Id<Kind> {
  return text.length > kind.length + 1 && text.startsWith(kind) && text[kind.length] === "_";
}

export function idOf<Kind extends string>(json: Json, field: string, kind: Kind): Id<Kind> {
  return idFrom(json[field], field, kind);
}

export function idFrom<Kind extends string>(value: unknown, field: string, kind: Kind): Id<Kind> {
  const text = textFrom(value, field);
  return isIdOf(text, kind) ? text : bad(field);
}

export function oneOf<Name extends string>(json: Json, field: string, names: readonly Name[]): Name {
  return nameFrom(json[field], field, names);
}

export function nameFrom<Name extends string>(value: unknown, field: string, names: readonly Name[]): Name {
  for (const name of names) if (name === value) return name;
  return bad(field);
}
