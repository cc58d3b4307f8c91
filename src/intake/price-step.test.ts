import { beforeAll, describe, expect, it } from "vitest";
import { NewStep } from "#contract";
import { type PriceBook } from "#pricing";
import { bundledBook, NOW, openRig, sender, spanOf, type SpanShape } from "./intake-rig.ts";
import { takePostedSteps } from "./posted.ts";
import { StepRatesSection } from "./step-rates.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

type Attributes = NonNullable<SpanShape["attributes"]>;

const chat: Attributes = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-5-mini",
};
const counted: Attributes = { ...chat, "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100 };
const rates = StepRatesSection.parse([{ kind: "model", per: "call", rate: "0.001 USD", source: "a surcharge" }]);

describe("a model's step whose cost is stated", () => {
  it("costs that, and neither the list's price nor a rate beside it; its usage is counted", async () => {
    const rig = await openRig({ book, rates });
    await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes: { ...counted, "tare.cost": "0.25 USD" } })]);
    const posted = {
      id: "p",
      interaction: "i",
      kind: "model",
      name: "chat",
      provider: "openai",
      model: "gpt-5-mini",
      usage: { input_uncached: 1000, output_text: 100 },
      cost: "0.25",
    };
    expect((await takePostedSteps(rig.intake, [NewStep.parse(posted)], { sender, now: NOW })).ok).toBe(true);
    expect([...rig.steps().values()]).toHaveLength(2);
    for (const step of rig.steps().values())
      expect(step).toMatchObject({
        cost: { type: "priced", nanos: 250_000_000n },
        components: [{ class: "step_calls", nanos: 250_000_000n }],
        usage: { input_uncached: 1000, output_text: 100 },
      });
  });

  it("costs nothing where a call of the gateway is what it measured, whichever comes first", async () => {
    const call = {
      tenant: "support",
      call: "call_1",
      interaction: "i",
      parent: undefined,
      upstreamId: "chatcmpl-1",
      isEmbedding: false,
    };
    const attributes = { ...counted, "tare.cost": "0.25", "gen_ai.response.id": "chatcmpl-1" };
    for (const order of ["span first", "call first"]) {
      const rig = await openRig({ book });
      if (order === "call first") await rig.load([call]);
      await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes })]);
      if (order === "span first") await rig.load([call]);
      expect([...rig.steps().values()]).toMatchObject([{ usage: undefined, cost: { type: "priced", nanos: 0n } }]);
    }
  });
});
