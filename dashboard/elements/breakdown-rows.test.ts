import fc from "fast-check";
import { expect, it } from "vitest";
import type { SpendAnswer, SpendMoney } from "#contract";
import { breakdownRows } from "./breakdown-rows.ts";

const counts = fc.nat({ max: 3 });
const nanos = fc.constantFrom(0n, 1n, -7n, 250n).map(String);
const money: fc.Arbitrary<SpendMoney> = fc.record({
  gross_nanos: nanos,
  net_nanos: nanos,
  tare_nanos: nanos,
  avoided_nanos: nanos,
  estimated_nanos: nanos,
  in_doubt_nanos: nanos,
  calls: counts,
  attempts: counts,
  refused: counts,
  unpriced: counts,
  tokens_in: counts,
  tokens_out: counts,
});

const fields = [
  "gross_nanos",
  "net_nanos",
  "tare_nanos",
  "avoided_nanos",
  "estimated_nanos",
  "in_doubt_nanos",
  "calls",
  "attempts",
  "unpriced",
] as const;

const sum = (rows: readonly SpendMoney[], field: (typeof fields)[number]) =>
  rows.reduce((all, row) => all + BigInt(row[field]), 0n);

function answerOf(all: readonly SpendMoney[]): SpendAnswer {
  const total = (field: keyof SpendMoney) =>
    typeof all[0]?.[field] === "number"
      ? all.reduce((left, row) => left + Number(row[field]), 0)
      : all.reduce((left, row) => left + BigInt(row[field]), 0n).toString();
  const [first] = all;
  const names = Object.keys(first ?? {}) as (keyof SpendMoney)[];
  return {
    rows: all.map((row, index) => ({ ...row, dimensions: { layer: `layer ${index}` } })),
    total: Object.fromEntries(names.map((field) => [field, total(field)])) as unknown as SpendMoney,
  } as unknown as SpendAnswer;
}

it("rows add up to the total in every column, however many are shown and whatever has cost without an attempt", () => {
  fc.assert(
    fc.property(fc.array(money, { minLength: 1, maxLength: 8 }), fc.nat({ max: 9 }), (all, shown) => {
      const answer = answerOf(all);
      const rows = breakdownRows(answer, { dimension: "layer", shown });
      for (const field of fields) expect(sum(rows, field), field).toBe(BigInt(answer.total[field]));
      expect(rows.length).toBeLessThanOrEqual(shown + 1);
    }),
  );
});

it("a value that has only refused calls is not listed, a bill and a kept answer are", () => {
  const nothing: SpendMoney = {
    gross_nanos: "0",
    net_nanos: "0",
    tare_nanos: "0",
    avoided_nanos: "0",
    estimated_nanos: "0",
    in_doubt_nanos: "0",
    calls: 0,
    attempts: 0,
    refused: 0,
    unpriced: 0,
    tokens_in: 0,
    tokens_out: 0,
  };
  const answer = answerOf([
    { ...nothing, refused: 5 },
    { ...nothing, gross_nanos: "9", tare_nanos: "9" },
    { ...nothing, calls: 1, avoided_nanos: "4" },
  ]);
  expect(breakdownRows(answer, { dimension: "layer", shown: 8 }).map(({ name }) => name)).toEqual([
    "layer 1",
    "layer 2",
  ]);
});
