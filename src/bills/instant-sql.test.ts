import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { instantSql } from "./instant-sql.ts";

let database: DuckDBInstance;
beforeAll(async () => {
  database = await DuckDBInstance.create(":memory:");
});
afterAll(() => database.closeSync());

async function read(texts: readonly string[]): Promise<readonly (number | undefined)[]> {
  const connection = await database.connect();
  await connection.run("SET TimeZone = 'UTC'");
  const values = texts.map((text, place) => `(${place}, '${text.replaceAll("'", "''")}')`).join(", ");
  const sql = `SELECT ${instantSql("text", "iso")} FROM (VALUES ${values}) AS given(place, text) ORDER BY place`;
  const rows = (await connection.runAndReadAll(sql)).getRowsJS();
  connection.closeSync();
  return rows.map(([ms]) => (ms === null ? undefined : Number(ms)));
}

it("reads an instant of ISO 8601 however it is written, and what names no zone as UTC", async () => {
  const at = Date.UTC(2027, 0, 2, 3, 4, 5);
  const same = ["2027-01-02T03:04:05Z", "2027-01-02 03:04:05", "2027-01-02T04:04:05+01", "2027-01-02 03:04:05.000 UTC"];
  expect(await read(same)).toEqual(same.map(() => at));
  expect(await read(["2027-01-02"])).toEqual([Date.UTC(2027, 0, 2)]);
});

it("reads what is written as FOCUS asks for like JavaScript does, and nothing that only looks like it", async () => {
  const character = fc.constantFrom(..."0123456789 +-.:TZa".split(""));
  const shape = "####-##-##T##:##:##Z";
  const near = fc.array(character, { minLength: 14, maxLength: 14 }).map((characters) => {
    let place = 0;
    return shape.replaceAll("#", () => characters[place++] ?? "0");
  });
  const good = fc
    .date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true })
    .map((date) => `${date.toISOString().slice(0, 19)}Z`);
  // One character of a good one is another.
  const bent = fc
    .tuple(good, fc.nat({ max: 19 }), character)
    .map(([text, at, other]) => (shape[at] === "#" ? text.slice(0, at) + other + text.slice(at + 1) : text));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(near, good, bent), { minLength: 50, maxLength: 50 }), async (texts) => {
      const found = await read(texts);
      for (const [place, text] of texts.entries()) {
        const isWritten = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text);
        const ms = Date.parse(text);
        // JavaScript rolls the 31st of February over to March; nobody should.
        const isDay = isWritten && !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19);
        expect([text, found[place]]).toEqual([text, isDay ? ms : undefined]);
      }
    }),
    { numRuns: 40 },
  );
});
