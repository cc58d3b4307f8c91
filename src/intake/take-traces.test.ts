import { beforeAll, describe, expect, it } from "vitest";
import { type PriceBook } from "#pricing";
import { bundledBook, openRig, sender, TRACE } from "./intake-rig.ts";
import { takeTraces } from "./take-traces.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

const SPAN = "00000000000000aa";

async function answerTo(...told: readonly Readonly<Record<string, object>>[]) {
  const { intake, outcomes } = await openRig({ book });
  const spans = told.map((attributes, index) => ({
    traceId: TRACE,
    spanId: index === 0 ? SPAN : SPAN.replace("aa", "bb"),
    name: "work",
    attributes: Object.entries({ "tare.outcome": { stringValue: "resolved" }, ...attributes }).map(([key, value]) => ({
      key,
      value,
    })),
  }));
  const bytes = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  const reply = await takeTraces(intake, sender, { bytes, mediaType: "application/json", encoding: undefined });
  return { status: reply.status, said: JSON.parse(reply.body.toString()), outcomes: [...outcomes().values()] };
}

describe("an amount in a span that is none", () => {
  it.for([
    ["tare.outcome.value", { stringValue: "two dollars" }],
    ["tare.outcome.value", { doubleValue: -1 }],
    ["tare.outcome.value", { stringValue: "10000000000" }],
    ["tare.outcome.value", { boolValue: true }],
    ["tare.cost", { stringValue: "free" }],
  ] as const)("is told to whoever sent it, and the rest of the span stands: %s %o", async ([name, value]) => {
    const { status, said, outcomes } = await answerTo({ [name]: value }, {});
    expect(status).toBe(200);
    expect(said).toEqual({
      partialSuccess: {
        rejectedSpans: "0",
        errorMessage: `1 left out that are no amount of at most 9.2 billion, such as "2.50": the first is ${name} of span ${SPAN} in trace ${TRACE}`,
      },
    });
    expect(outcomes).toMatchObject([{ name: "resolved", value: undefined }, { name: "resolved" }]);
  });

  it("is nothing to tell of where all can be read", async () => {
    const { said, outcomes } = await answerTo({ "tare.outcome.value": { stringValue: "2.50 USD" } });
    expect(said).toEqual({});
    expect(outcomes).toMatchObject([{ value: 2_500_000_000n }]);
  });
});
