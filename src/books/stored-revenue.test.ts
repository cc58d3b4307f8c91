import { describe, expect, it } from "vitest";
import { type Change } from "#books";
import { instant } from "#units";
import { newBooks } from "./books-rig.ts";

const books = newBooks();

const change = (name: string): Change => ({ audit: `audit_${name}`, who: "token ada", at: instant(9) });
const row = (line: number, more: object = {}) => ({
  line,
  customer: "acme",
  from: instant(0),
  to: instant(100),
  // More nanos than a number holds.
  nanos: 9_007_199_254_740_993n,
  reference: `r${line}`,
  ...more,
});
const within = async () => books().revenue.within({ from: instant(0), to: instant(100) });
const audit = async () =>
  (await books().audit.list({ limit: 9, after: undefined, subject: "revenue a.csv" })).map(({ action }) => action);

describe("a file of revenue", () => {
  it("that comes twice changes nothing, and one that is corrected replaces its rows with a line in the audit", async () => {
    const first = { name: "a.csv", digest: "1", rows: [row(2), row(3)] };
    expect(await books().revenue.replace(change("1"), first)).toMatchObject({ type: "imported", before: undefined });
    expect(await books().revenue.replace(change("2"), first)).toMatchObject({ type: "unchanged" });
    expect(await within()).toHaveLength(2);
    expect(await audit()).toEqual(["revenue-imported"]);
    const corrected = { name: "a.csv", digest: "2", rows: [row(2, { nanos: -5n })] };
    expect(await books().revenue.replace(change("3"), corrected)).toMatchObject({
      type: "imported",
      file: { rows: 1, nanos: -5n },
      before: { rows: 2, nanos: 18_014_398_509_481_986n },
    });
    expect((await within()).map(({ nanos }) => nanos)).toEqual([-5n]);
    expect(await audit()).toEqual(["revenue-corrected", "revenue-imported"]);
    expect((await books().revenue.files()).map(({ digest }) => digest)).toEqual(["2"]);
  });

  it("that says what another file says is refused as a whole", async () => {
    await books().revenue.replace(change("1"), { name: "a.csv", digest: "1", rows: [row(2)] });
    const again = { name: "b.csv", digest: "2", rows: [row(7, { reference: "new" }), row(8, { reference: "r2" })] };
    expect(await books().revenue.replace(change("2"), again)).toEqual({
      type: "taken",
      line: 8,
      by: { file: "a.csv", line: 2 },
    });
    expect(await within()).toHaveLength(1);
    expect(await books().revenue.files()).toHaveLength(1);
  });

  it("is found by any moment that its periods and the range share, and by customer", async () => {
    const rows = [row(2, { from: instant(0), to: instant(10) }), row(3, { customer: "globex" })];
    await books().revenue.replace(change("1"), { name: "a.csv", digest: "1", rows });
    const lines = async (range: { from: number; to: number; customer?: string }) =>
      (await books().revenue.within({ ...range, from: instant(range.from), to: instant(range.to) })).map(
        ({ line }) => line,
      );
    expect(await lines({ from: 9, to: 20 })).toEqual([2, 3]);
    expect(await lines({ from: 10, to: 20 })).toEqual([3]);
    expect(await lines({ from: 0, to: 20, customer: "acme" })).toEqual([2]);
    expect(await lines({ from: 100, to: 120 })).toEqual([]);
  });
});
