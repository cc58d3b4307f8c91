import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dialects } from "./dialects.ts";
import { RecentTexts } from "./recent-texts.ts";
import { isWanted, wantedNames } from "./wanted.ts";

const known = dialects.flatMap(({ kinds, counts, facts, tags }) => [
  ...kinds.map(({ key }) => key),
  ...Object.values(counts).flat(),
  ...Object.values(facts).flat(),
  ...tags.flatMap((beginning) => [beginning, `${beginning}plan`, `${beginning}ü`]),
]);
const anyName = fc.oneof(
  fc.constantFrom(...known),
  fc.string({ maxLength: 40, unit: "grapheme" }),
  fc.tuple(fc.constantFrom(...known), fc.nat(60), fc.string({ maxLength: 2 })).map(([name, at, letters]) => {
    const place = Math.min(at, name.length);
    return name.slice(0, place) + letters + name.slice(place + letters.length);
  }),
);

describe("a name of an attribute", () => {
  it("is wanted as bytes where it is wanted as text, whatever stands around it", () => {
    fc.assert(
      fc.property(anyName, fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), (name, before, after) => {
        const bytes = Buffer.from(`${before}${name}${after}`);
        const found = wantedNames.find(bytes, Buffer.byteLength(before), Buffer.byteLength(name));
        expect(found).toBe(isWanted(name) ? name : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("texts read lately", () => {
  it("are those that stand there, seen before or not", () => {
    const anyText = fc.oneof(
      fc.string({ maxLength: 80, unit: "grapheme" }),
      fc.constantFrom("", "chat", "tahc", "chat "),
    );
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 60 }), (texts) => {
        const bytes = Buffer.from(texts.join(""));
        const read = new RecentTexts();
        let at = 0;
        for (const text of texts) {
          const length = Buffer.byteLength(text);
          expect(read.read(bytes, at, length)).toBe(bytes.toString("utf8", at, at + length));
          at += length;
        }
      }),
    );
  });
});
