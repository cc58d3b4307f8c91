import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "#cli";
import { startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
let folder: string;

beforeEach(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), "tare-cli-budget-"));
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...words: string[]) {
  let out = "";
  let error = "";
  const code = await runCommandLine(words, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (error += text) },
    env: { TARE_URL: server.url, TARE_DATA: folder },
  });
  return { code, out, error };
}

const sent = (): unknown => JSON.parse(server.asked[0]?.body ?? "");

describe("tare budget list", () => {
  it("prints an aligned table, and nothing that could move the cursor", async () => {
    const { code, out } = await run("budget", "list");
    expect(code).toBe(0);
    expect(out).toBe(
      [
        "budget                  value                       limit     spent    held  in doubt     left  starts anew               from",
        "user=*/minute/requests  user=ada\uFFFD[2J (of 7)   60 requests        60       0         0        0  2027-02-01T00:00:00.000Z  books",
        "team=support/month                           500.0000 USD  411.8412  1.2500    0.0050  86.9038  2027-02-01T00:00:00.000Z  books",
        "",
      ].join("\n"),
    );
    expect(server.asked[0]?.url.search).toBe("?by=budget&limit=50");
  });

  it("asks for each value with --each, and prints exact amounts with --json", async () => {
    const { out } = await run("budget", "list", "--each", "--budget", "user=*/minute/requests", "--json");
    expect(server.asked[0]?.url.searchParams.get("by")).toBe("account");
    expect(server.asked[0]?.url.searchParams.get("budget")).toBe("user=*/minute/requests");
    expect(JSON.parse(out)).toMatchObject([{}, { spent: "411841234567" }]);
  });
});

describe("tare budget show", () => {
  it("says what it is made of, how to see its calls, and who changed it", async () => {
    const { out } = await run("budget", "show", "team=support/month");
    expect(out).toContain("limit          500 USD per month, UTC\n");
    expect(out).toContain("in the ledger  411.8412 in 3120 calls");
    expect(out).toContain("held now       1.2500 since 2027-01-31T12:00:00.000Z for call_9 (openai/gpt-5-mini)\n");
    expect(out).toContain(
      "tare calls --from 2027-01-01T00:00:00.000Z --to 2027-02-01T00:00:00.000Z --where team=support\n",
    );
    expect(out).toContain("by token ci: new → ");
  });

  it("asks for one value of a * budget", async () => {
    await run("budget", "show", "x", "--value", "user=a=b");
    expect(server.asked[0]?.url.searchParams.get("values")).toBe('{"user":"a=b"}');
  });
});

describe("tare budget set", () => {
  it("sends what was written, in the words of tare.yaml", async () => {
    const scope = ["--scope", "team=support", "--scope", "user=*"];
    const at = ["--at", "80%=alert", "--at", "100%=refuse"];
    const { code, out } = await run("budget", "set", ...scope, "--per", "month", "--limit", "500USD", ...at);
    expect(code).toBe(0);
    expect(sent()).toEqual({
      scope: { team: "support", user: "*" },
      per: "month",
      limit: "500 USD",
      at: { "80%": "alert", "100%": "refuse" },
    });
    expect(out).toContain("team=support/month");
  });

  it("changes one and leaves the rest", async () => {
    await run("budget", "set", "--id", "team=support/month", "--limit", "20 concurrent", "--values-max", "5");
    expect(sent()).toEqual({ id: "team=support/month", limit: "20 concurrent", values_max: 5 });
  });

  it.for<[string[], string]>([
    [[], "--limit is missing"],
    [["--limit", "5USD", "--scope", "support"], "--scope: write NAME=VALUE in place of support"],
    [["--limit", "5USD", "--values-max", "all"], "--values-max: write a number"],
  ])("says what is wrong with %j", async ([words, said]) => {
    const { code, error } = await run("budget", "set", ...words);
    expect([code, server.asked]).toEqual([2, []]);
    expect(error).toContain(said);
  });
});

describe("tare budget remove", () => {
  it("ends it", async () => {
    const { out } = await run("budget", "remove", "team=support/month");
    expect(sent()).toEqual({ id: "team=support/month", limit: null });
    expect(out).toBe("team=support/month has ended\n");
  });
});

describe("tare check", () => {
  it("prints what a call of each route holds, and warns of routes without an output cap", async () => {
    const file = join(folder, "tare.yaml");
    const rates = "{ m: { input: 1 USD/M, output: 2 USD/M } }";
    writeFileSync(
      file,
      `providers: { own: { format: openai, base_url: "http://127.0.0.1:1/v1", api_key: none, rates: ${rates} } }
routes:
  capped: { targets: [own/m], max_output_tokens: 500000 }
  free: { targets: [own/m], hold_ceiling: 0.50 USD }
  unpriced: { targets: [own/other], max_output_tokens: 10 }
`,
    );
    // What calls hold matters to nobody while nothing is limited.
    expect((await run("check", file)).out).not.toContain("warning:");
    appendFileSync(file, "budgets: [{ scope: everything, per: day, limit: 5 USD }]\n");
    const { code, out } = await run("check", file);
    expect(code).toBe(0);
    // 8,192 bytes + 1,024 for the call + 4 × 16 for its messages at 1 USD/M, and 500,000 tokens at 2 USD/M.
    expect(out).toMatch(/^capped +own\/m +500000 +1\.0093 +34\.5555$/m);
    expect(out).toMatch(/^free +own\/m +none +0\.5000 +.* the route's hold_ceiling$/m);
    expect(out).toMatch(/^unpriced +own\/other +10 +unknown +unknown +no price for this model: refused/m);
    expect(out.match(/^warning: .*$/gm)).toEqual([expect.stringContaining("routes.free: without max_output_tokens")]);
  });
});
