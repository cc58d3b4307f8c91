/** An allocation of nothing but one month, for the tests of this room. */
import { type AllocationAnswer, type Statement } from "#contract";
import { err, ok } from "#std";
import { type AllocationSource } from "./allocation-routes.ts";

const AT = "2026-01-02T03:04:05.678Z";
const standing = { month: "2026-10", currency: "USD", state: "open", revision: "r1", booked_until: AT } as const;

export const anAllocation: AllocationAnswer = {
  ...standing,
  by: "team",
  rows: [
    {
      value: "=search",
      total_nanos: "-3",
      direct_nanos: "0",
      shared_nanos: "-3",
      corrected_nanos: "0",
      layers: [{ layer: "tools", nanos: "-3" }],
    },
  ],
  bills: [],
  billed_nanos: "-3",
  allocated_nanos: "-3",
  unallocated_nanos: "0",
  corrected_nanos: "0",
  total_nanos: "-3",
};

const aStatement: Statement = {
  ...standing,
  team: "search",
  total_nanos: "5",
  before_nanos: "4",
  before: "2026-09",
  layers: [
    {
      layer: "tools",
      direct_nanos: "2",
      shared_nanos: "3",
      corrected_nanos: "0",
      total_nanos: "5",
      before_nanos: "4",
    },
  ],
  bridge: [{ part: "volume", nanos: "1" }],
  drivers: { calls: "1", tokens: "1", calls_before: "1", tokens_before: "1" },
  trend: [],
};

export const testAllocations: AllocationSource = {
  answer: async () => ok(anAllocation),
  explain: async ({ by, value }) => ok({ ...standing, by, value, nanos: "0", rows: [] }),
  statement: async (team) => ok({ ...aStatement, team }),
  flow: async () => ok({ ...standing, total_nanos: "0", links: [] }),
  close: async (month) =>
    month === "2026-10"
      ? ok({ month, closed_at: AT, revision: "r1", total_nanos: "0" })
      : err({ type: "not-next", next: "2026-10" }),
};
