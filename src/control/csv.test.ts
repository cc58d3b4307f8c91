import fc from "fast-check";
import { expect, it } from "vitest";
import { toCsv } from "./csv.ts";

/** A plain RFC 4180 reader, the other side of the writer. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const cells = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("=1+1", "+x", "-2", "@a", "\t=x", "\r=x", "＝1", '"', 'a"b""c', ",", "a\r\nb"),
  fc.bigInt(),
);

it("is read back as it was, but for the mark before what would be a formula", () => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 5 })
        .chain((width) => fc.array(fc.array(cells, { minLength: width, maxLength: width }))),
      (rows) => {
        const back = readCsv(toCsv(rows));
        expect(back).toEqual(
          rows.map((row) =>
            row.map((cell) =>
              typeof cell === "string" && /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : String(cell),
            ),
          ),
        );
      },
    ),
  );
});

it("leaves numbers numbers, negative ones too", () => {
  expect(toCsv([["-5", -5n, -0.5]])).toBe(`"'-5",-5,-0.5\r\n`);
});
