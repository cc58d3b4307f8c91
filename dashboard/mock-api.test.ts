import { describe, expect, it } from "vitest";
import {
  AlertPage,
  AllocationAnswer,
  AuditPage,
  BillImportPage,
  BillRows,
  BillTotals,
  BudgetDetail,
  BudgetPage,
  CallDetail,
  CallPage,
  Commitments,
  ErrorRows,
  Explanation,
  InteractionDetail,
  KeptReports,
  KeyPage,
  LatencyRows,
  MarginRows,
  MeterPage,
  MoneyFlow,
  PriceRows,
  Reconciliations,
  ReturnRows,
  SloPage,
  SpendAnswer,
  Statement,
  Status,
  TargetPage,
  TokenPage,
} from "#contract";
import { answer, openMock } from "./mock-api.ts";

const mock = openMock({ now: Date.parse("2026-11-21T12:00:00Z"), days: 2 });
const ask = (path: string) => answer(mock, { method: "GET", url: new URL(`/api/v1${path}`, "http://x") }).body;
const span = "from=2026-11-20T00:00:00Z&to=2026-11-21T12:00:00Z";

describe("the mock API answers in the shapes of the contract", () => {
  it.for([
    ["/status", Status],
    [`/spend?${span}&by=hour`, SpendAnswer],
    [`/spend?${span}&by=feature,model&team=support`, SpendAnswer],
    [`/latency?${span}&by=provider`, LatencyRows],
    [`/errors?${span}&by=target`, ErrorRows],
    [`/calls?${span}&state=problems`, CallPage],
    ["/keys", KeyPage],
    ["/budgets?by=budget&limit=50", BudgetPage],
    ["/budgets/team%3Dsupport%2Fmonth", BudgetDetail],
    ["/slos", SloPage],
    ["/targets", TargetPage],
    [`/margins?${span}`, MarginRows],
    [`/meters?${span}`, MeterPage],
    [`/returns?${span}&feature=chat`, ReturnRows],
    ["/allocations?by=team&month=2026-10", AllocationAnswer],
    ["/allocations/explain?by=team&value=care", Explanation],
    ["/allocations/explain?by=team&bill=gpu", Explanation],
    ["/statements/care/2026-11", Statement],
    ["/money-flow", MoneyFlow],
    ["/bills?by=provider,service,layer,source&month=2026-11", BillTotals],
    ["/bills/rows?service=index%20pods", BillRows],
    ["/commitments", Commitments],
    ["/imports", BillImportPage],
    ["/reports", KeptReports],
    ["/reconciliations?from=2026-11-01&to=2026-11-30", Reconciliations],
    ["/tokens", TokenPage],
    ["/audit?limit=50", AuditPage],
    ["/audit?limit=50&cursor=audit_2", AuditPage],
    ["/alerts?limit=20", AlertPage],
    ["/prices?model=gpt", PriceRows],
  ] as const)("%s", ([path, schema]) => {
    expect(schema.safeParse(ask(path)).error).toBeUndefined();
  });

  it("of a damaged journal, too", () => {
    const damaged = openMock({ now: mock.now, days: 1, linesLeftOut: 2 });
    const of = (path: string) => answer(damaged, { method: "GET", url: new URL(`/api/v1${path}`, "http://x") }).body;
    expect(SpendAnswer.parse(of(`/spend?${span}`)).lines_left_out).toBe(2);
    expect(Status.parse(of("/status")).journal).toMatchObject({ torn_lines: 2, set_aside: 1, held: expect.any(Array) });
  });

  it("opens every state of call, and its interaction when it has one", () => {
    const calls = CallPage.parse(ask(`/calls?${span}&limit=500`)).rows;
    const states = new Set(calls.map((call) => call.state));
    expect(states).toEqual(new Set(["answered", "cut", "cancelled", "failed", "in_doubt", "refused"]));
    for (const call of calls) {
      CallDetail.parse(ask(`/calls/${call.call}`));
      if (call.state !== "refused") InteractionDetail.parse(ask(`/interactions/${call.interaction}`));
    }
  });

  it("gives parts that add up to the total", () => {
    const { rows, total } = SpendAnswer.parse(ask(`/spend?${span}&by=model`));
    expect(rows.reduce((sum, row) => sum + BigInt(row.gross_nanos), 0n)).toBe(BigInt(total.gross_nanos));
    expect(BigInt(total.net_nanos) + BigInt(total.tare_nanos)).toBe(BigInt(total.gross_nanos));
  });
});
