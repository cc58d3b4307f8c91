import fc from "fast-check";
import { expect, it } from "vitest";
import { RowPacker, type SaidRow, unpackRows, valuesOf, withValue } from "#events";

/** Nothing and `NULL` are how a CSV file writes what is absent. */
const value = fc.oneof(
  fc.constant(undefined),
  fc.string({ unit: "binary", minLength: 1, maxLength: 9 }).filter((text) => text !== "NULL" && text.isWellFormed()),
  fc.constantFrom('"', '"",', "a,b", "line\nbreak", "__proto__"),
);
const row = fc.array(value, { minLength: 3, maxLength: 3 });
const names = ["Tags", "__proto__", 'a "name"'];

type Row = readonly (string | undefined)[];

const asJson = (values: Row): SaidRow => JSON.stringify(values.map((text) => text ?? null));

const asField = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const asRecord = (values: Row): SaidRow =>
  Buffer.from(values.map((text) => (text === undefined ? "" : asField(text))).join(","));

it("says of a row the same in either form", () => {
  fc.assert(
    fc.property(row, (values) => {
      for (const said of [asJson(values), asRecord(values)]) {
        expect(valuesOf(said)).toEqual(values);
        expect(valuesOf(withValue(said, "1.0832"))).toEqual([...values, "1.0832"]);
      }
    }),
  );
  expect(valuesOf(Buffer.from('NULL,"NULL",""'))).toEqual([undefined, undefined, undefined]);
});

it("gives packed rows back one by one, each with what has a value, and packs again when it is empty", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const objects = rows.map((values) =>
        Object.fromEntries(
          names.flatMap((name, place) => (values[place] === undefined ? [] : [[name, values[place]]])),
        ),
      );
      for (const [form, say] of [
        ["json", asJson],
        ["csv", asRecord],
      ] as const) {
        const packer = new RowPacker(names, form);
        packer.add(say(["of", "another", "batch"]));
        packer.pack();
        for (const values of rows) packer.add(say(values));
        expect(unpackRows(packer.pack()).map((text): unknown => JSON.parse(text))).toEqual(objects);
      }
    }),
  );
});
