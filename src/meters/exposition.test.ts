import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assert } from "#std";
import { readExposition } from "./exposition.ts";

const all = () => true;

function read(text: string) {
  const result = readExposition(text, all);
  assert(result.ok, "the text is one of the format");
  return result.value.map(({ name, labels, value }) => [name, { ...labels }, value] as const);
}

describe("an exporter's text", () => {
  it("is its samples, without comments, whatever spaces, times and line ends it has", () => {
    expect(
      read(
        '# HELP a Words.\n# TYPE a gauge\r\na 1\na{} 2.5e+3\nb:c{gpu="0", UUID = "GPU-1",} -4 1700000000000\r\n\n# EOF\n',
      ),
    ).toEqual([
      ["a", {}, 1],
      ["a", {}, 2500],
      ["b:c", { gpu: "0", UUID: "GPU-1" }, -4],
    ]);
  });

  it("may say that a number is none, or endless, and OpenMetrics may add an example to it", () => {
    expect(read('a NaN\nb +Inf\nc -Inf\nd_total 3 # {trace_id="1"} 0.5 1700000000.5')).toEqual([
      ["a", {}, Number.NaN],
      ["b", {}, Infinity],
      ["c", {}, -Infinity],
      ["d_total", {}, 3],
    ]);
  });

  it("gives back any label's value as it was before it was escaped", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 60 }),
        fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
        (label, value) => {
          const escaped = label.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
          expect(read(`m{l="${escaped}"} ${value}`.replace("Infinity", "Inf"))).toEqual([["m", { l: label }, value]]);
        },
      ),
    );
  });

  it("holds only the names that were asked for", () => {
    const result = readExposition("a 1\nb 2", (name) => name === "b");
    expect(result).toMatchObject({ ok: true, value: [{ name: "b", value: 2 }] });
  });

  const many = `a{${Array.from({ length: 70 }, (_, index) => `l${index}="1"`).join(",")}} 1`;

  it.for([
    ["a name that is none", "a 1\n9a 1", 2, "metric's name"],
    ["a page of a proxy", "a 1\n<html>", 2, "metric's name"],
    ["no value", "a", 1, "no value"],
    ["a line of a list of metrics", "a_metric, gauge, Words.", 1, "no value"],
    ["a word for a value", "a one", 1, "no number"],
    ["a hexadecimal value", "a 0x10", 1, "no number"],
    ["a label without quotes", "a{b=c} 1", 1, 'name="value"'],
    ["an escape that there is not", 'a{b="c\\q"} 1', 1, 'name="value"'],
    ["labels that do not end", 'a{b="c" 1', 1, "do not end"],
    ["a label twice", 'a{b="1",b="2"} 1', 1, "the label b twice"],
    ["too many labels", many, 1, "more than 64 labels"],
    ["an endless line", `a{b="${"x".repeat(20_000)}"} 1`, 1, "more than 16384 characters"],
  ] as const)("is refused whole for %s", ([, text, line, detail]) => {
    const result = readExposition(text, all);
    assert(!result.ok, "it is refused");
    expect(result.error.line).toBe(line);
    expect(result.error.detail).toContain(detail);
  });

  it("of any bytes is read or refused, and never thrown at", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a{}"\\,= \n1.e+#'.split("")), maxLength: 80 }), (text) => {
        expect(typeof readExposition(text, all).ok).toBe("boolean");
      }),
    );
  });
});
