import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Their properties run in full with the simulation; see simulation/runs-of.ts. */
const withManyRuns = globSync("src/**/*.test.ts").filter((file) => readFileSync(file, "utf8").includes("runsOf("));

/** Files whose bounds are a second or two, which another file's start beside them would take up; one keeps both cores busy itself. */
const alone = [
  "alerts",
  "budgets",
  "cache",
  "faults",
  "ledger-is-invoice",
  "processes",
  "resilience",
  "rolling-restart",
  "tls",
].map((name) => `e2e/${name}.test.ts`);
/** Those that take longest begin first, so that the last minute does not belong to one of them. */
const longest = [
  "mutants",
  "simulation",
  "further-seeds",
  "asks.corpus",
  "focus.corpus",
  "budgets-spent",
  "office-away",
];

const isLong = ({ moduleId }: TestSpecification) => longest.some((name) => moduleId.endsWith(`/${name}.test.ts`));

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the name of another class's method.
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const endToEnd = { globalSetup: ["e2e/harness/build-program.ts"], testTimeout: 600_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    // Vitest leaves one core to itself, which of two is half of the time.
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    // Node runs the source as it is, here as in the product: nothing is transformed, and no call of a test mocks a module.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    projects: [
      {
        test: {
          name: "unit",
          include: ["*.test.ts", "src/**/*.test.ts", "sdk/**/*.test.ts", "dashboard/**/*.test.ts"],
          exclude: ["src/**/*.corpus.test.ts", "src/**/*.simulation.test.ts"],
          // No test is timed: a machine that is busy with other work takes several times as long.
          testTimeout: 30_000,
          expect: { poll: { timeout: 25_000, interval: 5 } },
          // Rooms keep nothing in their modules, so files may share them: half the CPU, and the check stays in its minute.
          isolate: false,
        },
      },
      {
        test: {
          name: "simulation",
          include: ["simulation/**/*.test.ts", "src/**/*.simulation.test.ts", ...withManyRuns],
          env: { TARE_TEST_RUNS: "all" },
          testTimeout: 120_000,
        },
      },
      { test: { name: "corpus", include: ["src/**/*.corpus.test.ts"], testTimeout: 300_000 } },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          exclude: ["e2e/**/*.browser.test.ts", ...alone],
          ...endToEnd,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "e2e-alone",
          include: [...alone],
          ...endToEnd,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: { name: "browser", include: ["e2e/**/*.browser.test.ts"], ...endToEnd, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
