/** Sums by quarter hour are those of the entries, whatever came, in whatever order, and whatever was taken away again. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { instant } from "#units";
import { anyAdjusted, anyBill, anyCorrected, anyDispatched, anySettlement } from "../events/event.arbitrary.ts";
import { type Entry } from "./entry.ts";
import { entryOfAdjusted } from "./make-adjustment.ts";
import { entryOfBill } from "./make-bill-entry.ts";
import { entryInDoubt, entryOfCorrection, entryOfSettled } from "./make-entry.ts";

const START = 1_790_000_000_000;
const SPAN_MS = 40 * 60_000;

/** A few quarter hours, so that entries meet, and one id of an attempt for many corrections, so that most are dropped. */
const anyEntry: fc.Arbitrary<Entry> = fc
  .tuple(
    fc.oneof(
      fc.tuple(anyDispatched, anySettlement).map(([one, end]) => entryOfSettled(one, end)),
      anyDispatched.map((one) => entryInDoubt(one, one.at)),
      anyCorrected.map((one) => ({ ...entryOfCorrection(one), attempt: "attempt_corrected" })),
      anyAdjusted.map(entryOfAdjusted),
      anyBill.map((bill) => entryOfBill({ type: "bill-booked", at: bill.incurredAt, bill })),
    ),
    fc.nat(SPAN_MS),
    fc.constantFrom("m", "m 1", "m\n1 m"),
  )
  .map(([entry, after, model]) => {
    const of = { incurredAt: instant(START + after), model, provider: model, purpose: "answer" } as const;
    return { ...entry, ...of, kind: entry.kind === "bill" ? "bill" : "model" };
  });

type Act =
  | { readonly type: "append"; readonly entries: readonly Entry[] }
  | { readonly type: "checkpoint" }
  | { readonly type: "retire"; readonly before: number; readonly isOfSteps: boolean };

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant("append" as const), entries: fc.array(anyEntry, { maxLength: 12 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ type: "checkpoint" } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("retire" as const), before: fc.nat(SPAN_MS), isOfSteps: fc.boolean() }),
  },
);

const words = "model, provider, kind, layer, purpose";
const sums =
  "nanos, net_nanos, avoided_nanos, estimated_nanos, in_doubt_nanos, calls, attempts, unpriced, tokens_in, tokens_out";

async function sumsOf(store: DuckDbStore, table: string): Promise<readonly string[]> {
  const added = sums.split(", ").map((name) => `coalesce(sum(${name}), 0)::HUGEINT AS ${name}`);
  const rows = await store.query(
    `SELECT quarter, ${words}, ${added.join(", ")} FROM ${table} GROUP BY quarter, ${words}`,
    [],
  );
  // Corrections that came to nothing leave a quarter with sums of zero, which says the same as none.
  const texts = rows.map((row) => Object.values(row).map(String).join(" | "));
  return texts.filter((text) => !text.endsWith(" | 0".repeat(10))).toSorted();
}

async function act(store: DuckDbStore, step: Act, place: number): Promise<void> {
  if (step.type === "checkpoint") expect(await store.checkpoint()).toMatchObject({ ok: true });
  else if (step.type === "append") {
    const stretches = [{ segment: "n.0.a.000001.journal", from: place, to: place + 1, isDone: false, corrupted: 0 }];
    expect(await store.append({ stretches, entries: step.entries, refusals: [] })).toMatchObject({ ok: true });
  } else {
    const before = instant(START + step.before);
    const what = step.isOfSteps ? { before: undefined, stepsBefore: before } : { before, stepsBefore: undefined };
    expect(await store.retire({ ...what, segments: [] })).toMatchObject({ ok: true });
  }
}

it(
  "stay in step through late entries, dropped corrections, checkpoints and retirement",
  { timeout: 60_000 },
  async () => {
    let [dropped, folded] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(anyAct, { minLength: 1, maxLength: 8 }), async (acts) => {
        const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
        if (!opened.ok) throw new Error(opened.error.type);
        const store = opened.value;
        let place = 0;
        for (const step of acts) {
          const before = await rolledRows(store);
          await act(store, step, place);
          if (step.type === "append") place += 1;
          if (step.type === "checkpoint" && (await rolledRows(store)) < before) folded += 1;
          expect(await sumsOf(store, "rolled_rows")).toEqual(await sumsOf(store, "entry_rows"));
        }
        const given = acts.flatMap((step) => (step.type === "append" ? step.entries : []));
        if (given.filter(({ attempt }) => attempt === "attempt_corrected").length > 1) dropped += 1;
        store.close();
      }),
      { numRuns: 40 },
    );
    expect(dropped).toBeGreaterThan(0);
    expect(folded).toBeGreaterThan(0);
  },
);

async function rolledRows(store: DuckDbStore): Promise<number> {
  const [row] = await store.query("SELECT count(*) AS rows FROM rolled_rows", []);
  return Number(row?.["rows"]);
}
