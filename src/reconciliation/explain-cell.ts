/** The difference of one cell, quantity first, then price, and what rounding leaves. */
import { charge, type Money, money, type Rate } from "#units";
import { type Cell } from "./cells.ts";

export interface CellDifference {
  readonly cell: Cell;
  /** What the provider took, or what our rates make of its quantities where it does not say. */
  readonly reported: Money;
  /** Reported minus booked; undefined where the report states no quantity. */
  readonly quantity: number | undefined;
  /** The part of the money that the quantity explains; still to be given a cause. */
  readonly ofQuantity: Money;
  readonly price: Money;
  readonly rounding: Money;
  readonly unexplained: Money;
}

/** `hidden`: how far a sum of this report may be from the exact one, by the decimals it is written with. */
export function explainCell(cell: Cell, hidden: Money): CellDifference {
  const { ledger, report } = cell;
  const quantity = report.quantity === undefined ? undefined : report.quantity - ledger.quantity;
  const reported = report.nanos ?? money(ledger.nanos + atRate(cell, ledger.quantity + (quantity ?? 0)));
  const whole = reported - ledger.nanos;
  const ofQuantity = quantityPart(cell, quantity, whole);
  const rounding = cell.hasOneRate && quantity !== undefined ? ownRounding(cell) : 0n;
  const rest = whole - ofQuantity - rounding;
  const cause = causeOfRest(cell, { rest, quantity, hidden });
  return {
    cell,
    reported,
    quantity,
    ofQuantity: money(ofQuantity),
    price: money(cause === "price" ? rest : 0n),
    rounding: money(rounding + (cause === "rounding" ? rest : 0n)),
    unexplained: money(cause === "unexplained" ? rest : 0n),
  };
}

/** What equal quantities still differ by is their rate; where several rates and the quantity differ, nobody can say. */
function causeOfRest(
  { hasOneRate, ledger }: Cell,
  { rest, quantity, hidden }: { readonly rest: bigint; readonly quantity: number | undefined; readonly hidden: Money },
): "rounding" | "price" | "unexplained" {
  const bound = hidden + (hasOneRate ? 1n : BigInt(ledger.roundings));
  if (rest <= bound && rest >= -bound) return "rounding";
  return quantity === 0 || (hasOneRate && quantity !== undefined) ? "price" : "unexplained";
}

/** Where one side has nothing there is no second rate to differ from, so all of the money is the quantity's. */
function quantityPart(cell: Cell, quantity: number | undefined, whole: bigint): bigint {
  const { ledger, report } = cell;
  if (quantity === 0) return 0n;
  if (ledger.quantity === 0 && ledger.nanos === 0n) return whole;
  if (quantity === undefined) return 0n;
  if (report.quantity === 0) return 0n - ledger.nanos;
  return atRate(cell, report.quantity ?? 0);
}

/** What that quantity costs beyond the one that is booked. */
function atRate({ rate, ledger }: Cell, quantity: number): bigint {
  return rate === undefined ? 0n : signedCharge(quantity, rate) - signedCharge(ledger.quantity, rate);
}

/** A sum of rounded amounts against the rounded sum; half a nano for each at most. */
function ownRounding({ rate, ledger }: Cell): bigint {
  if (rate === undefined || ledger.roundings === 0) return 0n;
  const rounding = signedCharge(ledger.quantity, rate) - ledger.nanos;
  return 2n * (rounding < 0n ? -rounding : rounding) <= BigInt(ledger.roundings) + 1n ? rounding : 0n;
}

/** Sums over corrections may be below zero. */
function signedCharge(quantity: number, rate: Rate): bigint {
  return quantity < 0 ? 0n - charge(-quantity, rate) : charge(quantity, rate);
}
