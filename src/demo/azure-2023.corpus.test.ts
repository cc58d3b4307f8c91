import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { realWorld } from "#world";
import { azureCode2023, azureConversation2023, type TraceShape } from "./azure-2023.ts";
import { drawFrom, drawWholeFrom } from "./quantiles.ts";
import { Random } from "./random.ts";
import { type TraceRow } from "./trace.ts";
import { openTrace } from "./trace-file.ts";

const folder = resolve("../shared/data/traces");
const isThere = existsSync(folder);
if (!isThere) console.log(`Skipped: ${folder} is not there.`);

const DRAWS = 100_000;
const DISTANCE_MAX = 0.03;

function readTrace(path: string): readonly TraceRow[] {
  const opened = openTrace(realWorld().disk, resolve(folder, path));
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const rows = [...opened.value.rows()];
  const bad = rows.filter((row) => "type" in row);
  expect(bad).toEqual([]);
  return rows.flatMap((row) => ("type" in row ? [] : [row]));
}

/** Kolmogorov and Smirnov's distance: the largest difference between the two distributions. */
function distance(left: readonly number[], right: readonly number[]): number {
  const a = left.toSorted((x, y) => x - y);
  const b = right.toSorted((x, y) => x - y);
  let largest = 0;
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? 0, b[j] ?? 0);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

function draws(draw: (random: Random) => number): readonly number[] {
  const random = new Random("distance");
  return Array.from({ length: DRAWS }, () => draw(random));
}

describe.skipIf(!isThere)("the built-in workload beside the Azure traces of 2023", () => {
  test.each<[string, TraceShape]>([
    ["azure/AzureLLMInferenceTrace_code.csv", azureCode2023],
    ["azure/AzureLLMInferenceTrace_conv.csv", azureConversation2023],
  ])("has the lengths and the burstiness of %s", (path, shape) => {
    const rows = readTrace(path);
    const times = rows.map(({ atMs }) => atMs).toSorted((x, y) => x - y);
    const intervals = times.slice(1).map((atMs, index) => (atMs - (times[index] ?? 0)) / shape.intervalMsMean);
    const distances = {
      context: distance(
        rows.map(({ contextTokens }) => contextTokens),
        draws((random) => drawWholeFrom(shape.contextTokens, random)),
      ),
      generated: distance(
        rows.map(({ generatedTokens }) => generatedTokens),
        draws((random) => drawWholeFrom(shape.generatedTokens, random)),
      ),
      intervals: distance(
        intervals,
        draws((random) => drawFrom(shape.intervals, random)),
      ),
    };
    console.log(path, distances);
    for (const [name, far] of Object.entries(distances)) expect(far, name).toBeLessThan(DISTANCE_MAX);
  });

  test("reads every line of the Mooncake traces", () => {
    expect(readTrace("mooncake/conversation_trace.jsonl").length).toBeGreaterThan(1000);
    expect(readTrace("mooncake/synthetic_trace.jsonl")[0]?.blocks?.length).toBeGreaterThan(10);
  });
});
