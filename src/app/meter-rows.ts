/** What the meters have seen since the office started, for `/metrics`. Nothing where there are none. */
import { type Metric } from "#control";
import { type Meter } from "#meters";

const NANOS_OF_SECOND = 1e9;

export function meterMetrics(meters: readonly Meter[]): readonly Metric[] {
  if (meters.length === 0) return [];
  const seen = meters.map((meter) => ({
    meter: meter.settings.name,
    exporters: meter.exporters,
    sum: meter.sinceStart,
  }));
  return [
    {
      type: "gauge",
      name: "tare_meter_gpus",
      help: "GPUs behind the exporters of a meter.",
      samples: seen.map(({ meter, exporters }) => ({
        labels: { meter },
        value: exporters.reduce((sum, { gpus }) => sum + gpus, 0),
      })),
    },
    {
      type: "counter",
      name: "tare_meter_gpu_seconds_total",
      help: "Time of a meter's GPUs, by what they did: busy, idle, or unknown where no reading speaks for them.",
      samples: seen.flatMap(({ meter, sum: { gpuTime } }) =>
        Object.entries(gpuTime).map(([state, nanos]) => ({
          labels: { meter, state },
          value: Number(nanos) / NANOS_OF_SECOND,
        })),
      ),
    },
    {
      type: "counter",
      name: "tare_meter_scrapes_total",
      help: "Scrapes of a meter's exporters: read, or missed.",
      samples: seen.flatMap(({ meter, sum: { scrapes, missed } }) => [
        { labels: { meter, result: "read" }, value: scrapes - missed },
        { labels: { meter, result: "missed" }, value: missed },
      ]),
    },
    {
      type: "counter",
      name: "tare_meter_cold_starts_total",
      help: "Starts of a meter's inference servers.",
      samples: seen.map(({ meter, sum: { coldStarts } }) => ({ labels: { meter }, value: coldStarts })),
    },
    {
      type: "counter",
      name: "tare_meter_tokens_total",
      help: "Tokens that went into a meter's inference servers and came out of them.",
      samples: seen.flatMap(({ meter, sum: { work } }) =>
        (["in", "out"] as const).map((direction) => ({
          labels: { meter, direction },
          value: [...work.values()].reduce(
            (sum, { tokensIn, tokensOut }) => sum + (direction === "in" ? tokensIn : tokensOut),
            0,
          ),
        })),
      ),
    },
  ];
}
