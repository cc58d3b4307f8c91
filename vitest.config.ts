import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Their properties run in full with the simulation; see simulation/runs-of.ts. */
const withManyRuns = globSync("src/**/*.test.ts").filter((file) => readFileSync(file, "utf8").includes("runsOf("));

export default defineConfig({
  test: {
    // Vitest leaves one core to itself, which of two is half of the time.
    maxWorkers: "100%",
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
          exclude: ["e2e/**/*.browser.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "browser",
          include: ["e2e/**/*.browser.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
