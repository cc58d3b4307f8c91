import { describe, expect, it } from "vitest";
import { PinTable } from "./pin-table.ts";

const pin = (tenant: string, answer: string) => ({ tenant, answer, provider: "p", model: "m", background: undefined });

describe("a full table of pins", () => {
  it("forgets the oldest of the tenant that has most, so that none can push out another's", () => {
    const table = new PinTable(10);
    for (const answer of ["a1", "a2"]) expect(table.add(pin("quiet", answer))).toBe(true);
    for (let count = 0; count < 1000; count += 1) table.add(pin("flood", `f${count}`));
    expect(table.find("a1")).toMatchObject({ tenant: "quiet" });
    expect(table.find("a2")).toMatchObject({ tenant: "quiet" });
    expect(table.find("f0")).toBeUndefined();
    expect(table.find("f999")).toBeDefined();
    expect(table.all()).toHaveLength(10);
  });

  it("keeps the first pin of an id", () => {
    const table = new PinTable();
    expect(table.add(pin("first", "id"))).toBe(true);
    expect(table.add(pin("second", "id"))).toBe(false);
    expect(table.find("id")).toMatchObject({ tenant: "first" });
  });
});
