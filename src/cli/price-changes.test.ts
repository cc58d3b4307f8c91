import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "./test-command.ts";
import { PriceChangePreview } from "#contract";
import { startTestServer, type TestServer } from "./test-server.ts";

const sums = {
  attempts: 1200,
  before_nanos: "12000000000",
  after_nanos: "9000000000",
  difference_nanos: "-3000000000",
};
const text = JSON.stringify(
  PriceChangePreview.parse({
    currency: "USD",
    book: "abc",
    rows: [{ provider: "openai", model: "gpt-5-mini", feature: "chat", month: "2027-01", ...sums }],
    rows_left_out: 0,
    total: sums,
    not_priced: 3,
    unsettled: 0,
  }),
);

let server: TestServer;
let folder: string;
beforeEach(async () => {
  server = await startTestServer({
    "POST /api/v1/prices/preview": { status: 201, text },
    "POST /api/v1/prices/apply": { status: 201, text },
  });
  folder = mkdtempSync(join(tmpdir(), "tare-cli-"));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: readonly string[]) =>
  runCommand(["prices", ...words], { TARE_URL: server.url, TARE_DATA: folder });

function file(written: string): string {
  const path = join(folder, "contract.yaml");
  writeFileSync(path, written);
  return path;
}

const proposal = `reason: contract 17
rates:
  openai:
    gpt-5-mini: { input: 0.20 USD/M, output: 1.60 USD/M }
discounts:
  - { provider: claude, percent: "12.5" }
`;
const days = ["--from", "2027-01-01", "--to", "2027-02-01"] as const;

it("sends the file's rates and discounts and shows the difference by month, model and feature", async () => {
  const { code, out } = await run("diff", file(proposal), ...days);
  expect(code).toBe(0);
  expect(JSON.parse(server.asked[0]?.body ?? "")).toEqual({
    from: "2027-01-01T00:00:00.000Z",
    to: "2027-02-01T00:00:00.000Z",
    reason: "contract 17",
    rates: { openai: { "gpt-5-mini": { input: "0.20 USD/M", output: "1.60 USD/M" } } },
    discounts: [{ provider: "claude", percent: "12.5" }],
  });
  expect(out).toMatch(/2027-01 +openai +gpt-5-mini +chat +1 200 +12\.0000 +9\.0000 +-3\.0000/);
  expect(out).toContain("3 attempts stay as they are: these prices do not know them");
  expect(server.asked.map(({ url }) => url.pathname)).toEqual(["/api/v1/prices/preview"]);
});

it("applies what it was shown, and nothing else", async () => {
  const { code } = await run("apply", file(proposal), ...days);
  expect(code).toBe(0);
  expect(server.asked.map(({ url }) => url.pathname)).toEqual(["/api/v1/prices/preview", "/api/v1/prices/apply"]);
  expect(JSON.parse(server.asked[1]?.body ?? "")).toMatchObject({
    reason: "contract 17",
    expected_nanos: "-3000000000",
  });
});

it("applies what somebody has seen before, for a reason of its own", async () => {
  const { code } = await run("apply", ...days, "--expect", "-5", "--reason", "list of May");
  expect(code).toBe(0);
  expect(server.asked.map(({ url }) => url.pathname)).toEqual(["/api/v1/prices/apply"]);
  expect(JSON.parse(server.asked[0]?.body ?? "")).toMatchObject({ reason: "list of May", expected_nanos: "-5" });
});

it.for([
  [["diff", "nowhere.yaml"], "there is no file nowhere.yaml"],
  [["apply"], "say why: --reason"],
  [["diff", "--last", "7"], "--last"],
] as const)("answers %j with what is wrong, and code 2", async ([words, said]) => {
  const { code, error } = await run(...words);
  expect(error).toContain(said);
  expect(code).toBe(2);
  expect(server.asked).toEqual([]);
});

it("says where a file is no YAML", async () => {
  expect((await run("diff", file("rates: [1"))).error).toContain("contract.yaml");
  expect((await run("diff", file("- 1"))).error).toContain("write fields such as rates and discounts");
});
