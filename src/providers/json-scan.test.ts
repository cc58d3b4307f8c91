import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePaths } from "./json-paths.ts";
import { DEPTH_MAX, JsonScan } from "./json-scan.ts";

const paths = compilePaths(["model", "usage", "items", "items[].type", "config|settings.cap"], ["items[].text"]);

function scan(text: string | Buffer, size = Infinity, isStrict = true): JsonScan {
  const scanned = new JsonScan(paths, { isStrict });
  const body = Buffer.from(text);
  for (let at = 0; at < body.length; at += size) scanned.push(body.subarray(at, at + Math.min(size, body.length)));
  scanned.finish();
  return scanned;
}

describe("A JSON scan", () => {
  it("finds the same in any document however it is cut", () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 5 }),
        fc.json({ maxDepth: 3 }),
        fc.string({ unit: "binary" }),
        fc.integer({ min: 1, max: 9 }),
        (other, usage, model, size) => {
          const text = `{"x":${other},"usage" : ${usage},"model":${JSON.stringify(model)},"items":[{"type":"a","text":"é"}]}`;
          for (const scanned of [scan(text), scan(text, size)]) {
            expect(scanned.problem).toBeUndefined();
            expect(scanned.found.raw(paths.at.usage)).toBe(usage);
            expect(scanned.found.text(paths.at.model)).toBe(model);
            expect(scanned.found.count(paths.at.items)).toBe(1);
            expect(scanned.contentBytes).toBe(2);
          }
        },
      ),
    );
  });

  it("accepts what JSON.parse accepts, and nothing else, byte by byte", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'{}[]",:0123456789.eE+-tfn\\u rals'.split("")), { maxLength: 12 }),
        (letters) => {
          const text = `{"a":${letters.join("")}}`;
          expect(scan(text, 1).problem === undefined).toBe(isJson(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.for([
    ['{"model":"a","model":"b"}', "model"],
    ['{"Model":"a"}', "model"],
    ['{"mod\\u0065l":"a"}', "model"],
    ['{"uſage":1}', "usage"],
    ['{"config":{"cap":1,"CAP":2}}', "config.cap"],
    ['{"config":{},"settings":{}}', "config"],
    ['{"items":[{"type":"a"},{"type":"a","type":"b"}]}', "items[].type"],
  ] as const)("refuses %s, which two readers may read differently", ([text, field]) => {
    expect(scan(text).problem).toMatchObject({ type: "ambiguous_field", field });
    expect(scan(text, 1).problem).toMatchObject({ type: "ambiguous_field", field });
  });

  it("leaves keys alone that are controlled only elsewhere", () => {
    expect(scan('{"x":{"model":1,"model":2},"messages":[{"Model":1}]}').problem).toBeUndefined();
  });

  it("takes two spellings of a field for the same field", () => {
    expect(scan('{"settings":{"cap":7}}').found.raw(paths.at["config|settings.cap"])).toBe("7");
  });

  it("takes the last value where an answer repeats a key, as JSON.parse does", () => {
    expect(scan('{"model":"a","mod\\u0065l":"b"}', Infinity, false).found.text(paths.at.model)).toBe("b");
  });

  it("goes as deep as it says and no deeper", () => {
    expect(scan(nested(DEPTH_MAX)).problem).toBeUndefined();
    expect(scan(nested(DEPTH_MAX + 1)).problem).toMatchObject({ type: "too_deep" });
  });

  it("says at which byte a document breaks", () => {
    expect(scan('{"a":1,}').problem).toMatchObject({ type: "invalid_json", at: 7 });
    expect(scan('{"a":"\u0001"}', 1).problem).toMatchObject({ type: "invalid_json", at: 6 });
    expect(scan("[1]").problem).toMatchObject({ type: "invalid_json", at: 0 });
    expect(scan('{"a":').problem).toMatchObject({ type: "invalid_json", at: 5 });
  });

  it("does not keep a value that is too long to keep, whether it comes in one piece or in many", () => {
    for (const size of [1_000, Infinity]) {
      const long = scan(`{"usage":"${"x".repeat(200_000)}","model":"m"}`, size, false);
      expect(long.found.kind(paths.at.usage)).toBe("string");
      expect(long.found.raw(paths.at.usage)).toBeUndefined();
      expect(long.found.text(paths.at.model)).toBe("m");
    }
  });
});

function nested(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
