import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Allocations } from "#accounting";
import { AllocationAnswer } from "#contract";
import { AllocationSection } from "./allocation-config.ts";
import { AllocationRig } from "./allocation-rig.ts";
import { readMonthFacts } from "./month-facts.ts";

let rig: AllocationRig;

beforeEach(async () => {
  rig = await AllocationRig.open();
});

afterEach(() => rig.close());

async function byFeature(of: Allocations) {
  const answer = await of.answer({ by: "feature", month: "2026-11" });
  if (!answer.ok) throw new Error(answer.error.detail);
  return AllocationAnswer.parse(JSON.parse(JSON.stringify(answer.value)));
}

describe("what is shared", () => {
  it("is no group of steps, and says how much of it has no price", async () => {
    await rig.book(
      { id: "g1", nanos: 0n, kind: "custom", name: "round", isGroup: true },
      { id: "g2", nanos: 0n, kind: "custom", name: "nightly", isGroup: true },
      { id: "s", nanos: 7n, kind: "custom", name: "nightly" },
      { id: "u1", nanos: 0n, kind: "tool", name: "crawl", isUnpriced: true },
      { id: "u2", nanos: 0n, kind: "tool", name: "crawl", isUnpriced: true },
      { id: "half", nanos: 3n, kind: "tool", name: "look up" },
      { id: "other half", nanos: 0n, kind: "tool", name: "look up", isUnpriced: true },
    );
    const { bills, total_nanos: total } = await byFeature(rig.allocations([]));
    expect(bills.map(({ name, nanos, entries, unpriced, entry }) => [name, nanos, entries, unpriced, entry])).toEqual([
      ["nightly · openai", "7", 1, 0, "s"],
      ["look up · openai", "3", 2, 1, "half"],
      ["crawl · openai", "0", 2, 2, "u1"],
    ]);
    expect(total).toBe("10");
  });

  it("goes by steps and not by groups, but in months that were closed when groups counted", async () => {
    const rules = [{ name: "people", of: { layer: "people and engineering" }, by: { steps: "custom" }, to: "feature" }];
    const step = { kind: "custom", nanos: 0n } as const;
    await rig.book(
      { id: "bill", nanos: 400n, layer: "people and engineering", provider: "payroll", name: "people" },
      { ...step, id: "a", feature: "support" },
      { ...step, id: "b", feature: "search" },
      { ...step, id: "g", feature: "search", isGroup: true },
      { ...step, id: "h", feature: "search", isGroup: true },
    );
    const { rows } = await byFeature(rig.allocations(rules));
    const totals = Object.fromEntries(rows.map(({ value, total_nanos: total }) => [value, total]));
    expect(totals).toEqual({ search: "200", support: "200" });
    const [rule] = AllocationSection.parse(rules).rules;
    if (rule?.by.type !== "measured" || rule.by.measure.type !== "steps") throw new Error("it goes by steps");
    const { ofGroups: _, ...measure } = rule.by.measure;
    const then = { rules: [{ ...rule, by: { ...rule.by, measure } }], carries: [] };
    const facts = await readMonthFacts({ costs: rig.analytics().costPools, month: "2026-11", tz: "UTC", rules: then });
    if (!facts.ok) throw new Error(facts.error.detail);
    expect(
      Object.fromEntries((facts.value.quantities.get("people") ?? []).map((row) => [row.value, row.quantity])),
    ).toEqual({ search: 3n, support: 1n });
  });
});
