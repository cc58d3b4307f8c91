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

function details(name: "cost" | "usage", value: object): Attributes {
  return { [`langfuse.observation.${name}_details`]: JSON.stringify(value) };
}

async function stepOf(attributes: Attributes, isFailed = false) {
  const rig = await openRig({ book });
  await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes, isFailed })]);
  return [...rig.steps().values()][0];
}

describe("what holds steps together and states a cost", () => {
  const agent: Attributes = { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "broker" };

  it("is a step of that cost, beside those below it, whichever comes first", async () => {
    const spans = [
      spanOf({ id: "a", attributes: { ...agent, "tare.cost": "0.25" } }),
      spanOf({ id: "s", parent: "a", attributes: { "tare.kind": "tool", "tare.cost": "0.10" } }),
    ];
    for (const inOrder of [spans, spans.toReversed()]) {
      const rig = await openRig({ book });
      for (const span of inOrder) await rig.intake.takeSpans(sender, [span]);
      const steps = [...rig.steps().values()];
      expect(steps).toHaveLength(2);
      expect(steps.find(({ kind }) => kind === "custom")).toMatchObject({
        operation: "invoke_agent",
        cost: { type: "priced", nanos: 250_000_000n },
      });
      expect(steps.find(({ kind }) => kind === "tool")?.cost).toEqual({ type: "priced", nanos: 100_000_000n });
    }
  });

  it("is a group over 0 where it states none, or what is no amount", async () => {
    for (const attributes of [agent, { ...agent, "tare.cost": "much" }])
      expect(await stepOf(attributes)).toMatchObject({ kind: "custom", operation: "group", cost: { nanos: 0n } });
  });
});

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

describe("a model's step whose instrumentation reckoned a cost", () => {
  const langfuse = { "langfuse.observation.type": "generation", "langfuse.observation.model.name": "in-house" };

  it.for([
    ["without usage", { ...langfuse, ...details("cost", { total: 0.02 }) }, 20_000_000n],
    [
      "of a model that no list has, in parts",
      { ...langfuse, ...details("usage", { input: 9, output: 1 }), ...details("cost", { input: 0.01, output: 0.02 }) },
      30_000_000n,
    ],
    ["in the words of the conventions, without usage", { ...chat, "gen_ai.usage.cost": 0.5 }, 500_000_000n],
  ] as const)("costs that, as an estimate: %s", async ([, attributes, nanos]) => {
    expect((await stepOf(attributes))?.cost).toMatchObject({ type: "estimated", nanos });
  });

  it("costs what the list says where that has the model, and is unpriced where nothing can be read", async () => {
    expect((await stepOf({ ...counted, "gen_ai.usage.cost": 0.5 }))?.cost).toEqual({ type: "priced", nanos: 450_000n });
    expect((await stepOf({ ...langfuse, ...details("cost", { total: null, note: "dear" }) }))?.cost.type).toBe(
      "unpriced",
    );
  });

  it("is counted once where a call of the gateway or a span above it tells of the same answer", async () => {
    const attributes = { ...chat, "gen_ai.usage.cost": 0.5 };
    expect((await stepOf({ ...attributes, "tare.call": "call_1" }))?.cost).toEqual({ type: "priced", nanos: 0n });
    const rig = await openRig({ book });
    await rig.intake.takeSpans(sender, [
      spanOf({ id: "agent", attributes: { ...counted, "gen_ai.operation.name": "invoke_agent" } }),
      spanOf({ id: "m", parent: "agent", attributes }),
    ]);
    expect([...rig.steps().values()].map(({ cost }) => (cost.type === "unpriced" ? cost : cost.nanos))).toEqual([
      0n,
      500_000_000n,
    ]);
  });
});

function passedOn(model: string, metadata: object = {}): Attributes {
  return {
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.model.provider": "gateway",
    "ai.model.id": model,
    "ai.usage.inputTokens": 1000,
    "ai.usage.outputTokens": 100,
    "ai.response.providerMetadata": JSON.stringify({ gateway: metadata }),
  };
}

describe("a model's answer that somebody else passed on, who has no list", () => {
  it("is estimated at the list of the maker whose name stands before the model's", async () => {
    for (const model of ["openai/gpt-5-mini", "OpenAI/gpt-5-mini", "gpt-5-mini"])
      expect((await stepOf(passedOn(model, { cost: "0.7" })))?.cost).toEqual({
        type: "estimated",
        nanos: 450_000n,
        basis: "nobody said who sold it: list of openai",
      });
    expect((await stepOf(passedOn("anthropic/claude-sonnet-4")))?.cost).toMatchObject({ nanos: 4_500_000n });
  });

  it("is estimated at what they say it cost where no list has it, and unpriced where they say nothing", async () => {
    for (const [cost, nanos] of [
      ["0.0125", 12_500_000n],
      [0.0125, 12_500_000n],
    ] as const)
      expect((await stepOf(passedOn("nobody/in-house", { cost })))?.cost).toMatchObject({ type: "estimated", nanos });
    // With a key of one's own it is the maker who sends the bill.
    for (const cost of ["0", 0, "dear", undefined])
      expect((await stepOf(passedOn("nobody/in-house", { cost })))?.cost.type).toBe("unpriced");
    // Weights that anybody may serve, by the name of who published them.
    expect((await stepOf(passedOn("mistralai/mistral-large-latest")))?.cost.type).toBe("unpriced");
  });
});

describe("a model's step that failed", () => {
  const nothing = { type: "priced", nanos: 0n };

  it("costs nothing where it counted nothing, as a call of the gateway that failed", async () => {
    expect(await stepOf(chat, true)).toMatchObject({ state: "failed", cost: nothing });
    const told = { ...chat, "error.type": "RateLimitError" };
    expect(await stepOf(told)).toMatchObject({ state: "failed", error: "RateLimitError", cost: nothing });
    expect(await stepOf({ ...chat, "gen_ai.operation.name": "embeddings" }, true)).toMatchObject({ cost: nothing });
  });

  it("costs what it counted, and is unpriced where nobody says that it failed or it is no model's", async () => {
    expect((await stepOf(counted, true))?.cost).toEqual({ type: "priced", nanos: 450_000n });
    expect((await stepOf({ ...chat, "gen_ai.usage.cost": 0.5 }, true))?.cost).toMatchObject({ nanos: 500_000_000n });
    expect((await stepOf(chat))?.cost.type).toBe("unpriced");
    expect((await stepOf({ "gen_ai.operation.name": "execute_tool" }, true))?.cost.type).toBe("unpriced");
  });
});
