/** Whom a call is for, as its attribution says. */
export interface RoutedAttributes {
  readonly feature: string;
  readonly team: string;
  readonly customer: string;
  readonly environment: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** When a target takes a call. Everything that is said must hold; of several values one. */
export interface Condition {
  readonly feature: readonly string[] | undefined;
  readonly team: readonly string[] | undefined;
  readonly customer: readonly string[] | undefined;
  readonly environment: readonly string[] | undefined;
  readonly tags: Readonly<Record<string, readonly string[]>>;
  /** Tokens of input as estimated from the bytes, both ends included. */
  readonly contextMin: number | undefined;
  readonly contextMax: number | undefined;
}

export function meets(
  condition: Condition,
  { attributes, inputTokens }: { readonly attributes: RoutedAttributes; readonly inputTokens: number },
): boolean {
  if (inputTokens < (condition.contextMin ?? 0) || inputTokens > (condition.contextMax ?? Infinity)) return false;
  if (dimensions.some((name) => condition[name]?.includes(attributes[name]) === false)) return false;
  return Object.entries(condition.tags).every(([name, wanted]) => {
    const value = Object.hasOwn(attributes.tags, name) ? attributes.tags[name] : undefined;
    return value !== undefined && wanted.includes(value);
  });
}

const dimensions = ["feature", "team", "customer", "environment"] as const;

/** A call may only go where it is allowed to be worked on; a target that does not say where it runs is nowhere. */
export function isInRegion(
  { provider }: { readonly provider: { readonly region: string | undefined } },
  regions: readonly string[] | undefined,
): boolean {
  return regions === undefined || (provider.region !== undefined && regions.includes(provider.region));
}
