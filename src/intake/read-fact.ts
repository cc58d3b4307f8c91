import { type Attributes, type AttributeValue } from "./span.ts";
import { type Dialect, type DimensionName, type FactName } from "./dialect.ts";
import { dialects } from "./dialects.ts";
import { tare } from "./dialects/tare.ts";

function namesOfFact(name: FactName): readonly string[] {
  return dialects.flatMap(({ facts }) => facts[name] ?? []);
}

type DimensionKeys = Readonly<Record<DimensionName, readonly string[]>>;

function keysOf(all: readonly Dialect[]): DimensionKeys {
  const namesOf = (name: DimensionName) => all.flatMap(({ dimensions }) => dimensions[name] ?? []);
  return {
    feature: namesOf("feature"),
    team: namesOf("team"),
    customer: namesOf("customer"),
    user: namesOf("user"),
    environment: namesOf("environment"),
    session: namesOf("session"),
  };
}

/** Attribute names over all dialects, in the order in which they are believed. */
const factKeys: Readonly<Record<FactName, readonly string[]>> = {
  operation: namesOfFact("operation"),
  provider: namesOfFact("provider"),
  requestedModel: namesOfFact("requestedModel"),
  servedModel: namesOfFact("servedModel"),
  upstreamId: namesOfFact("upstreamId"),
  tier: namesOfFact("tier"),
  cost: namesOfFact("cost"),
  title: namesOfFact("title"),
  call: namesOfFact("call"),
  interaction: namesOfFact("interaction"),
  error: namesOfFact("error"),
};

/** Our own words, those of the dialects, and both. */
export const dimensionKeys = {
  ours: keysOf([tare]),
  theirs: keysOf(dialects.filter((dialect) => dialect !== tare)),
  all: keysOf(dialects),
} as const;

/** Text that says something; numbers as text. */
export function readFact(attributes: Attributes, name: FactName): string | undefined {
  return firstText(attributes, factKeys[name]);
}

export function firstText(attributes: Attributes, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = textOf(attributes.get(name));
    if (text !== undefined) return text;
  }
  return undefined;
}

function textOf(value: AttributeValue | undefined): string | undefined {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  return text === "" ? undefined : text;
}
