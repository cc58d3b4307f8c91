import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainEnd } from "./json-bytes.ts";

const plain = fc.oneof(
  fc.constant("a"),
  fc.constantFrom("é", "ß", "語", "𝄞"),
  fc.constantFrom(" ", "!", "#", "[", "]", "~"),
);
const odd = fc.oneof(fc.constantFrom('"', "\\"), fc.integer({ min: 0, max: 0x1f }).map(String.fromCodePoint));

describe("The end of what a string holds as it is", () => {
  it("is the first quote, backslash or control character, wherever it and the chunk stand in memory", () => {
    fc.assert(
      fc.property(
        fc.array(plain, { maxLength: 200 }),
        fc.array(fc.oneof({ weight: 9, arbitrary: plain }, odd), { maxLength: 60 }),
        fc.nat({ max: 9 }),
        fc.nat({ max: 9 }),
        (opening, rest, offset, from) => {
          const text = Buffer.from(opening.join("") + rest.join(""));
          const memory = Buffer.concat([Buffer.from('"'.repeat(offset)), text, Buffer.from('"""""""""')]);
          const chunk = memory.subarray(offset, offset + text.length);
          const end = chunk.findIndex((byte, at) => at >= from && (byte < 0x20 || byte === 0x22 || byte === 0x5c));
          expect(plainEnd(chunk, Math.min(from, chunk.length))).toBe(end < 0 ? chunk.length : end);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("is found by the same rule for each byte, far in", () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const isPlain = byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;
      for (let at = 90; at < 110; at += 1) {
        const chunk = Buffer.from("a".repeat(200));
        chunk[at] = byte;
        expect({ byte, end: plainEnd(chunk, 0) }).toEqual({ byte, end: isPlain ? 200 : at });
      }
    }
  });
});
