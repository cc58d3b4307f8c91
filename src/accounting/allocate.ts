import { err, ok, type Result } from "#std";
import { type Money, money } from "#units";
import { type AllocationRule, type Bill, type DriverSource, type Place, placeKey } from "./allocation-rule.ts";
import { shareOut } from "./share-out.ts";

/** One step of how money came to where it lies: this much of all that was shared by this rule. */
export interface ShareStep {
  readonly rule: string;
  readonly to: Place;
  readonly quantity: bigint;
  readonly of: bigint;
}

/** A part of a bill. Without steps it is what no rule took; a last step to a pool is what the pool could not pass on. */
export interface AllocatedLine {
  readonly bill: string;
  readonly period: string;
  readonly amount: Money;
  readonly steps: readonly ShareStep[];
  /** Undefined when it reached an end. */
  readonly unallocated: "no-rule" | "no-quantity" | undefined;
}

export type AllocationProblem =
  /** Pools that flow into themselves; the names, from one round to the start again. */
  { readonly type: "cycle"; readonly pools: readonly string[] } | { readonly type: "two-rules"; readonly pool: string };

export interface Allocating {
  readonly bills: readonly Bill[];
  readonly rules: readonly AllocationRule[];
  readonly quantities: DriverSource;
}

/** What a rule makes of one period: where to, and by which weights. Looked up once, however many bills it takes. */
interface Sharing {
  readonly rule: string;
  readonly targets: readonly { readonly to: Place; readonly step: ShareStep }[];
  readonly weights: readonly bigint[];
  /** The way to each target by the way that led here: bills of a period go the same ways, so they are written down once. */
  readonly ways: Map<readonly ShareStep[], readonly (readonly ShareStep[])[]>;
}

const START: readonly ShareStep[] = [];

/**
 * Shares every bill by the first rule that fits, and pools by theirs, step by step. For each bill the lines add up to it to the nano:
 * each step shares exactly what came in. The same bills, rules and quantities give the same lines in the same order.
 */
export function allocate({
  bills,
  rules,
  quantities,
}: Allocating): Result<readonly AllocatedLine[], AllocationProblem> {
  const pools = poolRules(rules);
  if (!pools.ok) return pools;
  const sharings = new Map<string, Sharing>();
  const sharingOf = (rule: AllocationRule, period: string): Sharing => {
    const key = `${period}|${rule.name}`;
    const found = sharings.get(key) ?? openSharing(rule, rule.by.type === "measured" ? quantities(rule, period) : []);
    sharings.set(key, found);
    return found;
  };
  const cycle = findPoolCycle(rules);
  if (cycle !== undefined) return err({ type: "cycle", pools: cycle });
  const lines: AllocatedLine[] = [];
  const billRules = rules.filter((rule) => rule.of.type === "bills");
  for (const bill of bills) {
    const rule = billRules.find((each) => fits(each, bill));
    if (rule === undefined) lines.push(lineOf(bill, { amount: bill.amount, steps: START, unallocated: "no-rule" }));
    else pass({ bill, lines, pools: pools.value, sharingOf }, { rule, amount: bill.amount, steps: START });
  }
  return ok(lines);
}

interface Passing {
  readonly bill: Bill;
  readonly lines: AllocatedLine[];
  readonly pools: ReadonlyMap<string, AllocationRule>;
  readonly sharingOf: (rule: AllocationRule, period: string) => Sharing;
}

interface Arrived {
  readonly rule: AllocationRule;
  readonly amount: Money;
  readonly steps: readonly ShareStep[];
}

/** Shares what has arrived, and what thereby comes into pools after it. */
function pass(passing: Passing, { rule, amount, steps }: Arrived): void {
  const { bill, lines, pools } = passing;
  const sharing = passing.sharingOf(rule, bill.period);
  const { targets, weights } = sharing;
  if (targets.length === 0) {
    lines.push(lineOf(bill, { amount, steps, unallocated: "no-quantity" }));
    return;
  }
  const ways = waysFrom(sharing, steps);
  for (const [index, part] of shareOut(amount, weights).entries()) {
    const target = targets[index];
    const taken = ways[index];
    if (target === undefined || taken === undefined || part === 0n) continue;
    const next = target.to.type === "pool" ? pools.get(target.to.name) : undefined;
    if (next !== undefined) pass(passing, { rule: next, amount: money(part), steps: taken });
    else {
      const unallocated = target.to.type === "pool" ? "no-rule" : undefined;
      lines.push(lineOf(bill, { amount: money(part), steps: taken, unallocated }));
    }
  }
}

function waysFrom({ targets, ways }: Sharing, steps: readonly ShareStep[]): readonly (readonly ShareStep[])[] {
  const found = ways.get(steps) ?? targets.map(({ step }) => [...steps, step]);
  ways.set(steps, found);
  return found;
}

function lineOf(
  { id, period }: Bill,
  { amount, steps, unallocated }: Pick<AllocatedLine, "amount" | "steps" | "unallocated">,
): AllocatedLine {
  return { bill: id, period, amount, steps, unallocated };
}

function fits({ of }: AllocationRule, { facts }: Bill): boolean {
  if (of.type !== "bills") return false;
  return Object.entries(of.where).every(([name, values]) => {
    const value = facts[name];
    return value !== undefined && values.includes(value);
  });
}

/** Targets by key, so that the order in which a source tells them changes nothing; nothing goes where nothing was measured. */
function openSharing(
  { name, by }: AllocationRule,
  measured: readonly { readonly to: Place; readonly quantity: bigint }[],
): Sharing {
  const told =
    by.type === "measured"
      ? measured
      : by.type === "fixed"
        ? by.shares.map(({ to, parts }) => ({ to, quantity: parts }))
        : by.to.map((to) => ({ to, quantity: 1n }));
  const sums = new Map<string, { readonly to: Place; readonly quantity: bigint }>();
  for (const { to, quantity } of told) {
    const key = placeKey(to);
    sums.set(key, { to, quantity: quantity + (sums.get(key)?.quantity ?? 0n) });
  }
  const kept = [...sums]
    .filter(([, { quantity }]) => quantity !== 0n)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, each]) => each);
  const of = kept.reduce((sum, { quantity }) => sum + quantity, 0n);
  return {
    rule: name,
    targets: kept.map(({ to, quantity }) => ({ to, step: { rule: name, to, quantity, of } })),
    weights: kept.map(({ quantity }) => quantity),
    ways: new Map(),
  };
}

function poolRules(rules: readonly AllocationRule[]): Result<ReadonlyMap<string, AllocationRule>, AllocationProblem> {
  const pools = new Map<string, AllocationRule>();
  for (const rule of rules) {
    if (rule.of.type !== "pool") continue;
    if (pools.has(rule.of.name)) return err({ type: "two-rules", pool: rule.of.name });
    pools.set(rule.of.name, rule);
  }
  return ok(pools);
}

/** The first way from a pool back to itself, if there is one. What is measured is at an end, so this needs no quantities. */
export function findPoolCycle(rules: readonly AllocationRule[]): readonly string[] | undefined {
  const pools = new Map(rules.flatMap((rule) => (rule.of.type === "pool" ? [[rule.of.name, rule] as const] : [])));
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    const rule = pools.get(name);
    if (rule === undefined || done.has(name)) return undefined;
    for (const next of poolsAfter(rule)) {
      const found = walk(next, [...path, name]);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of pools.keys()) {
    const found = walk(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function poolsAfter({ by }: AllocationRule): readonly string[] {
  const places = by.type === "measured" ? [] : by.type === "even" ? by.to : by.shares.map(({ to }) => to);
  return places.flatMap((place) => (place.type === "pool" ? [place.name] : []));
}
