import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Allocations } from "#accounting";
import { AllocationAnswer, Explanation, MoneyFlow } from "#contract";
import { instant } from "#units";
import { AllocationRig, at, NONE } from "./allocation-rig.ts";

let rig: AllocationRig;

beforeEach(async () => {
  rig = await AllocationRig.open();
});

afterEach(() => rig.close());

async function askFor(of: Allocations, by: "feature" | "team" | "customer", month = "2026-11") {
  const answer = await of.answer({ by, month });
  if (!answer.ok) throw new Error(answer.error.detail);
  return AllocationAnswer.parse(JSON.parse(JSON.stringify(answer.value)));
}

function totals({ rows }: AllocationAnswer): Record<string, string> {
  return Object.fromEntries(rows.map(({ value, total_nanos: total }) => [value, total]));
}

/** Layers that cost something. */
function layersOf({ rows }: AllocationAnswer, name: string) {
  const layers = rows.find(({ value }) => value === name)?.layers ?? [];
  return layers.filter(({ nanos }) => nanos !== "0").map(({ layer, nanos }) => [layer, nanos]);
}

async function explained(of: Allocations, by: "feature" | "team", value: string, month = "2026-11") {
  const answer = await of.explain({ month, by, value, limit: 100 });
  if (!answer.ok) throw new Error(answer.error.detail);
  return Explanation.parse(JSON.parse(JSON.stringify(answer.value)));
}

const change = (name: string) => ({ audit: `audit_${name}`, who: "token ada", at: rig.now }) as const;

describe("an allocation of the ledger", () => {
  it("gives a GPU bill to features by the tokens they used there, and says how", async () => {
    await rig.book(
      { id: "gpu", nanos: 1000n, layer: "GPUs and serving", provider: "gpu cloud", name: "8 H100" },
      { id: "a", nanos: 10n, feature: "support", team: "care", provider: "local", tokens: 300 },
      { id: "b", nanos: 20n, feature: "search", team: "web", provider: "local", tokens: 100 },
      { id: "c", nanos: 40n, feature: "search", team: "web", provider: "openai", tokens: 9999 },
    );
    const rules = [
      {
        name: "fleet",
        of: { layer: "GPUs and serving" },
        by: "tokens",
        counting: { provider: "local" },
        to: "feature",
      },
    ];
    const of = rig.allocations(rules);
    const answer = await askFor(of, "feature");
    expect(totals(answer)).toEqual({ support: "760", search: "310" });
    expect(answer).toMatchObject({ total_nanos: "1070", billed_nanos: "1000", allocated_nanos: "1000", state: "open" });
    expect(answer.bills).toMatchObject([{ name: "8 H100 · gpu cloud", rule: "fleet", nanos: "1000", entry: "gpu" }]);
    const why = await explained(of, "feature", "support");
    expect(why.nanos).toBe("760");
    expect(why.rows[0]).toMatchObject({
      source: "bill",
      nanos: "750",
      whole_nanos: "1000",
      steps: [
        {
          rule: "fleet",
          driver: "tokens of provider local",
          unit: "count",
          to: "feature=support",
          quantity: "300",
          of: "400",
        },
      ],
    });
    expect(why.rows[1]).toMatchObject({ source: "direct", nanos: "10" });
    const bill = await of.explain({ month: "2026-11", by: "team", bill: why.rows[0]?.bill, limit: 10 });
    expect(bill).toMatchObject({
      value: {
        nanos: "1000",
        rows: [
          { nanos: "750", steps: [{ to: "feature=support" }] },
          { nanos: "250", steps: [{ to: "feature=search" }] },
        ],
      },
    });
    expect(await of.explain({ by: "team", limit: 10 })).toMatchObject({ ok: false, error: { field: "value" } });
    // Nothing tells features by team but what they cost themselves.
    expect(totals(await askFor(of, "team"))).toEqual({ care: "760", web: "310" });
  });

  it("shows idle time on a line of its own, nobody's without a rule and as a share of each with one, and both add up", async () => {
    await rig.book(
      { id: "busy", nanos: 700n, layer: "GPUs and serving", provider: "gpu cloud", name: "8 H100" },
      { id: "idle", nanos: 301n, layer: "idle and cold starts", provider: "gpu cloud", name: "8 H100" },
      { id: "a", nanos: 0n, feature: "support", team: "care", tokens: 30 },
      { id: "b", nanos: 0n, feature: "search", team: "web", tokens: 10 },
    );
    const busy = { name: "fleet", of: { layer: "GPUs and serving" }, by: "tokens", to: "feature" } as const;
    const idle = { name: "idle", of: { layer: "idle and cold starts" }, by: "tokens", to: "feature" } as const;
    const unshared = await askFor(rig.allocations([busy]), "feature");
    expect(totals(unshared)).toEqual({ support: "525", search: "175", "(unallocated)": "301" });
    const shared = await askFor(rig.allocations([busy, idle]), "feature");
    expect(totals(shared)).toEqual({ support: "751", search: "250" });
    expect(layersOf(unshared, "(unallocated)")).toEqual([["idle and cold starts", "301"]]);
    expect(layersOf(shared, "support")).toEqual([
      ["GPUs and serving", "525"],
      ["idle and cold starts", "226"],
    ]);
    for (const answer of [unshared, shared]) expect(answer.bills.map(({ nanos }) => nanos)).toContain("301");
    expect([unshared.total_nanos, shared.total_nanos]).toEqual(["1001", "1001"]);
  });

  it("tells by use what costs nothing of itself, since only the bill of its machines does", async () => {
    await rig.book(
      { id: "gpu", nanos: 90n, layer: "GPUs and serving" },
      { id: "a", nanos: 0n, feature: "chat", team: "care", tokens: 5 },
      { id: "b", nanos: 0n, feature: "chat", team: "care", tokens: 5 },
      { id: "c", nanos: 0n, feature: "chat", team: "web", tokens: 5 },
    );
    const of = rig.allocations([{ name: "gpus", of: { kind: "bill" }, by: "tokens", to: "feature" }]);
    expect(totals(await askFor(of, "team"))).toEqual({ care: "60", web: "30" });
    expect((await explained(of, "team", "web")).rows).toMatchObject([
      { source: "carried", steps: [{ rule: "entries of each feature", driver: "entries", quantity: "1", of: "3" }] },
      { source: "direct" },
    ]);
  });

  it("names what no rule takes, and leaves with their feature the costs that one carries", async () => {
    await rig.book(
      { id: "lic", nanos: 7n, layer: "observability and storage", provider: "watchers" },
      { id: "own", nanos: 5n, layer: "GPUs and serving", feature: "support", team: "care" },
      { id: "none", nanos: 3n, kind: "model" },
    );
    const of = rig.allocations([{ name: "gpus", of: { layer: "GPUs and serving" }, by: "even", to: { team: "web" } }]);
    const answer = await askFor(of, "feature");
    expect(totals(answer)).toEqual({ support: "5", [NONE]: "3", "(unallocated)": "7" });
    expect(answer).toMatchObject({ billed_nanos: "7", unallocated_nanos: "7", total_nanos: "15" });
    expect((await explained(of, "feature", "(unallocated)")).rows).toMatchObject([{ unallocated: "no-rule" }]);
    const whole = rig.allocations([
      { name: "g", of: { feature: "support", kind: "bill" }, by: "even", to: { team: "web" } },
    ]);
    expect(totals(await askFor(whole, "team"))).toEqual({ web: "5", [NONE]: "3", "(unallocated)": "7" });
  });

  it("takes people to the platform, the platform to features, and features to customers", async () => {
    await rig.book(
      { id: "people", nanos: 100n, layer: "people and engineering", name: "engineers" },
      { id: "a", nanos: 1n, feature: "support", customer: "acme", tokens: 7 },
      { id: "b", nanos: 2n, feature: "search", customer: "acme", tokens: 7 },
      { id: "c", nanos: 1n, feature: "search", customer: "zen", tokens: 7 },
    );
    const of = rig.allocations([
      { name: "engineers", of: { step: "engineers" }, by: "even", to: { pool: "platform" } },
      { name: "platform", pool: "platform", by: "tokens", to: "feature" },
      { name: "by requests", carried_by: "feature", by: "requests", to: "customer" },
    ]);
    // 33 and 67 of 100; of search's 67 each customer has made one of two requests: 34 and 33.
    expect(totals(await askFor(of, "feature"))).toEqual({ support: "34", search: "70" });
    expect(totals(await askFor(of, "customer"))).toEqual({ acme: "70", zen: "34" });
    const why = await of.explain({ month: "2026-11", by: "customer", value: "zen", limit: 10 });
    expect(why).toMatchObject({
      value: {
        rows: [
          {
            source: "carried",
            by: "feature",
            value: "search",
            whole_nanos: "67",
            steps: [{ rule: "by requests", driver: "requests", unit: "count", quantity: "1", of: "2" }],
          },
          { source: "direct" },
        ],
      },
    });
  });

  it("shares by GPU time, by the busiest hour, by steps of a kind, by fixed parts and by tags", async () => {
    await rig.book(
      { id: "x", nanos: 100n, layer: "GPUs and serving", tags: { cluster: "a" } },
      { id: "y", nanos: 100n, layer: "GPUs and serving", tags: { cluster: "b" } },
      { id: "z", nanos: 90n, layer: "observability and storage" },
      { id: "w", nanos: 10n, layer: "people and engineering" },
      { id: "s1", nanos: 0n, kind: "compute", feature: "support", team: "care", gpuMs: 30 },
      { id: "s2", nanos: 0n, kind: "compute", feature: "search", team: "web", gpuMs: 10 },
      { id: "t1", nanos: 0n, kind: "tool", feature: "search", team: "web" },
      { id: "m1", nanos: 0n, feature: "support", tokens: 50, at: "2026-11-02T01:10:00Z" },
      { id: "m2", nanos: 0n, feature: "support", tokens: 50, at: "2026-11-03T01:10:00Z" },
      { id: "m3", nanos: 0n, feature: "search", tokens: 30, at: "2026-11-03T01:10:00Z" },
      { id: "m4", nanos: 0n, feature: "search", tokens: 20, at: "2026-11-03T01:50:00Z" },
    );
    const of = rig.allocations([
      { name: "a", of: { "tag.cluster": "a" }, by: "gpu_time", to: "feature" },
      { name: "b", of: { "tag.cluster": "b" }, by: { peak: "tokens" }, to: "feature" },
      { name: "c", of: { layer: "observability and storage" }, by: { steps: "tool" }, to: "feature" },
      {
        name: "d",
        of: { kind: "bill" },
        by: {
          shares: [
            { feature: "support", parts: 3 },
            { feature: "search", parts: 2 },
          ],
        },
      },
    ]);
    expect((await askFor(of, "feature")).bills).toHaveLength(4);
    // support: 75 + 50 + 0 + 6; search: 25 + 50 + 90 + 4.
    expect(totals(await askFor(of, "feature"))).toEqual({ support: "131", search: "169" });
  });

  const names = fc.constantFrom("a", "b", NONE);
  const anyTold = fc.record({
    nanos: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
    feature: names,
    team: names,
    customer: names,
    provider: fc.constantFrom("openai", "local"),
    tokens: fc.nat(1000),
    at: fc.constantFrom("2026-10-31T23:30:00Z", "2026-11-10T10:00:00Z", "2026-11-30T23:30:00Z"),
    layer: fc.constantFrom(undefined, "GPUs and serving", "people and engineering"),
  });
  const anyRules = fc.subarray([
    { name: "1", of: { provider: "local" }, by: "tokens", to: "feature" },
    { name: "2", of: { layer: "GPUs and serving", feature: ["a", NONE] }, by: "cost", to: "team" },
    {
      name: "3",
      of: { kind: "bill" },
      by: {
        shares: [
          { pool: "p", parts: 2 },
          { customer: "c", parts: 1 },
        ],
      },
    },
    { name: "4", pool: "p", by: { peak: "requests" }, to: "customer" },
  ]);

  it(
    "conserves every bill and every total: each view adds up to the ledger's month, to the nano",
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyTold, { maxLength: 12 }), anyRules, async (rows, written) => {
          await rig.empty();
          const list = rows.map(({ layer, ...row }, index) => ({
            ...row,
            id: `e${index}`,
            ...(layer === undefined ? {} : { layer: layer as "GPUs and serving" }),
          }));
          await rig.book(...list);
          const rules = written.filter(({ name }) => name !== "4" || written.some((rule) => rule.name === "3"));
          const of = rig.allocations(rules, "Europe/Berlin");
          for (const month of ["2026-11", "2026-12"]) {
            const spend = await rig.analytics().spend({
              by: [],
              from: "2020-01-01T00:00:00Z",
              to: "2030-01-01T00:00:00Z",
              tz: "Europe/Berlin",
              filter: { month: [month] },
            });
            if (!spend.ok) throw new Error(spend.error.detail);
            for (const by of ["feature", "team", "customer"] as const) {
              const answer = await askFor(of, by, month);
              expect(answer.total_nanos).toBe(spend.value.total.gross_nanos);
              expect(sum(answer.rows.map((row) => row.total_nanos))).toBe(answer.total_nanos);
              expect(sum(answer.rows.flatMap(({ layers }) => layers.map(({ nanos }) => nanos)))).toBe(
                answer.total_nanos,
              );
              for (const bill of answer.bills)
                expect(sum([bill.allocated_nanos, bill.unallocated_nanos])).toBe(bill.nanos);
            }
            const [row] = (await askFor(of, "team", month)).rows;
            if (row !== undefined) {
              const why = await explained(of, "team", row.value, month);
              expect(sum(why.rows.map(({ nanos }) => nanos))).toBe(row.total_nanos);
            }
            const flow = await of.flow(month);
            if (!flow.ok) throw new Error(flow.error.detail);
            const { links } = MoneyFlow.parse(JSON.parse(JSON.stringify(flow.value)));
            for (const stage of ["source", "layer", "feature"])
              expect(sum(links.filter(({ from }) => from.stage === stage).map(({ nanos }) => nanos))).toBe(
                spend.value.total.gross_nanos,
              );
          }
        }),
        { numRuns: 15 },
      );
    },
  );
});

function sum(texts: readonly string[]): string {
  return texts.reduce((all, text) => all + BigInt(text), 0n).toString();
}

describe("a closed month", () => {
  const rules = [{ name: "gpus", of: { layer: "GPUs and serving" }, by: "tokens", to: "feature" }];

  it("stays as it was, and what comes later is corrected in the open month, once", async () => {
    const october = "2026-10-05T10:00:00Z";
    await rig.book(
      { id: "gpu", nanos: 100n, layer: "GPUs and serving", at: october },
      { id: "a", nanos: 1n, feature: "support", tokens: 1, at: october },
      { id: "b", nanos: 1n, feature: "search", tokens: 1, at: october },
      { id: "n", nanos: 8n, feature: "search", tokens: 1 },
    );
    const of = rig.allocations(rules);
    expect(await of.close("2026-10", change("1"))).toMatchObject({ ok: true, value: { total_nanos: "102" } });
    const frozen = await askFor(of, "feature", "2026-10");
    expect(frozen).toMatchObject({ state: "closed", total_nanos: "102" });

    rig.now = instant(rig.now + 60_000);
    await rig.book({ id: "gpu2", nanos: 50n, layer: "GPUs and serving", at: october, bookedAt: rig.now });
    expect(totals(await askFor(of, "feature", "2026-10"))).toEqual(totals(frozen));
    const open = await askFor(of, "feature");
    expect(totals(open)).toEqual({ search: "33", support: "25" });
    expect(open).toMatchObject({ corrected_nanos: "50", total_nanos: "58" });
    expect((await explained(of, "feature", "support")).rows).toMatchObject([
      { source: "correction", month: "2026-10", nanos: "25" },
    ]);

    rig.now = at("2026-12-02T00:00:00Z");
    expect(await of.close("2026-11", change("2"))).toMatchObject({ ok: true, value: { total_nanos: "58" } });
    expect(await askFor(of, "feature", "2026-12")).toMatchObject({ corrected_nanos: "0", total_nanos: "0" });

    rig.now = instant(rig.now + 60_000);
    await rig.book({ id: "gpu3", nanos: -50n, layer: "GPUs and serving", at: october, bookedAt: rig.now });
    expect(totals(await askFor(of, "feature", "2026-12"))).toEqual({ search: "-25", support: "-25" });
  });

  it("is closed by the rules it had: others change nothing in it and correct nothing", async () => {
    await rig.book(
      { id: "gpu", nanos: 100n, layer: "GPUs and serving", at: "2026-10-05T10:00:00Z" },
      { id: "a", nanos: 1n, feature: "support", tokens: 1, at: "2026-10-05T10:00:00Z" },
    );
    await rig.allocations(rules).close("2026-10", change("1"));
    const other = rig.allocations([{ name: "all", of: { kind: "bill" }, by: "even", to: { feature: "search" } }]);
    expect(totals(await askFor(other, "feature", "2026-10"))).toEqual({ support: "101" });
    expect(await askFor(other, "feature")).toMatchObject({ corrected_nanos: "0" });
  });

  it("is over, closed once, and follows the month that was closed before it", async () => {
    const of = rig.allocations(rules);
    expect(await of.close("2026-11", change("1"))).toEqual({ ok: false, error: { type: "not-over" } });
    expect(await of.close("2026-08", change("2"))).toMatchObject({ ok: true });
    expect(await of.close("2026-08", change("3"))).toEqual({ ok: false, error: { type: "closed-already" } });
    expect(await of.close("2026-10", change("4"))).toEqual({
      ok: false,
      error: { type: "not-next", next: "2026-09" },
    });
    const lines = await rig.books.audit.list({ limit: 9, after: undefined, subject: undefined });
    expect(lines.map(({ action, subject, who }) => [action, subject, who])).toEqual([
      ["month-closed", "month 2026-08", "token ada"],
    ]);
  });
});
