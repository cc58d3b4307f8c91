import { describe, expect, it } from "vitest";
import { instant } from "#units";
import { newBooks } from "./books-rig.ts";

const books = newBooks();

describe("budgets", () => {
  it("are put, replaced and ended, each with who, when, before and after", async () => {
    const { budgets } = books();
    await budgets.put({ id: "b", written: "1", who: "ada", at: instant(1), audit: "audit_1" });
    await budgets.put({ id: "b", written: "2", who: "eve", at: instant(2), audit: "audit_2" });
    expect(await budgets.list()).toEqual([{ id: "b", written: "2", changedAt: 2, changedBy: "eve" }]);
    expect(await budgets.remove({ id: "b", who: "ada", at: instant(3), audit: "audit_3" })).toBe(true);
    expect(await budgets.get("b")).toBeUndefined();
    expect(await budgets.changes("b", 10)).toEqual([
      { id: "audit_3", at: 3, who: "ada", before: "2", after: undefined },
      { id: "audit_2", at: 2, who: "eve", before: "1", after: "2" },
      { id: "audit_1", at: 1, who: "ada", before: undefined, after: "1" },
    ]);
  });

  it("that are not there cannot be ended, and nothing is written of it", async () => {
    expect(await books().budgets.remove({ id: "b", who: "ada", at: instant(3), audit: "audit_3" })).toBe(false);
    expect(await books().budgets.changes("b", 10)).toEqual([]);
  });

  it("change with their line in the audit or not at all", async () => {
    const { budgets } = books();
    await budgets.put({ id: "b", written: "1", who: "ada", at: instant(1), audit: "audit_1" });
    await expect(budgets.put({ id: "b", written: "2", who: "eve", at: instant(2), audit: "audit_1" })).rejects.toThrow(
      "UNIQUE",
    );
    expect((await budgets.get("b"))?.written).toBe("1");
  });
});
