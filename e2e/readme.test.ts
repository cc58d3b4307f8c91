/** The README's first screen is true: its command starts, and prints what the README shows. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

// 15 s are promised once the packages are there and the machine is free; in tests it may be busy.
const UP_MS_MAX = 45_000;
const STOP_MS_MAX = 40_000;

const folder = mkdtempSync(join(tmpdir(), "tare-readme-"));
let demo: ChildProcess;
let printed = "";

beforeAll(async () => {
  const places = ["--data", folder, "--port", "0", "--control-port", "0"];
  demo = spawn(process.execPath, ["bin/bootstrap.mjs", "demo", ...places], { stdio: ["ignore", "pipe", "ignore"] });
  demo.stdout?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  await until(() => /#token=/.test(printed), UP_MS_MAX);
}, UP_MS_MAX + 5000);

afterAll(async () => {
  demo.kill("SIGTERM");
  await until(() => demo.exitCode !== null, STOP_MS_MAX);
  rmSync(folder, { recursive: true, force: true });
}, STOP_MS_MAX + 5000);

it("`npm start` says where it listens, gives a link, and says that nothing of it is real", () => {
  expect(printed).toMatch(/^data plane {2}http:\/\/127\.0\.0\.1:\d+$/m);
  expect(printed).toMatch(/^control {5}http:\/\/127\.0\.0\.1:\d+$/m);
  expect(printed).toContain("The providers are simulated");
});

it("`tare spend` prints the table that the README shows, with real numbers", async () => {
  const shown = readFileSync("README.md", "utf8").split("<!-- output of")[1]?.split("<!-- end -->")[0] ?? "";
  const [head = "", ...rows] = shown.split("\n").filter((line) => line.startsWith("    "));
  let now = "";
  await until(() => {
    now = tare("spend", "--by", "feature", "--last", "1d");
    return / [1-9]\d* {2}/.test(now);
  }, UP_MS_MAX);
  expect(columnsOf(now.split("\n")[0] ?? "")).toEqual(columnsOf(head));
  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows.filter((line) => !line.includes("─")))
    expect(columnsOf(row)).toHaveLength(columnsOf(head).length);
  const names = tare("spend", "--by", "feature", "--last", "1d", "--json");
  expect(names).toContain('"gross_nanos": "');
});

function tare(...words: readonly string[]): string {
  const url = /^control +(\S+)$/m.exec(printed)?.[1] ?? "";
  return execFileSync(process.execPath, ["bin/tare.ts", ...words, "--url", url, "--data", folder], {
    encoding: "utf8",
  });
}

function columnsOf(line: string): readonly string[] {
  return line.trim().split(/ {2,}/);
}

async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Not within ${withinMs} ms. Printed so far:\n${printed}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
