import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOpaqueNumber, parseExact } from "./exact-json.ts";

const digits = fc.string({ unit: fc.nat({ max: 9 }).map(String), minLength: 1, maxLength: 22 });
const whole = digits.map((text) => text.replace(/^0+(?=\d)/, ""));
const number = fc
  .tuple(
    fc.constantFrom("", "-"),
    whole,
    fc.option(digits),
    fc.option(fc.tuple(fc.constantFrom("e", "E", "e+", "e-"), digits)),
  )
  .map(([sign, integer, part, power]) => {
    const fraction = part === null ? "" : `.${part}`;
    return sign + integer + fraction + (power === null ? "" : power.join("").slice(0, 5));
  });
const space = fc.constantFrom("", "", " ", "\n", "\t", "\r\n");

/** What a document looks like around one number. */
const places: readonly ((number: string) => string)[] = [
  (one) => one,
  (one) => `[${one}]`,
  (one) => `["a",${one}]`,
  (one) => `{"a":${one},"b":1}`,
  (one) => `{"id":"chatcmpl-0f4e3210000000000000000","a":${one}}`,
];

describe("JSON whose numbers come out as they went in", () => {
  it("has each number that a double holds with sixteen digits or a large exponent as it was written", () => {
    const document = fc.tuple(number, fc.constantFrom(...places), space, space);
    fc.assert(
      fc.property(document, ([one, place, before, behind]) => {
        const text = place(before + one + behind);
        const said = JSON.stringify(parseExact(text));
        const mayBeInexact = /\d{16}|[eE][+-]?\d{3}/.test(one);
        const plain = JSON.stringify(JSON.parse(text));
        // Either the double says the same in its own way, or the text is kept.
        const kept = JSON.stringify(JSON.parse(place('"*"'))).replace('"*"', one);
        expect(mayBeInexact ? [kept, plain] : [plain]).toContain(said);
        if (mayBeInexact && !/^-?\d{1,15}$/.test(one) && String(Number(one)) !== one) expect(said).toBe(kept);
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads texts as they are, whatever digits they hold", () => {
    const text = fc.oneof(digits, number, fc.uuid(), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        const value = Object.fromEntries(pairs);
        expect(parseExact(JSON.stringify(value))).toEqual(value);
      }),
    );
  });

  it("marks the numbers that it has kept", () => {
    expect(isOpaqueNumber(parseExact("12345678901234567890"))).toBe(true);
    expect(isOpaqueNumber(parseExact("12"))).toBe(false);
  });
});
