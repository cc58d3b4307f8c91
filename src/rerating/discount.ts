import { type Component } from "#inference";
import { assert } from "#std";
import { charge, formatRate, money, parseRate } from "#units";

/** So much off the rates of a provider, or of one of its models. */
export interface Discount {
  readonly provider: string;
  readonly model: string | undefined;
  /** In ten-thousandths of a percent: 15 % is 150,000. */
  readonly off: number;
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
