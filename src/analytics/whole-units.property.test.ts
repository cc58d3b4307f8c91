/** What is counted out of days that are closed is what entries have, whatever came, in whatever order, and whatever went again. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Analytics } from "#analytics";
import { type DuckDbStore, type Entry, openDuckDbStore, wordCode } from "#ledger";
import { instant } from "#units";
import { anyDispatched, anySettlement } from "../events/event.arbitrary.ts";
import { entryOfSettled } from "../ledger/make-entry.ts";
import { runsOf } from "../../simulation/runs-of.ts";

const DAY_MS = 86_400_000;
const START = 20_700 * DAY_MS;
/** More than are closed together. */
const DAYS = 9;
const anyAt = fc.oneof(
  fc.nat(DAYS * DAY_MS).map((after) => START + after),
  fc.nat(DAYS).map((days) => START + days * DAY_MS),
);

/** Few of everything, so that most come again, on other days and for other tenants. */
const anyEntry: fc.Arbitrary<Entry> = fc
  .tuple(
    fc.tuple(anyDispatched, anySettlement).map(([one, end]) => entryOfSettled(one, end)),
    fc.record({
      tenant: fc.constantFrom("a", "b"),
      user: fc.constantFrom("ann", "bob", "eve", "(none)"),
      session: fc.constantFrom("s1", "s2", "s3", "s4", "(none)"),
      interaction: fc.constantFrom("i1", "i2", "i3", "i4"),
    }),
    fc.record({
      incurredAt: anyAt.map(instant),
      kind: fc.constantFrom("model", "tool", "bill"),
      number: fc.constantFrom(-1, 0, 1),
      call: fc.constantFrom("call_1", "call_2", "call_3"),
    }),
    fc.constantFrom({}, {}, { state: "correction", attempt: "attempt_corrected" } as const),
  )
  .map(([entry, owner, own, correction]): Entry => {
    const attribution = { ...entry.attribution, ...owner };
    // What takes steps and bills back is never alone.
    return { ...entry, ...own, ...(own.number < 1 ? {} : correction), attribution };
  });

type Act =
  | { readonly type: "append"; readonly entries: readonly Entry[] }
  | { readonly type: "checkpoint" }
  | { readonly type: "retire"; readonly before: number; readonly isOfSteps: boolean };

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("append" as const), entries: fc.array(anyEntry, { maxLength: 20 }) }),
  },
  // Late ones, which open single days.
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("append" as const),
      entries: fc.array(anyEntry, { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ type: "checkpoint" } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("retire" as const), before: anyAt, isOfSteps: fc.boolean() }),
  },
);
const anyRange = fc
  .tuple(anyAt, anyAt)
  .map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) }));
type Range = typeof anyRange extends fc.Arbitrary<infer Value> ? Value : never;

async function act(store: DuckDbStore, step: Act, place: number): Promise<void> {
  if (step.type === "checkpoint") expect(await store.checkpoint()).toMatchObject({ ok: true });
  else if (step.type === "append") {
    const stretches = [{ segment: "n.0.a.000001.journal", from: place, to: place + 1, isDone: false, corrupted: 0 }];
    expect(await store.append({ stretches, entries: step.entries, refusals: [] })).toMatchObject({ ok: true });
  } else {
    const before = instant(step.before);
    const what = step.isOfSteps ? { before: undefined, stepsBefore: before } : { before, stepsBefore: undefined };
    expect(await store.retire({ ...what, segments: [] })).toMatchObject({ ok: true });
  }
}

async function counted(store: DuckDbStore, { from, to }: Range) {
  const different = (columns: string, where: string) =>
    `(SELECT count(*) FROM (SELECT DISTINCT ${columns} FROM entry_rows WHERE incurred_at >= ${from} AND incurred_at < ${to} AND ${where}))::INTEGER`;
  const none = wordCode("(none)");
  const [row = {}] = await store.query(
    `SELECT ${different(`tenant, "user"`, `"user" <> ${none}`)} AS users,
       ${different("tenant, session", `session <> ${none}`)} AS sessions,
       ${different("tenant, interaction", "number >= 0")} AS interactions,
       ${different("call", "number = 0")} AS steps,
       coalesce(sum(nanos), 0)::HUGEINT::VARCHAR AS gross_nanos, coalesce(sum(net_nanos), 0)::HUGEINT::VARCHAR AS net_nanos,
       coalesce(sum(estimated_nanos), 0)::HUGEINT::VARCHAR AS estimated_nanos, coalesce(sum(unpriced), 0)::INTEGER AS unpriced,
       coalesce(sum(calls), 0)::INTEGER AS calls
     FROM entry_rows WHERE incurred_at >= ${from} AND incurred_at < ${to}`,
    [],
  );
  return row;
}

/** What is said to have been seen, and how often after which day, against going through the days. */
async function expectKept(store: DuckDbStore): Promise<number> {
  const { kinds, open } = store.seen();
  const isClosed = ["true", ...open.map((range) => `NOT quarter BETWEEN ${range.from} AND ${range.to - 1}`)].join(
    " AND ",
  );
  let rows = 0;
  for (const { kind, table, id, where } of kinds) {
    const said = await store.query(
      `SELECT quarter, id::VARCHAR AS id FROM ${table} WHERE ${isClosed} ORDER BY ALL`,
      [],
    );
    expect(said).toEqual(
      await store.query(
        `SELECT DISTINCT (quarter // 96 * 96)::INTEGER AS quarter, (${id})::VARCHAR AS id FROM entry_rows WHERE ${isClosed} AND ${where} ORDER BY ALL`,
        [],
      ),
    );
    expect(
      await store.query(
        `SELECT quarter, previous, sum(ids)::INTEGER AS ids FROM seen_counts WHERE kind = '${kind}' GROUP BY ALL ORDER BY ALL`,
        [],
      ),
    ).toEqual(
      await store.query(
        `SELECT quarter, coalesce(previous, -2147483648) AS previous, count(*)::INTEGER AS ids FROM (
           SELECT quarter, lag(quarter) OVER (PARTITION BY id ORDER BY quarter) AS previous FROM ${table}
         ) GROUP BY ALL ORDER BY ALL`,
        [],
      ),
    );
    rows += said.length;
  }
  return rows;
}

const RUNS = 40;
const whole: Range = { from: START - DAY_MS, to: START + (DAYS + 2) * DAY_MS };

it(
  "users, sessions, interactions, steps and money of any range, through late entries, dropped corrections, checkpoints and retirement",
  { timeout: 120_000 },
  async () => {
    let [kept, opened] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(anyAct, { minLength: 6, maxLength: 16 }), anyRange, async (acts, some) => {
        const store = await openStore();
        const analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(0) });
        let place = 0;
        for (const step of acts) {
          await act(store, step, place);
          if (step.type === "append") place += 1;
          kept += await expectKept(store);
          if (store.seen().open.length > 1) opened += 1;
          for (const range of [some, whole]) {
            const [from, to] = [new Date(range.from).toISOString(), new Date(range.to).toISOString()];
            const answer = await analytics.unitCosts({ from, to, tz: "Europe/Berlin", by: [], filter: {} });
            expect(answer).toMatchObject({ ok: true, value: { total: await counted(store, range) } });
          }
        }
        store.close();
      }),
      // Making the example smaller would take longer than the test may.
      { numRuns: runsOf(RUNS), endOnFailure: true },
    );
    expect(kept).toBeGreaterThan(0);
    expect(opened).toBeGreaterThan(0);
  },
);

async function openStore(): Promise<DuckDbStore> {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  return opened.value;
}
