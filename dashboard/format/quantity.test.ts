import { expect, it } from "vitest";
import { formatBytes, formatDuration, formatQuantity, formatTokens } from "./quantity.ts";

it.for([
  [0, "0"],
  [9812, "9,812"],
  [12_400, "12.4 k"],
  [999_499, "999 k"],
  [999_600, "1.00 M"],
  [1_920_000, "1.92 M"],
  [24_100_000, "24.1 M"],
  [3_400_000_000, "3.40 B"],
] as const)("writes the quantity %d as %s", ([count, shown]) => {
  expect(formatQuantity(count)).toBe(shown);
});

it.for([
  [0.417, "0.42 ms"],
  [840.4, "840 ms"],
  [999.7, "1.0 s"],
  [1_400, "1.4 s"],
  [14_200, "14 s"],
  [59_700, "1 min"],
  [125_000, "2 min 5 s"],
  [3_600_000, "1 h"],
  [11_040_000, "3 h 4 min"],
  [183_600_000, "2 d 3 h"],
] as const)("writes the duration %d as %s", ([ms, shown]) => {
  expect(formatDuration(ms)).toBe(shown);
});

it("writes bytes by thousands", () => {
  expect([0, 999, 1000, 1_920_000, 23_900_000_000].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1.00 kB",
    "1.92 MB",
    "23.9 GB",
  ]);
});

it("keeps a count that was not reported apart from zero", () => {
  expect(formatTokens(12_400, 0)).toBe("12.4 k → 0");
  expect(formatTokens(12, undefined)).toBe("12 → –");
  expect(formatTokens(undefined, undefined)).toBe("–");
});
