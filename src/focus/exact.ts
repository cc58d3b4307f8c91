/** An exact decimal: `digits × 10^-scale`. Costs of FOCUS are products, which nothing may round. */
export interface Exact {
  readonly digits: bigint;
  readonly scale: number;
}

export function exact(digits: bigint, scale: number): Exact {
  return { digits, scale };
}

export function times(left: Exact, right: Exact): Exact {
  return { digits: left.digits * right.digits, scale: left.scale + right.scale };
}

export function minus(left: Exact, right: Exact): Exact {
  const scale = Math.max(left.scale, right.scale);
  const at = ({ digits, scale: own }: Exact) => digits * 10n ** BigInt(scale - own);
  return { digits: at(left) - at(right), scale };
}

/** A plain decimal without trailing zeros; FOCUS also allows exponents, which nobody needs to read. */
export function printExact({ digits, scale }: Exact): string {
  const size = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const whole = scale === 0 ? size : size.slice(0, -scale);
  const fraction = scale === 0 ? "" : size.slice(-scale).replace(/0+$/, "");
  const isZero = digits === 0n;
  return `${digits < 0n && !isZero ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
