import { type Attributes, type AttributeValue } from "./span.ts";
import { type DimensionName, type FactName } from "./dialect.ts";
import { dialects } from "./dialects.ts";

function namesOfFact(name: FactName): readonly string[] {
  return dialects.flatMap(({ facts }) => facts[name] ?? []);
}

function namesOfDimension(name: DimensionName): readonly string[] {
  return dialects.flatMap(({ dimensions }) => dimensions[name] ?? []);
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

const dimensionKeys: Readonly<Record<DimensionName, readonly string[]>> = {
  feature: namesOfDimension("feature"),
  team: namesOfDimension("team"),
  customer: namesOfDimension("customer"),
  user: namesOfDimension("user"),
  environment: namesOfDimension("environment"),
  session: namesOfDimension("session"),
};

/** Text that says something; numbers as text. */
export function readFact(attributes: Attributes, name: FactName): string | undefined {
  return firstText(attributes, factKeys[name]);
}

export function readDimension(attributes: Attributes, name: DimensionName): string | undefined {
  return firstText(attributes, dimensionKeys[name]);
}

function firstText(attributes: Attributes, names: readonly string[]): string | undefined {
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
