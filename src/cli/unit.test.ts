import { afterEach, describe, expect, it } from "vitest";
import { runCommandLine } from "#cli";
import { MarginRows, UnitRows } from "#contract";

import { startTestServer, type TestServer } from "./test-server.ts";

const costs = {
  gross_nanos: "1004000000",
  net_nanos: "502000000",
  tare_nanos: "502000000",
  tare_ratio: 2,
  estimated_nanos: "0",
  unpriced: 1,
  calls: 4,
  steps: 3,
  interactions: 3,
  users: 0,
  sessions: 5,
  outcomes: 3,
  successes: 2,
  valued: 2,
  tokens_in: 900,
  tokens_out: 104,
  value_nanos: "5000000000",
  margin_nanos: "3996000000",
  per_call_nanos: "251000000",
  per_step_nanos: "334666667",
  per_token_nanos: "1000000",
  per_interaction_nanos: "334666667",
  per_session_nanos: "200800000",
  per_outcome_nanos: "334666667",
  per_success_nanos: "502000000",
};
const answer = UnitRows.parse({
  rows: [{ ...costs, dimensions: { feature: "answers" } }],
  is_cut: false,
  total: costs,
  per: 1,
  currency: "USD",
});

let server: TestServer;
afterEach(() => server.close());

async function run(line: string) {
  let out = "";
  let error = "";
  const code = await runCommandLine(line.split(" "), {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (error += text) },
    env: { TARE_URL: server.url, TARE_TOKEN: "t" },
  });
  return { code, out, error };
}

describe("tare unit", () => {
  it("prints what one of anything costs, and a dash where there is none", async () => {
    server = await startTestServer({ "GET /api/v1/unit-costs": { status: 200, text: JSON.stringify(answer) } });
    const { code, out } = await run("unit --by feature --outcome resolved --last 7d --where customer=acme");
    expect(code).toBe(0);
    const [head = "", row = "", , total = ""] = out.split("\n").map((line) => line.trim().replaceAll(/\s{2,}/g, " | "));
    expect(head).toContain("a success");
    expect(row).toBe(
      "answers | 1.0040 | 2.00 | 0.251 | 0.334666667 | – | 0.2008 | 0.334666667 | 0.502 | 2/3 | 3.9960 | 1",
    );
    expect(head).toContain("a user | a session | an outcome | a success");
    expect(total).toContain("total | 1.0040");
    const { searchParams } = server.asked[0]?.url ?? new URL("x:");
    expect([searchParams.get("by"), searchParams.get("outcome"), searchParams.get("customer")]).toEqual([
      "feature",
      "resolved",
      "acme",
    ]);
  });

  it("says so where there are more rows than were told", async () => {
    const text = JSON.stringify({ ...answer, is_cut: true });
    server = await startTestServer({ "GET /api/v1/unit-costs": { status: 200, text } });
    expect((await run("unit --by feature")).out).toContain("There are more rows; the total is over all.");
  });

  it("prints what a thousand cost, steps and tokens too, and refuses what is no number", async () => {
    const thousand = { ...costs, per_call_nanos: "251000000000", per_token_nanos: "1000000000" };
    const text = JSON.stringify({ ...answer, rows: [], total: thousand, per: 1000 });
    server = await startTestServer({ "GET /api/v1/unit-costs": { status: 200, text } });
    const { out } = await run("unit --per 1000 --where kind=model");
    const [head = "", row = ""] = out.split("\n").map((line) => line.trim().replaceAll(/\s{2,}/g, " | "));
    expect(head).toMatch(/1.000 calls \| 1.000 interactions \| 1.000 steps \| 1.000 tokens/);
    expect(row).toContain("| 251 | 0.334666667 | 0.334666667 | 1 |");
    expect(server.asked[0]?.url.searchParams.get("per")).toBe("1000");
    for (const wrong of ["0", "1e3", "1000001"])
      expect((await run(`unit --per ${wrong}`)).error).toContain("--per: write a number from 1 to 1000000");
    expect(server.asked).toHaveLength(1);
  });

  it("by customer prints who is under water, the worst first, and how margins are spread", async () => {
    const sums = { customers: 1, cost_nanos: "3000000000", revenue_nanos: "1000000000", margin_nanos: "-2000000000" };
    const rich = { customers: 1, cost_nanos: "1000000000", revenue_nanos: "9000000000", margin_nanos: "8000000000" };
    const known = { customers: 2, cost_nanos: "4000000000", revenue_nanos: "10000000000", margin_nanos: "6000000000" };
    const group = (of: typeof sums) => ({
      ...of,
      margin_nanos_min: of.margin_nanos,
      margin_nanos_max: of.margin_nanos,
    });
    const margins = MarginRows.parse({
      rows: [
        {
          customer: "acme",
          unpriced: 0,
          cost_nanos: "3000000000",
          revenue_nanos: "1000000000",
          revenue_from: "table",
          margin_nanos: "-2000000000",
          margin_percent: -200,
        },
        { customer: "initech", unpriced: 1, cost_nanos: "5" },
      ],
      currency: "USD",
      table_is_used: true,
      known,
      unknown: { customers: 1, cost_nanos: "5" },
      under_water: { ...sums, customers_percent: 50, revenue_percent: 10 },
      groups: [group(sums), group(rich)],
      no_customer_nanos: "7000000000",
      total_cost_nanos: "11000000005",
    });
    server = await startTestServer({
      "GET /api/v1/unit-costs": { status: 200, text: JSON.stringify(answer) },
      "GET /api/v1/margins": { status: 200, text: JSON.stringify(margins) },
    });
    const { out } = await run("unit --by customer --last 7d --sort unpriced --where customer=acme");
    expect(out.replaceAll(/ {2,}/g, " | ")).toContain("acme | 1.0000 | table | 3.0000 | -2.0000 | -200 % | 0");
    expect(out.replaceAll(/ {2,}/g, " | ")).toMatch(/initech \| – \| – \| <0.0001 \| – \| – \| 1/);
    // One of three is not listed: how much of it has no price, nobody said.
    expect(out.replaceAll(/ {2,}/g, " | ")).toContain("total | 10.0000 | – | 4.0000 | 6.0000 | – | –");
    expect(out).toContain("1 of 2 (50 %) are under water, with 10 % of revenue: -2.0000");
    expect(out).toContain("1 have no revenue that anybody said, and cost <0.0001");
    expect(out).toContain("7.0000 were spent for no customer");
    // Margins have an order of their own.
    expect(server.asked[0]?.url.searchParams.get("sort")).toBe("unpriced");
    expect(server.asked[1]?.url.searchParams.get("customer")).toBe("acme");
    expect([...(server.asked[1]?.url.searchParams.keys() ?? [])]).toEqual(["from", "to", "customer"]);
  });

  it("asks for what has the most without a price first, with --sort", async () => {
    server = await startTestServer({ "GET /api/v1/unit-costs": { status: 200, text: JSON.stringify(answer) } });
    expect((await run("unit --by kind,step --sort unpriced")).code).toBe(0);
    expect((await run("unit --by feature")).code).toBe(0);
    expect(server.asked.map(({ url }) => url.searchParams.get("sort"))).toEqual(["unpriced", null]);
  });

  it("hands on the server's own table with --csv", async () => {
    server = await startTestServer({
      "GET /api/v1/unit-costs": { status: 200, text: "feature,gross_nanos\r\na,1\r\n" },
    });
    expect((await run("unit --by customer --csv")).out).toBe("feature,gross_nanos\r\na,1\r\n");
    expect(server.asked.map(({ url }) => url.searchParams.get("format"))).toEqual(["csv"]);
    expect((await run("unit --csv --json")).error).toContain("give --json or --csv, not both");
  });

  it("gives the whole answer with --json, and says what is wrong before it asks", async () => {
    server = await startTestServer({ "GET /api/v1/unit-costs": { status: 200, text: JSON.stringify(answer) } });
    expect(JSON.parse((await run("unit --json")).out)).toEqual(answer);
    const { code, error } = await run("unit --by featur");
    expect([code, error]).toEqual([expect.any(Number), expect.stringContaining("did you mean feature?")]);
    expect(code).not.toBe(0);
    expect(server.asked).toHaveLength(1);
  });
});
