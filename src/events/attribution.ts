/** What a cost is attributed to, apart from tags. `(none)` where nobody said. */
export const dimensions = ["feature", "team", "customer", "user", "environment", "session"] as const;
export type Dimension = (typeof dimensions)[number];

/** Values that lost to one with precedence, kept as claimed. */
export type ClaimedValues = { readonly [Name in Dimension]?: string };

/** To whom an attempt belongs. Interaction and session are scoped by the tenant: an id from a client is never global. */
export interface Attribution {
  readonly tenant: string;
  readonly interaction: string;
  readonly feature: string;
  readonly team: string;
  readonly customer: string;
  readonly user: string;
  readonly environment: string;
  readonly session: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly claimed: ClaimedValues;
}
