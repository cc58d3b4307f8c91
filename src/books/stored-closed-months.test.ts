import { expect, it } from "vitest";
import { type Change } from "#books";
import { instant } from "#units";
import { newBooks } from "./books-rig.ts";

const books = newBooks();

const change = (name: string): Change => ({ audit: `audit_${name}`, who: "token ada", at: instant(9) });

it("a month is closed once, with one line in the audit, and stays as it was", async () => {
  const closing = { month: "2026-10", revision: "r1", bookedUntil: instant(7), allocation: '{"a":1}' };
  expect(await books().closedMonths.close(change("1"), closing)).toBe(true);
  expect(await books().closedMonths.close(change("2"), { ...closing, allocation: "{}" })).toBe(false);
  expect(await books().closedMonths.allocationOf("2026-10")).toBe('{"a":1}');
  expect(await books().closedMonths.allocationOf("2026-11")).toBeUndefined();
  expect(await books().closedMonths.list()).toEqual([
    { month: "2026-10", closedAt: instant(9), closedBy: "token ada", revision: "r1", bookedUntil: instant(7) },
  ]);
  const lines = await books().audit.list({ limit: 9, after: undefined, subject: "month 2026-10" });
  expect(lines.map(({ action, who, after }) => [action, who, after])).toEqual([["month-closed", "token ada", "r1"]]);
});
