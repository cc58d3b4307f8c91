import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { NewOutcome, NewStep, stepKinds as kindsTaken } from "#contract";
import { decodeEvent, encodeEvent } from "#events";
import { stepKinds } from "#inference";
import { openDuckDbStore } from "#ledger";
import { type PriceBook } from "#pricing";
import { loadWritten } from "../ledger/load-written.ts";
import { bundledBook, NOW, openRig, sender } from "./intake-rig.ts";
import { takePostedOutcome, takePostedSteps } from "./posted.ts";
import { StepRatesSection } from "./step-rates.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

const post = { sender, now: NOW };

const anyInstant = fc.oneof(
  fc.constantFrom("0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
  fc.constantFrom("2026-05-31T23:59:59.9999Z", "2026-06-01T23:59:59+23:59", "1970-01-01T00:00:00+00:01"),
);
const anyAmount = fc.constantFrom("0", "0.000000001", "12.5", "9223372036", "9223372037", "999999999999.999999999");
const anyCount = fc.constantFrom(0, 0.4, 1, 1.5, 2 ** 31, 1e15);

const anyStep = fc.record(
  {
    id: fc.constant("s"),
    interaction: fc.constantFrom("i", "__proto__"),
    kind: fc.constantFrom("tool", "review", "model"),
    name: fc.constant("look up"),
    started_at: anyInstant,
    duration_ms: fc.constantFrom(0, 0.4, 15, 1e12),
    cost: anyAmount,
    model: fc.constant("gpt-5-mini"),
    provider: fc.constant("openai"),
    usage: fc.dictionary(
      fc.constantFrom("input_uncached", "output_text", "calls", "seconds", "vectors", "gb_days", "person_minutes"),
      anyCount,
    ),
  },
  { requiredKeys: ["id", "interaction", "kind", "name"] },
);

const rates = StepRatesSection.parse([
  { kind: "review", per: "person_minute", rate: "60 USD", source: "payroll" },
  { kind: "tool", per: "call", rate: "999999999 USD", source: "a slip of the keyboard" },
]);

const at = (ms: number) => new Date(NOW + ms).toISOString();

describe("what is posted", () => {
  it("is of the kinds that are booked, all of them", () => {
    expect(kindsTaken).toEqual(stepKinds);
  });

  it("is either refused with its field or can be read and booked by the ledger, whatever the contract lets in", async () => {
    let [taken, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(anyStep, async (given) => {
        const rig = await openRig({ book, rates });
        const answer = await takePostedSteps(rig.intake, [NewStep.parse(given)], post);
        if (!answer.ok) {
          expect(answer.error).toMatchObject({ type: "bad-field", path: expect.stringMatching(/^steps\.0\./) });
          expect(rig.written).toEqual([]);
          refused += 1;
          return;
        }
        taken += 1;
        const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
        if (!opened.ok) throw new Error(opened.error.type);
        const read = rig.written.map((event) => {
          const decoded = decodeEvent(encodeEvent(event));
          if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
          return decoded.value;
        });
        await loadWritten(opened.value, read);
        opened.value.close();
      }),
      { numRuns: 40 },
    );
    expect([taken, refused].every((count) => count > 0)).toBe(true);
  });

  it("is refused where it lies before 1970 or further ahead than clocks go wrong", async () => {
    const rig = await openRig({ book });
    const step = { id: "s", interaction: "i", kind: "tool", name: "look up", cost: "1" } as const;
    const outcome = { id: "o", interaction: "i", name: "resolved" };
    for (const wrong of ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", at(600_001)]) {
      expect(await takePostedSteps(rig.intake, [{ ...step, started_at: wrong }], post)).toMatchObject({
        ok: false,
        error: { type: "bad-field", path: "steps.0.started_at" },
      });
      expect(await takePostedOutcome(rig.intake, NewOutcome.parse({ ...outcome, at: wrong }), post)).toMatchObject({
        ok: false,
        error: { type: "bad-field", path: "at" },
      });
    }
    expect(rig.written).toEqual([]);
    expect((await takePostedSteps(rig.intake, [{ ...step, started_at: at(600_000) }], post)).ok).toBe(true);
  });

  it("has what models are billed for by the piece, beside their tokens", async () => {
    const rig = await openRig({ book });
    const step = {
      id: "s",
      interaction: "i",
      kind: "model",
      name: "answer",
      provider: "anthropic",
      model: "claude-sonnet-4",
      usage: { input_uncached: 1000, output_text: 100, web_searches: 2 },
    } as const;
    expect((await takePostedSteps(rig.intake, [step], post)).ok).toBe(true);
    const [booked] = rig.written.flatMap((event) => (event.type === "steps-recorded" ? event.steps : []));
    expect(booked?.cost).toMatchObject({ nanos: 1000n * 3_000n + 100n * 15_000n + 2n * 10_000_000n });
    expect(await takePostedSteps(rig.intake, [{ ...step, id: "t", usage: { web_searches: 0.5 } }], post)).toMatchObject(
      { ok: false, error: { type: "bad-field", path: "steps.0.usage" } },
    );
  });

  it("may be a group, which costs nothing and is refused with a cost or usage of its own", async () => {
    const rig = await openRig({ book, rates });
    const group = { id: "g", interaction: "i", kind: "group", name: "round 1" } as const;
    for (const [path, more] of [
      ["cost", { cost: "0.5" }],
      ["usage", { usage: { calls: 1 } }],
    ] as const)
      expect(await takePostedSteps(rig.intake, [NewStep.parse({ ...group, ...more })], post)).toMatchObject({
        ok: false,
        error: { type: "bad-field", path: `steps.0.${path}` },
      });
    expect((await takePostedSteps(rig.intake, [NewStep.parse(group)], post)).ok).toBe(true);
    expect([...rig.steps().values()]).toMatchObject([{ kind: "custom", operation: "group", cost: { nanos: 0n } }]);
  });
});
