import { type Component } from "#inference";
import { assert } from "#std";
import { charge, formatRate, type Money, money, parseRate } from "#units";

/** So much off the rates of a provider, or of one of its models. */
export interface Discount {
  readonly provider: string;
  readonly model: string | undefined;
  /** In ten-thousandths of a percent: 15 % is 150,000. */
  readonly off: number;
  /** At list prices, how much of it: what was committed to. All of it without. */
  readonly upTo: Money | undefined;
}

/**
 * What is left of each discount, for attempts in the order of their time. The one that would pass the amount, and all after
 * it, are at list prices: a call is never at two prices.
 */
export class DiscountsLeft {
  readonly #left = new Map<Discount, bigint>();

  /** Whether an attempt of that list price has it. */
  take(discount: Discount, listPrice: Money): boolean {
    if (discount.upTo === undefined) return true;
    const left = this.#left.get(discount) ?? discount.upTo;
    const isWithin = listPrice <= left;
    this.#left.set(discount, isWithin ? left - listPrice : 0n);
    return isWithin;
  }
}

const ALL = 1_000_000n;

/** Each rate less the discount, to its 18 decimals half to even, and each component charged anew at it. */
export function discounted(components: readonly Component[], { off }: Discount): readonly Component[] {
  assert(off >= 0 && BigInt(off) <= ALL && Number.isInteger(off), "a discount is a share of a rate");
  return components.map((component): Component => {
    const list = parseRate(component.rate);
    assert(list.ok, "a component's rate is an exact decimal");
    const product = list.value * (ALL - BigInt(off));
    const floor = product / ALL;
    const twiceRest = (product % ALL) * 2n;
    const isUp = twiceRest > ALL || (twiceRest === ALL && floor % 2n === 1n);
    const rate = parseRate(decimal(isUp ? floor + 1n : floor));
    assert(rate.ok, "a share of a rate is a rate");
    const nanos = money(charge(component.quantity, rate.value));
    return { ...component, rate: formatRate(rate.value), nanos, row: `${component.row}-${off / 10_000}%` };
  });
}

/** 10^-18 of the currency as a decimal. */
function decimal(units: bigint): string {
  const digits = units.toString().padStart(19, "0");
  return `${digits.slice(0, -18)}.${digits.slice(-18)}`;
}
