import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Address,
  carry,
  filterNames,
  onFirstPage,
  parseSearch,
  readAddress,
  stringifySearch,
  withFilter,
  writeAddress,
} from "./address.ts";
import { presets } from "./time-range.ts";

const nothing: Address = { range: undefined, isCompared: true, filters: {}, page: {} };
const read = (text: string) => readAddress(parseSearch(text));
const write = (address: Address) => stringifySearch(writeAddress(address));

const values = fc.uniqueArray(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1, maxLength: 3 });
const tagNames = fc
  .string({ minLength: 1, maxLength: 64 })
  .filter((name) => !/[\p{Cc},]/u.test(name))
  .map((name) => `tag.${name}` as const);
const instants = fc.integer({ min: 0, max: 4_000_000_000_000 });
const addresses: fc.Arbitrary<Address> = fc.record({
  range: fc.oneof(
    fc.constant(undefined),
    fc.constantFrom("15m", "1h", "24h", "12mo" as const).map((preset) => ({ type: "last", preset }) as const),
    fc
      .tuple(instants, instants)
      .filter(([a, b]) => a < b)
      .map(([from, to]) => ({ type: "between", from, to }) as const),
  ),
  isCompared: fc.boolean(),
  filters: fc
    .tuple(
      fc.record({ feature: values, team: values, model: values }, { requiredKeys: [] }),
      fc.dictionary(tagNames, values, { maxKeys: 3 }),
    )
    .map(([named, tagged]) => ({ ...named, ...tagged })),
  page: fc.record(
    { state: fc.constantFrom("failed", "problems"), search: fc.string({ minLength: 1 }) },
    { requiredKeys: [] },
  ),
});

describe("the address of a page", () => {
  it("comes back from its URL as it was", () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(read(write(address))).toEqual(address);
      }),
    );
  });

  it("is empty where everything is as usual", () => {
    expect(write(nothing)).toBe("");
    expect(read("")).toEqual(nothing);
  });

  it("can be read and written by people", () => {
    expect(write({ ...nothing, range: { type: "last", preset: "7d" }, filters: { team: ["support", "legal"] } })).toBe(
      "?range=7d&team=support&team=legal",
    );
  });

  it("has tags beside dimensions, by their names, and none that the API would not take", () => {
    const asked = read("tag.plan=gold&team=a&tag.plan=pro&tag.b=%3D&tag.=x&tag.a,b=x&tag=x");
    expect(asked.filters).toEqual({ team: ["a"], "tag.plan": ["gold", "pro"], "tag.b": ["="] });
    expect(filterNames(asked.filters)).toEqual(["team", "tag.b", "tag.plan"]);
    expect(write(asked)).toBe("?team=a&tag.b=%3D&tag.plan=gold&tag.plan=pro");
    expect(write(withFilter(asked, "tag.plan", []))).toBe("?team=a&tag.b=%3D");
  });

  it("ignores ranges that are none", () => {
    for (const text of ["range=9y", "from=2026-01-02&to=2026-01-01", "from=yesterday&to=today", "from=2026-01-01"])
      expect(read(text).range).toBeUndefined();
  });

  it("takes range and filters along to another page, but not what belongs to this one", () => {
    const calls = read("range=7d&team=support&state=failed&cursor=abc");
    expect(write(carry(calls))).toBe("?range=7d&team=support");
    expect(write(withFilter(calls, "team", []))).toBe("?range=7d");
    expect(write(withFilter(calls, "model", ["gpt-5"]))).toBe("?range=7d&team=support&model=gpt-5");
  });

  it("keeps what the page shows when only its filters change, from the first row", () => {
    const calls = read("range=7d&team=support&state=failed&view=table&cursor=abc");
    expect(write(onFirstPage({ ...calls, filters: {} }))).toBe("?range=7d&state=failed&view=table");
  });

  it("has a name for every preset", () => {
    for (const preset of Object.keys(presets)) expect(read(`range=${preset}`).range).toEqual({ type: "last", preset });
  });
});
