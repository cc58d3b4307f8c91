import { afterEach, describe, expect, it } from "vitest";
import { InteractionDetail, InteractionPage } from "#contract";
import { runCommand } from "./test-command.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
afterEach(() => server.close());

const sums = { gross_nanos: "1300000000", net_nanos: "100000000", tare_nanos: "1200000000", unpriced: 0 };
const page = InteractionPage.parse({
  rows: [
    {
      ...sums,
      interaction: "ticket-7",
      tenant: "care",
      from: "2027-01-01T00:00:00.000Z",
      duration_ms: 120_000,
      feature: "answers",
      customer: "acme",
      user: "ada",
      calls: 2,
      steps: 1,
      estimated_nanos: "1",
      in_doubt_nanos: "0",
      outcomes: ["resolved", "rated"],
      failed_outcomes: ["rated"],
    },
  ],
});
const step = {
  purpose: "answer",
  layer: "tools",
  state: "answered",
  at: "2027-01-01T00:00:00.250Z",
  total_nanos: "1200000000",
  estimated_nanos: "0",
  in_doubt_nanos: "0",
  unpriced: 0,
};
const detail = InteractionDetail.parse({
  ...sums,
  interaction: "ticket 7>",
  tenant: "care",
  from: "2027-01-01T00:00:00.000Z",
  to: "2027-01-01T00:02:00.000Z",
  estimated_nanos: "0",
  in_doubt_nanos: "0",
  calls: [],
  steps: [
    { ...step, id: "a", depth: 0, name: "round 1", kind: "group", nanos: "0" },
    { ...step, id: "b", depth: 1, name: "approve", kind: "review", duration_ms: 119_000, nanos: "1200000000" },
    { ...step, id: "c", depth: 1, name: "look up", kind: "tool", unpriced: 1 },
  ],
  outcomes: [],
});

async function run(...words: readonly string[]) {
  return runCommand([...words, "--token", "t"], { TARE_URL: server.url, TARE_DATA: "/nowhere" });
}

const question = () => Object.fromEntries(server.asked[0]?.url.searchParams ?? []);

describe("tare interactions", () => {
  it("asks by cost, time, outcome and attribute, in the exact numbers of the API", async () => {
    server = await startTestServer({ "GET /api/v1/interactions": { status: 200, text: JSON.stringify(page) } });
    const words = "--sort dearest --min-cost 0.05 --max-cost 2 --min-time 500ms --max-time 5m --outcome resolved";
    const { out, code } = await run("interactions", ...words.split(" "), "--where", "feature=answers");
    expect(code).toBe(0);
    expect(question()).toEqual({
      sort: "dearest",
      min_nanos: "50000000",
      max_nanos: "2000000000",
      min_ms: "500",
      max_ms: "300000",
      outcome: "resolved",
      feature: "answers",
      limit: "50",
    });
    for (const said of ["ticket-7", "resolved, not rated", "~1.3000", "worth"]) expect(out).toContain(said);
  });

  it("asks by whose they are, what is not certain, how they ended and what came of them", async () => {
    const [row] = page.rows;
    const text = JSON.stringify({ rows: [{ ...row, value_nanos: "250000000" }] });
    server = await startTestServer({ "GET /api/v1/interactions": { status: 200, text } });
    const words = "--tenant care --cost unpriced --status 402 --code budget_exceeded --min-value 0.2 --max-value 1";
    const { out, code } = await run("interactions", ...words.split(" "));
    expect(code).toBe(0);
    expect(question()).toEqual({
      tenant: "care",
      cost: "unpriced",
      status: "402",
      code: "budget_exceeded",
      min_value_nanos: "200000000",
      max_value_nanos: "1000000000",
      limit: "50",
    });
    expect(out).toContain("0.25");
  });

  it("says of what has no price that it has none, and of how many steps", async () => {
    const [row] = page.rows;
    const rows = [
      { ...row, interaction: "unknown", gross_nanos: "0", net_nanos: "0", tare_nanos: "0", unpriced: 3 },
      { ...row, interaction: "partly", gross_nanos: "500000000", estimated_nanos: "0", unpriced: 2 },
    ];
    server = await startTestServer({ "GET /api/v1/interactions": { status: 200, text: JSON.stringify({ rows }) } });
    const { out } = await run("interactions");
    expect(out).toMatch(/^.* unknown .* unpriced \(3\)$/m);
    expect(out).toMatch(/^.* partly .* 0\.5000 \+ unpriced \(2\)$/m);
  });

  it("says nothing of a time that nobody told, and zero of one that was none", async () => {
    const [told] = page.rows;
    const { duration_ms: _, ...untold } = told ?? {};
    const rows = [
      { ...untold, interaction: "untold" },
      { ...told, interaction: "none", duration_ms: 0 },
    ];
    server = await startTestServer({ "GET /api/v1/interactions": { status: 200, text: JSON.stringify({ rows }) } });
    const { out } = await run("interactions");
    expect(out).toMatch(/^.* untold .* 2 +1 +~1\.3000$/m);
    expect(out).toMatch(/^.* none .* 2 +1 +0 +~1\.3000$/m);
  });

  it.for([
    ["--min-cost", "1e3"],
    ["--min-cost", "0.0000000001"],
    ["--max-cost", "two"],
    ["--min-value", "much"],
    ["--min-time", "2"],
    ["--max-time", "soon"],
  ] as const)("refuses %s %s before it asks", async ([option, value]) => {
    server = await startTestServer();
    const { code, error } = await run("interactions", option, value);
    expect([code, server.asked.length]).toEqual([2, 0]);
    expect(error).toContain(`${option}: write`);
  });
});

describe("tare interaction", () => {
  it("shows each step below the one that it is of, with its own cost and that of all below it", async () => {
    const text = JSON.stringify(detail);
    server = await startTestServer({ "GET /api/v1/interactions/ticket%207%3E": { status: 200, text } });
    const { out } = await run("interaction", "ticket 7>", "--tenant", "care");
    expect(question()).toEqual({ tenant: "care", entries: "none" });
    const lines = out.split("\n").map((line) => line.replaceAll(/(?<=\S) {2,}/g, " | "));
    expect(lines[0]).toBe("ticket 7> of care, began 2027-01-01T00:00:00.000Z");
    expect(lines).toContain("  approve | review | answered | 250 | 119000 | 1.2000 | 1.2000");
    expect(lines).toContain("  look up | tool | answered | 250 | unpriced | 1.2000");
    expect(out).toContain("Cost 1.3000, net 0.1000, tare 1.2000.");
    expect(out).toContain("Outcome: none reported yet.");
  });

  it("says what came of it, and what that is worth where somebody said", async () => {
    const told = { id: "o", success: true, at: "2027-01-01T00:02:00.000Z" };
    const outcomes = [
      { ...told, name: "resolved", value_nanos: "2500000000" },
      { ...told, name: "rated", success: false },
    ];
    const text = JSON.stringify({ ...detail, outcomes });
    server = await startTestServer({ "GET /api/v1/interactions/ticket%207%3E": { status: 200, text } });
    const { out } = await run("interaction", "ticket 7>");
    expect(out).toContain("Outcome: resolved, worth 2.5000; not rated.");
  });
});
