/** Fleets of the mock: one in order, one that is partly out of sight, and one that nobody priced. */
import type { MeterPage, MeterRow } from "#contract";

const HOUR_MS = 3_600_000;

const empty = {
  every_ms: 15_000,
  booked_ms: HOUR_MS,
  cold_starts: 0,
  cold_start_ms: 0,
  tokens_in: 0,
  tokens_cached: 0,
  tokens_out: 0,
  requests: 0,
  unpriced_ms: 0,
  slots: [],
  models: [],
};

/** Busy by day, idle by night and on Sunday; the exporter was away for a few hours. */
function slots(now: number, gpus: number): MeterRow["slots"] {
  const length = 3 * HOUR_MS;
  const first = Math.floor((now - 168 * HOUR_MS) / length) * length;
  return Array.from({ length: 56 }, (_, index) => {
    const at = first + index * length;
    const hour = new Date(at).getUTCHours();
    const load =
      new Date(at).getUTCDay() === 0 ? 0.12 : hour >= 6 && hour < 21 ? 0.86 - 0.04 * Math.abs(12 - hour) : 0.2;
    const unknown = index === 30 ? 0.35 : 0;
    const whole = gpus * length;
    const [busy, lost] = [Math.round(whole * load * (1 - unknown)), Math.round(whole * unknown)];
    return {
      from: new Date(at).toISOString(),
      to: new Date(at + length).toISOString(),
      busy_ms: busy,
      idle_ms: whole - busy - lost,
      unknown_ms: lost,
    };
  });
}

export function mockMeters(now: number): MeterPage {
  const from = new Date(now - 168 * HOUR_MS).toISOString();
  return { rows: [pool(now), edge(now)], from, to: new Date(now).toISOString(), currency: "USD" };
}

const work = { tokens_in: 412_300_000, tokens_cached: 96_000_000, tokens_out: 57_120_000, requests: 318_204 };

function pool(now: number): MeterRow {
  const answered = new Date(now - 9_000).toISOString();
  return {
    ...empty,
    ...work,
    name: "h100-pool",
    provider: "Example Cloud",
    exporters: [
      { url: "http://10.0.0.5:9400/metrics", kinds: ["dcgm"], gpus: 8, answered_at: answered },
      { url: "http://10.0.0.5:8000/metrics", kinds: ["vllm"], gpus: 0, answered_at: answered },
    ],
    busy_ms: 812.4 * HOUR_MS,
    idle_ms: 523.1 * HOUR_MS,
    unknown_ms: 8.5 * HOUR_MS,
    idle_share: 0.391689,
    scrapes: 80_640,
    missed: 254,
    cold_starts: 3,
    cold_start_ms: 412_000,
    slots: slots(now, 8),
    cost_from: "gpu_hour",
    cost_nanos: "3964800000000",
    busy_nanos: "2396580000000",
    idle_nanos: "1543145000000",
    unknown_nanos: "25075000000",
    models: [
      {
        ...work,
        model: "llama-3.3-70b",
        share: 1,
        cost_nanos: "3964800000000",
        million_tokens_nanos: "8446168207",
        million_tokens_out_nanos: "69411764706",
      },
    ],
  };
}

function edge(now: number): MeterRow {
  const away = {
    answered_at: new Date(now - 3 * HOUR_MS).toISOString(),
    problem: "did not answer (connect-refused, ECONNREFUSED)",
  };
  return {
    ...empty,
    name: "l40s-edge",
    provider: "(none)",
    exporters: [{ url: "http://10.0.7.2:9835/metrics", kinds: ["nvidia_gpu_exporter"], gpus: 2, ...away }],
    busy_ms: 31 * HOUR_MS,
    idle_ms: 299 * HOUR_MS,
    unknown_ms: 6 * HOUR_MS,
    idle_share: 0.906061,
    scrapes: 40_320,
    missed: 720,
    cost_from: "none",
    cost_nanos: "0",
    busy_nanos: "0",
    idle_nanos: "0",
    unknown_nanos: "0",
    unpriced_ms: 336 * HOUR_MS,
  };
}
