import { z } from "zod";
import { type Change } from "#books";
import {
  AllocationAnswer,
  AllocationQuery,
  ClosedMonth,
  ExplainQuery,
  Explanation,
  FlowQuery,
  MoneyFlow,
  Statement,
} from "#contract";
import { err, ok, type Result, unreachable } from "#std";
import { type World } from "#world";
import { changeBy } from "./change-by.ts";
import { type Cell, toCsv } from "./csv.ts";
import { type ControlProblem } from "./problems.ts";
import { noBody, noQuery, type Reply, type Routes } from "./routes.ts";
import { type ControlLog } from "./control-log.ts";
import { type QuestionProblem, toControlProblem, toReply } from "./question-problem.ts";

export type ClosingProblem =
  | QuestionProblem
  | { readonly type: "not-over" }
  | { readonly type: "closed-already" }
  | { readonly type: "not-next"; readonly next: string };

type Told<Answer> = Promise<Result<Answer, QuestionProblem>>;

export interface AllocationSource {
  answer(query: AllocationQuery): Told<AllocationAnswer>;
  explain(query: ExplainQuery): Told<Explanation>;
  statement(team: string, month: string): Told<Statement>;
  flow(month: string | undefined): Told<MoneyFlow>;
  close(month: string, change: Change): Promise<Result<ClosedMonth, ClosingProblem>>;
}

interface Parts {
  readonly allocations: AllocationSource;
  readonly world: World;
  readonly log: ControlLog;
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const Format = z.enum(["json", "csv"]).default("json");

export function addAllocationRoutes(routes: Routes, parts: Parts): void {
  const { allocations } = parts;
  routes.add({
    method: "GET",
    path: "/api/v1/allocations",
    summary: "Whom a month's money belongs to: what entries carry of themselves, and their parts of what is shared.",
    query: AllocationQuery.extend({ format: Format }),
    body: noBody,
    answer: AllocationAnswer,
    mediaTypes: ["text/csv"],
    run: async ({ query: { format, ...query } }) => {
      const told = await allocations.answer(query);
      return told.ok && format === "csv" ? ok(csvReply("allocation.csv", allocationCsv(told.value))) : toReply(told);
    },
  });
  routes.add({
    method: "GET",
    path: "/api/v1/allocations/explain",
    summary: "Why somebody carries what they carry: every line, with the rules and quantities that led to it.",
    query: ExplainQuery,
    body: noBody,
    answer: Explanation,
    run: async ({ query }) => toReply(await allocations.explain(query)),
  });
  addStatementRoutes(routes, allocations);
  addClosing(routes, parts);
}

function addStatementRoutes(routes: Routes, allocations: AllocationSource): void {
  routes.add({
    method: "GET",
    path: "/api/v1/statements/{id}/{month}",
    summary: "A team's month: its layers, the months before, and why it is not what the month before was.",
    query: z.strictObject({ format: Format }),
    body: noBody,
    answer: Statement,
    mediaTypes: ["text/csv"],
    ids: /^[^\p{Cc}]{1,128}$/u,
    run: async ({ id, query, context }) => {
      const month = context.req.param("month") ?? "";
      if (!MONTH.test(month)) return err({ code: "not_found", detail: "Write the month as 2027-01." });
      const told = await allocations.statement(id, month);
      return told.ok && query.format === "csv"
        ? ok(csvReply("statement.csv", statementCsv(told.value)))
        : toReply(told);
    },
  });
  routes.add({
    method: "GET",
    path: "/api/v1/money-flow",
    summary: "Where a month's money went: who was paid, for which layer, for which feature, and how it ended.",
    query: FlowQuery,
    body: noBody,
    answer: MoneyFlow,
    run: async ({ query }) => toReply(await allocations.flow(query.month)),
  });
}

function addClosing(routes: Routes, { allocations, world, log }: Parts): void {
  routes.add({
    method: "POST",
    path: "/api/v1/periods/{id}/close",
    summary:
      "Freezes the allocation of a month, such as 2027-01. What is booked in it later is corrected in the open one.",
    query: noQuery,
    body: noBody,
    answer: ClosedMonth,
    status: 201,
    run: async ({ id, caller }) => {
      if (!MONTH.test(id)) return err({ code: "not_found", detail: "Write the month as 2027-01." });
      const change = changeBy(caller, world);
      const closed = await allocations.close(id, change);
      if (!closed.ok) return err(toProblem(closed.error));
      log("info", "month-closed", { month: id, who: change.who });
      return ok({ status: 201, json: closed.value });
    },
  });
}

function toProblem(problem: ClosingProblem): ControlProblem {
  switch (problem.type) {
    case "not-over":
      return { code: "month_not_closable", detail: "The month is not over yet." };
    case "closed-already":
      return { code: "month_not_closable", detail: "The month is closed already, and stays as it is." };
    case "not-next":
      return { code: "month_not_closable", detail: `Months are closed one after the other: ${problem.next} is next.` };
    case "bad-question":
    case "ledger-unavailable":
      return toControlProblem(problem);
    default:
      return unreachable(problem);
  }
}

function csvReply(name: string, rows: Iterable<readonly Cell[]>): Reply<never> {
  const headers = { "content-disposition": `attachment; filename="${name}"` };
  return { bytes: toCsv(rows), mediaType: "text/csv; charset=utf-8", headers };
}

/** A line for each layer of each row, so that a spreadsheet can add them up either way. */
function allocationCsv({ month, by, rows }: AllocationAnswer): Cell[][] {
  return [
    ["month", by, "layer", "nanos"],
    ...rows.flatMap(({ value, layers }) =>
      layers.map(({ layer, nanos }): Cell[] => [month, value, layer, BigInt(nanos)]),
    ),
  ];
}

function statementCsv({ month, team, layers }: Statement): Cell[][] {
  return [
    ["month", "team", "layer", "direct_nanos", "shared_nanos", "corrected_nanos", "total_nanos", "before_nanos"],
    ...layers.map((row): Cell[] => [
      month,
      team,
      row.layer,
      BigInt(row.direct_nanos),
      BigInt(row.shared_nanos),
      BigInt(row.corrected_nanos),
      BigInt(row.total_nanos),
      BigInt(row.before_nanos),
    ]),
  ];
}
