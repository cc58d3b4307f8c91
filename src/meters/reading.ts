/** What one scrape of an exporter says: GPUs and how active each is, and what an inference server has done. */
import { type Instant, instant } from "#units";
import { type Sample } from "./exposition.ts";

export const exporterKinds = ["vllm", "dcgm", "nvidia_gpu_exporter"] as const;
export type ExporterKind = (typeof exporterKinds)[number];

/** Millionths of a GPU's time in which it ran something; undefined where the exporter does not say. */
export type Activity = number | undefined;

/** What is counted of one model since its server started. */
export const workClasses = ["tokensIn", "tokensCached", "tokensOut", "requests", "engineMicros"] as const;
export type WorkClass = (typeof workClasses)[number];

export interface Count {
  readonly model: string;
  readonly class: WorkClass;
  /** Whole, and only growing until the server starts again. */
  readonly value: number;
}

export interface Reading {
  readonly kinds: readonly ExporterKind[];
  /** By the GPU's own id. */
  readonly gpus: ReadonlyMap<string, Activity>;
  /** By series. */
  readonly counts: ReadonlyMap<string, Count>;
  /** Calls that an inference server runs now; undefined where there is none, or where it does not say. */
  readonly running: number | undefined;
  /** When the process that answered started. */
  readonly startedAt: Instant | undefined;
}

const FULL = 1_000_000;
const PREFIXES = { vllm: "vllm:", dcgm: "DCGM_FI_", nvidia_gpu_exporter: "nvidia_smi_" } as const;
const STARTED = "process_start_time_seconds";

export function isMetered(name: string): boolean {
  return name === STARTED || exporterKinds.some((kind) => name.startsWith(PREFIXES[kind]));
}

/** A text is why the answer says nothing. */
export function readReading(samples: readonly Sample[]): Reading | string {
  const kinds = exporterKinds.filter((kind) => samples.some(({ name }) => name.startsWith(PREFIXES[kind])));
  if (kinds.length === 0) return "has no metrics of vLLM, DCGM or nvidia_gpu_exporter";
  if (samples.some(({ name, value }) => name === "nvidia_smi_last_collect_success" && value === 0))
    return "answers, and could not ask its GPUs";
  const started = samples.find(({ name, value }) => name === STARTED && value > 0 && Number.isFinite(value));
  return {
    kinds,
    gpus: new Map([...gpusOfSmi(samples), ...gpusOfDcgm(samples)]),
    counts: countsOf(samples),
    running: runningOf(samples),
    startedAt: started === undefined ? undefined : instant(Math.round(started.value * 1000)),
  };
}

function gpusOfSmi(samples: readonly Sample[]): ReadonlyMap<string, Activity> {
  const gpus = new Map<string, Activity>();
  const idle = new Set<string>();
  for (const { name, labels, value } of samples) {
    const id = labels["uuid"];
    if (id === undefined || !name.startsWith(PREFIXES.nvidia_gpu_exporter)) continue;
    if (!gpus.has(id)) gpus.set(id, undefined);
    if (name === "nvidia_smi_utilization_gpu_ratio") gpus.set(id, share(value, 1));
    if (/^nvidia_smi_clocks_(event|throttle)_reasons_gpu_idle$/.test(name) && value === 1) idle.add(id);
  }
  // With MIG the driver says no share; that nothing runs at all it still says.
  for (const id of idle) gpus.set(id, gpus.get(id) ?? 0);
  return gpus;
}

/** Of the whole GPU, or of its MIG instances: each counts by its slices, and what is in no instance runs nothing. */
function gpusOfDcgm(samples: readonly Sample[]): ReadonlyMap<string, Activity> {
  const found = samples.filter(({ name }) => name.startsWith(PREFIXES.dcgm));
  const gpus = Map.groupBy(found, ({ labels }) => labels["UUID"]?.replace(/^GPU-/, ""));
  return new Map(
    [...gpus].flatMap(([id, own]) => {
      if (id === undefined) return [];
      const instances = own.filter(({ labels }) => (labels["GPU_I_ID"] ?? "") !== "");
      return [[id, instances.length > 0 ? activityOfInstances(instances) : activityOfWhole(own)] as const];
    }),
  );
}

const ENGINE = "DCGM_FI_PROF_GR_ENGINE_ACTIVE";
const UTILISATION = "DCGM_FI_DEV_GPU_UTIL";

/** The same GPU stands once for each pod that shares it. */
function activityOfWhole(samples: readonly Sample[]): Activity {
  const most = (name: string, whole: number) =>
    samples
      .flatMap((sample) => (sample.name === name ? (share(sample.value, whole) ?? []) : []))
      .toSorted((one, other) => other - one)[0];
  return most(ENGINE, 1) ?? most(UTILISATION, 100);
}

// DCGM_FI_DEV_GPU_UTIL stands at 0 for instances whatever they do, which dcgm-exporter's issue 216 calls normal.
function activityOfInstances(samples: readonly Sample[]): Activity {
  const instances = Map.groupBy(samples, ({ labels }) => labels["GPU_I_ID"]);
  let sum = 0;
  for (const own of instances.values()) {
    const slices = Number(/^(?:\d+c\.)?(\d)g\./.exec(own[0]?.labels["GPU_I_PROFILE"] ?? "")?.[1]);
    const active = activityOfWhole(own.filter(({ name }) => name === ENGINE));
    if (active === undefined || Number.isNaN(slices)) return undefined;
    sum += active * slices;
  }
  const isSmall = samples.some(({ labels }) => labels["modelName"]?.includes("A30") === true);
  return Math.min(FULL, Math.round(sum / (isSmall ? 4 : 7)));
}

/** DCGM writes what it does not know as a number far out of range. */
function share(value: number, whole: number): Activity {
  return value >= 0 && value <= whole ? Math.round((value / whole) * FULL) : undefined;
}

const counted: Readonly<Record<string, { readonly class: WorkClass; readonly scale: number }>> = {
  "vllm:prompt_tokens_total": { class: "tokensIn", scale: 1 },
  "vllm:prompt_tokens_cached_total": { class: "tokensCached", scale: 1 },
  "vllm:generation_tokens_total": { class: "tokensOut", scale: 1 },
  "vllm:request_success_total": { class: "requests", scale: 1 },
  "vllm:request_inference_time_seconds_sum": { class: "engineMicros", scale: 1_000_000 },
};

function countsOf(samples: readonly Sample[]): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>();
  for (const { name, labels, value } of samples) {
    const of = counted[name];
    const model = labels["model_name"];
    if (of === undefined || model === undefined) continue;
    const whole = Math.round(value * of.scale);
    if (!Number.isSafeInteger(whole) || whole < 0) continue;
    const sorted = Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1));
    counts.set(`${name} ${JSON.stringify(sorted)}`, { model, class: of.class, value: whole });
  }
  return counts;
}

function runningOf(samples: readonly Sample[]): number | undefined {
  const found = samples.filter(({ name, value }) => name === "vllm:num_requests_running" && value >= 0);
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}
