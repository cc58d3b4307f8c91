import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type PriceBook } from "#pricing";
import { bundledBook, filled, openRig, plain, sender, spanOf, TRACE } from "./intake-rig.ts";
import { type Span } from "./span.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

const chat = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-5-mini",
  "gen_ai.usage.input_tokens": 10,
};
const agent = { "gen_ai.operation.name": "invoke_agent" };

async function attributionOf(id: string, spans: readonly Span[]) {
  const rig = await openRig({ book });
  await rig.intake.takeSpans(sender, spans);
  return rig.steps().get(`support\nstep_${TRACE}/${filled(id)}`)?.attribution;
}

const middle = (said: object) =>
  spanOf({ id: "middle", parent: "root", attributes: { ...agent, "gen_ai.agent.name": "b", ...said } });
const leaf = (said: object) => spanOf({ id: "m", parent: "middle", attributes: { ...chat, ...said } });
const featureOf = async (spans: readonly Span[]) => (await attributionOf("m", spans))?.feature;

describe("whom a step is for", () => {
  it("is what was said at the top in our words, whatever agents below are called", async () => {
    for (const root of [agent, {}]) {
      const attribution = await attributionOf("m", [
        spanOf({ id: "root", attributes: { ...root, "tare.feature": "answers", "tare.tag.plan": "pro" } }),
        spanOf({ id: "agent", parent: "root", attributes: { ...agent, "gen_ai.agent.name": "researcher" } }),
        spanOf({ id: "m", parent: "agent", attributes: { ...chat, "gen_ai.agent.name": "writer" } }),
      ]);
      expect(attribution).toMatchObject({ feature: "answers", tags: { plan: "pro" } });
    }
  });

  it("is what the step says in our words, then the nearest above it, then its own dialect's name and those above it", async () => {
    const root = spanOf({ id: "root", attributes: { ...agent, "tare.feature": "answers", "gen_ai.agent.name": "a" } });
    const near = { "tare.feature": "search" };
    const named = { "gen_ai.agent.name": "c" };
    expect(await featureOf([root, middle(near), leaf({ "tare.feature": "own" })])).toBe("own");
    expect(await featureOf([root, middle(near), leaf(named)])).toBe("search");
    expect(await featureOf([middle({}), leaf(named)])).toBe("c");
    expect(await featureOf([middle({}), leaf({})])).toBe("b");
  });

  it("is what the program says of all its spans only where no span says anything", async () => {
    const resource = { "tare.customer": "everyone", "tare.feature": "service", "tare.interaction": "job" };
    const said = { "tare.customer": "acme", "tare.interaction": "ticket-7", "gen_ai.agent.name": "support" };
    const spans = [
      spanOf({ id: "root", attributes: { ...agent, ...said }, resource }),
      spanOf({ id: "m", parent: "root", attributes: chat, resource }),
    ];
    expect(await attributionOf("m", spans)).toMatchObject({
      customer: "acme",
      feature: "support",
      interaction: "ticket-7",
    });
    expect(await attributionOf("m", spans.slice(1))).toMatchObject({
      customer: "everyone",
      feature: "service",
      interaction: "job",
    });
  });

  it("does not depend on the order in which they come", async () => {
    const anySaid = fc.record(
      {
        "tare.feature": fc.constantFrom("answers", "search"),
        "gen_ai.agent.name": fc.constantFrom("researcher", "writer"),
        "tare.interaction": fc.constantFrom("one", "two"),
      },
      { requiredKeys: [] },
    );
    const anySpan = fc.record({ kind: fc.constantFrom(chat, agent, {}), said: anySaid, program: anySaid });
    await fc.assert(
      fc.asyncProperty(fc.array(anySpan, { minLength: 2, maxLength: 6 }), fc.nat(720), async (shapes, turn) => {
        const spans = shapes.map(({ kind, said, program }, index) =>
          spanOf({
            id: `s${index}`,
            ...(index === 0 ? {} : { parent: `s${index - 1}` }),
            attributes: { ...kind, ...said },
            resource: program,
          }),
        );
        const straight = await openRig({ book });
        await straight.intake.takeSpans(sender, spans);
        const mixed = await openRig({ book });
        const left = [...spans];
        while (left.length > 0) await mixed.intake.takeSpans(sender, left.splice(turn % left.length, 1));
        const booked = (rig: typeof straight) => [...rig.steps().values()].map(plain).toSorted();
        expect(booked(mixed)).toEqual(booked(straight));
      }),
      { numRuns: 150 },
    );
  });
});
