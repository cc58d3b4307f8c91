import { expect, it } from "vitest";
import { KnownTerms } from "./known-terms.ts";
import { LastTerms, markOf } from "./last-terms.ts";

/** More than enough for one to be kept. */
const OFTEN = 100;

it("a text that comes often is read no more", () => {
  let read = 0;
  const known = new KnownTerms((text) => ({ text, read: (read += 1) }));
  for (let round = 0; round < OFTEN; round += 1) expect(known.of("[1]").text).toBe("[1]");
  const before = read;
  for (let round = 0; round < OFTEN; round += 1) expect(known.of(["[1", "]"].join("")).text).toBe("[1]");
  expect(read).toBe(before);
  expect(before).toBeLessThan(OFTEN / 2);
});

it("what is known of texts stays bounded, and is right, however many there are", () => {
  const known = new KnownTerms((text) => text.toUpperCase());
  for (let index = 0; index < 50_000; index += 1) {
    const text = `["terms-${index % 20_000}"]`;
    expect(known.of(text)).toBe(text.toUpperCase());
    if (known.size > 1024) expect.unreachable();
  }
  expect(known.size).toBeGreaterThan(0);
});

it("texts that come in turn, a few or many, are each known by what was read of it", () => {
  for (const many of [2, 4, 5, 40]) {
    const known = new KnownTerms((text) => ({ text }));
    for (let index = 0; index < 5000; index += 1) expect(known.of(`[${index % many}]`).text).toBe(`[${index % many}]`);
    expect(known.size).toBe(many);
  }
});

it("a long text is read each time", () => {
  const known = new KnownTerms((text) => text.length);
  const long = "x".repeat(5000);
  for (let round = 0; round < OFTEN; round += 1) expect(known.of(long)).toBe(5000);
  expect(known.size).toBe(0);
});

it("a text that cannot be read is not remembered", () => {
  let tries = 0;
  const known = new KnownTerms((text) => {
    tries += 1;
    throw new Error(text);
  });
  for (let round = 0; round < OFTEN; round += 1) expect(() => known.of("wrong")).toThrow("wrong");
  expect(tries).toBe(OFTEN);
  expect(known.size).toBe(0);
});

function lastOf(mark: (event: string) => number) {
  const count = { written: 0, read: 0 };
  const last = new LastTerms<string, string>({
    mark,
    isSame: (event, terms) => event === terms,
    write: (event) => {
      count.written += 1;
      return JSON.stringify(event);
    },
    read: (text) => {
      count.read += 1;
      return JSON.parse(text);
    },
  });
  return { last, count };
}

it("terms that come often are written no more", () => {
  const { last, count } = lastOf(markOf);
  for (let round = 0; round < OFTEN; round += 1) expect(last.textOf("terms")).toBe('"terms"');
  const before = count.written;
  for (let round = 0; round < OFTEN; round += 1) expect(last.textOf("terms")).toBe('"terms"');
  expect(count.written).toBe(before);
});

it("terms whose events have one place are never taken for each other", () => {
  const { last } = lastOf(() => 7);
  for (let index = 0; index < 10_000; index += 1) expect(last.textOf(`${index % 3}`)).toBe(`"${index % 3}"`);
});

it("of many terms that are never the same, few are read back to be kept, and of long ones none", () => {
  const { last, count } = lastOf(markOf);
  for (let index = 0; index < 10_000; index += 1) last.textOf(`terms-${index}`);
  expect(count.read).toBeLessThan(1000);
  const before = count.read;
  for (let index = 0; index < OFTEN; index += 1) last.textOf("x".repeat(5000));
  expect(count.read).toBe(before);
});

it("any text has a mark that is a whole number", () => {
  for (const text of ["", "a", "ab", "answers", "\u{ffff}".repeat(9)]) expect(markOf(text) >= 0).toBe(true);
});
