import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type JournalEvent } from "#events";
import { type PriceBook } from "#pricing";
import { instant, money } from "#units";
import { bundledBook, filled, NOW, openRig, plain, sender, spanOf, stepsOf, TRACE, seen } from "./intake-rig.ts";
import { LinkLog } from "./link-log.ts";
import { type SeenCall } from "./ledger-port.ts";
import { type Span } from "./span.ts";

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
  fc.nat(2000).map((input) => ({ ...usage(input, 9), "tare.cost": "0.25" })),
  fc.nat(2000).map((input) => ({ "gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": input })),
  fc.constant({ "gen_ai.operation.name": "invoke_agent", "tare.cost": "0.5" }),
  fc.constantFrom(
    { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund" },
    { "openinference.span.kind": "GUARDRAIL" },
    { "gen_ai.operation.name": "chat", "gen_ai.usage.cost": 0.02 },
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
    "tare.call": fc.constant("call_0"),
    "gen_ai.response.id": fc.constantFrom("answer-1", "answer-2"),
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

/** Calls of the gateway that spans were measured of: by span, by answer, or by neither. */
const anyCalls: fc.Arbitrary<readonly SeenCall[]> = fc
  .array(
    fc.record({
      parent: fc.option(fc.nat(12), { nil: undefined }),
      interaction: fc.constantFrom(TRACE, "ticket-7", "ticket-8"),
      upstreamId: fc.option(fc.constantFrom("answer-1", "answer-2"), { nil: undefined }),
    }),
    { maxLength: 3 },
  )
  .map((shapes) =>
    shapes.map(({ parent, ...shape }, index) =>
      seen({
        ...shape,
        call: `call_${index}`,
        parent: parent === undefined ? undefined : `step_${TRACE}/${filled(`s${parent}`)}`,
      }),
    ),
  );

function summary(written: readonly JournalEvent[]) {
  return [...stepsOf(written).values()].map(plain).toSorted();
}

/** Whether a step without usage was an agent's that had some before is not in the ledger, and costs nothing. */
function withoutGroups(written: readonly JournalEvent[]) {
  return [...stepsOf(written).values()]
    .map((step) =>
      plain(step.usage === undefined && step.kind === "model" ? { ...step, kind: "custom", operation: "group" } : step),
    )
    .toSorted();
}

function nanos(written: readonly JournalEvent[]): bigint {
  return [...stepsOf(written).values()].reduce(
    (sum, { cost }) => sum + (cost.type === "unpriced" ? 0n : cost.nanos),
    0n,
  );
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

  it("stays the same when each trace is forgotten before more of it comes, calls of the gateway among them", async () => {
    await fc.assert(
      fc.asyncProperty(anySpans, anyCalls, fc.infiniteStream(fc.nat(1000)), async (spans, calls, chance) => {
        const next = () => chance.next().value ?? 0;
        const straight = await openRig({ book });
        await straight.load(calls);
        await straight.intake.takeSpans(sender, spans);
        const forgetful = await openRig({ book, nodesMax: 0 });
        const coming = [
          ...spans.map((span) => () => forgetful.intake.takeSpans(sender, [span])),
          ...calls.map((call) => () => forgetful.load([call])),
        ].map((take) => ({ take, place: next() }));
        for (const { take } of coming.toSorted((a, b) => a.place - b.place)) {
          expect((await take()).ok).toBe(true);
          forgetful.intake.noteLoaded();
          forgetful.intake.noteLoaded();
          expect(forgetful.intake.isFull).toBe(false);
        }
        expect(withoutGroups(forgetful.written)).toEqual(withoutGroups(straight.written));
      }),
      { numRuns: 300 },
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

  it("counts once what an agent repeats that tells of its input alone, of models or of embeddings", async () => {
    const agent = { "gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 100 };
    const embedding = { ...usage(100, 0), "gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e" };
    for (const attributes of [usage(100, 20), embedding]) {
      const rig = await openRig({ book });
      const below = spanOf({ id: "m", parent: "a", attributes });
      await rig.intake.takeSpans(sender, [spanOf({ id: "a", attributes: agent }), below]);
      const told = [...rig.steps().values()].filter((step) => step.usage !== undefined);
      expect(told.map(({ step }) => step)).toEqual([`step_${TRACE}/${filled("m")}`]);
    }
    const alone = await openRig({ book });
    await alone.intake.takeSpans(sender, [spanOf({ id: "a", attributes: agent })]);
    expect([...alone.steps().values()].map((step) => step.usage)).toEqual([{ input_uncached: 100 }]);
  });

  it("is of the time that its own machine says, unless that lies in the future: then it is of its arrival", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -86_400_000, max: 86_400_000 }), async (aheadMs) => {
        const rig = await openRig({ book });
        await rig.intake.takeSpans(sender, [spanOf({ id: "m", at: instant(NOW + aheadMs), attributes: usage(10, 1) })]);
        const [step] = rig.steps().values();
        expect(step?.startedAt).toBe(aheadMs > 600_000 ? NOW : NOW + aheadMs);
        expect(step?.durationMs).toBe(100);
      }),
      { numRuns: 50 },
    );
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
      if (order === "call first") await rig.load([seen(how)]);
      await rig.intake.takeSpans(sender, spans);
      if (order === "span first") await rig.load([seen(how)]);
      const [step] = rig.steps().values();
      expect(step).toMatchObject({ usage: undefined, cost: { type: "priced", nanos: 0n }, components: [] });
    }
  });

  it("is not booked again when its call comes while the first span waits for the calls before it", async () => {
    const rig = await openRig({ book });
    const taken = rig.intake.takeSpans(sender, [spanOf({ id: "model", attributes: answered })]);
    await rig.load([seen({ upstreamId: "chatcmpl-1" })]);
    await taken;
    expect([...rig.steps().values()][0]).toMatchObject({ usage: undefined, cost: { type: "priced", nanos: 0n } });
  });

  it("is not booked again either when its trace was forgotten before a span above it came", async () => {
    const rig = await openRig({ book, nodesMax: 0 });
    await rig.intake.takeSpans(sender, [
      spanOf({ id: "model", parent: "agent", attributes: { ...answered, "tare.call": "call_1" } }),
    ]);
    rig.intake.noteLoaded();
    rig.intake.noteLoaded();
    expect(rig.intake.isFull).toBe(false);
    const agent = { ...usage(1000, 100), "gen_ai.operation.name": "invoke_agent", "tare.feature": "answers" };
    await rig.intake.takeSpans(sender, [spanOf({ id: "agent", attributes: agent })]);
    const steps = [...rig.steps().values()];
    expect(steps).toHaveLength(2);
    for (const step of steps)
      expect(step).toMatchObject({
        usage: undefined,
        cost: { type: "priced", nanos: 0n },
        attribution: { feature: "answers" },
      });
  });

  it("is not booked again by another office to which the exporter repeats it", async () => {
    const call = seen({ parent: `step_${TRACE}/${filled("model")}` });
    const rig = await openRig({ book });
    await rig.load([call]);
    const spans = [spanOf({ id: "model", attributes: answered })];
    await rig.intake.takeSpans(sender, spans);
    const next = await openRig({ book, written: rig.written, calls: [call] });
    expect(await next.intake.takeSpans(sender, spans)).toMatchObject({ value: { recorded: 0, repeated: 1 } });
    const late = [spanOf({ id: "later", parent: "model", attributes: usage(5, 1) })];
    await next.intake.takeSpans(sender, late);
    expect(next.steps().size).toBe(2);
  });

  it("is not booked again by another office, which the span between it and its call never reached", async () => {
    const http = spanOf({ id: "http", parent: "model" });
    const call = seen({ parent: `step_${TRACE}/${filled("http")}` });
    for (const callFirst of [true, false]) {
      const rig = await openRig({ book });
      if (callFirst) await rig.load([call]);
      await rig.intake.takeSpans(sender, [http]);
      if (!callFirst) await rig.load([call]);
      const { written, disk } = rig;
      const next = await openRig({ book, written, disk, calls: [call] });
      await next.intake.takeSpans(sender, [spanOf({ id: "model", attributes: answered })]);
      expect([...next.steps().values()]).toMatchObject([{ usage: undefined, cost: { type: "priced", nanos: 0n } }]);
      await next.intake.takeSpans(sender, [http]);
      expect(new LinkLog(disk, "/links").read()).toHaveLength(1);
    }
  });

  it("is booked when the answer's id is that of another tenant's call", async () => {
    const rig = await openRig({ book });
    await rig.load([seen({ tenant: "other", upstreamId: "chatcmpl-1" })]);
    await rig.intake.takeSpans(sender, [spanOf({ id: "model", attributes: answered })]);
    expect([...rig.steps().values()][0]).toMatchObject({ usage: { input_uncached: 1000 } });
  });

  it("is not booked again when it says our own id of the call, whoever sends it", async () => {
    const rig = await openRig({ book });
    await rig.load([seen({ tenant: "other" })]);
    const said = [{ "tare.call": "call_1" }, { "http.response.header.x-tare-call": ["call_1"] }];
    for (const [index, each] of said.entries())
      await rig.intake.takeSpans(sender, [spanOf({ id: `m${index}`, attributes: { ...answered, ...each } })]);
    const [one, other] = rig.steps().values();
    for (const step of [one, other])
      expect(step).toMatchObject({ usage: undefined, cost: { type: "priced", nanos: 0n }, components: [] });
  });

  it("moves with its trace to the interaction that the client gave the call", async () => {
    const rig = await openRig({ book });
    await rig.intake.takeSpans(sender, [spanOf({ id: "tool", attributes: { "openinference.span.kind": "TOOL" } })]);
    await rig.load([seen({ interaction: "ticket-7", parent: `step_${TRACE}/${filled("model")}` })]);
    expect([...rig.steps().values()][0]?.attribution.interaction).toBe("ticket-7");
  });
});
