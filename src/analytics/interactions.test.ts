import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Analytics } from "#analytics";
import { InteractionPage, type InteractionRow } from "#contract";
import { type Cost } from "#inference";
import { openDuckDbStore } from "#ledger";
import { type PriceBook } from "#pricing";
import { hashText } from "#std";
import { instant, money } from "#units";
import { runsOf } from "../../simulation/runs-of.ts";
import { dispatched, refused, settled } from "../events/event-examples.ts";
import { bundledBook, NOW, openRig, sender, spanOf } from "../intake/intake-rig.ts";
import { takePostedSteps } from "../intake/posted.ts";
import { loadWritten } from "../ledger/load-written.ts";
import { entryOfSettled } from "../ledger/make-entry.ts";
import { attribution } from "./call-examples.ts";

let book: PriceBook;
beforeAll(async () => {
  book = await bundledBook();
});

const results = ["none", "success", "failure"] as const;

const anyStep = fc.record({
  nanos: fc.nat(5),
  /** Hours after the one before it. */
  later: fc.constantFrom(0, 1, 30),
  lastsMs: fc.nat(5),
  feature: fc.constantFrom("answers", "search"),
  customer: fc.constantFrom("acme", "globex"),
  plan: fc.constantFrom("pro", "free"),
  name: fc.constantFrom("look up", "approve"),
  isFailed: fc.boolean(),
});

const anyInteraction = fc.record({
  steps: fc.array(anyStep, { minLength: 1, maxLength: 3 }),
  outcome: fc.constantFrom(...results),
  name: fc.constantFrom("resolved", "converted"),
});

const amount = fc.nat(10).map(String);
const HOUR_MS = 3_600_000;
const BEGAN = NOW - 100 * HOUR_MS;
const hour = fc.nat(70).map((hours) => new Date(BEGAN + hours * HOUR_MS).toISOString());

const anyAsked = fc.record({
  from: hour,
  to: hour,
  min_nanos: amount,
  max_nanos: amount,
  min_ms: fc.nat(5),
  max_ms: fc.nat(2 * HOUR_MS),
  state: fc.constantFrom("failed", "answered", "problems", "refused"),
  outcome: fc.constantFrom(...results, "resolved", "converted"),
  filter: fc.record(
    {
      feature: fc.constantFrom<readonly string[]>(["answers"], ["answers", "search"], ["gone"]),
      customer: fc.constant<readonly string[]>(["acme"]),
      step: fc.constant<readonly string[]>(["approve"]),
      "tag.plan": fc.constant<readonly string[]>(["pro"]),
    },
    { requiredKeys: [] },
  ),
});
const names = ["from", "to", "min_nanos", "max_nanos", "min_ms", "max_ms", "state", "outcome", "filter"] as const;
type Asked = ReturnType<typeof anyAsked.generate>["value"];

/** Few conditions at once: many let nothing through. */
const anySearch = fc
  .record({
    asked: anyAsked,
    kept: fc.subarray([...names], { maxLength: 3 }),
    sort: fc.constantFrom("newest", "dearest", "slowest"),
    limit: fc.constantFrom(1, 2, 50),
  })
  .map(({ asked, kept, sort, limit }): Search => {
    const some: Partial<Asked> = Object.fromEntries(kept.map((name) => [name, asked[name]]));
    return { filter: {}, ...some, sort, limit };
  });

interface Search extends Partial<Omit<Asked, "filter">> {
  readonly filter: Asked["filter"];
  readonly sort: "newest" | "dearest" | "slowest";
  readonly limit: number;
}

type Interaction = ReturnType<typeof anyInteraction.generate>["value"];

type Step = ReturnType<typeof anyStep.generate>["value"] & { readonly at: number };

function timed({ steps }: Interaction, index: number): readonly Step[] {
  let at = BEGAN + index;
  return steps.map((step) => {
    at += step.later * HOUR_MS;
    return { ...step, at };
  });
}

/** What is meant, one interaction after the other. */
function isFound(one: Interaction, index: number, search: Search): boolean {
  const { nanos, ms } = wholeOf(timed(one, index));
  const { min_nanos: least, max_nanos: most, min_ms: longer, max_ms: shorter, outcome } = search;
  if (nanos < Number(least ?? 0) || nanos > Number(most ?? Infinity)) return false;
  if (ms < (longer ?? 0) || ms > (shorter ?? Infinity)) return false;
  const isNamed = one.outcome !== "none" && one.name === outcome;
  if (outcome !== undefined && outcome !== one.outcome && !isNamed) return false;
  return hasSteps(timed(one, index), search);
}

/** Every condition has a step in the range, which need not be the same. */
function hasSteps(steps: readonly Step[], { from, to, state, filter }: Search): boolean {
  const isIn = ({ at }: Step) =>
    at >= (from === undefined ? 0 : Date.parse(from)) && at < (to === undefined ? Infinity : Date.parse(to));
  const inRange = steps.filter(isIn);
  const stateOf = ({ isFailed }: Step) => (isFailed ? "failed" : "answered");
  const isSo = (step: Step) => (state === "problems" ? stateOf(step) !== "answered" : stateOf(step) === state);
  const has = (values: readonly string[] | undefined, of: (step: Step) => string) =>
    values === undefined || inRange.some((step) => values.includes(of(step)));
  return (
    inRange.length > 0 &&
    (state === undefined || inRange.some(isSo)) &&
    has(filter.feature, ({ feature }) => feature) &&
    has(filter.customer, ({ customer }) => customer) &&
    has(filter.step, ({ name }) => name) &&
    has(filter["tag.plan"], ({ plan }) => plan)
  );
}

function wholeOf(steps: readonly Step[]) {
  const first = Math.min(...steps.map(({ at }) => at));
  const last = Math.max(...steps.map(({ at, lastsMs }) => at + lastsMs));
  return { first, ms: last - first, nanos: steps.reduce((sum, step) => sum + step.nanos, 0) };
}

function traceOf(index: number): string {
  return (index + 1).toString(16).padStart(32, "0");
}

function spansFor(one: Interaction, index: number) {
  const said =
    one.outcome === "none" ? {} : { "tare.outcome": one.name, "tare.outcome.success": one.outcome === "success" };
  return timed(one, index).map((step, place) =>
    spanOf({
      id: `s${place}`,
      trace: traceOf(index),
      name: step.name,
      at: instant(step.at),
      lastsMs: step.lastsMs,
      isFailed: step.isFailed,
      attributes: {
        "tare.kind": "tool",
        "tare.cost": `0.00000000${step.nanos}`,
        "tare.feature": step.feature,
        "tare.customer": step.customer,
        "tare.tag.plan": step.plan,
        ...(place === 0 ? said : {}),
      },
    }),
  );
}

/** Of all pages. */
async function foundBy(analytics: Analytics, search: Search): Promise<readonly InteractionRow[]> {
  const rows: InteractionRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await analytics.interactions({ ...search, cursor });
    if (!page.ok) throw new Error(page.error.detail);
    rows.push(...InteractionPage.parse(JSON.parse(JSON.stringify(page.value))).rows);
    cursor = page.value.cursor;
  } while (cursor !== undefined);
  return rows;
}

function measureOf(row: InteractionRow, sort: Search["sort"]): number {
  return { newest: Date.parse(row.from), dearest: Number(row.gross_nanos), slowest: row.duration_ms ?? 0 }[sort];
}

async function storeOf(written: Parameters<typeof loadWritten>[1]) {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  await loadWritten(opened.value, written);
  return opened.value;
}

const bookedUntil = () => instant(0);

describe("interactions", () => {
  it("are found by any attribute of their steps, and judged and shown whole, as going through them one by one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyInteraction, { minLength: 1, maxLength: 8 }),
        fc.array(anySearch, { minLength: 6, maxLength: 6 }),
        async (all, searches) => {
          const rig = await openRig({ book });
          await rig.intake.takeSpans(sender, all.flatMap(spansFor));
          const store = await storeOf(rig.written);
          const analytics = new Analytics(store, { currency: "USD", bookedUntil });
          for (const search of searches) {
            const found = await foundBy(analytics, search);
            const expected = all.flatMap((one, index) => (isFound(one, index, search) ? [index] : []));
            const places = found.map(({ interaction }) => Number.parseInt(interaction, 16) - 1);
            expect(places.toSorted((one, other) => one - other)).toEqual(expected);
            for (const [place, row] of found.entries()) {
              const one = all[places[place] ?? -1];
              if (one === undefined) throw new Error("one of them");
              const { first, ms, nanos } = wholeOf(timed(one, places[place] ?? -1));
              expect(row).toMatchObject({
                from: new Date(first).toISOString(),
                duration_ms: ms,
                gross_nanos: String(nanos),
                steps: one.steps.length,
                outcomes: one.outcome === "none" ? [] : [one.name],
                failed_outcomes: one.outcome === "failure" ? [one.name] : [],
              });
            }
            const measured = found.map((row) => measureOf(row, search.sort));
            expect(measured).toEqual(measured.toSorted((one, other) => other - one));
          }
          store.close();
        },
      ),
      { numRuns: runsOf(40) },
    );
  });

  it("are found by what is not known of their cost, which is neither nothing nor at most anything", async () => {
    const store = await storeOf([]);
    await store.append({
      stretches: [{ segment: "unknown", from: 0, to: 1, isDone: true, corrupted: 0 }],
      entries: [
        entryOfCost("priced", { type: "priced", nanos: money(5n) }, 201),
        entryOfCost("guessed", { type: "estimated", nanos: money(3n), basis: "relayed" }),
        entryOfCost("unknown", { type: "unpriced", reason: "no_price" }),
      ],
      refusals: [],
    });
    const analytics = new Analytics(store, { currency: "USD", bookedUntil });
    const found = async (search: Partial<Parameters<Analytics["interactions"]>[0]>) => {
      const page = await analytics.interactions({ sort: "newest", filter: {}, limit: 9, ...search });
      if (!page.ok) throw new Error(page.error.detail);
      return page.value.rows.map(({ interaction }) => interaction).toSorted();
    };
    expect(await found({ max_nanos: "4" })).toEqual(["use-guessed"]);
    expect(await found({ max_nanos: "5" })).toEqual(["use-guessed", "use-priced"]);
    expect(await found({ min_nanos: "0" })).toEqual(["use-guessed", "use-priced", "use-unknown"]);
    expect(await found({ cost: "unpriced" })).toEqual(["use-unknown"]);
    expect(await found({ cost: "estimated" })).toEqual(["use-guessed"]);
    expect(await found({ cost: "estimated", max_nanos: "2" })).toEqual([]);
    expect(await found({ status: 201 })).toEqual(["use-priced"]);
    store.close();
  });

  it("are found by whose they are, by a refusal after all that was booked, and by what their outcomes are worth", async () => {
    const entry = (name: string, tenant: string) =>
      entryOfSettled(
        dispatched(name, { at: hoursIn(1), attribution: { ...attribution, tenant, interaction: `use-${name}` } }),
        settled(name),
      );
    const rig = await openRig({ book });
    const worth = (id: string, name: string, value: string | undefined) =>
      spanOf({
        id,
        trace: traceOf(Number(name)),
        name,
        at: hoursIn(1),
        attributes: {
          "tare.outcome": `resolved ${id}`,
          "tare.kind": "tool",
          ...(value === undefined ? {} : { "tare.outcome.value": value }),
        },
      });
    await rig.intake.takeSpans(sender, [worth("a", "1", "2"), worth("b", "1", "3"), worth("c", "2", undefined)]);
    const store = await storeOf(rig.written);
    const late = { at: hoursIn(30), code: "budget_exceeded", status: 402 };
    await store.append({
      stretches: [{ segment: "late", from: 0, to: 1, isDone: true, corrupted: 0 }],
      entries: [entry("care", "care"), entry("sales", "sales")],
      refusals: [refused("r", { ...late, attribution: { ...attribution, tenant: "care", interaction: "use-care" } })],
    });
    const analytics = new Analytics(store, { currency: "USD", bookedUntil });
    const found = async (search: Partial<Parameters<Analytics["interactions"]>[0]>) => {
      const page = await analytics.interactions({ sort: "newest", filter: {}, limit: 9, ...search });
      if (!page.ok) throw new Error(page.error.detail);
      return page.value.rows.map(({ interaction, value_nanos: value }) => [interaction, value]);
    };
    expect(await found({ tenant: "sales" })).toEqual([["use-sales", undefined]]);
    expect(await found({ tenant: "nobody" })).toEqual([]);
    const [from, to] = [0, 31].map((hours) => new Date(hoursIn(hours)).toISOString());
    for (const asked of [{ state: "refused" }, { state: "problems" }, { code: late.code }, { status: 402 }])
      expect(await found({ ...asked, from, to }), JSON.stringify(asked)).toEqual([["use-care", undefined]]);
    expect(await found({ state: "refused", from, to: new Date(hoursIn(30)).toISOString() })).toEqual([]);
    expect(await found({ min_value_nanos: "5000000000" })).toEqual([[traceOf(1), "5000000000"]]);
    expect(await found({ max_value_nanos: "9000000000" })).toEqual([[traceOf(1), "5000000000"]]);
    expect(await found({ max_value_nanos: "4999999999" })).toEqual([]);
    store.close();
  });

  it("took no time that is known where nobody said how long a step took, and are found by none", async () => {
    const rig = await openRig({ book });
    const steps = [
      { interaction: "untold", ...started(1) },
      { interaction: "nothing", ...started(2), duration_ms: 0 },
      { interaction: "apart", id: "first", ...started(3) },
      { interaction: "apart", id: "second", ...started(4) },
    ].map((step) => ({ id: "s", kind: "tool" as const, name: "look up", cost: "1", ...step }));
    expect((await takePostedSteps(rig.intake, steps, { sender, now: NOW })).ok).toBe(true);
    const store = await storeOf(rig.written);
    const analytics = new Analytics(store, { currency: "USD", bookedUntil });
    const found = async (search: Partial<Search>) =>
      (await foundBy(analytics, { sort: "newest", filter: {}, limit: 1, ...search })).map((row) => [
        row.interaction,
        row.duration_ms,
      ]);
    const all = { untold: ["untold", undefined], nothing: ["nothing", 0], apart: ["apart", HOUR_MS] };
    expect(await found({})).toEqual([all.apart, all.nothing, all.untold]);
    expect(await found({ sort: "slowest" })).toEqual([all.apart, all.nothing, all.untold]);
    expect(await found({ max_ms: 5 })).toEqual([all.nothing]);
    expect(await found({ min_ms: 0 })).toEqual([all.apart, all.nothing]);
    store.close();
  });

  it("are kept apart where their ids have one hash", async () => {
    // Two of a few hundred thousand names.
    const [one, other] = namesOfOneHash();
    const entry = (name: string, interaction: string, differing: { feature: string; hours: number }) => {
      const { feature, hours } = differing;
      const facts = { at: hoursIn(hours), attribution: { ...attribution, interaction, feature } };
      return entryOfSettled(dispatched(name, facts), settled(name));
    };
    const entries = [
      entry("1", one, { feature: "answers", hours: 1 }),
      entry("2", other, { feature: "search", hours: 2 }),
      entry("3", one, { feature: "notes", hours: 40 }),
    ];
    const store = await storeOf([]);
    const stretches = [{ segment: "hashes", from: 0, to: 1, isDone: true, corrupted: 0 }];
    const refusals = [
      refused("r", { at: hoursIn(1), code: "budget_exceeded", attribution: { ...attribution, interaction: other } }),
    ];
    await store.append({ stretches, entries, refusals });
    const analytics = new Analytics(store, { currency: "USD", bookedUntil });
    const found = async (search: Partial<Search> & { code?: string }) =>
      (await foundBy(analytics, { sort: "newest", filter: {}, limit: 1, ...search })).map((row) => [
        row.interaction,
        row.calls,
      ]);
    expect(await found({})).toEqual([
      [other, 1],
      [one, 2],
    ]);
    expect(await found({ filter: { feature: ["answers"] } })).toEqual([[one, 2]]);
    expect(await found({ filter: { feature: ["search"] } })).toEqual([[other, 1]]);
    expect(await found({ to: new Date(hoursIn(2)).toISOString() })).toEqual([[one, 2]]);
    expect(await found({ code: "budget_exceeded" })).toEqual([[other, 1]]);
    expect(await found({ state: "problems" })).toEqual([[other, 1]]);
    store.close();
  });
});

function entryOfCost(name: string, cost: Cost, status = 200) {
  return entryOfSettled(
    dispatched(name, { at: hoursIn(1), attribution: { ...attribution, interaction: `use-${name}` } }),
    settled(name, { cost, components: [], status }),
  );
}

function started(hours: number) {
  return { started_at: new Date(hoursIn(hours)).toISOString() };
}

function hoursIn(hours: number) {
  return instant(BEGAN + hours * HOUR_MS);
}

function namesOfOneHash(): readonly [string, string] {
  const seen = new Map<number, string>();
  for (let number = 0; ; number += 1) {
    const name = `turn-${number}`;
    const known = seen.get(hashText(name));
    if (known !== undefined) return [known, name];
    seen.set(hashText(name), name);
  }
}
