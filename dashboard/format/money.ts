/** Money is text of whole nanos from the wire to the screen: it is only ever a bigint in between, never a float. */
const NANOS_PER_UNIT = 1_000_000_000n;
const NANO_DIGITS = 9;
const SIGNIFICANT = 3;

const signs: Readonly<Record<string, string>> = { USD: "$", EUR: "€", GBP: "£", JPY: "¥" };

/** To read at a glance: cents from one unit up, three significant digits below it. `$1,284.50`, `$0.00123`. */
export function formatMoney(nanos: bigint | string, currency: string): string {
  return signed(BigInt(nanos), currency, atAGlance);
}

/** Every digit there is, at least two decimals: `$0.001234567`. */
export function formatMoneyExact(nanos: bigint | string, currency: string): string {
  return signed(BigInt(nanos), currency, inFull);
}

/** A plain decimal without sign of currency or grouping, for spreadsheets: `1284.5`. */
export function toPlainDecimal(nanos: bigint | string): string {
  const amount = BigInt(nanos);
  const magnitude = amount < 0n ? -amount : amount;
  const fraction = fractionOf(magnitude).replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${magnitude / NANOS_PER_UNIT}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Change against a base with its sign, in tenths of a percent; `undefined` when the base is zero. */
export function formatChange(now: bigint, base: bigint): string | undefined {
  if (base === 0n) return undefined;
  const permille = roundedQuotient((now - base) * 1000n, base);
  const magnitude = permille < 0n ? -permille : permille;
  const sign = permille > 0n ? "+" : permille < 0n ? "−" : "±";
  if (magnitude >= 10_000n) return `${sign}${group(magnitude / 10n)} %`;
  return `${sign}${magnitude / 10n}.${magnitude % 10n} %`;
}

/** How many times one amount is another: `1.34×`; `undefined` when the other is zero. */
export function formatRatio(amount: bigint, over: bigint): string | undefined {
  if (over === 0n) return undefined;
  const hundredths = roundedQuotient(amount * 100n, over);
  return `${group(hundredths / 100n)}.${(hundredths % 100n).toString().padStart(2, "0")}×`;
}

/** The share of a whole in tenths of a percent: `12.4 %`; `undefined` when the whole is zero. */
export function formatShare(amount: bigint, whole: bigint): string | undefined {
  if (whole === 0n) return undefined;
  const permille = roundedQuotient(amount * 1000n, whole);
  if (permille === 0n && amount > 0n) return "< 0.1 %";
  return `${permille / 10n}.${permille % 10n} %`;
}

/** A percentage that the server rounded, in tenths: `−27.7 %`. */
export function formatPercent(percent: number): string {
  const tenths = Math.round(Math.abs(percent) * 10);
  return `${percent < 0 && tenths > 0 ? "−" : ""}${group(Math.floor(tenths / 10))}.${tenths % 10} %`;
}

/** Cut and not rounded, as the server cuts it: less than all is never shown as all. `98.87 %` */
export function formatPercentCut(percent: number): string {
  return `${Math.floor(percent * 100) / 100} %`;
}

/** The nearest whole nano of an amount divided evenly; `undefined` for a division by nothing. */
export function divideMoney(nanos: bigint, by: number): bigint | undefined {
  return by === 0 ? undefined : roundedQuotient(nanos, BigInt(by));
}

/** Where a value stands on a chart. Only for coordinates: a float holds no money. */
export function toCoordinate(nanos: bigint | string): number {
  return Number(nanos) / Number(NANOS_PER_UNIT);
}

/** A tick of an axis with as many decimals as its steps have. Takes a coordinate: a tick is nobody's amount. */
export function formatTick(value: number, { step, currency }: { step: number; currency: string }): string {
  let decimals = step >= 1 && Number.isInteger(step) ? 0 : 2;
  while (decimals < NANO_DIGITS && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6)
    decimals += 1;
  const [whole = "0", fraction] = value.toFixed(decimals).split(".");
  return `${signs[currency] ?? `${currency} `}${group(BigInt(whole))}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** Whole digits grouped by thousands. */
export function group(digits: bigint | number): string {
  return digits.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

function signed(amount: bigint, currency: string, print: (magnitude: bigint) => string): string {
  const sign = signs[currency] ?? `${currency} `;
  return amount < 0n ? `−${sign}${print(-amount)}` : `${sign}${print(amount)}`;
}

function inFull(magnitude: bigint): string {
  const fraction = fractionOf(magnitude).replace(/0+$/, "").padEnd(2, "0");
  return `${group(magnitude / NANOS_PER_UNIT)}.${fraction}`;
}

function atAGlance(magnitude: bigint): string {
  if (magnitude === 0n) return "0.00";
  const decimals = magnitude >= NANOS_PER_UNIT ? 2 : decimalsBelowOne(magnitude);
  const unit = 10n ** BigInt(NANO_DIGITS - decimals);
  const rounded = roundedQuotient(magnitude, unit) * unit;
  // Rounding 0.9996 up leaves the fractions, and 0.009996 up has one digit less behind the point.
  const shown = rounded >= NANOS_PER_UNIT ? 2 : decimalsBelowOne(rounded);
  return `${group(rounded / NANOS_PER_UNIT)}.${fractionOf(rounded).slice(0, shown)}`;
}

function decimalsBelowOne(magnitude: bigint): number {
  const zeros = NANO_DIGITS - magnitude.toString().length;
  return Math.min(NANO_DIGITS, Math.max(2, zeros + SIGNIFICANT));
}

function fractionOf(magnitude: bigint): string {
  return (magnitude % NANOS_PER_UNIT).toString().padStart(NANO_DIGITS, "0");
}

function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const isNegative = dividend < 0n !== divisor < 0n;
  const top = dividend < 0n ? -dividend : dividend;
  const bottom = divisor < 0n ? -divisor : divisor;
  const quotient = (top + bottom / 2n) / bottom;
  return isNegative ? -quotient : quotient;
}
