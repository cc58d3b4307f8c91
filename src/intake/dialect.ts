import { type StepKind } from "#inference";

/**
 * What a span is: a step of some kind; `group` holds steps together and costs nothing of itself; `nothing` is known to be
 * no work at all, though it carries the attributes of work (`fetch_response` reads an answer that was counted before).
 */
export type SpanKind = StepKind | "group" | "nothing";

/** One attribute that says what a span is. A value that ends in `*` stands for all that begin so. */
export interface KindRule {
  readonly key: string;
  readonly kinds: Readonly<Record<string, SpanKind>>;
}

export const countNames = [
  "input",
  "output",
  "total",
  "cacheRead",
  "cacheWrite",
  "cacheWrite5m",
  "cacheWrite1h",
  "reasoning",
  /** Never counted in the output. */
  "reasoningBeside",
  "audioIn",
  "audioOut",
  "webSearches",
] as const;
export type CountName = (typeof countNames)[number];

export const factNames = [
  "operation",
  "provider",
  "requestedModel",
  "servedModel",
  "upstreamId",
  "tier",
  "cost",
  "title",
  "call",
  "interaction",
  "error",
] as const;
export type FactName = (typeof factNames)[number];

export type DimensionName = "feature" | "team" | "customer" | "user" | "environment" | "session";

/** Attribute names by what they say, the first that is there wins. */
export interface Dialect {
  readonly name: string;
  readonly kinds: readonly KindRule[];
  readonly counts: { readonly [Name in CountName]?: readonly string[] };
  readonly facts: { readonly [Name in FactName]?: readonly string[] };
  readonly dimensions: { readonly [Name in DimensionName]?: readonly string[] };
  /** Beginnings of names whose rest names a tag. */
  readonly tags: readonly string[];
}
