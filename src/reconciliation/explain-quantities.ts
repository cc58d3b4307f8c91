/** Why quantities differ: between tiers first, then by what is known of the day. */
import { type Instant, type Money, money } from "#units";
import { type Cause } from "./cause.ts";
import { type CellDifference } from "./explain-cell.ts";
import { type LedgerOpen } from "./ledger-days.ts";

export interface Part {
  readonly cause: Cause;
  readonly quantity: number;
  readonly nanos: Money;
}

export interface DayFacts {
  readonly asOf: (day: string) => Instant;
  readonly lagMs: number;
  /** Days on which that side has anything. */
  readonly booked: ReadonlySet<string>;
  readonly reported: ReadonlySet<string>;
  readonly open: readonly LedgerOpen[];
}

const DAY_MS = 86_400_000;

/** The parts of every cell's quantity, exactly as much as there is to explain. */
export function explainQuantities(
  differences: readonly CellDifference[],
  facts: DayFacts,
): ReadonlyMap<CellDifference, readonly Part[]> {
  const parts = new Map<CellDifference, readonly Part[]>();
  const pools = new OpenPools(facts.open);
  const twice = bookedTwice(differences);
  for (const [, group] of Map.groupBy(differences, ({ cell }) => `${cell.day}\n${cell.model}\n${cell.meter}`)) {
    const moved = movedBetweenTiers(group);
    for (const difference of group) {
      const tier = takeQuantity(difference, "tier", moved.get(difference) ?? 0);
      const rest = { ...difference, ...without(difference, tier) };
      parts.set(difference, [tier, ...explainRest(rest, { facts, pools, twice })].filter(isSomething));
    }
  }
  return parts;
}

/** How much of each cell stands in another tier on the other side: the least of what is too much and too little. */
function movedBetweenTiers(group: readonly CellDifference[]): ReadonlyMap<CellDifference, number> {
  const of = (sign: 1 | -1) => group.filter(({ quantity = 0 }) => quantity * sign > 0);
  const least = Math.min(sum(of(1)), sum(of(-1)));
  const moved = new Map<CellDifference, number>();
  for (const sign of [1, -1] as const) {
    let left = least;
    for (const difference of of(sign)) {
      const taken = Math.min(left, Math.abs(difference.quantity ?? 0));
      moved.set(difference, sign * taken);
      left -= taken;
    }
  }
  return moved;
}

function sum(cells: readonly CellDifference[]): number {
  return cells.reduce((total, { quantity = 0 }) => total + Math.abs(quantity), 0);
}

interface Surroundings {
  readonly facts: DayFacts;
  readonly pools: OpenPools;
  readonly twice: ReadonlySet<string>;
}

function explainRest(difference: CellDifference, surroundings: Surroundings): readonly Part[] {
  const { quantity, ofQuantity, cell } = difference;
  if (quantity === undefined || quantity === 0) {
    const isNew = ofQuantity !== 0n && !surroundings.facts.booked.has(cell.day) && surroundings.facts.booked.size > 0;
    return [{ cause: isNew ? "lost_day" : "bypass", quantity: 0, nanos: ofQuantity }];
  }
  return quantity > 0 ? explainMore(difference, surroundings) : explainLess(difference, surroundings);
}

/** The provider has more than we do. */
function explainMore(difference: CellDifference, { facts, pools }: Surroundings): readonly Part[] {
  const { cell, quantity = 0, ofQuantity } = difference;
  if (!facts.booked.has(cell.day) && facts.booked.size > 0) return [{ cause: "lost_day", quantity, nanos: ofQuantity }];
  const open = pools.take(cell, "inDoubt", ofQuantity);
  const unsettled = takeMoney(difference, "unsettled", open);
  const rest = without(difference, unsettled);
  return [unsettled, { cause: "bypass", quantity: rest.quantity, nanos: rest.ofQuantity }];
}

/** We have more than the provider. */
function explainLess(difference: CellDifference, { facts, pools, twice }: Surroundings): readonly Part[] {
  const { cell, quantity = 0, ofQuantity } = difference;
  const whole = (cause: Cause): readonly Part[] => [{ cause, quantity, nanos: ofQuantity }];
  if (isLate(cell.day, facts)) return whole("lag");
  if (!facts.reported.has(cell.day) && facts.reported.size > 0) return whole("lost_day");
  if (twice.has(`${cell.day}\n${cell.model}`)) return whole("double_count");
  const repeated = takeQuantity(difference, "double_count", -Math.min(cell.repeated, -quantity));
  const rest = { ...difference, ...without(difference, repeated) };
  const unsettled = takeMoney(rest, "unsettled", pools.take(cell, "estimated", rest.ofQuantity));
  const last = without(rest, unsettled);
  return [repeated, unsettled, { cause: "unexplained", quantity: last.quantity, nanos: last.ofQuantity }];
}

export function isLate(day: string, { asOf, lagMs }: Pick<DayFacts, "asOf" | "lagMs">): boolean {
  return Date.parse(day) + DAY_MS > asOf(day) - lagMs;
}

/** Models of days on which every booked quantity is the same multiple of the reported one. */
function bookedTwice(differences: readonly CellDifference[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [key, group] of Map.groupBy(differences, ({ cell }) => `${cell.day}\n${cell.model}`)) {
    const counted = group.filter(({ cell }) => cell.ledger.quantity !== 0 || cell.report.quantity !== 0);
    const multiples = new Set(counted.map(({ cell }) => cell.ledger.quantity / (cell.report.quantity ?? Number.NaN)));
    const [multiple = 0] = multiples;
    if (counted.length > 1 && multiples.size === 1 && multiple >= 2 && Number.isInteger(multiple)) found.add(key);
  }
  return found;
}

function takeQuantity({ quantity = 0, ofQuantity }: CellDifference, cause: Cause, taken: number): Part {
  if (taken === 0 || quantity === 0) return { cause, quantity: 0, nanos: money(0n) };
  return { cause, quantity: taken, nanos: share(ofQuantity, taken, quantity) };
}

/** As much of the quantity as that much of the money stands for. */
function takeMoney({ quantity = 0, ofQuantity }: CellDifference, cause: Cause, taken: Money): Part {
  if (taken === 0n || ofQuantity === 0n) return { cause, quantity: 0, nanos: money(0n) };
  return { cause, quantity: Number((BigInt(quantity) * taken) / ofQuantity), nanos: taken };
}

function without({ quantity = 0, ofQuantity }: CellDifference, part: Part) {
  return { quantity: quantity - part.quantity, ofQuantity: money(ofQuantity - part.nanos) };
}

/** `nanos × part ÷ whole`, to the nearest nano; both quantities have one sign. */
function share(nanos: Money, part: number, whole: number): Money {
  const [of, by] = [nanos * BigInt(Math.abs(part)), BigInt(Math.abs(whole))];
  const half = of < 0n ? -by : by;
  return money((2n * of + half) / (2n * by));
}

function isSomething({ quantity, nanos }: Part): boolean {
  return quantity !== 0 || nanos !== 0n;
}

/** What is in doubt or estimated of a model's day explains a difference once. */
class OpenPools {
  readonly #left = new Map<string, bigint>();

  constructor(open: readonly LedgerOpen[]) {
    for (const { day, model, inDoubt, estimated } of open) {
      this.#add(`inDoubt\n${day}\n${model}`, inDoubt);
      this.#add(`estimated\n${day}\n${model}`, estimated);
    }
  }

  #add(key: string, nanos: bigint): void {
    this.#left.set(key, (this.#left.get(key) ?? 0n) + nanos);
  }

  /** At most `wanted`, with its sign. */
  take(
    { day, model }: { readonly day: string; readonly model: string },
    kind: "inDoubt" | "estimated",
    wanted: Money,
  ): Money {
    const key = `${kind}\n${day}\n${model}`;
    const left = this.#left.get(key) ?? 0n;
    const size = wanted < 0n ? 0n - wanted : wanted;
    const taken = left <= 0n ? 0n : left < size ? left : size;
    this.#left.set(key, left - taken);
    return money(wanted < 0n ? -taken : taken);
  }
}
