import { expect, it } from "vitest";
import { BillImport } from "#contract";
import { importPage, readImportCursor } from "./import-page.ts";

function begun(id: string, second: number): BillImport {
  const counts = {
    rows: 0,
    booked: 0,
    corrected: 0,
    unchanged: 0,
    taken_back: 0,
    missing: 0,
    measured: 0,
    set_aside: 0,
  };
  const money = { nanos: "0", currency: "USD", remainder: "0" };
  const started_at = new Date(Date.UTC(2027, 0, 1, 0, 0, second)).toISOString();
  const told = { id: `import_${id}`, name: "a.csv", state: "done", received: 0, started_at, problems: [] };
  return BillImport.parse({ ...told, ...counts, ...money });
}

it("goes through all imports once, the newest first, also those that began in the same moment", () => {
  const all = [begun("b", 3), begun("a", 3), begun("d", 1), begun("c", 9), begun("e", 3)];
  const seen: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = importPage(all, { limit: 2, after: cursor === undefined ? undefined : readImportCursor(cursor) });
    expect(page.rows.length).toBeLessThanOrEqual(2);
    seen.push(...page.rows.map(({ id }) => id.replace("import_", "")));
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  expect(seen).toEqual(["c", "e", "b", "a", "d"]);
  expect(importPage(all, { limit: 5, after: undefined }).cursor).toBeUndefined();
});

it("does not begin where it never ended", () => {
  for (const cursor of ["", "x", "import_a", "1:bill_a", "1:import_"]) expect(readImportCursor(cursor)).toBeUndefined();
});
