import { describe, expect, it } from "vitest";
import { assert } from "#std";
import { readExposition } from "./exposition.ts";
import { isMetered, readReading } from "./reading.ts";

function read(...lines: readonly string[]) {
  const samples = readExposition(lines.join("\n"), isMetered);
  assert(samples.ok, "the lines are of the format");
  return readReading(samples.value);
}

function gpusOf(...lines: readonly string[]) {
  const reading = read(...lines);
  assert(typeof reading !== "string", "the exporter says something");
  return Object.fromEntries(reading.gpus);
}

const ENGINE = "DCGM_FI_PROF_GR_ENGINE_ACTIVE";
const UTILISATION = "DCGM_FI_DEV_GPU_UTIL";

describe("DCGM", () => {
  it("says of each GPU how active it is, the finer figure before the coarser, in millionths", () => {
    expect(
      gpusOf(
        `${ENGINE}{UUID="GPU-a"} 0.333333`,
        `${UTILISATION}{UUID="GPU-a"} 90`,
        `${UTILISATION}{UUID="GPU-b"} 7`,
        'DCGM_FI_DEV_GPU_TEMP{UUID="GPU-c"} 40',
      ),
    ).toEqual({ a: 333_333, b: 70_000, c: undefined });
  });

  it("names a GPU once for each pod that shares it, and it is one", () => {
    expect(gpusOf(`${UTILISATION}{UUID="GPU-a",pod="x"} 40`, `${UTILISATION}{UUID="GPU-a",pod="y"} 40`)).toEqual({
      a: 400_000,
    });
  });

  it("with MIG says it of instances: each counts by its slices of seven, and what is in none runs nothing", () => {
    const instance = (id: number, profile: string, active: number) => [
      `${ENGINE}{UUID="GPU-a",GPU_I_ID="${id}",GPU_I_PROFILE="${profile}"} ${active}`,
      `${UTILISATION}{UUID="GPU-a",GPU_I_ID="${id}",GPU_I_PROFILE="${profile}"} 0`,
    ];
    // (3 × 0.7 + 1 × 0.35) ÷ 7
    expect(gpusOf(...instance(1, "3g.40gb", 0.7), ...instance(7, "1g.10gb", 0.35))).toEqual({ a: 350_000 });
    expect(gpusOf(...instance(1, "odd", 0.7))).toEqual({ a: undefined });
    expect(gpusOf(`${ENGINE}{UUID="GPU-a",GPU_I_ID="1",GPU_I_PROFILE="2g.12gb",modelName="NVIDIA A30"} 1`)).toEqual({
      a: 500_000,
    });
    // Without the figure that instances have, the other one stands at 0 whatever they do.
    expect(gpusOf(`${UTILISATION}{UUID="GPU-a",GPU_I_ID="1",GPU_I_PROFILE="3g.40gb"} 0`)).toEqual({ a: undefined });
  });

  it.for(["9223372036854775794", "140737488355328", "-1", "101", "NaN", "+Inf"])(
    "does not know when it says %s",
    (value) => {
      expect(gpusOf(`${UTILISATION}{UUID="GPU-a"} ${value}`)).toEqual({ a: undefined });
    },
  );
});

describe("nvidia_gpu_exporter", () => {
  it("says of each GPU how active it is, or at least that it runs nothing", () => {
    expect(
      gpusOf(
        'nvidia_smi_utilization_gpu_ratio{uuid="a"} 0.08',
        'nvidia_smi_clocks_event_reasons_gpu_idle{uuid="a"} 1',
        'nvidia_smi_clocks_throttle_reasons_gpu_idle{uuid="b"} 1',
        'nvidia_smi_clocks_event_reasons_gpu_idle{uuid="c"} 0',
      ),
    ).toEqual({ a: 80_000, b: 0, c: undefined });
  });

  it("says nothing when it could not ask its GPUs: what it repeats is old", () => {
    const lines = ["nvidia_smi_last_collect_success 0", 'nvidia_smi_utilization_gpu_ratio{uuid="a"} 1'];
    expect(read(...lines)).toContain("could not ask its GPUs");
  });
});

describe("vLLM", () => {
  it("counts by model, each series apart, and says how many calls it runs", () => {
    const reading = read(
      "process_start_time_seconds 1.7e9",
      'vllm:num_requests_running{model_name="m",engine="0"} 2.0',
      'vllm:num_requests_running{model_name="m",engine="1"} 1.0',
      'vllm:request_success_total{model_name="m",finished_reason="stop"} 4',
      'vllm:request_success_total{model_name="m",finished_reason="length"} 1',
      'vllm:generation_tokens_total{model_name="n"} 9.007199254740993e+15',
      'vllm:request_inference_time_seconds_sum{model_name="m"} 1.0000004',
    );
    assert(typeof reading !== "string", "the server says something");
    expect(reading).toMatchObject({ kinds: ["vllm"], running: 3, startedAt: 1_700_000_000_000 });
    expect([...reading.counts.values()]).toEqual([
      { model: "m", class: "requests", value: 4 },
      { model: "m", class: "requests", value: 1 },
      // More than can be counted exactly is not counted.
      { model: "m", class: "engineMicros", value: 1_000_000 },
    ]);
  });
});

it("anything else says nothing of GPUs", () => {
  expect(read("process_start_time_seconds 1.7e9", "go_goroutines 8")).toContain("no metrics of vLLM, DCGM or");
});
