import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CsvSpool, type SetAside } from "./csv-spool.ts";

function spool(file: Buffer, cuts: readonly number[] = []) {
  const [put, aside]: [Buffer[], SetAside[]] = [[], []];
  const csv = new CsvSpool(
    (bytes) => put.push(Buffer.from(bytes)),
    (row) => aside.push(row),
  );
  const places = [...new Set([0, ...cuts.map((cut) => cut % (file.length + 1)), file.length])].toSorted(
    (a, b) => a - b,
  );
  let problem;
  for (const [index, from] of places.entries()) problem ??= csv.add(file.subarray(from, places[index + 1] ?? from));
  problem ??= csv.end();
  return { text: Buffer.concat(put).toString("utf8"), aside, problem, columns: csv.columns };
}

const text = (csv: string) => spool(Buffer.from(csv));

describe("a CSV file", () => {
  it("gives its records behind the line that each begins on and before its place, whatever its quotes hold", () => {
    const { text: spooled, columns } = text('\uFEFF"A",B\r\n1,"x\ny ""z"""\r\n\r\n2,\n');
    expect(columns).toEqual(["A", "B"]);
    expect(spooled).toBe('2,1,"x\ny ""z""",2,13\n5,2,,23,2\n');
  });

  it("says the same however its bytes are cut", () => {
    const file = Buffer.from('\uFEFFA,B\n1,"x,\n""ü"""\nü,2\n3\n"4"x,5\n6,7');
    const whole = spool(file);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) => {
        expect(spool(file, cuts)).toEqual(whole);
      }),
    );
    const last = /7,6,7,(\d+),(\d+)\n$/.exec(whole.text);
    const begins = Number(last?.[1]);
    expect(
      Buffer.from(whole.text)
        .subarray(begins, begins + Number(last?.[2]))
        .toString(),
    ).toBe("6,7");
    expect(whole.aside).toEqual([
      { line: 5, column: undefined, detail: "1 fields where the header has 2" },
      { line: 6, column: undefined, detail: "a quote stands where none may be" },
    ]);
  });

  it("sets bytes aside that are not UTF-8, by their line", () => {
    const { aside } = spool(Buffer.concat([Buffer.from("A\n1\n"), Buffer.from([0xff, 0x0a, 0x32])]));
    expect(aside).toEqual([{ line: 3, column: undefined, detail: "not UTF-8" }]);
  });

  it("is refused when a quote never closes, a column comes twice or there is no header", () => {
    expect(text('A\n1\n"2\n3').problem).toEqual({ type: "unclosed-quote", line: 3 });
    expect(text("A,B,A\n").problem).toEqual({ type: "column-twice", column: "A" });
    expect(text("").problem).toEqual({ type: "no-header" });
    expect(spool(Buffer.from("A,B\n1,2\n", "utf16le")).problem).toEqual({ type: "not-utf8" });
  });
});
