/** The README's first screen is true: its command starts, and prints what the README shows. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

// 15 s are promised once the packages are there and the machine is free; in tests it may be busy.
const UP_MS_MAX = 45_000;
const STOP_MS_MAX = 40_000;

const root = dirname(import.meta.dirname);
const folder = mkdtempSync(join(tmpdir(), "tare-readme-"));
let running: ChildProcess;
let printed = "";

beforeAll(() => start("bin/bootstrap.mjs", "demo"), UP_MS_MAX + 5000);

afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
}, STOP_MS_MAX + 5000);

it("`npm start` says where it listens, gives a link, and says that nothing of it is real", () => {
  expect(printed).toMatch(/^data plane {2}http:\/\/127\.0\.0\.1:\d+$/m);
  expect(printed).toMatch(/^control {5}http:\/\/127\.0\.0\.1:\d+$/m);
  expect(printed).toContain("The providers are simulated");
});

it("`tare spend` prints the table that the README shows, with real numbers", async () => {
  const shown =
    readFileSync(join(root, "README.md"), "utf8").split("<!-- output of")[1]?.split("<!-- end -->")[0] ?? "";
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

it(
  "`tare up` starts in the folder where the demo was looked at, and their numbers are never in one folder",
  async () => {
    await stop();
    await start("bin/tare.ts", "up");
    expect(printed).toContain("./tare-data held the demo's simulated numbers: they are in ./tare-demo now.");
    expect(JSON.parse(tare("status", "--json"))).toMatchObject({ demo: false });
    expect(tare("key", "create", "--team", "support")).toMatch(/^tare_/m);
    await stop();
    await start("bin/bootstrap.mjs", "demo");
    expect(printed).toContain("./tare-data holds real numbers: the demo keeps its own in ./tare-demo.");
    expect(JSON.parse(tare("status", "--json"))).toMatchObject({ demo: true });
  },
  4 * UP_MS_MAX,
);

async function start(program: string, command: string): Promise<void> {
  printed = "";
  const ports = ["--port", "0", "--control-port", "0"];
  running = spawn(process.execPath, [join(root, program), command, ...ports], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  running.stdout?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  await until(() => /#token=/.test(printed), UP_MS_MAX);
}

async function stop(): Promise<void> {
  running.kill("SIGTERM");
  await until(() => running.exitCode !== null, STOP_MS_MAX);
}

/** As a user types it in the folder where it was started: the token is looked for where that start put it. */
function tare(...words: readonly string[]): string {
  const url = /^control +(\S+)$/m.exec(printed)?.[1] ?? "";
  const args = [join(root, "bin", "tare.ts"), ...words, "--url", url];
  return execFileSync(process.execPath, args, { encoding: "utf8", cwd: folder });
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
