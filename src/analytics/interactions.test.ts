import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Analytics } from "#analytics";
import { openDuckDbStore } from "#ledger";
import { type PriceBook } from "#pricing";
import { instant } from "#units";
import { bundledBook, NOW, openRig, sender, spanOf } from "../intake/intake-rig.ts";
import { loadWritten } from "../ledger/load-written.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

const results = ["none", "success", "failure"] as const;

const anyInteraction = fc.record({
  nanos: fc.nat(5),
  lastsMs: fc.nat(5),
  feature: fc.constantFrom("answers", "search"),
  customer: fc.constantFrom("acme", "globex"),
  plan: fc.constantFrom("pro", "free"),
  outcome: fc.constantFrom(...results),
  name: fc.constantFrom("resolved", "converted"),
});

const amount = fc.nat(5).map(String);

const anySearch = fc.record(
  {
    min_nanos: amount,
    max_nanos: amount,
    min_ms: fc.nat(5),
    outcome: fc.constantFrom(...results, "resolved", "converted"),
    sort: fc.constantFrom("newest", "dearest", "slowest"),
    filter: fc.record(
      {
        feature: fc.constantFrom<readonly string[]>(["answers"], ["answers", "search"], ["gone"]),
        customer: fc.constant<readonly string[]>(["acme"]),
        "tag.plan": fc.constant<readonly string[]>(["pro"]),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["filter", "sort"] },
);

type Interaction = ReturnType<typeof anyInteraction.generate>["value"];
type Search = ReturnType<typeof anySearch.generate>["value"];

/** What is meant, one interaction after the other. */
function isFound(
  one: Interaction,
  { min_nanos: least, max_nanos: most, min_ms: ms, outcome, filter }: Search,
): boolean {
  if (least !== undefined && one.nanos < Number(least)) return false;
  if (most !== undefined && one.nanos > Number(most)) return false;
  if (ms !== undefined && one.lastsMs < ms) return false;
  const isNamed = one.outcome !== "none" && one.name === outcome;
  if (outcome !== undefined && outcome !== one.outcome && !isNamed) return false;
  const { feature, customer, "tag.plan": plan } = filter;
  if (feature !== undefined && !feature.includes(one.feature)) return false;
  return (customer === undefined || customer.includes(one.customer)) && (plan === undefined || plan.includes(one.plan));
}

function spanFor(one: Interaction, index: number) {
  const said =
    one.outcome === "none" ? {} : { "tare.outcome": one.name, "tare.outcome.success": one.outcome === "success" };
  return spanOf({
    id: "s",
    trace: (index + 1).toString(16).padStart(32, "0"),
    at: instant(NOW - 60_000 + index),
    lastsMs: one.lastsMs,
    attributes: {
      "tare.kind": "tool",
      "tare.cost": `0.00000000${one.nanos}`,
      "tare.feature": one.feature,
      "tare.customer": one.customer,
      "tare.tag.plan": one.plan,
      ...said,
    },
  });
}

function measureOf(one: Interaction | undefined, index: number, sort: Search["sort"]): number {
  if (one === undefined) return Number.NaN;
  return { newest: index, dearest: one.nanos, slowest: one.lastsMs }[sort];
}

describe("interactions", () => {
  it("are found by any attribute, cost, latency and outcome, as going through them one by one finds them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyInteraction, { minLength: 1, maxLength: 8 }),
        fc.array(anySearch, { minLength: 4, maxLength: 4 }),
        async (all, searches) => {
          const rig = await openRig({ book });
          await rig.intake.takeSpans(sender, all.map(spanFor));
          const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
          if (!opened.ok) throw new Error(opened.error.type);
          const store = opened.value;
          await loadWritten(store, rig.written);
          const analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(0) });
          for (const search of searches) {
            const page = await analytics.interactions({ ...search, limit: 50 });
            if (!page.ok) throw new Error(page.error.detail);
            const found = page.value.rows.map(({ interaction }) => Number.parseInt(interaction, 16) - 1);
            const expected = all.flatMap((one, index) => (isFound(one, search) ? [index] : []));
            expect(found.toSorted((one, other) => one - other)).toEqual(expected);
            const measured = found.map((index) => measureOf(all[index], index, search.sort));
            expect(measured).toEqual(measured.toSorted((one, other) => other - one));
          }
          store.close();
        },
      ),
      { numRuns: 10 },
    );
  });
});
