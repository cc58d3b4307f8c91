/** Why somebody carries what they carry: every line with the steps that led to it. */
import { type ExplainedLine, type ExplainQuery, type Explanation } from "#contract";
import { err, ok, type Result, unreachable } from "#std";
import { type Allocation, type Cell, type PooledBill, totalOf, UNALLOCATED } from "./allocation.ts";
import { standingOf, toBill } from "./allocation-answer.ts";
import { carryRulesOf } from "./allocation-config.ts";
import { type AllocationRules, type Driver, type Measured, type Place, type View, views } from "./allocation-rule.ts";
import { type Standing } from "./standing.ts";
import { type NoMonth } from "./month-facts.ts";

export function explain(standing: Standing, query: ExplainQuery): Result<Explanation, NoMonth> {
  const { by, value, layer, bill, limit, cursor = "0" } = query;
  if (!/^\d{1,9}$/.test(cursor)) return err({ type: "bad-question", field: "cursor", detail: "Not one that we gave." });
  const { allocation } = standing;
  if (value === undefined && bill === undefined)
    return err({ type: "bad-question", field: "value", detail: "Say whose lines, or of which bill." });
  const cells = (value === undefined ? linesOf(allocation, bill) : allocation.cells[by])
    .filter((cell) => (value ?? cell.value) === cell.value && (layer ?? cell.layer) === cell.layer)
    .filter(({ origin }) => bill === undefined || (origin.type === "bill" && origin.bill === bill))
    .toSorted((one, other) => (one.amount === other.amount ? 0 : one.amount > other.amount ? -1 : 1));
  const bills = new Map(allocation.bills.map((each) => [each.id, each]));
  const drivers = new Map(allocation.rules.rules.map(({ name, by: driver }) => [name, describeDriver(driver)]));
  const from = Number(cursor);
  const next = from + limit;
  return ok({
    ...standingOf(standing),
    by,
    value,
    nanos: totalOf(cells).toString(),
    rows: cells.slice(from, next).map((cell) => toLine(cell, { allocation, bills, drivers, view: by })),
    cursor: next < cells.length ? String(next) : undefined,
  });
}

/** Where a bill went, by whatever dimension its rules share it. */
function linesOf({ bills, lines }: Allocation, bill: string | undefined): readonly Cell[] {
  const layer = bills.find(({ id }) => id === bill)?.facts["layer"] ?? "";
  return lines.flatMap((line, index): Cell[] => {
    if (line.bill !== bill) return [];
    const end = line.steps.at(-1)?.to;
    const value = end === undefined ? UNALLOCATED : describePlace(end);
    return [{ value, layer, amount: line.amount, origin: { type: "bill", bill: line.bill, line: index } }];
  });
}

type Described = Pick<ExplainedLine["steps"][number], "driver" | "unit">;

interface Known {
  readonly allocation: Allocation;
  readonly bills: ReadonlyMap<string, PooledBill>;
  readonly drivers: ReadonlyMap<string, Described>;
  readonly view: ExplainQuery["by"];
}

function toLine({ layer, amount, origin, value }: Cell, known: Known): ExplainedLine {
  const line = { source: origin.type, layer, nanos: amount.toString(), steps: [] };
  switch (origin.type) {
    case "direct":
      return line;
    case "correction": {
      const name = known.bills.get(origin.source);
      return { ...line, month: origin.month, name: name === undefined ? origin.source : toBill(name).name };
    }
    case "carried": {
      const { by, value: whose, rule, quantity, of, whole } = origin;
      const step = {
        rule,
        ...carryDriver(known.allocation.rules, { rule, from: by, to: known.view }),
        to: `${known.view}=${value}`,
        quantity: quantity.toString(),
        of: of.toString(),
      };
      return { ...line, by, value: whose, name: `${by} ${whose}`, whole_nanos: whole.toString(), steps: [step] };
    }
    case "bill": {
      const bill = known.bills.get(origin.bill);
      const found = known.allocation.lines[origin.line];
      const steps = (found?.steps ?? []).map(({ rule, to, quantity, of }) => ({
        rule,
        ...(known.drivers.get(rule) ?? { driver: "", unit: "count" as const }),
        to: describePlace(to),
        quantity: quantity.toString(),
        of: of.toString(),
      }));
      if (bill === undefined) return { ...line, bill: origin.bill, steps };
      const { name, nanos, entry } = toBill(bill);
      const named = { ...line, bill: origin.bill, name, whole_nanos: nanos, entry, steps };
      return found?.unallocated === undefined ? named : { ...named, unallocated: found.unallocated };
    }
    default:
      return unreachable(origin);
  }
}

function describePlace(place: Place): string {
  return place.type === "pool" ? `pool ${place.name}` : `${place.dimension}=${place.value}`;
}

interface Carried {
  readonly rule: string;
  readonly from: string;
  readonly to: View;
}

function carryDriver(rules: AllocationRules, { rule, from, to }: Carried): Described {
  const view = views.find((name) => name === from);
  const found = view === undefined ? undefined : carryRulesOf(rules, view, to).find(({ name }) => name === rule);
  return found === undefined ? { driver: "", unit: "count" } : describeMeasured(found.measured);
}

function describeDriver(driver: Driver): Described {
  if (driver.type === "fixed") return { driver: "fixed shares", unit: "count" };
  return driver.type === "even" ? { driver: "even parts", unit: "count" } : describeMeasured(driver);
}

const usageWords: Readonly<Record<string, string>> = {
  gpu_ms: "GPU time",
  person_ms: "people's time",
  kb_days: "kB·days",
};

function describeMeasured({ measure, isPeak, filter }: Measured): Described {
  const where = Object.entries(filter).map(([name, values]) => `${name} ${values.join(" or ")}`);
  const counting = where.length === 0 ? "" : ` of ${where.join(", ")}`;
  const driver = `${measureWords(measure)}${isPeak ? " in the busiest hour" : ""}${counting}`;
  return { driver, unit: unitOf(measure) };
}

function unitOf(measure: Measured["measure"]): Described["unit"] {
  if (measure.type === "cost") return "nanos";
  return measure.type === "usage" && measure.class.endsWith("_ms") ? "ms" : "count";
}

function measureWords(measure: Measured["measure"]): string {
  if (measure.type === "steps") return `${measure.kind} steps`;
  if (measure.type === "usage") return usageWords[measure.class] ?? measure.class;
  return measure.type;
}
