import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type JournalEvent } from "#events";
import { type PriceBook } from "#pricing";
import { instant, money } from "#units";
import { bundledBook, filled, NOW, openRig, plain, sender, spanOf, stepsOf, TRACE } from "./intake-rig.ts";
import { type SeenCall } from "./ledger-port.ts";
import { type Span } from "./span.ts";
import { StepRatesSection } from "./step-rates.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

const usage = (input: number, output: number) => ({
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-5-mini",
  "gen_ai.usage.input_tokens": input,
  "gen_ai.usage.output_tokens": output,
});

const anyAttributes = fc.oneof(
  fc.tuple(fc.nat(2000), fc.nat(500)).map(([input, output]) => usage(input, output)),
  fc.tuple(fc.nat(2000), fc.nat(500)).map(([input, output]) => ({
    ...usage(input, output),
    "gen_ai.operation.name": "invoke_agent",
  })),
  fc.constantFrom(
    { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund" },
    { "openinference.span.kind": "GUARDRAIL" },
    {
      "openinference.span.kind": "EMBEDDING",
      "embedding.model_name": "text-embedding-3-small",
      "llm.token_count.prompt": 9,
    },
    {},
  ),
);

const saying = fc.record(
  {
    "tare.feature": fc.constantFrom("answers", "search"),
    "user.id": fc.constantFrom("u1", "u2"),
    "tare.interaction": fc.constantFrom("one", "two"),
  },
  { requiredKeys: [] },
);

/** Trees of up to twelve spans in two traces, whose parents may be missing. */
const anySpans: fc.Arbitrary<Span[]> = fc
  .array(
    fc.record({
      parent: fc.nat(14),
      attributes: anyAttributes,
      saying,
      trace: fc.constantFrom(TRACE, TRACE.replaceAll("0", "1")),
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((shapes) =>
    shapes.map(({ parent, trace, ...shape }, index) =>
      spanOf({
        id: `s${index}`,
        // Parents come earlier in the list, so that there is no ring; where there is none, it never comes.
        ...(parent === 0 ? {} : { parent: parent <= index ? `s${parent - 1}` : "gone" }),
        trace,
        attributes: { ...shape.attributes, ...shape.saying },
      }),
    ),
  );

function summary(written: readonly JournalEvent[]) {
  return [...stepsOf(written).values()].map(plain).toSorted();
}

function nanos(written: readonly JournalEvent[]): bigint {
  return [...stepsOf(written).values()].reduce(
    (sum, { cost }) => sum + (cost.type === "unpriced" ? 0n : cost.nanos),
    0n,
  );
}

function seen(differing: Partial<SeenCall>): SeenCall {
  return {
    tenant: "support",
    call: "call_1",
    interaction: TRACE,
    parent: undefined,
    upstreamId: undefined,
    isEmbedding: false,
    ...differing,
  };
}

describe("what is booked of spans", () => {
  it("does not depend on their order, their batches, or how often they come", async () => {
    await fc.assert(
      fc.asyncProperty(anySpans, fc.infiniteStream(fc.nat(1000)), async (spans, chance) => {
        const next = () => chance.next().value ?? 0;
        const straight = await openRig({ book });
        await straight.intake.takeSpans(sender, spans);
        const mixed = await openRig({ book });
        const twice = [...spans, ...spans.filter(() => next() % 3 === 0)]
          .map((span) => ({ span, place: next() }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ span }) => span);
        while (twice.length > 0) await mixed.intake.takeSpans(sender, twice.splice(0, 1 + (next() % 4)));
        expect(summary(mixed.written)).toEqual(summary(straight.written));
      }),
      { numRuns: 300 },
    );
  });

  it("stays the same when all that was booked is forgotten in between and asked of the ledger", async () => {
    await fc.assert(
      fc.asyncProperty(anySpans, fc.nat(12), async (spans, cut) => {
        const straight = await openRig({ book });
        await straight.intake.takeSpans(sender, spans);
        const first = await openRig({ book });
        await first.intake.takeSpans(sender, spans.slice(0, cut));
        const second = await openRig({ book, written: first.written });
        const taken = await second.intake.takeSpans(sender, spans);
        expect(taken.ok).toBe(true);
        expect(nanos(second.written)).toBe(nanos(straight.written));
        expect(stepsOf(second.written).size).toBe(stepsOf(straight.written).size);
      }),
      { numRuns: 150 },
    );
  });

  it("is known again when its trace was forgotten, and never forgotten before the ledger has it", async () => {
    const rig = await openRig({ book, nodesMax: 10 });
    const traces = Array.from({ length: 30 }, (_, index) => (index + 1).toString(16).padStart(32, "0"));
    const take = (trace: string) =>
      rig.intake.takeSpans(sender, [spanOf({ id: "m", trace, attributes: usage(10, 1) })]);
    for (const [index, trace] of traces.entries()) {
      await take(trace);
      if (index % 2 === 0) rig.intake.noteLoaded();
    }
    for (const trace of traces)
      expect(await take(trace)).toEqual({ ok: true, value: { recorded: 0, corrected: 0, repeated: 1, unpriced: 0 } });
    expect(rig.steps().size).toBe(30);
  });

  it("is refused while the ledger is so far behind that nothing more can be remembered, and taken when it has followed", async () => {
    const rig = await openRig({ book, nodesMax: 10 });
    const take = (index: number) =>
      rig.intake.takeSpans(sender, [
        spanOf({ id: "m", trace: (index + 1).toString(16).padStart(32, "0"), attributes: usage(10, 1) }),
      ]);
    let taken = 0;
    while ((await take(taken)).ok) taken += 1;
    expect(taken).toBe(51);
    expect(await take(taken)).toEqual({ ok: false, error: { type: "too-fast" } });
    expect(rig.steps().size).toBe(taken);
    rig.intake.noteLoaded();
    expect(rig.intake.isFull).toBe(true);
    rig.intake.noteLoaded();
    expect((await take(taken)).ok).toBe(true);
    expect(await take(0)).toMatchObject({ ok: true, value: { recorded: 0, repeated: 1 } });
  });

  it("counts the usage that an agent repeats once, also when the agent's span comes last", async () => {
    const rig = await openRig({ book });
    await rig.intake.takeSpans(sender, [spanOf({ id: "m1", parent: "agent", attributes: usage(1000, 100) })]);
    await rig.intake.takeSpans(sender, [spanOf({ id: "m2", parent: "agent", attributes: usage(500, 50) })]);
    const agent = { ...usage(1500, 150), "gen_ai.operation.name": "invoke_agent" };
    await rig.intake.takeSpans(sender, [spanOf({ id: "agent", attributes: agent })]);
    const steps = [...rig.steps().values()];
    expect(steps.reduce((sum, step) => sum + (step.usage?.input_uncached ?? 0), 0)).toBe(1500);
    expect(steps.map(({ cost }) => cost)).toContainEqual({ type: "priced", nanos: money(0n) });
  });

  it("takes whom a child is for from the nearest step above it, and what a key pins from the key", async () => {
    const rig = await openRig({ book });
    const pinned = { ...sender, pins: { team: "support" } };
    await rig.intake.takeSpans(pinned, [spanOf({ id: "m", parent: "plain", attributes: usage(10, 1) })]);
    await rig.intake.takeSpans(pinned, [
      spanOf({
        id: "root",
        attributes: {
          "tare.feature": "answers",
          "tare.team": "other",
          "tare.tag.plan": "pro",
          ...usage(1, 1),
          "gen_ai.operation.name": "invoke_agent",
        },
      }),
      spanOf({ id: "plain", parent: "root" }),
    ]);
    const step = rig.steps().get(`support\nstep_${TRACE}/${filled("m")}`);
    expect(step?.attribution).toMatchObject({
      feature: "answers",
      team: "support",
      tags: { plan: "pro" },
      claimed: { team: "other" },
    });
  });
});

describe("a span whose call went through the gateway", () => {
  const answered = { ...usage(1000, 100), "gen_ai.response.id": "chatcmpl-1" };

  it.for([
    ["the provider's id of the answer", {}, { upstreamId: "chatcmpl-1" }],
    ["its trace and span", {}, { parent: `step_${TRACE}/${filled("model")}` }],
    ["a span of the HTTP client below it", {}, { parent: `step_${TRACE}/${filled("http")}` }],
    ["our own id of the call", { "tare.call": "call_1" }, {}],
  ] as const)("is not booked again: matched by %s", async ([, said, how]) => {
    for (const order of ["span first", "call first"]) {
      const rig = await openRig({ book });
      const spans = [
        spanOf({ id: "model", attributes: { ...answered, ...said } }),
        spanOf({ id: "http", parent: "model" }),
      ];
      if (order === "call first") await rig.intake.noteCalls([seen(how)]);
      await rig.intake.takeSpans(sender, spans);
      if (order === "span first") await rig.intake.noteCalls([seen(how)]);
      const [step] = rig.steps().values();
      expect(step).toMatchObject({ usage: undefined, cost: { type: "priced", nanos: 0n }, components: [] });
    }
  });

  it("is booked when the answer's id is that of another tenant's call", async () => {
    const rig = await openRig({ book });
    await rig.intake.noteCalls([seen({ tenant: "other", upstreamId: "chatcmpl-1" })]);
    await rig.intake.takeSpans(sender, [spanOf({ id: "model", attributes: answered })]);
    expect([...rig.steps().values()][0]).toMatchObject({ usage: { input_uncached: 1000 } });
  });

  it("moves with its trace to the interaction that the client gave the call", async () => {
    const rig = await openRig({ book });
    await rig.intake.takeSpans(sender, [spanOf({ id: "tool", attributes: { "openinference.span.kind": "TOOL" } })]);
    await rig.intake.noteCalls([seen({ interaction: "ticket-7", parent: `step_${TRACE}/${filled("model")}` })]);
    expect([...rig.steps().values()][0]?.attribution.interaction).toBe("ticket-7");
  });
});

describe("steps that no model provider prices", () => {
  const rates = StepRatesSection.parse([
    { kind: "tool", per: "call", rate: "0.001 USD", source: "a" },
    { kind: "tool", name: "refund*", per: "call", rate: "0.004 USD", source: "b" },
    { kind: "tool", name: "refund", per: "call", rate: "0.005 USD", valid_from: "2026-01-01", source: "c" },
    { kind: "review", per: "person_minute", rate: "0.60 USD", source: "payroll" },
    { kind: "retrieval", per: "1k_vectors", rate: "0.20 USD", source: "d" },
    { name: "nightly index", per: "gpu_second", rate: "0.0011 USD", source: "e" },
  ]);
  const costOf = async (name: string, attributes: Readonly<Record<string, string | number>>) => {
    const rig = await openRig({ book, rates });
    await rig.intake.takeSpans(sender, [spanOf({ id: "s", name, lastsMs: 30_000, attributes })]);
    return [...rig.steps().values()][0]?.cost;
  };
  const tool = { "openinference.span.kind": "TOOL" };

  it.for([
    ["a kind", "search", tool, 1_000_000n],
    ["a beginning of a name", "refund-status", tool, 4_000_000n],
    ["a whole name", "refund", tool, 5_000_000n],
    ["how long a person took", "approve", { "tare.kind": "review" }, 300_000_000n],
    ["what the step says it was", "approve", { "tare.kind": "review", "tare.person_minutes": 2 }, 1_200_000_000n],
    ["vectors", "docs", { "tare.kind": "retrieval", "tare.vectors": 5 }, 1_000_000n],
    ["the name of work that is no step otherwise", "nightly index", {}, 33_000_000n],
    ["the bill that the sender states", "search", { ...tool, "tare.cost": "0.0125 USD" }, 12_500_000n],
  ] as const)("are priced by %s", async ([, name, attributes, expected]) => {
    expect(await costOf(name, attributes)).toEqual({ type: "priced", nanos: expected });
  });

  it("are unpriced where nothing says what they cost, and nothing is booked of work that is none", async () => {
    expect(await costOf("docs", { "tare.kind": "retrieval" })).toEqual({
      type: "unpriced",
      reason: "no rate for retrieval steps named docs",
    });
    expect(await costOf("GET /health", {})).toBeUndefined();
  });
});

describe("outcomes", () => {
  const timed = { isTimed: true };
  const outcome = {
    outcome: "ticket-7",
    name: "resolved",
    isSuccess: true,
    value: money(12_500_000_000n),
    happenedAt: instant(NOW - 1000),
    attribution: {
      tenant: "support",
      interaction: "i1",
      feature: "answers",
      team: "support",
      customer: "(none)",
      user: "(none)",
      environment: "(none)",
      session: "(none)",
      tags: {},
      claimed: {},
    },
  };

  it("are recorded once, corrected, withdrawn and reported again", async () => {
    const rig = await openRig({ book });
    expect(await rig.intake.takeOutcome(outcome, timed)).toEqual({ ok: true, value: "recorded" });
    expect(await rig.intake.takeOutcome({ ...outcome }, timed)).toEqual({ ok: true, value: "unchanged" });
    const later = await openRig({ book, written: rig.written });
    expect(await later.intake.takeOutcome({ ...outcome, value: money(1n) }, timed)).toEqual({
      ok: true,
      value: "corrected",
    });
    expect(await later.intake.withdrawOutcome("support", "ticket-7")).toEqual({ ok: true, value: true });
    expect(await later.intake.withdrawOutcome("support", "ticket-7")).toEqual({ ok: true, value: false });
    expect(await later.intake.withdrawOutcome("other", "ticket-7")).toEqual({ ok: true, value: false });
    expect(later.outcomes().size).toBe(0);
    await later.intake.takeOutcome(outcome, timed);
    expect([...later.outcomes().values()]).toEqual([outcome]);
  });

  it("come from spans that carry them", async () => {
    const rig = await openRig({ book });
    const told = { "tare.outcome": "resolved", "tare.outcome.value": "12.50 USD", "tare.feature": "answers" };
    await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes: told })]);
    await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes: told })]);
    expect([...rig.outcomes().values()]).toMatchObject([
      {
        name: "resolved",
        isSuccess: true,
        value: 12_500_000_000n,
        attribution: { interaction: TRACE, feature: "answers" },
      },
    ]);
    expect(rig.written).toHaveLength(1);
  });
});
