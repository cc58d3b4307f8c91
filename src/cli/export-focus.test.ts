import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "./test-command.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const table = `BilledCost,x_Feature\r\n${"1,caf\u00e9\r\n".repeat(40_000)}`;

let server: TestServer;
let folder: string;
beforeEach(async () => {
  server = await startTestServer({ "GET /api/v1/exports/focus": { status: 200, text: table } });
  folder = mkdtempSync(join(tmpdir(), "tare-cli-"));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: readonly string[]) =>
  runCommand(["export", "focus", ...words], { TARE_URL: server.url, TARE_DATA: folder });

it("writes the table into a new file as it comes, byte for byte", async () => {
  const file = join(folder, "focus.csv");
  const { code, out } = await run("--from", "2027-01-01", "--to", "2027-02-01", "--version", "1.2", "--out", file);
  expect([code, out]).toEqual([0, ""]);
  expect(readFileSync(file, "utf8")).toBe(table);
  expect(Object.fromEntries(server.asked[0]?.url.searchParams ?? [])).toEqual({
    from: "2027-01-01T00:00:00.000Z",
    to: "2027-02-01T00:00:00.000Z",
    version: "1.2",
    format: "csv",
    per: "day",
  });
});

it("leaves a file that is there as it is", async () => {
  const file = join(folder, "focus.csv");
  writeFileSync(file, "mine");
  const { code, error } = await run("--out", file);
  expect(code).toBe(2);
  expect(error).toContain("is there already");
  expect(readFileSync(file, "utf8")).toBe("mine");
  expect(server.asked).toEqual([]);
});

it("says what the server says no with, and makes no file of it", async () => {
  await server.close();
  const problem = {
    type: "about:blank",
    title: "No",
    status: 403,
    detail: "This needs finance.",
    code: "role_missing",
  };
  server = await startTestServer({ "GET /api/v1/exports/focus": { status: 403, text: JSON.stringify(problem) } });
  const file = join(folder, "focus.csv");
  const { code, error } = await run("--out", file);
  expect(code).toBe(1);
  expect(error).toContain("This needs finance. (role_missing)");
  expect(existsSync(file)).toBe(false);
});

it.for([
  [["--version", "2"], "--version: write one of 1.4, 1.2, 1.5-draft"],
  [["--format", "xlsx"], "--format: write one of csv, parquet"],
  [["--format", "parquet"], "--out: say where to write the file"],
  [["--per", "hour"], "--per: write one of day, month"],
  [["--last", "7"], "--last"],
] as const)("answers %j with what is wrong, and code 2", async ([words, said]) => {
  const { code, error } = await run(...words);
  expect(error).toContain(said);
  expect(code).toBe(2);
});
