import { describe, expect, it } from "vitest";
import { instant, money } from "#units";
import { type Authority, type AuthorityPort, type ReachedThreshold } from "./authority.ts";
import { type BudgetDefinition } from "./budget-definition.ts";
import { type AccountName, BudgetTable } from "./budget-table.ts";
import { type SliceReport, type ToAuthority, type ToHolder } from "./messages.ts";

const NOW = instant(Date.parse("2026-06-15T09:30:00Z"));
const name: AccountName = { key: "all||total", budget: "all", value: "", from: instant(0), to: instant(8.64e15) };

const definition: BudgetDefinition = {
  id: "all",
  scope: {},
  unit: "USD",
  per: "total",
  limit: money(100n),
  zone: "UTC",
  thresholds: [
    { percent: 50, action: "alert" },
    { percent: 100, action: "refuse" },
  ],
  valuesMax: 10,
};

function report(sequence: number, differing: Partial<SliceReport> = {}): SliceReport {
  const nothing = {
    birth: 1,
    granted: 0n,
    returned: 0n,
    spent: 0n,
    held: 0n,
    inDoubt: 0n,
    overrun: 0n,
    isClosed: false,
  };
  return { account: name, sequence, ...nothing, ...differing };
}

function ask(holder: string, ticket: number, amount: bigint, number = ticket): ToAuthority {
  const needs = [{ account: name, amount }];
  return { type: "ask", name: { ticket, number }, holder, urgency: "now", needs, reports: [report(0)], openFrom: 0 };
}

function told(holder: string, reports: readonly SliceReport[], recalls: readonly string[] = []): ToAuthority {
  return { type: "report", holder, reports, recalls, openFrom: 0 };
}

/** What every authority must do. */
export function describeAuthority(title: string, open: (table: BudgetTable, port: AuthorityPort) => Authority): void {
  function rig() {
    const sent: { readonly holder: string; readonly message: ToHolder }[] = [];
    const reached: ReachedThreshold[] = [];
    const send = (holder: string, message: ToHolder) => void sent.push({ holder, message });
    const authority = open(new BudgetTable([definition], 1), { send, reached: (each) => void reached.push(each) });
    for (const holder of ["a", "b"]) authority.join(holder);
    const last = (holder: string, type: ToHolder["type"]) =>
      sent.findLast((each) => each.holder === holder && each.message.type === type)?.message;
    const granted = (holder: string) => {
      const message = last(holder, "grant");
      return message?.type === "grant" ? message.grants[0]?.granted : undefined;
    };
    return { authority, last, granted, reached };
  }

  describe(`an authority: ${title}`, () => {
    it("grants what is needed, and never more than the limit to all together", () => {
      const { authority, granted } = rig();
      authority.receive([ask("a", 1, 60n)], NOW);
      expect(granted("a")).toBeGreaterThanOrEqual(60n);
      authority.receive([ask("b", 2, 60n)], NOW);
      expect(granted("b")).toBeUndefined();
      expect(authority.status()[0]).toMatchObject({ limit: 100n, spent: 0n });
    });

    it("adds nothing when an ask is heard again", () => {
      const { authority, granted } = rig();
      authority.receive([ask("a", 1, 10n)], NOW);
      const first = granted("a");
      for (let again = 0; again < 5; again += 1) authority.receive([ask("a", 1, 10n)], NOW);
      expect(granted("a")).toBe(first);
    });

    it("drops an ask that comes after a newer one of its ticket, or after the end of it", () => {
      const { authority, granted } = rig();
      authority.receive([ask("a", 2, 30n, 9)], NOW);
      const first = granted("a");
      authority.receive([ask("a", 2, 90n, 8)], NOW);
      authority.receive([{ ...told("a", []), openFrom: 5 }], NOW);
      authority.receive([ask("a", 4, 90n, 20)], NOW);
      expect(granted("a")).toBe(first);
      authority.receive([{ ...ask("a", 5, 60n, 21), reports: [report(3, { granted: first ?? 0n })] }], NOW);
      expect(granted("a")).toBeGreaterThanOrEqual(60n);
    });

    it("says that it has heard when an ask waits and is said again, and keeps its place", () => {
      const { authority, last } = rig();
      authority.receive([ask("a", 1, 60n)], NOW);
      authority.receive([ask("b", 2, 60n)], NOW);
      expect(last("b", "heard")).toBeUndefined();
      authority.receive([ask("b", 2, 60n, 3)], NOW);
      expect(last("b", "heard")).toEqual({ type: "heard", ask: { ticket: 2, number: 3 } });
    });

    it("calls slices back before it refuses, and grants what came back", () => {
      const { authority, last, granted } = rig();
      authority.receive([ask("a", 1, 60n)], NOW);
      const slice = granted("a") ?? 0n;
      authority.receive([ask("b", 2, 60n)], NOW);
      const recall = last("a", "recall");
      if (recall?.type !== "recall") throw new Error("nothing was called back");
      const reports = [report(5, { granted: slice, returned: slice })];
      authority.receive([told("a", reports, [recall.id])], NOW);
      for (const each of [last("b", "recall")])
        if (each?.type === "recall") authority.receive([told("b", [], [each.id])], NOW);
      expect(granted("b")).toBeGreaterThanOrEqual(60n);
    });

    it("refuses against a silent holder after a while, and says that it was silent", () => {
      const { authority, last } = rig();
      authority.receive([ask("a", 1, 60n)], NOW);
      authority.receive([ask("b", 2, 60n)], NOW);
      for (let waited = 0; waited <= 400; waited += 10) authority.tick(instant(NOW + waited));
      expect(last("b", "denial")).toMatchObject({ refusal: { code: "budget_exceeded", isComplete: false } });
    });

    it("keeps the slice of a dead holder until its journal was read, and then only what the journal says", () => {
      const { authority } = rig();
      authority.receive([ask("a", 1, 60n)], NOW);
      authority.lose("a");
      expect(authority.status()[0]?.unreported).toBeGreaterThanOrEqual(60n);
      for (let again = 0; again < 2; again += 1)
        authority.reclaim("a", [{ account: name, spent: 7n, inDoubt: 3n }], NOW);
      expect(authority.status()[0]).toMatchObject({ spent: 7n, inDoubt: 3n, held: 0n, unreported: 0n, left: 90n });
    });

    it("does not listen to a dead holder", () => {
      const { authority } = rig();
      authority.reclaim("a", [], NOW);
      authority.receive([told("a", [report(9, { spent: 50n })])], NOW);
      expect(authority.status()).toEqual([]);
    });

    it("takes the newest report, in whatever order reports come", () => {
      const { authority } = rig();
      authority.receive([told("a", [report(3, { spent: 9n })])], NOW);
      authority.receive([told("a", [report(2, { spent: 4n, held: 40n })])], NOW);
      expect(authority.status()[0]).toMatchObject({ spent: 9n, held: 0n });
    });

    it("keeps what is spent and held when a limit is lowered, and calls the rest back", () => {
      const { authority, last, granted } = rig();
      authority.receive([ask("a", 1, 60n)], NOW);
      authority.receive([told("a", [report(4, { granted: granted("a") ?? 0n, spent: 20n, held: 30n })])], NOW);
      authority.apply(new BudgetTable([{ ...definition, limit: money(40n) }], 2), NOW);
      expect(last("a", "recall")).toMatchObject({ grant: { revision: 2 } });
      expect(authority.status()[0]).toMatchObject({ limit: 40n, spent: 20n, held: 30n, left: -10n });
    });

    it("tells each threshold once", () => {
      const { authority, reached } = rig();
      for (const [sequence, spent] of [
        [1, 49n],
        [2, 50n],
        [3, 70n],
        [4, 100n],
        [5, 120n],
      ] as const)
        authority.receive([told("a", [report(sequence, { spent })])], NOW);
      expect(reached.map(({ percent, action, used }) => [percent, action, used])).toEqual([
        [50, "alert", 50n],
        [100, "refuse", 100n],
      ]);
    });
  });
}
