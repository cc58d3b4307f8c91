/** Every spend question gets the same answer from DuckDB and from going through the rows one by one. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Analytics } from "#analytics";
import { SpendAnswer, SpendMoney, spendDimensions } from "#contract";
import { type DuckDbStore, openDuckDbStore } from "#ledger";
import { instant } from "#units";
import { anyAdjusted, anyCorrected, anyDispatched, anyRefused, anySettlement } from "../events/event.arbitrary.ts";
import { entryOfAdjusted } from "../ledger/make-adjustment.ts";
import { entryInDoubt, entryOfCorrection, entryOfSettled } from "../ledger/make-entry.ts";
import { foldSpend, type Rows } from "./naive-fold.ts";
import { type SpendQuestion } from "./question.ts";
import { runsOf } from "../../simulation/runs-of.ts";

const anyEntry = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(anyDispatched, anySettlement).map(([one, end]) => entryOfSettled(one, end)) },
  { weight: 1, arbitrary: anyDispatched.map((one) => entryInDoubt(one, instant(one.at + 1000))) },
  { weight: 1, arbitrary: anyCorrected.map(entryOfCorrection) },
  { weight: 1, arbitrary: anyAdjusted.map(entryOfAdjusted) },
);

const [sample] = fc.sample(
  fc.record({
    entries: fc.uniqueArray(anyEntry, { selector: ({ id }) => id, minLength: 300, maxLength: 300 }),
    refusals: fc.array(anyRefused, { minLength: 40, maxLength: 40 }),
  }),
  { numRuns: 1, seed: 7 },
);
const rows: Rows = sample ?? { entries: [], refusals: [] };

let store: DuckDbStore | undefined;
let analytics: Analytics | undefined;

beforeAll(async () => {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 512 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  store = opened.value;
  await book({ entries: rows.entries.slice(LATE), refusals: rows.refusals });
  expect(await store.checkpoint()).toMatchObject({ ok: true });
  // These open some of the hours and weeks of which the checkpoint has made sums.
  await book({ entries: rows.entries.slice(0, LATE), refusals: [] });
  analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(1_800_000_000_000) });
}, 60_000);

afterAll(() => store?.close());

/** Booked after the checkpoint. */
const LATE = 5;
let booked = 0;

async function book(some: Rows): Promise<void> {
  const stretches = [{ segment: "n.0.a.000001.journal", from: booked, to: booked + 1, isDone: false, corrupted: 0 }];
  expect(await store?.append({ stretches, ...some })).toEqual({ ok: true, value: "appended" });
  booked += 1;
}

async function ask(question: SpendQuestion) {
  const answer = await analytics?.spend(question);
  if (answer?.ok !== true) throw new Error(JSON.stringify(answer?.error));
  return answer.value;
}

const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
const anyInstant = fc
  .integer({ min: day("2026-09-20"), max: day("2027-01-20") })
  .map((at) => new Date(at).toISOString());
const anyValue = fc.constantFrom("(none)", "support", "search", "a b", "ü\t\n\u2028", "__proto__", "model", "answer");
const groupable = fc.constantFrom(
  ...spendDimensions.filter((name) => name !== "minute"),
  "tag.support",
  "tag.__proto__",
  "tag.a b",
);
const filterable = fc.constantFrom(
  "feature",
  "team",
  "key",
  "route",
  "provider",
  "model",
  "kind",
  "purpose",
  "tag.support",
  "tag.ü\t\n\u2028",
);

const anyQuestion: fc.Arbitrary<SpendQuestion> = fc.record({
  by: fc.uniqueArray(groupable, { maxLength: 3 }),
  from: anyInstant,
  to: anyInstant,
  tz: fc.constantFrom(
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
  ),
  filter: fc.dictionary(filterable, fc.uniqueArray(anyValue, { minLength: 1, maxLength: 3 }), { maxKeys: 2 }),
});

describe("a spend question", () => {
  it("gets the answer that going through the rows gives", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyQuestion, async (question) => {
        const answer = await ask({ ...question, limit: 10_000 });
        const folded = foldSpend(rows, question);
        expect(answer.total).toEqual(folded.total);
        expect(sorted(answer.rows)).toEqual(sorted(folded.rows));
        expect(SpendAnswer.safeParse(JSON.parse(JSON.stringify(answer))).error).toBeUndefined();
      }),
      { numRuns: runsOf(150), seed: 11 },
    );
  });

  it(
    "gets it from each table of sums that says enough, wherever the range cuts them or late entries opened them",
    { timeout: 60_000 },
    async () => {
      const RUNS = 180;
      const asked: string[] = [];
      const overSums = new Analytics(
        {
          query: async (sql, parameters) => {
            asked.push(sql);
            return (await store?.query(sql, parameters)) ?? [];
          },
          codesOf: async (words) => (await store?.codesOf(words)) ?? new Map(),
          atOneMoment: () => Promise.reject(new Error("spend is one question")),
          sums: () => store?.sums() ?? [],
          seen: () => store?.seen() ?? { kinds: [], grain: 1, open: [] },
        },
        { currency: "USD", bookedUntil: () => instant(0) },
      );
      const anyTime = fc.constantFrom("hour", "day", "week", "month");
      const anyOf = ({ words, grain }: ReturnType<DuckDbStore["sums"]>[number]) => {
        const names = words.map((word) => (word === "tags" ? "tag.support" : word));
        return fc.record({
          by: fc.uniqueArray(fc.oneof(fc.constantFrom(...names), ...(grain === 1 ? [anyTime] : [])), { maxLength: 3 }),
          filter: fc.dictionary(fc.constantFrom(...names), fc.uniqueArray(anyValue, { maxLength: 3 }), { maxKeys: 1 }),
        });
      };
      const tables = store?.sums() ?? [];
      const anyRolled = fc.oneof(...tables.map(anyOf));
      await fc.assert(
        fc.asyncProperty(anyQuestion, anyRolled, async (question, rolled) => {
          const answer = await overSums.spend({ ...question, ...rolled, limit: 10_000 });
          if (!answer.ok) throw new Error(answer.error.detail);
          const folded = foldSpend(rows, { ...question, ...rolled });
          expect(answer.value.total).toEqual(folded.total);
          expect(sorted(answer.value.rows)).toEqual(sorted(folded.rows));
        }),
        { numRuns: runsOf(RUNS), seed: 13 },
      );
      // Few runs leave some out.
      if (runsOf(RUNS) < RUNS) return;
      for (const { table } of tables)
        expect(asked.filter((sql) => sql.includes(table)).length, table).toBeGreaterThan(5);
    },
  );

  it("gives pages that hold each row once and add up to its total", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyQuestion, fc.integer({ min: 1, max: 40 }), async (question, limit) => {
        const whole = await ask({ ...question, limit: 10_000 });
        const paged = [];
        for (let cursor: string | undefined, pages = 0; pages < 400; pages += 1) {
          const page = await ask({ ...question, limit, cursor });
          expect(page.rows.length).toBeLessThanOrEqual(limit);
          expect(page.total).toEqual(whole.total);
          paged.push(...page.rows);
          cursor = page.cursor;
          if (cursor === undefined) break;
        }
        expect(paged).toEqual(whole.rows);
        for (const measure of SpendMoney.keyof().options)
          expect(paged.reduce((sum, row) => sum + BigInt(row[measure]), 0n)).toBe(BigInt(whole.total[measure]));
      }),
      { numRuns: runsOf(25), seed: 12 },
    );
  });

  it("refuses a cursor of another question, and one that is none", async () => {
    const question = {
      by: ["feature"],
      from: "2026-01-01T00:00:00Z",
      to: "2028-01-01T00:00:00Z",
      tz: "UTC",
      filter: {},
    };
    const { cursor } = await ask({ ...question, limit: 1 });
    expect(cursor).toBeDefined();
    for (const [by, given] of [
      [["team"], cursor],
      [["feature"], "e30"],
      [["feature"], "not a cursor"],
    ] as const)
      expect(await analytics?.spend({ ...question, by, limit: 1, cursor: given })).toMatchObject({
        ok: false,
        error: { type: "bad-question", field: "cursor" },
      });
  });
});

function sorted(list: readonly { readonly dimensions: object }[]) {
  return list.toSorted((a, b) => (JSON.stringify(a.dimensions) < JSON.stringify(b.dimensions) ? -1 : 1));
}
