/** By customer, each outcome is one customer's, and all of them together are the whole. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Analytics } from "#analytics";
import { type Outcome } from "#events";
import { type Entry, openDuckDbStore } from "#ledger";
import { instant, money } from "#units";
import { attribution } from "./call-examples.ts";
import { dispatched, settled } from "../events/event-examples.ts";
import { entryOfSettled } from "../ledger/make-entry.ts";
import { outcomeRow, rowsOfCorrectedOutcome } from "../ledger/outcome-row.ts";
import { runsOf } from "../../simulation/runs-of.ts";

const START = Date.parse("2026-11-21T10:00:00Z");
const NONE = "(none)";
const anyCustomer = fc.constantFrom("acme", "globex", "initech", NONE);
const anyInteraction = fc.constantFrom("i1", "i2", "i3", "i4");

const anyEntry = fc.record({
  interaction: anyInteraction,
  customer: anyCustomer,
  feature: fc.constantFrom("answers", "search"),
  nanos: fc.bigInt(0n, 3n),
});
const anyOutcome = fc.record({
  interaction: anyInteraction,
  customer: anyCustomer,
  value: fc.option(fc.bigInt(1n, 9n).map(money), { nil: undefined }),
  isSuccess: fc.boolean(),
  /** Whom a later truth about it names. */
  later: fc.option(anyCustomer, { nil: undefined }),
});
type EntryShape = typeof anyEntry extends fc.Arbitrary<infer Value> ? Value : never;
type OutcomeShape = typeof anyOutcome extends fc.Arbitrary<infer Value> ? Value : never;

function entryOf({ nanos, ...own }: EntryShape, index: number): Entry {
  const at = instant(START + index);
  const cost = { type: "priced", nanos: money(nanos) } as const;
  const start = dispatched(`${index}`, { at, attribution: { ...attribution, ...own } });
  return entryOfSettled(start, settled(`${index}`, { at, cost, components: [] }));
}

function rowsOf({ interaction, customer, value, isSuccess, later }: OutcomeShape, index: number) {
  const at = instant(START);
  const said = { ...attribution, interaction, customer };
  const told: Outcome = { outcome: `o${index}`, name: "resolved", isSuccess, value, happenedAt: at, attribution: said };
  const first = outcomeRow(told, { bookedAt: at, correction: 0, count: 1 });
  if (later === undefined) return [first];
  const after = { ...told, attribution: { ...said, customer: later } };
  return [first, ...rowsOfCorrectedOutcome({ type: "outcome-corrected", at, number: 1, before: told, after })];
}

/** Who costs most in an interaction, of equal ones who came first; nobody only where nobody has a name. */
function ownOf(entries: readonly EntryShape[], interaction: string): string {
  const costs = new Map<string, bigint>();
  for (const { customer, nanos, ...each } of entries)
    if (each.interaction === interaction && customer !== NONE) costs.set(customer, (costs.get(customer) ?? 0n) + nanos);
  let own: readonly [string, bigint] = [NONE, -1n];
  for (const each of costs) if (each[1] > own[1]) own = each;
  return own[0];
}

function recount(entries: readonly EntryShape[], outcomes: readonly OutcomeShape[], feature?: string) {
  const counted = outcomes.filter(({ interaction }) =>
    entries.some((each) => each.interaction === interaction && (feature === undefined || each.feature === feature)),
  );
  const owners = Map.groupBy(counted, ({ interaction, customer, later = customer }) =>
    later === NONE ? ownOf(entries, interaction) : later,
  );
  return new Map([...owners].map(([customer, own]) => [customer, sumOf(own)]));
}

function sumOf(outcomes: readonly OutcomeShape[]) {
  return {
    outcomes: outcomes.length,
    successes: outcomes.filter(({ isSuccess }) => isSuccess).length,
    value_nanos: outcomes.reduce((total, { value = 0n }) => total + value, 0n).toString(),
  };
}

const nothing = sumOf([]);
const range = { from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", tz: "UTC" };

it(
  "an outcome is whom it names, else the interaction's own customer, once, under any filter",
  { timeout: 120_000 },
  async () => {
    const shapes = fc.tuple(
      fc.array(anyEntry, { minLength: 1, maxLength: 10 }),
      fc.array(anyOutcome, { minLength: 1, maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(shapes, async ([entries, outcomes]) => {
        const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
        if (!opened.ok) throw new Error(opened.error.type);
        const stretches = [{ segment: "n.0.a.000001.journal", from: 0, to: 1, isDone: true, corrupted: 0 }];
        const rows = { entries: entries.map(entryOf), refusals: [], outcomes: outcomes.flatMap(rowsOf) };
        await opened.value.append({ stretches, ...rows });
        const analytics = new Analytics(opened.value, { currency: "USD", bookedUntil: () => instant(0) });
        const ask = async (by: readonly string[], filter: Readonly<Record<string, readonly string[]>>) => {
          const asked = await analytics.unitCosts({ ...range, by, filter });
          if (!asked.ok) throw new Error(asked.error.detail);
          return asked.value;
        };
        const expected = recount(entries, outcomes);
        const { rows: customers, total } = await ask(["customer"], {});
        const sum = (of: "outcomes" | "value_nanos") => customers.reduce((all, row) => all + BigInt(row[of]), 0n);
        expect([sum("outcomes"), sum("value_nanos")]).toEqual([BigInt(total.outcomes), BigInt(total.value_nanos)]);
        const found = customers.filter((row) => row.outcomes > 0).map(({ dimensions }) => dimensions["customer"]);
        expect(new Set(found)).toEqual(new Set(expected.keys()));
        const inSearch = recount(entries, outcomes, "search");
        const byBoth = await ask(["feature", "customer"], {});
        for (const customer of ["acme", "globex", "initech", NONE]) {
          const row = customers.find(({ dimensions }) => dimensions["customer"] === customer) ?? nothing;
          expect(row, customer).toMatchObject(expected.get(customer) ?? nothing);
          expect((await ask([], { customer: [customer] })).total).toMatchObject(expected.get(customer) ?? nothing);
          const isBoth = { feature: "search", customer };
          const both = byBoth.rows.find(({ dimensions }) => JSON.stringify(dimensions) === JSON.stringify(isBoth));
          expect(both ?? nothing, customer).toMatchObject(inSearch.get(customer) ?? nothing);
        }
        opened.value.close();
      }),
      { numRuns: runsOf(60) },
    );
  },
);
