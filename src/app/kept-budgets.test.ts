import { expect, it } from "vitest";
import { type BudgetDefinition } from "#budget";
import { realWorld } from "#world";
import { TestDisk } from "../journal/test-world.ts";
import { KeptBudgets } from "./kept-budgets.ts";

const PATH = "/budgets/made";
const budget: BudgetDefinition = {
  id: "all",
  scope: {},
  unit: "USD",
  per: "total",
  limit: 1_000n,
  zone: "UTC",
  thresholds: [{ percent: 100, action: "refuse" }],
  valuesMax: 1,
};

it("knows after a start what was made before it", () => {
  const { disk, open } = setUp();
  expect(open().make([budget])).toBe(true);
  expect(open().definitions).toEqual([budget]);
  disk.files.clear();
  expect(open().definitions).toEqual([]);
});

it("writes what a full disk has not taken as soon as it takes it, and says so once", () => {
  const { disk, said, open } = setUp();
  const kept = open();
  disk.capacity = 0;
  expect(kept.make([budget])).toBe(true);
  kept.tick();
  expect(kept.definitions).toEqual([budget]);
  expect(open().definitions).toEqual([]);
  disk.capacity = Infinity;
  // The office says again what stands in the books.
  expect(kept.make([budget])).toBe(false);
  kept.tick();
  kept.tick();
  expect(open().definitions).toEqual([budget]);
  expect(said).toEqual(["budgets-not-kept", "budgets-kept"]);
});

function setUp() {
  const disk = new TestDisk();
  const said: string[] = [];
  const log = (_: string, event: string) => void said.push(event);
  return {
    disk,
    said,
    open: () => new KeptBudgets({ ...realWorld(), disk }, { path: PATH, log, configured: [] }),
  };
}
