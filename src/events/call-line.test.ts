/** Every place of both lists of a line is tried with what must not stand there; the lists below say what may. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEvent, encodeEvent } from "#events";
import { money } from "#units";
import { type CallLine } from "./call-line.ts";
import { dispatched, recalled, settled } from "./event-examples.ts";
import { anyCallLine, anyDispatched, anyText } from "./event.arbitrary.ts";
import { isList, lengthsOf, type List, longer, type Place, shorterLists, wrongLists } from "./tried-places.ts";

const BEHIND = "\u001f";
const texts = (count: number): Place[] => Array.from({ length: count }, () => "text");

const ofCall = ["at", "id", "id", "count", "text", "text?", "text?", "text?", "texts", "claimed"] as const;
const ofAsk = ["text", "text?", "text", "text"] as const;
const ofForm = ["word", "word", "flag", "text?"] as const;

const ownOfDispatched: readonly Place[] = [...ofCall, "money", "count?", "text?", "id?"];
const termsOfDispatched: readonly Place[] = [
  ...(["type", "word", "word", ...texts(4), ...ofAsk, ...ofForm] as const),
  ...([{ maybe: texts(2) }, "word"] as const),
];
const ownOfRecalled: readonly Place[] = [...ofCall, "money?", "number"];
const termsOfRecalled: readonly Place[] = ["type", "word", ...texts(4), ...ofAsk, "text?", ...ofForm, "flag?"];

const ownOfSettled = (cost: Place): readonly Place[] => [
  ...(["at", "id", "text?", cost, { again: ["count"] }, { again: ["count", "money"] }, "money", "text?"] as const),
  ...(["number", "number?", "number?", "number?"] as const),
];
const termsOfSettled: readonly Place[] = [
  ...(["type", "word", "word", "count?", "text?", "text?", "text?", "flag", "flag"] as const),
  ...([{ again: ["word"] }, { again: ["word", "text", "text"] }] as const),
];

const { attribution: whose } = dispatched("1");
const full = { route: "smart", region: "eu", why: "first", parent: "step_1" } as const;
const said = {
  ...whose,
  customer: "c",
  user: "u",
  session: "s",
  tags: { plan: "free" },
  claimed: { user: "u" },
};
const failure = { error: "upstream_reset", reported: '{"größe":1}' };
const lines: readonly (readonly [string, CallLine, readonly Place[], readonly Place[]])[] = [
  ["a dispatch", dispatched("1", { ...full, attribution: said }), ownOfDispatched, termsOfDispatched],
  [
    "a dispatch that nothing bounds",
    dispatched("1", { bound: { type: "unknown", reason: "no price", tokens: 5 } }),
    ownOfDispatched.with(10, "text"),
    termsOfDispatched,
  ],
  ["a settlement", settled("1", failure), ownOfSettled("money"), termsOfSettled],
  [
    "a settlement with an estimate",
    settled("1", { ...failure, cost: { type: "estimated", nanos: money(5n), basis: "tokens" } }),
    ownOfSettled(["word", "money", "text"]),
    termsOfSettled,
  ],
  [
    "a settlement without a price",
    settled("1", { ...failure, cost: { type: "unpriced", reason: "no row" } }),
    ownOfSettled(["word", "text"]),
    termsOfSettled,
  ],
  [
    "a kept answer",
    recalled("1", { route: "smart", region: "eu", isPart: true, attribution: said }),
    ownOfRecalled,
    termsOfRecalled,
  ],
];

describe.for(lines)("%s, as two lists,", ([, event, ownPlaces, termsPlaces]) => {
  const [own, terms] = listsOf(encodeEvent(event));

  it("has just the places that are tried here", () => {
    expect(lengthsOf(own, ownPlaces)).toEqual(lengthsOf(ownPlaces, ownPlaces));
    expect(lengthsOf(terms, termsPlaces)).toEqual(lengthsOf(termsPlaces, termsPlaces));
    expect(decodeEvent(lineOf(own, terms))).toEqual({ ok: true, value: event });
  });

  it("is refused when any value is of another kind, or none", () => {
    const tried = [
      ...[...wrongLists(own, ownPlaces)].map((wrong) => lineOf(wrong, terms)),
      ...[...wrongLists(terms, termsPlaces)].map((wrong) => lineOf(own, wrong)),
    ];
    expect(tried.length).toBeGreaterThan(4 * (ownPlaces.length + termsPlaces.length));
    for (const line of tried) isRefused(line);
  });

  it("is refused when it ends before any of its places, and so is each list in it", () => {
    for (const short of shorterLists(own, ownPlaces)) isRefused(lineOf(short, terms));
    for (const short of shorterLists(terms, termsPlaces)) isRefused(lineOf(own, short));
  });

  it("is refused when its terms are missing, or of another line", () => {
    isRefused(JSON.stringify(own));
    isRefused(`${JSON.stringify(own)}${BEHIND}`);
    for (const [, other] of lines)
      if (other.type !== event.type) isRefused(lineOf(own, listsOf(encodeEvent(other))[1]));
  });

  it("is read when its lists have values more, as a newer version may write them", () => {
    const more = lineOf(longer(own, ownPlaces), longer(terms, termsPlaces));
    expect(decodeEvent(more)).toEqual({ ok: true, value: event });
  });
});

describe("what a settlement counted", () => {
  const [own, terms] = listsOf(encodeEvent(settled("1")));
  const [ownWithout, termsWithout] = listsOf(encodeEvent(settled("1", { usage: undefined, components: [] })));

  it.for([
    ["a count more than classes", lineOf(own.with(4, [100, 20, 3]), terms)],
    ["a class more than counts", lineOf(own, terms.with(9, ["input_uncached", "output_text", "cache_read"]))],
    ["counts without classes", lineOf(ownWithout.with(4, []), termsWithout)],
    ["classes without counts", lineOf(own.with(4, null), terms)],
    ["an amount more than priced rows", lineOf(own.with(5, [100, "200", 20, "800", 1, "1"]), terms)],
    ["a quantity without its amount", lineOf(own.with(5, [100, "200", 20]), terms)],
    ["a priced row that is cut", lineOf(own, terms.with(10, ["input_uncached", "2", "row", "output_text"]))],
  ] as const)("is refused with %s", ([, line]) => isRefused(line));
});

it("a line of a type that a newer version made is refused by its name", () => {
  const error = { type: "unknown-event", name: "attempt-dreamt" };
  expect(decodeEvent(`[1]${BEHIND}["attempt-dreamt"]`)).toEqual({ ok: false, error });
});

const usage = { input_uncached: 100, output_text: 20 };
const { components } = settled("1");
const filled = {
  dispatch: dispatched("1", { route: "smart", region: "eu-west" }),
  settlement: settled("1", { usage, error: "upstream_reset" }),
  recall: recalled("1", { route: "smart", region: "eu-west", isPart: true }),
};

/** Each of the terms with another value; texts are as long as before and end alike, as those do that have one place. */
const changes: readonly (readonly [string, CallLine, CallLine])[] = [
  ...["tenant", "feature", "team", "environment"].flatMap((name) => {
    const attribution = otherOf(whose, name);
    const { dispatch, recall } = filled;
    return [
      [name, dispatch, { ...dispatch, attribution }],
      [name, recall, { ...recall, attribution }],
    ] as const;
  }),
  ...["kind", "purpose", "key", "route", "provider", "model", "format", "operation", "stream", "region"].map(
    (name) => [name, filled.dispatch, otherOf(filled.dispatch, name)] as const,
  ),
  ...[undefined, { book: "xook-1", sku: "openai/gpt-5-mini" }, { book: "book-1", sku: "xpenai/gpt-5-mini" }].map(
    (prices) => ["prices", filled.dispatch, { ...filled.dispatch, prices }] as const,
  ),
  ["bound", filled.dispatch, { ...filled.dispatch, bound: { type: "ceiling", nanos: money(5_000n) } }],
  ["bound", filled.dispatch, { ...filled.dispatch, bound: { type: "unknown", reason: "5000" } }],
  ...["state", "delivered", "status", "error", "servedModel", "tier", "isStored", "callEnd"].map(
    (name) => [name, filled.settlement, otherOf(filled.settlement, name)] as const,
  ),
  ...[
    undefined,
    {},
    { input_uncached: 100 },
    { input_uncached: 100, cache_read: 20 },
    { output_text: 20, input_uncached: 100 },
    { ...usage, cache_read: 3 },
  ].map((other) => ["usage", filled.settlement, { ...filled.settlement, usage: other }] as const),
  ...[
    components.slice(0, 1),
    components.toReversed(),
    components.map((one) => ({ ...one, class: "cache_read" as const })),
    ...["rate", "row"].map((name) => components.map((one) => otherOf(one, name))),
  ].map((other) => ["components", filled.settlement, { ...filled.settlement, components: other }] as const),
  ...[
    "how",
    "key",
    "route",
    "provider",
    "model",
    "servedModel",
    "format",
    "operation",
    "stream",
    "region",
    "isPart",
  ].map((name) => [name, filled.recall, otherOf(filled.recall, name)] as const),
];

function otherOf<Whole extends object>(whole: Whole, name: string): Whole {
  const words: Readonly<Record<string, unknown>> = {
    kind: "embedding",
    purpose: "retry",
    format: "anthropic",
    operation: "response",
    state: "cut",
    delivered: "none",
    status: 200 + 256,
    how: "static",
    isStored: true,
    callEnd: false,
    stream: true,
    isPart: false,
  };
  const value: unknown = Object.entries(whole).find(([field]) => field === name)?.[1];
  return { ...whole, [name]: words[name] ?? (typeof value === "string" ? `x${value.slice(1)}` : undefined) };
}

describe("terms that were written before", () => {
  it.for(changes)("are not said of an event with another %s (%#)", ([, one, another]) => {
    expect(encodeEvent(one)).not.toEqual(encodeEvent(another));
    for (let round = 0; round < 40; round += 1)
      for (const event of [one, one, another, another]) {
        const line = encodeEvent(event);
        expect(decodeEvent(line)).toEqual({ ok: true, value: event });
        expect(line).toBe(encodeEvent(event));
      }
  });

  it("are not said of any other event", () => {
    fc.assert(
      fc.property(fc.array(anyCallLine, { minLength: 50, maxLength: 200 }), (events) => {
        for (const event of [...events, ...events])
          expect(decodeEvent(encodeEvent(event))).toEqual({ ok: true, value: event });
      }),
      { numRuns: 30 },
    );
  });

  it("are refused each time when they are wrong", () => {
    const [own, terms] = listsOf(encodeEvent(dispatched("1")));
    for (let round = 0; round < 50; round += 1)
      expect(decodeEvent(lineOf(own, terms.with(1, "nobody-knows")))).toEqual({
        ok: false,
        error: { type: "bad-event", field: "kind" },
      });
  });
});

describe("what somebody sent", () => {
  const anyWhose = fc.record({
    tenant: anyText,
    interaction: anyText,
    feature: anyText,
    team: anyText,
    customer: anyText,
    user: anyText,
    environment: anyText,
    session: anyText,
    tags: fc.dictionary(fc.oneof(anyText, fc.constant("__proto__")), anyText, { maxKeys: 3 }),
    claimed: fc.record({ user: anyText, team: anyText }, { requiredKeys: [] }),
  });
  const ofTexts = { attribution: anyWhose, route: anyText, model: anyText, why: anyText, region: anyText };

  it("stays in its place, whatever it is", () => {
    fc.assert(
      fc.property(anyDispatched, fc.record(ofTexts), fc.integer({ min: 1, max: 40 }), (event, sent, times) => {
        const whole = { ...event, ...sent };
        const text = encodeEvent(whole);
        expect(text.split(BEHIND)).toHaveLength(2);
        expect(text).not.toMatch(/[\t\n\r]/);
        // Through the bytes of a file, and as often as it takes to be remembered.
        for (let round = 0; round < times; round += 1)
          expect(decodeEvent(Buffer.from(encodeEvent(whole), "utf8").toString("utf8"))).toEqual({
            ok: true,
            value: whole,
          });
      }),
    );
  });

  it("stays in its place when it is what lines are made of", () => {
    const odd = [BEHIND, '"', "\\", '\\"', '"]', `"]${BEHIND}["attempt-settled"`, "\ud800", "(none)", "null", ""];
    for (const text of odd) {
      const attribution = { ...whose, feature: text, customer: text, tags: { [text]: text }, claimed: { user: text } };
      for (const event of [
        dispatched("1", { attribution, model: text, why: text, bound: { type: "unknown", reason: text } }),
        settled("1", { servedModel: text, upstreamId: text, error: text, reported: text }),
        settled("1", { cost: { type: "unpriced", reason: text }, tier: text }),
        recalled("1", { attribution, servedModel: text, route: text }),
      ])
        for (let round = 0; round < 40; round += 1)
          expect(decodeEvent(encodeEvent(event)), JSON.stringify(text)).toEqual({ ok: true, value: event });
    }
  });
});

function isRefused(line: string): void {
  expect(decodeEvent(line), line).toMatchObject({ ok: false });
}

/** Its own list and its terms. */
function listsOf(line: string): readonly [List, List] {
  const [own, terms] = line.split(BEHIND).map((list): unknown => JSON.parse(list));
  if (!isList(own) || !isList(terms)) throw new Error(`no two lists: ${line}`);
  return [own, terms];
}

function lineOf(own: unknown, terms: unknown): string {
  return `${JSON.stringify(own)}${BEHIND}${JSON.stringify(terms)}`;
}
