/** Every place of every list is tried with what must not stand there; the lists below say what may. */
import { describe, expect, it } from "vitest";
import { decodeEvent } from "#events";
import { money } from "#units";
import { type CallLine } from "./call-line.ts";
import { encodeCallList } from "./encode-call-list.ts";
import { dispatched, recalled, settled } from "./event-examples.ts";
import { lengthsOf, type List, longer, type Place, shorterLists, wrongLists } from "./tried-places.ts";

const texts = (count: number): Place[] => Array.from({ length: count }, () => "text");

const attribution = [...texts(8), "texts", "claimed"] as const;
const component = ["word", "count", "text", "money", "text"] as const;
const ofDispatched: readonly Place[] = [
  ...([
    "type",
    "at",
    "id",
    "id",
    "count",
    "word",
    "word",
    attribution,
    "text",
    "text?",
    "text",
    "text",
    "word",
  ] as const),
  ...(["word", "flag", "text?", { maybe: texts(2) }, ["word", "money", "count?"], "text?", "id?"] as const),
];
const settledWith = (cost: Place): readonly Place[] => [
  ...(["type", "id", "at", "word", "word", "count?", "text?", "text?", "text?", "text?", "flag", "usage"] as const),
  ...(["text?", cost, { rows: component }, "money", "flag", "number", "number?", "number?", "number?"] as const),
];
const ofRecalled: readonly Place[] = [
  ...(["type", "at", "id", "id", "count", "word", attribution, "text", "text?", "text", "text", "text?"] as const),
  ...(["word", "word", "flag", "text?", "money?", "flag?", "number"] as const),
];

const { attribution: whose } = dispatched("1");
const full = { route: "smart", region: "eu", why: "first", parent: "step_1" } as const;
const said = { ...whose, tags: { plan: "free" }, claimed: { user: "u" } };
const failure = { error: "upstream_reset", reported: '{"größe":1}' };
const lines: readonly (readonly [string, CallLine, readonly Place[]])[] = [
  ["a dispatch", dispatched("1", { ...full, attribution: said }), ofDispatched],
  [
    "a dispatch that nothing bounds",
    dispatched("1", { bound: { type: "unknown", reason: "no price", tokens: 5 } }),
    ofDispatched.with(17, ["word", "text", "count?"]),
  ],
  ["a settlement", settled("1", failure), settledWith("money")],
  [
    "a settlement with an estimate",
    settled("1", { ...failure, cost: { type: "estimated", nanos: money(5n), basis: "tokens" } }),
    settledWith(["word", "money", "text"]),
  ],
  [
    "a settlement without a price",
    settled("1", { ...failure, cost: { type: "unpriced", reason: "no row" } }),
    settledWith(["word", "text"]),
  ],
  ["a kept answer", recalled("1", { route: "smart", region: "eu", isPart: true, attribution: said }), ofRecalled],
];

describe.for(lines)("%s, as one list,", ([, event, places]) => {
  const list: List = JSON.parse(encodeCallList(event));

  it("has just the places that are tried here", () => {
    expect(lengthsOf(list, places)).toEqual(lengthsOf(places, places));
    expect(decodeEvent(JSON.stringify(list))).toEqual({ ok: true, value: event });
  });

  it("is refused when any value is of another kind, or none", () => {
    const tried = [...wrongLists(list, places)];
    expect(tried.length).toBeGreaterThan(4 * places.length);
    for (const wrong of tried)
      expect(decodeEvent(JSON.stringify(wrong)), JSON.stringify(wrong)).toMatchObject({ ok: false });
  });

  it("is refused when it ends before any of its places, and so is each list in it", () => {
    for (const short of shorterLists(list, places))
      expect(decodeEvent(JSON.stringify(short)), JSON.stringify(short)).toMatchObject({ ok: false });
  });

  it("is read when it and every list in it have values more, as a newer version may write them", () => {
    expect(decodeEvent(JSON.stringify(longer(list, places)))).toEqual({ ok: true, value: event });
  });
});
