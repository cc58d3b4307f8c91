import { type Money } from "#units";
import { type UsageClass } from "./usage.ts";

/** One priced quantity. `rate` is the exact decimal per million units and `row` names the price row it came from. */
export interface Component {
  readonly class: UsageClass;
  readonly quantity: number;
  readonly rate: string;
  readonly nanos: Money;
  readonly row: string;
}

/** Unknown is not zero: what has no price is `unpriced` with its reason, and what was not measured is `estimated`. */
export type Cost =
  | { readonly type: "priced"; readonly nanos: Money }
  | { readonly type: "estimated"; readonly nanos: Money; readonly basis: string }
  | { readonly type: "unpriced"; readonly reason: string };

/**
 * The most an attempt can cost. `proven` follows from bytes and the output cap that is sent; `ceiling` is a configured
 * limit that stands in where nothing can be proven; `unknown` means that no price applies or nothing limits it.
 */
export type Bound = (
  | { readonly type: "proven"; readonly nanos: Money }
  | { readonly type: "ceiling"; readonly nanos: Money }
  | { readonly type: "unknown"; readonly reason: string }
) & {
  /** Input and output together at most, with the context window for what servers add; absent where nothing limits them. */
  readonly tokens?: number | undefined;
};

/** The rows that may price an attempt, fixed before its first byte: a revision of the price book and a sku in it. */
export interface PinnedPrices {
  readonly book: string;
  readonly sku: string;
}
