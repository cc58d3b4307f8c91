import { describe, expect, it } from "vitest";
import { instant, money } from "#units";
import { dispatched } from "../events/event-examples.ts";
import { type BudgetDefinition } from "./budget-definition.ts";
import { BudgetTable } from "./budget-table.ts";
import { EmbeddedAuthority } from "./embedded-authority.ts";
import { type Admission, type Hold } from "./bill.ts";
import { JournalFold } from "./journal-fold.ts";
import { ThreadBudgets } from "./thread-budgets.ts";
import { fault, recovers } from "../../e2e/harness/faults.ts";

const NOW = instant(Date.parse("2026-06-15T09:30:00Z"));
const spender = dispatched("a");

function priced(nanos: bigint, residual: bigint) {
  return { cost: { type: "priced" as const, nanos: money(nanos) }, residual: money(residual), usage: undefined };
}

function budget(differing: Partial<BudgetDefinition> = {}): BudgetDefinition {
  const thresholds = [{ percent: 100, action: "refuse" as const }];
  return {
    id: "all",
    scope: {},
    unit: "USD",
    per: "day",
    limit: money(5_000n),
    zone: "UTC",
    thresholds,
    valuesMax: 10,
    ...differing,
  };
}

/** Threads and their authority; messages are copied as ports copy them, and wait until `run`. */
function rig(definitions: readonly BudgetDefinition[], threads = 1) {
  const letters: (() => void)[] = [];
  const outcomes: Admission[] = [];
  const table = new BudgetTable(definitions, 1);
  const members = new Map<string, ThreadBudgets>();
  const post = <Message>(message: Message, deliver: (copy: Message) => void) => {
    const copy = structuredClone(message);
    letters.push(() => deliver(copy));
  };
  const authority = new EmbeddedAuthority(table, {
    send: (holder, message) => post(message, (copy) => members.get(holder)?.receive([copy], NOW)),
    reached: () => {},
  });
  for (let index = 0; index < threads; index += 1) {
    const send = (message: Parameters<EmbeddedAuthority["receive"]>[0][number]) =>
      post(message, (copy) => authority.receive([copy], NOW));
    members.set(
      `t${index}`,
      new ThreadBudgets(`t${index}`, table, { send, resolved: (_, each) => void outcomes.push(each) }),
    );
    authority.join(`t${index}`);
  }
  const run = () => {
    for (let letter = letters.shift(); letter !== undefined; letter = letters.shift()) letter();
  };
  const admit = (thread: number, amount: bigint, differing: Partial<typeof spender> = {}) => {
    const admission = members.get(`t${thread}`)?.admit({ spender: { ...spender, ...differing }, amount, at: NOW });
    if (admission !== undefined && admission.type !== "waiting") outcomes.push(admission);
  };
  const holds = (): Hold[] => outcomes.flatMap((each) => (each.type === "admitted" ? [each.hold] : []));
  return { authority, thread: (index: number) => members.get(`t${index}`), admit, run, outcomes, holds };
}

describe("the budgets of threads", () => {
  it(
    "let exactly as many of a thousand calls at once pass as the budget pays, on one thread and on four",
    {
      timeout: 60_000,
    },
    () => {
      for (const threads of [1, 4]) {
        const { admit, run, outcomes, holds } = rig([budget()], threads);
        for (let call = 0; call < 1000; call += 1) admit(call % threads, 25n);
        run();
        expect(outcomes).toHaveLength(1000);
        expect(holds()).toHaveLength(200);
      }
    },
  );

  it("refuse no call inside the limit, and let the last nano be spent", () => {
    const { admit, run, outcomes, thread } = rig([budget({ limit: money(10_000n) })], 2);
    for (let call = 0; call < 10_000; call += 1) {
      admit(call % 2, 1n);
      run();
      const last = outcomes.at(-1);
      if (last?.type === "admitted") thread(call % 2)?.settle(last.hold, priced(1n, 0n), NOW);
    }
    expect(outcomes.every(({ type }) => type === "admitted")).toBe(true);
    admit(0, 1n);
    run();
    expect(outcomes.at(-1)).toMatchObject({
      type: "refused",
      refusal: { code: "budget_exceeded", spent: 10_000n, left: 0n },
    });
  });

  it("take all scopes or none: the tightest decides, and the others keep what they had", () => {
    const tight = budget({ id: "key", scope: { key: "*" }, limit: money(30n) });
    const { admit, run, outcomes, authority } = rig([budget(), tight]);
    for (const amount of [20n, 20n]) {
      admit(0, amount);
      run();
    }
    expect(outcomes.map(({ type }) => type)).toEqual(["admitted", "refused"]);
    expect(outcomes[1]).toMatchObject({ refusal: { budget: "key", value: spender.key, limit: 30n, isComplete: true } });
    expect(authority.status().every(({ held }) => held <= 20n)).toBe(true);
  });

  it("sum up what they charged to accounts that they have forgotten since, and came back to", () => {
    const each = budget({ scope: { key: "*" }, per: "total" });
    const { admit, run, holds, thread } = rig([each, budget({ id: "other", per: "day" })]);
    const settle = (nanos: bigint, residual: bigint) => {
      admit(0, 20n);
      run();
      const hold = holds().at(-1);
      if (hold !== undefined) thread(0)?.settle(hold, priced(nanos, residual), NOW);
    };
    settle(5n, 3n);
    thread(0)?.tick(instant(NOW + 61_000));
    run();
    expect(thread(0)?.reports()).toMatchObject([{ account: { budget: "other" } }]);
    settle(7n, 0n);
    admit(0, 20n);
    const sums = (at: number) => {
      const fold = new JournalFold(new BudgetTable([each, budget({ id: "other", per: "day" })], 1));
      expect(fold.begin("t0", thread(0)?.soFar(instant(at)) ?? "")).toBe(true);
      return fold.totalsOf("t0").map(({ account, spent, inDoubt }) => [account.budget, spent, inDoubt]);
    };
    // What is held has not ended, and stands in the journal behind the sums.
    expect(sums(NOW)).toEqual([
      ["all", 12n, 3n],
      ["other", 12n, 3n],
    ]);
  });

  it("keep the values of a template apart, and refuse one too many with a code of its own", () => {
    const { admit, run, outcomes } = rig([budget({ scope: { key: "*" }, limit: money(10n), valuesMax: 2 })]);
    for (const key of ["key_1", "key_2", "key_3"]) admit(0, 10n, { key });
    run();
    expect(outcomes).toMatchObject([
      { type: "admitted" },
      { type: "admitted" },
      { type: "refused", refusal: { code: "budget_table_full" } },
    ]);
  });

  it("settle and release a hold once, and book what went beyond it", () => {
    const { admit, run, holds, thread, authority } = rig([budget()]);
    admit(0, 10n);
    run();
    const [hold] = holds();
    if (hold === undefined) throw new Error("not admitted");
    expect(thread(0)?.settle(hold, priced(14n, 1n), NOW)).toBe(true);
    expect(thread(0)?.settle(hold, priced(14n, 1n), NOW)).toBe(false);
    expect(thread(0)?.release(hold, NOW)).toBe(false);
    thread(0)?.tick(instant(NOW + 100));
    run();
    expect(authority.status()[0]).toMatchObject({ spent: 14n, inDoubt: 1n, held: 0n, overrun: 5n, left: 4_985n });
  });

  it("refuse after three seconds when no authority answers, without saying what is left", async () => {
    fault({
      name: "the authority of budgets does not answer",
      users: "503 `budget_unreachable` after three seconds for calls that need more than their thread may spend alone",
      lost: "nothing",
      recovery: "with its first answer",
      within: "1 s",
    });
    const { admit, thread, outcomes, run } = rig([budget()]);
    admit(0, 10n);
    for (let waited = 0; waited < 3_000; waited += 20) thread(0)?.tick(instant(NOW + waited));
    expect(outcomes).toEqual([]);
    thread(0)?.tick(instant(NOW + 3_000));
    expect(outcomes).toMatchObject([{ type: "refused", refusal: { code: "budget_unreachable", budget: "all" } }]);
    await recovers("the authority of budgets does not answer", () => {
      run();
      admit(0, 10n);
      return outcomes.at(-1)?.type === "admitted";
    });
  });
});
