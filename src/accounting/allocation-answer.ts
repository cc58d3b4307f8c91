/** An allocation in the shapes of the control API. */
import { type AllocatedBill, type AllocationAnswer, type AllocationRow } from "#contract";
import { type Money } from "#units";
import { type Cell, type PooledBill, totalOf, UNALLOCATED } from "./allocation.ts";
import { type AllocatedLine } from "./allocate.ts";
import { type View } from "./allocation-rule.ts";
import { type Standing } from "./standing.ts";
import { sumBy } from "./correct-closed.ts";

export function standingOf({ allocation, currency, closedAt, revision, bookedUntil }: Standing) {
  return {
    month: allocation.month,
    currency,
    state: closedAt === undefined ? ("open" as const) : ("closed" as const),
    ...(closedAt === undefined ? {} : { closed_at: new Date(closedAt).toISOString() }),
    revision,
    booked_until: new Date(bookedUntil).toISOString(),
  };
}

export function toAnswer(standing: Standing, by: View): AllocationAnswer {
  const { allocation } = standing;
  const cells = allocation.cells[by];
  const bills = toBills(allocation.bills, allocation.lines);
  const unallocated = bills.reduce((sum, bill) => sum + BigInt(bill.unallocated_nanos), 0n);
  const billed = totalOf(allocation.bills);
  return {
    ...standingOf(standing),
    by,
    rows: toRows(cells),
    bills: [...bills],
    billed_nanos: billed.toString(),
    allocated_nanos: (billed - unallocated).toString(),
    unallocated_nanos: unallocated.toString(),
    corrected_nanos: totalOf(cells.filter(isCorrection)).toString(),
    total_nanos: totalOf(cells).toString(),
  };
}

export function isCorrection({ origin }: Cell): boolean {
  return origin.type === "correction";
}

export function isDirect({ origin }: Cell): boolean {
  return origin.type === "direct";
}

function toRows(cells: readonly Cell[]): AllocationRow[] {
  const rows: AllocationRow[] = [];
  const groups = Map.groupBy(cells, ({ value }) => value);
  for (const [value, total] of sumBy(cells, (cell) => cell.value)) {
    const own = groups.get(value) ?? [];
    const [direct, corrected] = [totalOf(own.filter(isDirect)), totalOf(own.filter(isCorrection))];
    rows.push({
      value,
      total_nanos: total.toString(),
      direct_nanos: direct.toString(),
      shared_nanos: (total - direct - corrected).toString(),
      corrected_nanos: corrected.toString(),
      layers: sumBy(own, ({ layer }) => layer).map(([layer, nanos]) => ({ layer, nanos: nanos.toString() })),
    });
  }
  // What nobody carries is no team among teams.
  return [...rows.filter(({ value }) => value !== UNALLOCATED), ...rows.filter(({ value }) => value === UNALLOCATED)];
}

function toBills(bills: readonly PooledBill[], lines: readonly AllocatedLine[]): readonly AllocatedBill[] {
  const ofBill = Map.groupBy(lines, ({ bill }) => bill);
  return bills
    .toSorted((one, other) => compare(other.amount, one.amount) || (one.id < other.id ? -1 : 1))
    .map((bill) => {
      const own = ofBill.get(bill.id) ?? [];
      const left = totalOf(own.filter(({ unallocated }) => unallocated !== undefined));
      return {
        ...toBill(bill),
        rule: own[0]?.steps[0]?.rule,
        allocated_nanos: (bill.amount - left).toString(),
        unallocated_nanos: left.toString(),
      };
    });
}

export function toBill({ id, facts, amount, entries, unpriced, entry }: PooledBill) {
  return {
    bill: id,
    name: nameOf(facts),
    provider: facts["provider"] ?? "",
    kind: facts["kind"] ?? "",
    layer: facts["layer"] ?? "",
    nanos: amount.toString(),
    entries,
    ...(unpriced === undefined ? {} : { unpriced }),
    entry,
  };
}

/** The service or step that it is for, and who is paid. */
function nameOf(facts: PooledBill["facts"]): string {
  const [step = "", provider = ""] = [facts["step"], facts["provider"]];
  return [step, provider].filter((each) => each !== "(none)" && each !== "").join(" · ") || (facts["kind"] ?? "");
}

function compare(one: Money, other: Money): number {
  return one === other ? 0 : one > other ? 1 : -1;
}
