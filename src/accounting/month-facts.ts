import { createHash } from "node:crypto";
import { type Analytics } from "#analytics";
import { ok, type Result } from "#std";
import { money } from "#units";
import {
  carriesNeeded,
  type DirectCost,
  type MonthFacts,
  type PooledBill,
  type Source,
  type TeamCalls,
} from "./allocation.ts";
import { carryKey, carryRulesOf } from "./allocation-config.ts";
import { type AllocationRules, type Measured, type View, views } from "./allocation-rule.ts";

export type CostPools = Analytics["costPools"];

/** A month of the ledger that cannot be asked for: it is no month, or the zone is none. */
export interface NoMonth {
  readonly type: "bad-question";
  readonly field: string;
  readonly detail: string;
}

export interface Asking {
  readonly costs: CostPools;
  readonly month: string;
  readonly tz: string;
  readonly rules: AllocationRules;
}

const billDimensions = ["kind", "layer", "provider", "step", "model", "purpose", "environment", ...views] as const;

/** Everything that the allocation of a month is a function of. Its parts agree when `costs` are of one moment. */
export async function readMonthFacts(asking: Asking): Promise<Result<MonthFacts, NoMonth>> {
  const { costs, month, rules } = asking;
  const question = monthQuestion(asking);
  const shared = await costs.pooled({ ...question, by: [...billDimensions, ...tagsOf(rules)] });
  if (!shared.ok) return shared;
  const direct = await readDirect(asking);
  if (!direct.ok) return direct;
  const sources = await costs.own({ ...question, by: ["provider", "layer"], filter: {} });
  if (!sources.ok) return sources;
  const quantities = await readQuantities(asking);
  if (!quantities.ok) return quantities;
  const carried = await readCarried(asking);
  if (!carried.ok) return carried;
  const calls = await readCalls(asking);
  if (!calls.ok) return calls;
  return ok({
    month,
    bills: shared.value.map((row) => toBill(month, row)),
    direct: direct.value,
    sources: sources.value.map(({ dimensions, nanos }): Source => ({
      provider: dimensions["provider"] ?? "",
      layer: dimensions["layer"] ?? "",
      amount: money(nanos),
    })),
    quantities: quantities.value,
    carried: carried.value,
    calls: calls.value,
  });
}

export function monthQuestion({ month, tz, rules }: Asking) {
  const taken = rules.rules.flatMap(({ of }) => (of.type === "bills" ? [of.where] : []));
  return { month, tz, taken };
}

function tagsOf({ rules }: AllocationRules): readonly string[] {
  const names = rules.flatMap(({ of }) => (of.type === "bills" ? Object.keys(of.where) : []));
  return [...new Set(names.filter((name) => name.startsWith("tag.")))].toSorted();
}

type PooledRow = Extract<Awaited<ReturnType<CostPools["pooled"]>>, { ok: true }>["value"][number];

/** Tags that a bill does not have are no part of its name, so that a rule about another tag does not rename it. */
function toBill(month: string, { dimensions, nanos, entries, unpriced, entry }: PooledRow): PooledBill {
  const named = Object.entries(dimensions).filter(([name, value]) => !(name.startsWith("tag.") && value === "(none)"));
  const id = createHash("sha256").update(JSON.stringify(named)).digest("hex").slice(0, 16);
  return { id, period: month, amount: money(nanos), facts: dimensions, entries, unpriced, entry };
}

async function readDirect(asking: Asking): Promise<Result<MonthFacts["direct"], NoMonth>> {
  const found: Record<View, readonly DirectCost[]> = { feature: [], team: [], customer: [] };
  for (const view of views) {
    const rows = await asking.costs.own({ ...monthQuestion(asking), by: [view, "layer"], filter: {} });
    if (!rows.ok) return rows;
    found[view] = rows.value.map(({ dimensions, nanos }): DirectCost => ({
      value: dimensions[view] ?? "",
      layer: dimensions["layer"] ?? "",
      amount: money(nanos),
    }));
  }
  return ok(found);
}

async function readQuantities(asking: Asking): Promise<Result<MonthFacts["quantities"], NoMonth>> {
  const found = new Map<string, { readonly value: string; readonly quantity: bigint }[]>();
  for (const { name, by } of asking.rules.rules) {
    if (by.type !== "measured") continue;
    const rows = await ask(asking, by, [by.to]);
    if (!rows.ok) return rows;
    const told = rows.value.map(({ dimensions, quantity }) => ({ value: dimensions[by.to] ?? "", quantity }));
    // Sharing evenly is among those that have a name; all else was really used by whoever did not say theirs.
    found.set(name, by.measure.type === "even" ? told.filter(({ value }) => value !== "(none)") : told);
  }
  return ok(found);
}

async function readCarried(asking: Asking): Promise<Result<MonthFacts["carried"], NoMonth>> {
  const found = new Map<string, { readonly from: string; readonly to: string; readonly quantity: bigint }[]>();
  for (const [from, to] of carriesNeeded(asking.rules)) {
    for (const rule of carryRulesOf(asking.rules, from, to)) {
      const rows = await ask(asking, rule.measured, [from, to]);
      if (!rows.ok) return rows;
      found.set(
        carryKey(rule.name, from, to),
        rows.value.map(({ dimensions, quantity }) => ({
          from: dimensions[from] ?? "",
          to: dimensions[to] ?? "",
          quantity,
        })),
      );
    }
  }
  return ok(found);
}

function ask(asking: Asking, { measure, isPeak, filter }: Measured, by: readonly View[]) {
  return asking.costs.quantity({ ...monthQuestion(asking), by, measure, isPeak, filter });
}

/** What the calls of the month were, by team, feature and model. */
export async function readCalls(asking: Asking): Promise<Result<readonly TeamCalls[], NoMonth>> {
  const rows = await asking.costs.calls({ ...monthQuestion(asking), by: ["team", "feature", "model"], filter: {} });
  if (!rows.ok) return rows;
  return ok(
    rows.value.map(({ dimensions, calls, tokens, nanos }) => ({
      team: dimensions["team"] ?? "",
      key: JSON.stringify([dimensions["feature"], dimensions["model"]]),
      calls,
      tokens,
      cost: money(nanos),
    })),
  );
}
