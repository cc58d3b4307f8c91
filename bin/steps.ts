/** The steps of `npm run check` and `npm test`: each one a tool that is run, timed, and shown when it fails. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

export interface Step {
  readonly name: string;
  /** A script below node_modules, and what follows it. */
  readonly run: readonly [script: string, ...options: string[]];
  /** Set for Vitest runs: their tests are counted. */
  readonly project?: "unit" | "simulation" | "corpus" | "e2e*" | "browser";
  /** Shows the tool's output as it comes, not only when it fails. */
  readonly isTold?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const vitest = "vitest/vitest.mjs";

/** The tools beside the tests: on two cores both are over sooner than one after the other, most of all where a tool has one thread. */
export const checkLanes: readonly (readonly Step[])[] = [
  [
    { name: "format", run: ["oxfmt/bin/oxfmt", "--check", "."] },
    { name: "types", run: ["typescript/bin/tsc", "--noEmit", "-p", "."] },
    ...(existsSync(join(root, "dashboard/tsconfig.json"))
      ? [{ name: "types of the dashboard", run: ["typescript/bin/tsc", "--noEmit", "-p", "dashboard"] } as const]
      : []),
    { name: "lint", run: ["oxlint/bin/oxlint", "--type-aware", "."] },
    { name: "dead code", run: ["knip/bin/knip.js", "--no-progress"] },
  ],
  [testStep("unit tests", "unit")],
];

/** One project of vitest.config.ts, or those of a pattern. */
export function testStep(
  name: string,
  project: NonNullable<Step["project"]>,
  options?: Pick<Step, "isTold" | "env">,
): Step {
  return { name, project, run: [vitest, "run", "--project", project, "--passWithNoTests"], ...options };
}

/** Runs all of them in order, also after one has failed, until the time is up. */
export async function runSteps(steps: readonly Step[], { deadlineMs }: { deadlineMs: number }): Promise<Counts> {
  let sum: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) sum = addCounts(sum, await runStep(step, deadlineMs));
  return sum;
}

/** Runs several of these rows of steps side by side. */
export async function runLanes(
  lanes: readonly (readonly Step[])[],
  { deadlineMs }: { deadlineMs: number },
): Promise<Counts> {
  const counts = await Promise.all(lanes.map((steps) => runSteps(steps, { deadlineMs })));
  return counts.reduce(addCounts);
}

export function addCounts(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

async function runStep(step: Step, deadlineMs: number): Promise<Counts> {
  const started = performance.now();
  const leftMs = deadlineMs - Date.now();
  const outcome = step.project === undefined ? await runCheck(step, leftMs) : await runProject(step, leftMs);
  if (outcome.failed > 0 && step.isTold !== true) process.stdout.write(outcome.output);
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
  const { passed, failed, skipped, note } = outcome;
  const told = step.project === undefined ? "" : `  ${passed} passed, ${failed} failed, ${skipped} skipped`;
  console.log(`${failed === 0 ? "ok  " : "FAIL"} ${step.name.padEnd(24)} ${seconds} s${told}${note}`);
  return outcome;
}

interface Outcome extends Counts {
  readonly output: string;
  readonly note: string;
}

/** A step that is not a test run counts as one check. */
async function runCheck(step: Step, leftMs: number): Promise<Outcome> {
  const { code, ...shown } = await runTool(step, { reporters: [], leftMs });
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, ...shown };
}

async function runProject(step: Step, leftMs: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "tare-step-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code, ...shown } = await runTool(step, { reporters, leftMs });
  const counts = readCounts(report);
  rmSync(folder, { recursive: true, force: true });
  // A run that fails without a failed test (a file that does not load, a crash of the runner) counts as one failure.
  const failed = code === 0 ? counts.failed : Math.max(1, counts.failed);
  return { ...counts, failed, ...shown };
}

function runTool(
  step: Step,
  { reporters, leftMs }: { reporters: readonly string[]; leftMs: number },
): Promise<{ readonly code: number; readonly output: string; readonly note: string }> {
  const [script, ...options] = step.run;
  const child = spawn(process.execPath, [join(root, "node_modules", script), ...options, ...reporters], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }), ...step.env },
    // A group of its own, so that what a tool leaves behind ends with it.
    detached: true,
  });
  const chunks: Buffer[] = [];
  const take = (chunk: Buffer) => {
    if (step.isTold === true) process.stdout.write(chunk);
    else chunks.push(chunk);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const end = () => endGroup(child.pid);
  process.once("SIGINT", end).once("SIGTERM", end);
  let note = "";
  const timer = setTimeout(
    () => {
      note = "  ended: the time is up";
      end();
    },
    Math.max(leftMs, 1),
  );
  return new Promise((settle) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      process.off("SIGINT", end).off("SIGTERM", end);
      end();
      settle({ code: code ?? 1, output: Buffer.concat(chunks).toString(), note });
    });
  });
}

function endGroup(pid: number | undefined) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function readCounts(report: string): Counts {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const told: unknown = JSON.parse(readFileSync(report, "utf8"));
  if (typeof told !== "object" || told === null) return { passed: 0, failed: 1, skipped: 0 };
  const count = (name: string) => {
    const value = new Map<string, unknown>(Object.entries(told)).get(name);
    return typeof value === "number" ? value : 0;
  };
  return {
    passed: count("numPassedTests"),
    failed: count("numFailedTests"),
    skipped: count("numPendingTests") + count("numTodoTests"),
  };
}
