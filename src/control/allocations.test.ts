import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AllocationAnswer, ClosedMonth, Explanation, MoneyFlow, Statement } from "#contract";
import { anAllocation } from "./test-allocations.ts";
import { TestControl } from "./test-control.ts";

let control: TestControl;
let viewer: string;
beforeAll(async () => {
  control = await new TestControl().start();
  viewer = await control.token("viewer");
});
afterAll(() => control.stop());

const get = (path: string) => control.ask({ path: `/api/v1${path}`, token: viewer });

describe("whose the money of a month is", () => {
  it("is told in the shapes of the contract", async () => {
    expect(AllocationAnswer.parse((await get("/allocations?month=2026-10&by=team")).json)).toEqual(anAllocation);
    Explanation.parse((await get("/allocations/explain?by=team&value=a%20team")).json);
    MoneyFlow.parse((await get("/money-flow")).json);
    const statement = Statement.parse((await get("/statements/the%20team%20%2F%20%C3%BC/2026-10")).json);
    expect(statement.team).toBe("the team / ü");
  });

  it("is a table too, in which no name is a formula and amounts are numbers", async () => {
    const allocation = await get("/allocations?format=csv");
    expect(allocation.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(allocation.text).toBe('"month","team","layer","nanos"\r\n"2026-10","\'=search","tools",-3\r\n');
    const statement = await get("/statements/search/2026-10?format=csv");
    expect(statement.text.split("\r\n")[1]).toBe('"2026-10","search","tools",2,3,0,5,4');
  });

  it.each([
    ["/allocations?month=2026-13", 400],
    ["/allocations?by=model", 400],
    ["/allocations/explain?by=team&value=", 400],
    ["/allocations/explain?value=a&limit=9999", 400],
    ["/money-flow?month=october", 400],
    ["/statements/search/october", 404],
    ["/statements/search", 404],
  ])("is not told for %s", async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });
});

const close = async (month: string, role: string) =>
  control.ask({ method: "POST", path: `/api/v1/periods/${month}/close`, token: await control.token(role) });

describe("closing a month", () => {
  it("is for who looks after money, and says when it cannot be", async () => {
    expect((await close("2026-10", "viewer")).status).toBe(403);
    const closed = await close("2026-10", "finance");
    expect([closed.status, ClosedMonth.parse(closed.json).month]).toEqual([201, "2026-10"]);
    expect(control.logged).toContainEqual(expect.objectContaining({ event: "month-closed", month: "2026-10" }));
    const refused = await close("2026-12", "finance");
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({
      code: "month_not_closable",
      detail: "Months are closed one after the other: 2026-10 is next.",
    });
    expect((await close("october", "finance")).status).toBe(404);
  });
});
