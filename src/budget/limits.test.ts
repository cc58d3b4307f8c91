import { describe, expect, it } from "vitest";
import { instant, money } from "#units";
import { dispatched, settled } from "../events/event-examples.ts";
import { type Admission, type Bill, type Hold } from "./bill.ts";
import { type BudgetDefinition, type Threshold } from "./budget-definition.ts";
import { BudgetTable } from "./budget-table.ts";
import { EmbeddedAuthority } from "./embedded-authority.ts";
import { type AccountTotals } from "./account-totals.ts";
import { ThreadBudgets } from "./thread-budgets.ts";

const NOW = instant(Date.parse("2026-06-15T09:30:00Z"));
const spender = dispatched("a");
const refuse: Threshold = { percent: 100, action: "refuse" };

function limit(unit: BudgetDefinition["unit"], amount: bigint, differing: Partial<BudgetDefinition> = {}) {
  const per = unit === "concurrent" ? ("total" as const) : ("minute" as const);
  const fixed = { id: unit, scope: {}, zone: "UTC", thresholds: [refuse], valuesMax: 10 };
  return { ...fixed, unit, per, limit: amount, ...differing };
}

/** Threads whose messages arrive at once; a call that must wait is answered before `admit` returns here. */
function rig(definitions: readonly BudgetDefinition[], { threads = 1, unseeded = [] as string[] } = {}) {
  const table = new BudgetTable(definitions, 1);
  const members: ThreadBudgets[] = [];
  const resolved = new Map<string, Admission>();
  const authority: EmbeddedAuthority = new EmbeddedAuthority(new BudgetTable([], 0), {
    send: (holder, message) => members[Number(holder)]?.receive([message], NOW),
    reached: () => {},
  });
  authority.apply(table, NOW, unseeded);
  for (let index = 0; index < threads; index += 1) {
    const port = {
      send: (message: Parameters<EmbeddedAuthority["receive"]>[0][number]) => authority.receive([message], NOW),
      resolved: (ticket: number, admission: Admission) => void resolved.set(`${index} ${ticket}`, admission),
    };
    members.push(new ThreadBudgets(String(index), table, port));
    authority.join(String(index));
  }
  const admit = (bill: Partial<Bill> = {}, thread = 0): Admission => {
    const asked: Bill = { spender, amount: 10n, tokens: 10n, at: NOW, ...bill };
    const admission = members[thread]?.admit(asked);
    if (admission === undefined) throw new Error("no such thread");
    return admission.type === "waiting" ? (resolved.get(`${thread} ${admission.ticket}`) ?? admission) : admission;
  };
  const held = (bill: Partial<Bill> = {}, thread = 0): Hold => {
    const admission = admit(bill, thread);
    if (admission.type !== "admitted") throw new Error(`not admitted: ${admission.type}`);
    return admission.hold;
  };
  return { authority, thread: (index: number) => members[index], admit, held };
}

const answered = (tokens: number | undefined) => ({
  ...settled("a"),
  cost: { type: "priced" as const, nanos: money(4n) },
  usage: tokens === undefined ? undefined : { input_uncached: tokens - 1, output_text: 1 },
});

describe("limits that are not money", () => {
  it("let through as many requests in a minute as they say, on all threads together, and say when more may come", () => {
    const { admit, thread, held } = rig([limit("requests", 6n)], { threads: 3 });
    for (let call = 0; call < 6; call += 1) thread(call % 3)?.settle(held({}, call % 3), answered(5), NOW);
    expect(admit({}, 1)).toMatchObject({
      type: "refused",
      refusal: { code: "rate_limited", unit: "requests", limit: 6n, left: 0n, resetAt: NOW + 60_000 },
    });
    expect(admit({ at: instant(NOW + 60_000) }, 1).type).not.toBe("refused");
  });

  it("count a call's retries once, and at their provider each time", () => {
    const atProvider = limit("requests", 2n, { id: "provider", scope: { provider: "*" } });
    const { admit } = rig([limit("requests", 1n), atProvider]);
    expect([admit(), admit({ isFirst: false })].map(({ type }) => type)).toEqual(["admitted", "admitted"]);
    expect(admit({ isFirst: false })).toMatchObject({ refusal: { code: "rate_limited", budget: "provider" } });
  });

  it("hold tokens by their bound and settle them with what was used", () => {
    const { admit, held, thread } = rig([limit("tokens", 100n)]);
    const hold = held({ tokens: 90n });
    expect(admit({ tokens: 20n })).toMatchObject({ refusal: { code: "rate_limited", unit: "tokens", left: 10n } });
    thread(0)?.settle(hold, answered(30), NOW);
    expect(admit({ tokens: 70n }).type).toBe("admitted");
  });

  it("keep all the tokens of an attempt whose usage nobody knows, and none of one that failed", () => {
    for (const [cost, left] of [
      [{ type: "estimated", nanos: money(0n), basis: "silence" }, 50n],
      [{ type: "priced", nanos: money(0n) }, 100n],
    ] as const) {
      const { held, thread, admit } = rig([limit("tokens", 100n)]);
      thread(0)?.settle(held({ tokens: 50n }), { ...answered(undefined), cost }, NOW);
      expect(admit({ tokens: left }).type).toBe("admitted");
      expect(admit({ tokens: 1n }).type).toBe("refused");
    }
  });

  it("refuse what nothing bounds in tokens, and only where tokens are limited", () => {
    const { admit } = rig([limit("tokens", 100n)]);
    expect(admit({ tokens: undefined })).toMatchObject({ refusal: { code: "tokens_unbounded", budget: "tokens" } });
    expect(rig([limit("requests", 5n)]).admit({ tokens: undefined }).type).toBe("admitted");
  });

  it("let only so many run at once, whatever they cost and whoever ends first", () => {
    const { admit, held, thread } = rig([limit("concurrent", 2n)], { threads: 2 });
    const [first] = [held({}, 0), held({}, 1)];
    expect(admit({ amount: 0n }, 0)).toMatchObject({ refusal: { code: "rate_limited", unit: "concurrent" } });
    thread(0)?.settle(first, { ...answered(5), cost: { type: "unpriced", reason: "no rate" } }, NOW);
    expect(admit({}, 1).type).toBe("admitted");
  });

  it("tell what is left of each unit's tightest limit, when they are asked", () => {
    const wide = limit("USD", 1_000n, { id: "wide", per: "day" });
    const { held, thread } = rig([limit("requests", 5n), wide, limit("USD", 100n, { id: "tight", per: "day" })]);
    held();
    const hold = held({ amount: 30n });
    expect(thread(0)?.headroom(hold)).toEqual({
      USD: { budget: "tight", value: "", limit: 100n, left: 60n, resetAt: Date.parse("2026-06-16T00:00:00Z") },
      requests: { budget: "requests", value: "", limit: 5n, left: 3n, resetAt: NOW + 60_000 },
    });
  });
});

function soft(action: "clamp" | "degrade", percent = 100) {
  return limit("USD", 150n, { per: "day", thresholds: [{ percent, action }, refuse] });
}

describe("a hold that does not fit", () => {
  const clamp = { capMax: 100, capMin: 10, sizeAt: (cap: number) => ({ amount: BigInt(cap), tokens: BigInt(cap) }) };

  it("becomes the largest that fits, where budget and route allow it", () => {
    const { held, admit } = rig([soft("clamp")]);
    held({ amount: 100n });
    expect(held({ amount: 100n, clamp })).toMatchObject({ cap: 50, amount: 50n });
    expect(admit({ amount: 100n, clamp })).toMatchObject({ type: "refused", refusal: { left: 0n } });
    const strict = rig([limit("USD", 150n, { per: "day" })]);
    strict.held({ amount: 100n });
    expect(strict.admit({ amount: 100n, clamp }).type).toBe("refused");
  });

  it("is refused when only an answer of no use would fit", () => {
    const { held, admit } = rig([soft("clamp")]);
    held({ amount: 141n });
    expect(admit({ amount: 100n, clamp })).toMatchObject({ type: "refused", refusal: { left: 9n } });
  });

  it("is not taken where a cheaper target was offered and the budget wants it", () => {
    const { held, admit } = rig([soft("degrade")]);
    held({ amount: 100n });
    expect(admit({ amount: 100n, mayDegrade: true })).toMatchObject({
      type: "degrade",
      refusal: { code: "budget_exceeded", left: 50n },
    });
    expect(admit({ amount: 40n }).type).toBe("admitted");
  });

  it("takes a tenth of what is left from a threshold of clamp on, and makes room before the limit is reached", () => {
    const { held, thread } = rig([soft("clamp", 50)]);
    expect(held({ amount: 50n, clamp }).cap).toBeUndefined();
    held({ amount: 25n });
    thread(0)?.tick(instant(NOW + 30));
    expect(held({ amount: 100n, clamp })).toMatchObject({ cap: 10, amount: 10n });
  });

  it("asks for the cheaper target from a threshold of degrade on", () => {
    const { held, admit, thread } = rig([soft("degrade", 50)]);
    expect(admit({ amount: 75n, mayDegrade: true }).type).toBe("admitted");
    thread(0)?.tick(instant(NOW + 30));
    expect(admit({ amount: 1n, mayDegrade: true })).toEqual({ type: "degrade", refusal: undefined });
    expect(held({ amount: 1n }).cap).toBeUndefined();
  });
});

describe("a budget that is made in the middle of its period", () => {
  it("grants nothing before it is known what was spent, and counts that once", () => {
    const day = limit("USD", 100n, { id: "new", per: "day" });
    const { admit, authority } = rig([day], { unseeded: ["new"] });
    expect(admit({ amount: 10n }).type).toBe("waiting");
    const [account] = new BudgetTable([day], 1).accountsAt(spender, NOW);
    if (account === undefined) throw new Error("no budget holds the spender");
    const totals: AccountTotals[] = [{ account, spent: 60n, inDoubt: 5n }];
    for (let again = 0; again < 2; again += 1) authority.seed("new", totals, NOW);
    expect(authority.status()[0]).toMatchObject({ spent: 60n, inDoubt: 5n });
    expect(admit({ amount: 26n })).toMatchObject({ refusal: { code: "budget_exceeded", left: 25n } });
  });
});

describe("what is left", () => {
  it("is unspendable as a whole when it is less than the smallest hold that was refused lately", () => {
    const { held, admit, authority } = rig([limit("USD", 100n, { per: "day" })]);
    for (let call = 0; call < 9; call += 1) held();
    expect(authority.status()[0]?.unspendable).toBe(0n);
    admit({ amount: 20n });
    expect(authority.status()[0]).toMatchObject({ left: 10n, unspendable: 10n });
    admit({ amount: 10n });
    expect(authority.status()[0]).toMatchObject({ unspendable: 0n });
  });
});
