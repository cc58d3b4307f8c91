import { expect, it } from "vitest";
import { AllocationRig } from "./allocation-rig.ts";

it("a feature whose only step was taken back has no part of what is shared evenly", async () => {
  const rig = await AllocationRig.open();
  await rig.book(
    { id: "people", nanos: 900n, layer: "people and engineering" },
    { id: "a", nanos: 5n, feature: "support", kind: "tool" },
    { id: "b", nanos: 7n, feature: "mistaken", kind: "tool" },
    { id: "c", nanos: -7n, feature: "mistaken", kind: "tool", isTakenBack: true },
    { id: "d", nanos: 7n, feature: "search", kind: "tool" },
  );
  const rules = [{ name: "people", of: { layer: "people and engineering" }, by: "even", to: "feature" }];
  const answer = await rig.allocations(rules).answer({ by: "feature", month: "2026-11" });
  if (!answer.ok) throw new Error(answer.error.detail);
  const totals = answer.value.rows.map(({ value, total_nanos: total }) => [value, total]);
  expect(totals.filter(([, total]) => total !== "0")).toEqual([
    ["search", "457"],
    ["support", "455"],
  ]);
  await rig.close();
});
