/** What recorded exporters say of their GPUs, idle and under load, scraped for an hour; figures done by hand from the texts. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assert } from "#std";
import { instant } from "#units";
import { addIntervals, emptyInterval, type Interval } from "./interval.ts";
import { reportMeter } from "./meter-report.ts";
import { MetersSection } from "./meters-config.ts";
import { type Reading } from "./reading.ts";
import { readAnswer } from "./scrape.ts";
import { look, startWatch, type WatchRules } from "./watch.ts";

const folder = join(import.meta.dirname, "../../../shared/data/server-metrics");
const isThere = existsSync(folder);
if (!isThere) console.warn(`Skipped: ${folder} is not there.`);

const EVERY_MS = 15_000;
const HOUR_MS = 3_600_000;
const START = instant(Date.UTC(2027, 0, 1));
const rules: WatchRules = { everyMs: EVERY_MS, bookedMs: HOUR_MS, gpus: undefined };

const textOf = (name: string) => readFileSync(join(folder, name), "utf8");
const smi = (name: string) => textOf(`nvidia_gpu_exporter/${name}.metrics`);

function readingOf(text: string): Reading {
  const reading = readAnswer(Buffer.from(text), { kind: undefined });
  assert(reading.ok, "the exporter's text says something");
  return reading.value;
}

/** Each reading is scraped for its number of hours, every 15 s; one more scrape ends the last. */
function scraped(hours: readonly (readonly [reading: Reading, hours: number])[], own = rules, start = START): Interval {
  let [watch, at] = [startWatch(start), Number(start)];
  const intervals: Interval[] = [];
  const scrape = (reading: Reading) => {
    const seen = look(watch, { at: instant(at), reading, isScrape: true }, own);
    watch = seen.watch;
    intervals.push(...seen.intervals);
  };
  for (const [reading, count] of hours)
    for (const end = at + count * HOUR_MS; at < end; at += EVERY_MS) scrape(reading);
  const last = hours.at(-1)?.[0];
  if (last !== undefined) scrape(last);
  return intervals.reduce(addIntervals, emptyInterval(start, start));
}

const hoursOf = ({ gpuTime: { busy, idle, unknown } }: Interval) =>
  [busy, idle, unknown].map((nanos) => Number(nanos) / 3.6e12);

/**
 * Busy, idle and unknown hours of one hour: `utilization_gpu_ratio` of the text, and 1 − it. With MIG there is none: the
 * idle texts say `gpu_idle 1`, the loaded ones nothing, which is unknown and neither. The idle L40S says 1, with
 * no process on it and persistence mode 0; what it says is what is counted.
 */
const shown: Readonly<Record<string, readonly [busy: number, idle: number, unknown: number]>> = {
  // Two GPUs, at 1 each.
  demo__seeded: [2, 0, 0],
  "linux-x86_64__nvidia-geforce-rtx-2080-super__595.71.05__idle": [0, 1, 0],
  "linux-x86_64__nvidia-geforce-rtx-2080-super__595.71.05__load": [0.08, 0.92, 0],
  "linux-x86_64__nvidia-geforce-rtx-2080-super__610.57.04__idle": [0, 1, 0],
  "linux-x86_64__nvidia-geforce-rtx-2080-super__610.57.04__load": [0.08, 0.92, 0],
  "linux-x86_64__nvidia-geforce-rtx-4080-super__595.71.05__idle": [0, 1, 0],
  "linux-x86_64__nvidia-geforce-rtx-4080-super__595.71.05__load": [0.07, 0.93, 0],
  "linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01__idle": [0, 1, 0],
  "linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01__load": [1, 0, 0],
  "linux-x86_64__nvidia-h100-mig__590.48.01__idle": [0, 1, 0],
  "linux-x86_64__nvidia-h100-mig__590.48.01__load": [0, 0, 1],
  "linux-x86_64__nvidia-h200-mig__590.48.01__idle": [0, 1, 0],
  "linux-x86_64__nvidia-h200-mig__590.48.01__load": [0, 0, 1],
  "linux-x86_64__nvidia-h200__590.48.01__idle": [0, 1, 0],
  "linux-x86_64__nvidia-h200__590.48.01__load": [1, 0, 0],
  "linux-x86_64__nvidia-l40s__595.80__idle": [1, 0, 0],
  "linux-x86_64__nvidia-l40s__595.80__load": [0.09, 0.91, 0],
  "windows-x86_64__nvidia-geforce-rtx-2080-super__591.86__idle": [0, 1, 0],
  "windows-x86_64__nvidia-geforce-rtx-2080-super__591.86__load": [0.07, 0.93, 0],
  "windows-x86_64__nvidia-geforce-rtx-2080-super__610.62__idle": [0, 1, 0],
  "windows-x86_64__nvidia-geforce-rtx-2080-super__610.62__load": [0.07, 0.93, 0],
};

describe.skipIf(!isThere)("recorded exporters of GPUs", () => {
  it("are all of these", () => {
    const names = readdirSync(join(folder, "nvidia_gpu_exporter")).filter((name) => name.endsWith(".metrics"));
    expect(names.map((name) => name.replace(/\.metrics$/, "")).toSorted()).toEqual(Object.keys(shown).toSorted());
  });

  it.for(Object.entries(shown))("give the hours that they show: %s", ([name, hours]) => {
    expect(hoursOf(scraped([[readingOf(smi(name)), 1]]))).toEqual(hours);
  });

  it("together are a fleet of 22 GPUs, 72.7 % idle as far as that is known, and its cost is shared to the nano", () => {
    const hour = Object.keys(shown)
      .map((name) => scraped([[readingOf(smi(name)), 1]]))
      .reduce(addIntervals, emptyInterval(START, START));
    // Busy: 2 + 0.08 + 0.08 + 0.07 + 1 + 1 + 1 + 0.09 + 0.07 + 0.07 = 5.46; unknown: 2 loaded GPUs with MIG; idle: 22 − 2 − 5.46.
    expect(hoursOf(hour)).toEqual([5.46, 14.54, 2]);
    const [settings] = MetersSection.parse([
      {
        name: "fleet",
        exporters: [{ url: "http://127.0.0.1:9835/metrics" }],
        gpu_hour: [{ rate: "2.95 USD", source: "s" }],
      },
    ]);
    assert(settings !== undefined, "a meter was written");
    const row = reportMeter(settings, {
      intervals: [hour],
      until: undefined,
      exporters: [],
      spanMs: 86_400_000,
      billed: undefined,
    });
    // 14.54 ÷ 20; 22 × 2.95 = 64.90; 5.46 × 2.95 = 16.107; 14.54 × 2.95 = 42.893; 2 × 2.95 = 5.90.
    expect(row).toMatchObject({
      idle_share: 0.727,
      cost_nanos: "64900000000",
      busy_nanos: "16107000000",
      idle_nanos: "42893000000",
      unknown_nanos: "5900000000",
    });
  });

  it("half a day idle and a quarter under load is 12 hours idle and 6 busy", () => {
    const [idle, load] = ["idle", "load"].map((state) =>
      readingOf(smi(`linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01__${state}`)),
    );
    assert(idle !== undefined && load !== undefined, "both were recorded");
    expect(
      hoursOf(
        scraped([
          [idle, 5],
          [load, 6],
          [idle, 7],
        ] as const),
      ),
    ).toEqual([6, 12, 0]);
  });

  it("of DCGM name a GPU and not what it does, and what is no number there is not taken for one", () => {
    const text = textOf("dcgm/dcgm_exporter_readme_sample.txt");
    // The last two lines are of the list of metrics that a README shows beside its sample.
    const refused = readAnswer(Buffer.from(text), { kind: undefined });
    expect(refused).toEqual({ ok: false, error: "line 28 of its answer has no value behind its name" });
    const sample = text.split("\n").slice(0, 27);
    const readingWith = (...lines: readonly string[]) => readingOf([...sample, ...lines].join("\n"));
    expect(hoursOf(scraped([[readingWith(), 1]]))).toEqual([0, 0, 1]);
    const gpu = 'gpu="0",UUID="GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e52"';
    const unknown = `DCGM_FI_DEV_GPU_UTIL{${gpu}} 9223372036854775794`;
    expect(hoursOf(scraped([[readingWith(unknown), 1]]))).toEqual([0, 0, 1]);
    const half = `DCGM_FI_DEV_GPU_UTIL{${gpu}} 50`;
    expect(hoursOf(scraped([[readingWith(half), 1]]))).toEqual([0.5, 0.5, 0]);
    const finer = `DCGM_FI_PROF_GR_ENGINE_ACTIVE{${gpu}} 0.25`;
    expect(hoursOf(scraped([[readingWith(half, finer), 1]]))).toEqual([0.25, 0.75, 0]);
  });
});

/** The line of a series, with another value if it is of this name. */
const raise = (name: string, value: number) => (line: string) =>
  line.startsWith(`${name}{`) ? `${line.slice(0, line.lastIndexOf(" "))} ${value}` : line;

describe.skipIf(!isThere)("the recorded vLLM", () => {
  const own = { ...rules, gpus: 2 };
  const model = "facebook/opt-125m";

  it("runs nothing: its GPUs are idle for as long as it says so", () => {
    const reading = readingOf(textOf("vllm/vllm_metrics_datadog.txt"));
    expect(reading).toMatchObject({ kinds: ["vllm"], running: 0, startedAt: 1_718_140_558_300 });
    expect(hoursOf(scraped([[reading, 1]], own))).toEqual([0, 2, 0]);
  });

  it("has done nothing more than before it was looked at, unless it started under the meter's eyes", () => {
    const reading = readingOf(textOf("vllm/vllm_metrics_datadog.txt"));
    expect(scraped([[reading, 1]], own).work.size).toBe(0);
    const before = instant(1_718_140_558_300 - 60_000);
    const seen = look(startWatch(before), { at: before, reading: undefined, isScrape: true }, own);
    const at = instant(1_718_140_558_300 + 20_000);
    const { intervals } = look(seen.watch, { at, reading, isScrape: true }, own);
    const sum = intervals.reduce(addIntervals);
    // 0.8377432837150991 s of inference, in whole millionths.
    expect(sum.work.get(model)).toEqual({
      tokensIn: 5,
      tokensCached: 64,
      tokensOut: 7,
      requests: 1,
      engineMicros: 837_743,
    });
    expect(sum.coldStarts).toBe(1);
  });

  it("with more behind its counters and calls that run is busy, and its tokens cost what its GPUs cost", () => {
    const text = textOf("vllm/vllm_metrics_datadog.txt");
    const loaded = text
      .split("\n")
      .map(raise("vllm:num_requests_running", 3))
      .map(raise("vllm:prompt_tokens_total", 3_000_005))
      .map(raise("vllm:generation_tokens_total", 1_000_007))
      .join("\n");
    const hours = scraped(
      [
        [readingOf(text), 1],
        [readingOf(loaded), 3],
      ],
      own,
    );
    expect(hoursOf(hours)).toEqual([6, 2, 0]);
    const [settings] = MetersSection.parse([
      {
        name: "fleet",
        exporters: [{ url: "http://127.0.0.1:8000/metrics", gpus: 2 }],
        gpu_hour: [{ rate: "2 USD", source: "s" }],
      },
    ]);
    assert(settings !== undefined, "a meter was written");
    const row = reportMeter(settings, {
      intervals: [hours],
      until: undefined,
      exporters: [],
      spanMs: 86_400_000,
      billed: undefined,
    });
    // 8 GPU-hours at 2 = 16 for 4 million tokens; a quarter of it was idle.
    expect(row).toMatchObject({ idle_share: 0.25, cost_nanos: "16000000000", idle_nanos: "4000000000" });
    expect(row.models).toMatchObject([{ model, million_tokens_nanos: "4000000000", tokens_out: 1_000_000 }]);
  });
});
