import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "./test-command.ts";
import { SettlementPreview } from "#contract";
import { startTestServer, type TestServer } from "./test-server.ts";

const total = {
  attempts: 3,
  before_nanos: "1500000000",
  in_doubt_nanos: "90000000",
  after_nanos: "1000000000",
  difference_nanos: "-500000000",
};
const answer = SettlementPreview.parse({
  provider: "openai",
  currency: "USD",
  rows: [{ day: "2027-01-02", model: "gpt-5-mini", ...total }],
  total,
  left: [{ day: "2027-01-03", model: "gpt-5-nano", attempts: 2, why: "more-than-held" }],
});

let server: TestServer;
let folder: string;
beforeEach(async () => {
  const said = { status: 201, text: JSON.stringify(answer) };
  server = await startTestServer({
    "POST /api/v1/reconciliations/settle/preview": said,
    "POST /api/v1/reconciliations/settle/apply": said,
  });
  folder = mkdtempSync(join(tmpdir(), "tare-cli-"));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: readonly string[]) =>
  runCommand(["reconcile", "settle", ...words], { TARE_URL: server.url, TARE_DATA: folder });

const days = ["--provider", "openai", "--from", "2027-01-01", "--to", "2027-01-31"] as const;
const asked = () => server.asked.map(({ url }) => url.pathname.split("/").at(-1));

it("shows what would be booked and what stays open with the reason, and books nothing", async () => {
  const { out, code } = await run(...days);
  expect(out).toMatch(/2027-01-02 gpt-5-mini +3 +1\.5000 +0\.0900 +1\.0000 +-0\.5000/);
  expect(out).toContain("not booked yet");
  expect(out).toContain("2 stay open, the report has more than these can have cost");
  expect([code, asked()]).toEqual([0, ["preview"]]);
});

it("books what it has shown when told to", async () => {
  const { out } = await run(...days, "--apply");
  expect(asked()).toEqual(["preview", "apply"]);
  expect(JSON.parse(server.asked[1]?.body ?? "")).toMatchObject({ provider: "openai", expected_nanos: "-500000000" });
  expect(out).toContain("booked");
});

it.for([
  [[], "say whose report settles it"],
  [["--provider", "openai", "--from", "January"], "say which days"],
] as const)("answers %j with what is wrong, and code 2", async ([words, said]) => {
  const { code, error } = await run(...words);
  expect([code, server.asked.length]).toEqual([2, 0]);
  expect(error).toContain(said);
});
