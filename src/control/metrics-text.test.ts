import fc from "fast-check";
import { expect, it } from "vitest";
import { type Metric, renderMetrics } from "./metrics-text.ts";

it("writes counters, gauges and histograms as Prometheus reads them", () => {
  const metrics: Metric[] = [
    {
      type: "counter",
      name: "tare_calls_total",
      help: "Calls.",
      samples: [
        { labels: { team: "a", model: "m" }, value: 3 },
        { labels: {}, value: 2n ** 60n },
      ],
    },
    {
      type: "histogram",
      name: "tare_call_seconds",
      help: "Time.",
      samples: [
        {
          labels: { route: "r" },
          buckets: [
            { upTo: 0.1, count: 2 },
            { upTo: 1, count: 1 },
          ],
          over: 4,
          sum: 9.5,
        },
      ],
    },
  ];
  expect(renderMetrics(metrics)).toBe(`# HELP tare_calls_total Calls.
# TYPE tare_calls_total counter
tare_calls_total{team="a",model="m"} 3
tare_calls_total 1152921504606846976
# HELP tare_call_seconds Time.
# TYPE tare_call_seconds histogram
tare_call_seconds_bucket{route="r",le="0.1"} 2
tare_call_seconds_bucket{route="r",le="1"} 3
tare_call_seconds_bucket{route="r",le="+Inf"} 7
tare_call_seconds_sum{route="r"} 9.5
tare_call_seconds_count{route="r"} 7
# HELP tare_metrics_series_left_out Series that were not written because their metric has more than 500.
# TYPE tare_metrics_series_left_out gauge
tare_metrics_series_left_out 0
`);
});

it("keeps any label value in its quotes, so that nobody can write a line of their own", () => {
  const line = /^tare_x\{name="((?:[^"\\\n]|\\["\\n])*)"\} 1$/;
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom('"', "\\", "\n", '\\"', '"} 9\nroot 1')),
      (value) => {
        const text = renderMetrics([
          { type: "counter", name: "tare_x", help: value, samples: [{ labels: { name: value }, value: 1 }] },
        ]);
        const lines = text.split("\n");
        expect(lines).toHaveLength(7);
        const escaped = line.exec(lines[2] ?? "")?.[1];
        expect(escaped?.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter))).toBe(value);
      },
    ),
  );
});

it("stays small whatever clients call things, and says how much it left out", () => {
  const samples = Array.from({ length: 100_000 }, (_, index) => ({ labels: { model: `m${index}` }, value: 1 }));
  const text = renderMetrics([{ type: "counter", name: "tare_x", help: "X.", samples }]);
  expect(text.split("\n").length).toBeLessThan(510);
  expect(text).toContain("tare_metrics_series_left_out 99500");
});
