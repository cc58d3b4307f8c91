import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "#cli";
import { ReturnRows, RevenueImport, TargetPage } from "#contract";
import { startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), "tare-cli-"))));
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function serve(route: string, answer: unknown, status = 200): Promise<void> {
  server = await startTestServer({ [route]: { status, text: JSON.stringify(answer) } });
}

async function run(...args: readonly string[]) {
  let [out, error] = ["", ""];
  const code = await runCommandLine(args, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (error += text) },
    env: { TARE_URL: server.url, TARE_TOKEN: "t" },
  });
  return { code, out: out.replaceAll(/ {2,}/g, " | "), error };
}

const target = {
  name: "a ticket",
  where: {},
  max_cost_per: "active_user",
  limit_nanos: "500000000",
  over_days: 7,
  min_count: 20,
} as const;

describe("tare target", () => {
  it("prints what one costs, and why nobody can say where nobody can", async () => {
    const rows = [
      { ...target, state: "missed", cost_nanos: "644000001", counted: 30, divided_by: 25, unpriced: 0 },
      { ...target, state: "unknown", why: "too_few", counted: 3, divided_by: 3, unpriced: 0, cost_nanos: "1" },
    ];
    await serve("GET /api/v1/targets", TargetPage.parse({ rows, currency: "USD" }));
    const { out } = await run("target");
    expect(out).toContain("a ticket | active user | 7 | 0.644000001 | 0.5 | 25 | 0 | missed\n");
    expect(out).toContain("| 0.000000001 | 0.5 | 3 | 0 | unknown: 3 of at least 20");
  });

  it("says where to write one when there is none", async () => {
    await serve("GET /api/v1/targets", { rows: [], currency: "USD" });
    expect((await run("target")).out).toContain("write some under `targets:` in tare.yaml");
  });
});

describe("tare roi", () => {
  const elasticity = {
    name: "latency_elasticity",
    value: "1 % of revenue for each 100 ms",
    field: "economics.latency.per_100ms",
    is_default: true,
  };

  it("prints every assumption beside the figures that rest on it", async () => {
    const counterfactual = {
      name: "counterfactual",
      value: "2 USD a success",
      source: "payroll",
      field: "f",
      is_default: false,
    };
    const worth = { counterfactual_nanos: "2000000000", benefit_nanos: "50000000000", roi_percent: 210.56 };
    const sums = { cost_nanos: "16100000000", unpriced: 0, outcomes: 30, successes: 25 };
    const rows = [{ feature: "answers", ...sums, worth, assumptions: [counterfactual, elasticity] }];
    await serve("GET /api/v1/returns", ReturnRows.parse({ rows, elasticity, currency: "USD" }));
    const { out } = await run("roi", "--last", "7d", "--feature", "answers");
    expect(out).toContain("answers | 16.1000 | 25/30 | 2 | 50.0000 | 210.56 % | – | – | 0");
    expect(out).toContain("assumption: 2 USD a success; source: payroll (f)");
    expect(out).toContain("assumption: 1 % of revenue for each 100 ms (economics.latency.per_100ms, the default)");
    expect(server.asked[0]?.url.searchParams.get("feature")).toBe("answers");
  });

  it("says that nothing is assumed where nothing is, with the elasticity that would be", async () => {
    await serve("GET /api/v1/returns", { rows: [], elasticity, currency: "USD" });
    const { out } = await run("roi");
    expect(out).toContain("Nothing is assumed of any feature here");
    expect(out).toContain("assumption: 1 % of revenue for each 100 ms");
  });
});

const file = (rows: number) => ({
  name: "n.csv",
  rows,
  nanos: `${rows}000000000`,
  digest: "d",
  imported_at: "2026-11-21T12:00:00Z",
  imported_by: "ada",
});

const saved = (bytes: string | Buffer) => {
  writeFileSync(path.join(folder, "november.csv"), bytes);
  return path.join(folder, "november.csv");
};

describe("tare import revenue", () => {
  it("sends the file by its name, and says what it is in place of", async () => {
    await serve(
      "POST /api/v1/revenue",
      RevenueImport.parse({ state: "corrected", file: file(2), before: file(3) }),
      201,
    );
    const { out } = await run("import", "revenue", saved("customer\n"));
    expect(out).toBe("n.csv: 2 rows, 2.0000 in all, in place of 3 rows, 3.0000\n");
    expect(JSON.parse(server.asked[0]?.body ?? "")).toEqual({ name: "november.csv", text: "customer\n" });
  });

  it("sends nothing that is no text, or is not there", async () => {
    await serve("POST /api/v1/revenue", {}, 201);
    expect((await run("import", "revenue", saved(Buffer.from([0xff])))).error).toContain("not UTF-8");
    expect((await run("import", "revenue", path.join(folder, "none.csv"))).error).toContain("there is no file");
    expect(server.asked).toEqual([]);
  });
});
