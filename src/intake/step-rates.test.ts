import { beforeAll, describe, expect, it } from "vitest";
import { type PriceBook } from "#pricing";
import { instant } from "#units";
import { bundledBook, openRig, sender, spanOf } from "./intake-rig.ts";
import { StepRatesSection } from "./step-rates.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

describe("steps that no model provider prices", () => {
  const rates = StepRatesSection.parse([
    { kind: "tool", per: "call", rate: "0.001 USD", source: "a" },
    { kind: "tool", name: "refund*", per: "call", rate: "0.004 USD", source: "b" },
    { kind: "tool", name: "refund", per: "call", rate: "0.005 USD", valid_from: "2026-01-01", source: "c" },
    { kind: "review", per: "person_minute", rate: "0.60 USD", source: "payroll" },
    { kind: "retrieval", per: "1k_vectors", rate: "0.20 USD", source: "d" },
    { kind: "storage", per: "gb_day", rate: "0.0008 USD", source: "f" },
    { name: "nightly index", per: "gpu_second", rate: "0.0011 USD", source: "e" },
  ]);
  const costOf = async (name: string, attributes: Readonly<Record<string, string | number>>) => {
    const rig = await openRig({ book, rates });
    await rig.intake.takeSpans(sender, [spanOf({ id: "s", name, lastsMs: 30_000, attributes })]);
    return [...rig.steps().values()][0]?.cost;
  };
  const tool = { "openinference.span.kind": "TOOL" };

  it.for([
    ["a kind", "search", tool, 1_000_000n],
    ["a beginning of a name", "refund-status", tool, 4_000_000n],
    ["a whole name", "refund", tool, 5_000_000n],
    ["how long a person took", "approve", { "tare.kind": "review" }, 300_000_000n],
    ["what the step says it was", "approve", { "tare.kind": "review", "tare.person_minutes": 2 }, 1_200_000_000n],
    ["gigabytes kept for a day", "index", { "tare.kind": "storage", "tare.gb_days": 2.5 }, 2_000_000n],
    ["vectors", "docs", { "tare.kind": "retrieval", "tare.vectors": 5 }, 1_000_000n],
    ["the name of work that is no step otherwise", "nightly index", {}, 33_000_000n],
    ["the bill that the sender states", "search", { ...tool, "tare.cost": "0.0125 USD" }, 12_500_000n],
  ] as const)("are priced by %s", async ([, name, attributes, expected]) => {
    expect(await costOf(name, attributes)).toEqual({ type: "priced", nanos: expected });
  });

  it("are priced by the rate that began last of those as particular, wherever it stands in the file", async () => {
    const dated = [
      { kind: "tool", per: "call", rate: "0.001 USD", source: "old" },
      { kind: "tool", per: "call", rate: "0.003 USD", valid_from: "2026-06-01", source: "of tomorrow" },
      { kind: "tool", per: "call", rate: "0.002 USD", valid_from: "2026-01-01", source: "of this year" },
    ];
    for (const section of [dated, dated.toReversed()]) {
      const rig = await openRig({ book, rates: StepRatesSection.parse(section) });
      await rig.intake.takeSpans(sender, [
        spanOf({ id: "s", attributes: tool }),
        spanOf({ id: "before", at: instant(Date.UTC(2025, 11, 31)), attributes: tool }),
      ]);
      expect([...rig.steps().values()].map(({ cost }) => cost)).toEqual([
        { type: "priced", nanos: 2_000_000n },
        { type: "priced", nanos: 1_000_000n },
      ]);
    }
  });

  it("cannot be given two rates of which nothing says which one holds", () => {
    const rate = { kind: "tool", name: "refund", per: "call", rate: "0.001 USD", source: "a" };
    const issues = (...more: readonly object[]) =>
      StepRatesSection.safeParse([rate, ...more]).error?.issues.map(({ path, message }) => [path, message]);
    const message =
      "is for the same steps and unit as step_rates.0, from the same day: give one of them a `valid_from`";
    expect(issues({ ...rate, rate: "0.002 USD", valid_to: "2027-01-01" })).toEqual([[[1], message]]);
    const differing = [{ name: "refund*" }, { per: "second" }, { kind: "custom" }, { valid_from: "2026-01-01" }];
    expect(issues(...differing.map((different) => ({ ...rate, ...different })))).toBeUndefined();
  });

  it("are unpriced where nothing says what they cost, and nothing is booked of work that is none", async () => {
    expect(await costOf("docs", { "tare.kind": "retrieval" })).toEqual({
      type: "unpriced",
      reason: "no rate for retrieval steps named docs",
    });
    expect(await costOf("GET /health", {})).toBeUndefined();
  });
});
