import { describe, expect, it } from "vitest";
import { sayClocks } from "./clocks.ts";

const at = (ms: number) => new Date(Date.UTC(2027, 0, 1) + ms).toISOString();

describe("times of steps", () => {
  it("are told apart where a step begins before the one that it is part of", () => {
    const agent = { id: "agent", parent: undefined, at: at(7_200_000) };
    const steps = [
      agent,
      { id: "late", parent: "agent", at: at(7_203_000) },
      { id: "early", parent: "agent", at: at(0) },
      { id: "less", parent: "agent", at: at(7_000_000) },
    ];
    expect(sayClocks(steps)).toBe("; clocks differ: a step is said to begin 2 h before what it is part of");
  });

  it("are not where that is less than a second, comes after it, or what it is part of is not there", () => {
    const agent = { id: "agent", parent: undefined, at: at(999) };
    expect(sayClocks([agent, { id: "one", parent: "agent", at: at(0) }])).toBe("");
    expect(sayClocks([agent, { id: "one", parent: "agent", at: at(9_999_999) }])).toBe("");
    expect(sayClocks([agent, { id: "one", parent: "gone", at: at(0) }])).toBe("");
    expect(sayClocks([])).toBe("");
  });
});
