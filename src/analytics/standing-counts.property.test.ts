/** What is counted is what still stands, however much was taken back, in part or as a whole, whenever that was told. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Analytics } from "#analytics";
import { type AttemptDispatched, type AttemptSettled, type Bill, type Step } from "#events";
import { type DuckDbStore, type Entry, openDuckDbStore } from "#ledger";
import { instant, money } from "#units";
import { dispatched, settled } from "../events/event-examples.ts";
import { entriesOfCorrectedBill, entryOfBill } from "../ledger/make-bill-entry.ts";
import { entryOfCorrection, entryOfSettled } from "../ledger/make-entry.ts";
import { entriesOfCorrectedStep, entryOfStep } from "../ledger/make-step-entry.ts";
import { runsOf } from "../../simulation/runs-of.ts";

const DAY_MS = 86_400_000;
const START = 20_700 * DAY_MS;
const DAYS = 9;
const DURATION_MS = 7;

const anyAt = fc.nat(DAYS * DAY_MS).map((after) => instant(START + after));
/** Few of everything, so that some have several entries, and some have one, of which nothing is left. */
const anyShape = fc.record({
  at: anyAt,
  nanos: fc.oneof(fc.constant(0n), fc.bigInt(1n, 1000n)).map(money),
  kind: fc.constantFrom("model", "tool"),
  attribution: fc.record({
    tenant: fc.constantFrom("a", "b"),
    interaction: fc.constantFrom("i1", "i2", "i3", "i4", "i5"),
    feature: fc.constantFrom("answers", "search", "(none)"),
    team: fc.constant("(none)"),
    customer: fc.constantFrom("acme", "globex", "initech", "(none)"),
    user: fc.constantFrom("ann", "bob", "eve", "(none)"),
    environment: fc.constant("production"),
    session: fc.constantFrom("s1", "s2", "s3", "(none)"),
    tags: fc.constantFrom({ plan: "free" }, { plan: "pro" }, { plan: "pro", seat: "1" }),
    claimed: fc.constant({}),
  }),
});
type Shape = typeof anyShape extends fc.Arbitrary<infer Value> ? Value : never;

const anyAct = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("book" as const),
      what: fc.array(fc.tuple(fc.constantFrom("call", "step", "bill"), anyShape), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("correct" as const), which: fc.nat(), after: fc.option(anyShape) }),
  },
  { weight: 3, arbitrary: fc.constant({ type: "checkpoint" } as const) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("retire" as const), before: anyAt, isOfSteps: fc.boolean() }) },
);
type Act = typeof anyAct extends fc.Arbitrary<infer Value> ? Value : never;

/** Something that was booked, as it is known now. */
type Booked = Shape & {
  readonly id: string;
  readonly type: "call" | "step" | "bill";
  readonly corrections: number;
};

function stepOf({ id, at, nanos, kind, attribution }: Booked): Step {
  return {
    step: `step_${id}`,
    parent: undefined,
    name: "search",
    kind: kind === "model" ? "model" : "tool",
    purpose: "answer",
    startedAt: at,
    durationMs: DURATION_MS,
    attribution,
    key: "key_1",
    source: "otlp",
    state: "answered",
    error: undefined,
    provider: "(none)",
    model: "(none)",
    operation: "search",
    tier: undefined,
    upstreamId: undefined,
    usage: undefined,
    reported: undefined,
    cost: { type: "priced", nanos },
    components: [],
    priceBook: undefined,
    sku: undefined,
  };
}

function billOf({ id, at, nanos, attribution }: Booked): Bill {
  return {
    bill: `bill_${id}`,
    content: "c",
    source: "focus",
    origin: "file",
    incurredAt: at,
    provider: "cloud",
    service: "vectors",
    charge: "Usage",
    sku: undefined,
    region: undefined,
    layer: "tools",
    attribution,
    nanos,
    remainder: undefined,
    row: "{}",
  };
}

function callOf({ id, at, nanos, attribution }: Booked): readonly [AttemptDispatched, AttemptSettled] {
  const cost = { type: "priced", nanos } as const;
  return [dispatched(id, { at, attribution }), settled(id, { at, cost, components: [], durationMs: DURATION_MS })];
}

function entryOf(booked: Booked): Entry {
  if (booked.type === "call") return entryOfSettled(...callOf(booked));
  if (booked.type === "step") return entryOfStep(stepOf(booked), booked.at);
  return entryOfBill({ type: "bill-booked", at: booked.at, bill: billOf(booked) });
}

/** Told some days after it was incurred. A call never moves: only what it cost does. */
function corrected(before: Booked, after: Booked | undefined): readonly Entry[] {
  const told = { at: instant(before.at + 3 * DAY_MS), number: before.corrections + 1, reason: "more is known" };
  if (before.type === "bill")
    return entriesOfCorrectedBill({
      type: "bill-corrected",
      ...told,
      before: billOf(before),
      after: after === undefined ? undefined : billOf(after),
    });
  const now = after ?? before;
  if (before.type === "step")
    return entriesOfCorrectedStep({ type: "step-corrected", ...told, before: stepOf(before), after: stepOf(now) });
  const [[start, was], [, is]] = [callOf(before), callOf(now)];
  return [
    {
      ...entryOfCorrection({ type: "attempt-corrected", ...told, dispatched: start, before: was, settlement: is }),
      callEnd: false,
    },
  ];
}

const stepsOfApplications = ["tool"];

class Model {
  booked: Booked[] = [];
  #made = 0;
  #batches = 0;
  takenBack = 0;

  async act(store: DuckDbStore, act: Act): Promise<void> {
    if (act.type === "checkpoint") expect(await store.checkpoint()).toMatchObject({ ok: true });
    else if (act.type === "book") {
      const made = act.what.map(([type, shape]): Booked => {
        this.#made += 1;
        return {
          ...shape,
          id: `${this.#made}`,
          type: type === "call" || type === "step" ? type : "bill",
          corrections: 0,
        };
      });
      this.booked.push(...made);
      await this.#append(store, made.map(entryOf));
    } else if (act.type === "correct") await this.#correct(store, act);
    else {
      const { before, isOfSteps } = act;
      const what = isOfSteps ? { before: undefined, stepsBefore: before } : { before, stepsBefore: undefined };
      expect(await store.retire({ ...what, segments: [] })).toMatchObject({ ok: true });
      this.booked = this.booked.filter(
        ({ at, type, kind }) => at >= before || (isOfSteps && !(type === "step" && stepsOfApplications.includes(kind))),
      );
    }
  }

  async #correct(store: DuckDbStore, { which, after }: Extract<Act, { type: "correct" }>): Promise<void> {
    const place = which % Math.max(1, this.booked.length);
    const before = this.booked[place];
    // Of an attempt one correction is kept.
    if (before === undefined || (before.type === "call" && before.corrections > 0)) return;
    const moved = before.type === "call" ? { ...before, nanos: after?.nanos ?? money(0n) } : { ...before, ...after };
    const isGone = before.type === "bill" && after === null;
    const now = isGone ? undefined : { ...moved, corrections: before.corrections + 1 };
    await this.#append(store, corrected(before, now));
    this.booked.splice(place, 1, ...(now === undefined ? [] : [now]));
    if (before.type !== "call") this.takenBack += 1;
  }

  async #append(store: DuckDbStore, entries: readonly Entry[]): Promise<void> {
    const [from, to] = [this.#batches, this.#batches + 1];
    this.#batches = to;
    const stretches = [{ segment: "n.0.a.000001.journal", from, to, isDone: false, corrupted: 0 }];
    expect(await store.append({ stretches, entries, refusals: [] })).toMatchObject({ ok: true });
  }
}

type Dimension = "feature" | "customer" | "day" | "tag.seat";

function valueOf({ at, attribution }: Booked, dimension: Dimension): string {
  if (dimension === "day") return new Date(at).toISOString().slice(0, 10);
  return dimension === "tag.seat" ? (attribution.tags.seat ?? "(none)") : attribution[dimension];
}

const sum = (all: readonly Booked[]) => all.reduce((total, { nanos }) => total + nanos, 0n).toString();
const different = (all: readonly Booked[], of: (one: Booked) => string) =>
  new Set(all.map(of).filter((id) => !id.endsWith("(none)"))).size;

/** As the contract says it: by going through what stands. */
function recount(all: readonly Booked[]) {
  const used = all.filter(({ type }) => type !== "bill");
  return {
    gross_nanos: sum(all),
    calls: all.filter(({ type }) => type === "call").length,
    steps: all.filter(({ type }) => type === "step").length,
    interactions: different(used, ({ attribution }) => `${attribution.tenant} ${attribution.interaction}`),
    users: different(all, ({ attribution }) => `${attribution.tenant} ${attribution.user}`),
    sessions: different(all, ({ attribution }) => `${attribution.tenant} ${attribution.session}`),
  };
}

function recountBy(all: readonly Booked[], dimension: Dimension) {
  const groups = Map.groupBy(all, (one) => valueOf(one, dimension));
  return [...groups]
    .map(([value, own]) => ({ dimensions: { [dimension]: value }, ...recount(own) }))
    .toSorted(byDimensions);
}

function byDimensions(one: { readonly dimensions: object }, other: { readonly dimensions: object }): number {
  return JSON.stringify(one.dimensions) < JSON.stringify(other.dimensions) ? -1 : 1;
}

/** Lists of interactions: whose most money is, they say only where it is of one. */
function recountInteractions(all: readonly Booked[]) {
  const used = all.filter(({ type }) => type !== "bill");
  const groups = Map.groupBy(used, ({ attribution: { tenant, interaction } }) => `${tenant} ${interaction}`);
  return [...groups].map(([key, own]) => {
    const instants = own.map(({ at }) => at);
    const [first, last] = [Math.min(...instants), Math.max(...instants)];
    const customers = new Set(own.map(({ attribution }) => attribution.customer));
    return {
      key,
      from: new Date(first).toISOString(),
      duration_ms: last + DURATION_MS - first,
      calls: own.filter(({ type }) => type === "call").length,
      steps: own.filter(({ type }) => type === "step").length,
      gross_nanos: sum(own),
      customer: customers.size === 1 ? [...customers][0] : "several",
    };
  });
}

async function expectCounted(store: DuckDbStore, all: readonly Booked[], dimension: Dimension): Promise<void> {
  const analytics = new Analytics(store, { currency: "USD", bookedUntil: () => instant(0) });
  const range = {
    from: new Date(START - DAY_MS).toISOString(),
    to: new Date(START + 20 * DAY_MS).toISOString(),
    tz: "UTC",
  };
  const units = await analytics.unitCosts({ ...range, by: [dimension], filter: {} });
  if (!units.ok) throw new Error(units.error.detail);
  const expected = recountBy(all, dimension);
  expect(units.value.total).toMatchObject(recount(all));
  expect(units.value.rows.toSorted(byDimensions)).toMatchObject(expected);
  expect(units.value.rows).toHaveLength(expected.length);
  const one = await analytics.unitCosts({ ...range, by: [], filter: { feature: ["search"] } });
  if (!one.ok) throw new Error(one.error.detail);
  expect(one.value.total).toMatchObject(recount(all.filter(({ attribution }) => attribution.feature === "search")));
  const spend = await analytics.spend({ ...range, by: [dimension], filter: {} });
  if (!spend.ok) throw new Error(spend.error.detail);
  const spent = spend.value.rows.toSorted(byDimensions);
  expect(spent.map(({ dimensions, gross_nanos, calls }) => ({ dimensions, gross_nanos, calls }))).toEqual(
    expected.map(({ dimensions, gross_nanos, calls }) => ({ dimensions, gross_nanos, calls })),
  );
  await expectListed(analytics, all);
}

async function expectListed(analytics: Analytics, all: readonly Booked[]): Promise<void> {
  const listed = await analytics.interactions({ sort: "newest", filter: {}, limit: 50 });
  if (!listed.ok) throw new Error(listed.error.detail);
  const expected = new Map(recountInteractions(all).map((each) => [each.key, each]));
  expect(new Set(listed.value.rows.map(({ tenant, interaction }) => `${tenant} ${interaction}`))).toEqual(
    new Set(expected.keys()),
  );
  for (const { tenant, interaction, customer, ...row } of listed.value.rows) {
    const { key, customer: only, ...said } = expected.get(`${tenant} ${interaction}`) ?? expect.unreachable();
    expect(row, key).toMatchObject(said);
    if (only !== "several") expect(customer, key).toBe(only);
  }
}

it(
  "users, sessions, interactions, steps, features and days are those of what was not taken back, through checkpoints and retirement",
  { timeout: 240_000 },
  async () => {
    let takenBack = 0;
    const anyActs = fc.array(anyAct, { minLength: 4, maxLength: 14 });
    const anyDimension = fc.constantFrom<Dimension>("feature", "customer", "day", "tag.seat");
    await fc.assert(
      fc.asyncProperty(anyActs, anyDimension, async (acts, dimension) => {
        const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
        if (!opened.ok) throw new Error(opened.error.type);
        const store = opened.value;
        const model = new Model();
        for (const act of acts) {
          await model.act(store, act);
          await expectCounted(store, model.booked, dimension);
        }
        takenBack += model.takenBack;
        store.close();
      }),
      // Making the example smaller would take longer than the test may.
      { numRuns: runsOf(60), endOnFailure: true },
    );
    expect(takenBack).toBeGreaterThan(0);
  },
);
