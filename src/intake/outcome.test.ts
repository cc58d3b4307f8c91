import { beforeAll, describe, expect, it } from "vitest";
import { type PriceBook } from "#pricing";
import { instant, money } from "#units";
import { bundledBook, filled, NOW, openRig, sender, spanOf, TRACE } from "./intake-rig.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
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

  it("are recorded once when they are reported several times at once, and each later truth takes the one before back", async () => {
    const rig = await openRig({ book });
    const amounts = [1n, 1n, 2n, 1n].map((nanos) => ({ ...outcome, value: money(nanos) }));
    await Promise.all(amounts.map((each) => rig.intake.takeOutcome(each, timed)));
    expect(rig.written).toMatchObject([
      { type: "outcome-recorded", outcome: { value: 1n } },
      { type: "outcome-corrected", number: 1, before: { value: 1n }, after: { value: 2n } },
      { type: "outcome-corrected", number: 2, before: { value: 2n }, after: { value: 1n } },
    ]);
    const later = await openRig({ book, written: rig.written });
    await Promise.all([1, 2, 3].map(() => later.intake.withdrawOutcome("support", "ticket-7")));
    expect(later.written).toHaveLength(4);
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

  describe("of a span", () => {
    const told = { "tare.outcome": "resolved", "tare.outcome.id": "ticket-7" };
    const root = spanOf({ id: "root", attributes: { "tare.interaction": "ticket-child", "tare.customer": "acme" } });
    const agent = spanOf({ id: "agent", parent: "root", attributes: { "gen_ai.operation.name": "invoke_agent" } });
    const child = spanOf({ id: "s", parent: "agent", attributes: told });
    const named = { name: "resolved", attribution: { interaction: "ticket-child", customer: "acme" } };
    const call = {
      tenant: "support",
      call: "call_1",
      interaction: "ticket-8",
      parent: `step_${TRACE}/${filled("model")}`,
      upstreamId: undefined,
      isEmbedding: false,
    };

    it("are of the interaction and customer that stand above it, whichever comes first and however often", async () => {
      for (const batches of [[[root, agent, child]], [[child], [agent], [root]], [[root], [child], [agent], [child]]]) {
        const rig = await openRig({ book });
        for (const batch of batches) await rig.intake.takeSpans(sender, batch);
        expect([...rig.outcomes().values()]).toMatchObject([named]);
        const before = rig.written.length;
        await rig.intake.takeSpans(sender, [child]);
        expect(rig.written).toHaveLength(before);
      }
    });

    it("stay where they are when the span comes again to another office, which knows less of its trace", async () => {
      const rig = await openRig({ book });
      await rig.intake.takeSpans(sender, [root, agent, child]);
      const later = await openRig({ book, written: rig.written });
      await later.intake.takeSpans(sender, [child]);
      expect([...later.outcomes().values()]).toMatchObject([named]);
      expect(later.written.filter(({ type }) => type === "outcome-corrected")).toEqual([]);
    });

    it("are of the interaction that the client gave the trace's call, also one that comes later or after it was forgotten", async () => {
      for (const nodesMax of [100, 0]) {
        const rig = await openRig({ book, nodesMax });
        await rig.intake.takeSpans(sender, [agent, child]);
        expect([...rig.outcomes().values()]).toMatchObject([{ attribution: { interaction: TRACE } }]);
        for (const _ of [1, 2]) rig.intake.noteLoaded();
        expect(rig.intake.isFull).toBe(false);
        await rig.load([call]);
        expect([...rig.outcomes().values()]).toMatchObject([{ attribution: { interaction: "ticket-8" } }]);
      }
    });

    it("are those of the later of two spans that tell of one, in whatever order and however often they come", async () => {
      const [began, ended] = [instant(NOW - 60_000), instant(NOW - 59_995)];
      const first = spanOf({ id: "a", at: began, attributes: { ...told, "tare.outcome.value": 1 } });
      const second = spanOf({ id: "b", at: ended, attributes: { ...told, "tare.outcome.value": 2 } });
      for (const batches of [[[first, second]], [[second, first]], [[second], [first], [second], [first]]]) {
        const rig = await openRig({ book });
        for (const batch of batches) await rig.intake.takeSpans(sender, batch);
        expect([...rig.outcomes().values()]).toMatchObject([{ value: 2_000_000_000n }]);
        const later = await openRig({ book, written: rig.written });
        await later.intake.takeSpans(sender, [first]);
        expect([...later.outcomes().values()]).toMatchObject([{ value: 2_000_000_000n }]);
      }
    });

    it("stay corrected or withdrawn when the span that told of them comes again", async () => {
      const rig = await openRig({ book });
      await rig.intake.takeSpans(sender, [child]);
      const later = { ...outcome, name: "reopened" };
      await rig.intake.takeOutcome(later, timed);
      await rig.intake.takeSpans(sender, [child]);
      expect([...rig.outcomes().values()]).toEqual([later]);
      const withdrawn = await openRig({ book });
      await withdrawn.intake.takeSpans(sender, [child]);
      await withdrawn.intake.withdrawOutcome("support", "ticket-7");
      await withdrawn.intake.takeSpans(sender, [child]);
      expect(withdrawn.outcomes().size).toBe(0);
      const next = await openRig({ book, written: withdrawn.written });
      await next.intake.takeSpans(sender, [child]);
      expect(next.outcomes().size).toBe(0);
    });

    it("stay as somebody corrected them, or withdrawn", async () => {
      const corrected = await openRig({ book });
      await corrected.intake.takeSpans(sender, [child]);
      const later = { ...outcome, name: "reopened" };
      await corrected.intake.takeOutcome(later, timed);
      await corrected.intake.takeSpans(sender, [agent, root]);
      expect([...corrected.outcomes().values()]).toEqual([later]);
      const withdrawn = await openRig({ book });
      await withdrawn.intake.takeSpans(sender, [child]);
      await withdrawn.intake.withdrawOutcome("support", "ticket-7");
      await withdrawn.intake.takeSpans(sender, [agent, root]);
      expect([...withdrawn.outcomes().values()]).toEqual([]);
    });
  });

  it.for([
    [false, false],
    [true, true],
    [0, false],
    ["false", false],
    ["False", false],
    ["FALSE ", false],
    ["0", false],
    ["no", false],
    ["True", true],
    [undefined, true],
  ] as const)("of a span that says %s for its success are one: %s", async ([said, isSuccess]) => {
    const rig = await openRig({ book });
    const told = { "tare.outcome": "resolved", ...(said === undefined ? {} : { "tare.outcome.success": said }) };
    await rig.intake.takeSpans(sender, [spanOf({ id: "s", attributes: told })]);
    expect([...rig.outcomes().values()]).toMatchObject([{ isSuccess }]);
  });
});
