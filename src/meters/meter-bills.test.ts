import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assert } from "#std";
import { instant, money } from "#units";
import { emptyInterval, type GpuTime, gpuStates, type Interval } from "./interval.ts";
import { billsOf, costOf, meterBillIds, rateAt } from "./meter-bills.ts";
import { reportMeter } from "./meter-report.ts";
import { type MeterSettings, MetersSection } from "./meters-config.ts";
import { shareOut } from "./share-out.ts";

const HOUR_NANOS = 3_600_000_000_000n;
const FROM = instant(Date.UTC(2027, 0, 31, 10));
const exporters = [{ url: "http://127.0.0.1:9400/metrics" }];

function meter(more: object = {}): MeterSettings {
  const [settings] = MetersSection.parse([{ name: "h100", exporters, ...more }]);
  assert(settings !== undefined, "a meter was written");
  return settings;
}

const priced = (rate: string) => meter({ gpu_hour: [{ rate, source: "contract" }], team: "serving" });

function interval(gpuTime: GpuTime, work: Interval["work"] = new Map()): Interval {
  return { ...emptyInterval(FROM, instant(FROM + 3_600_000)), gpuTime, work };
}

const nanos = fc.bigInt({ min: 0n, max: 10_000n * HOUR_NANOS });
const anyTime = fc.record({ busy: nanos, idle: nanos, unknown: nanos });

describe("what measured time costs", () => {
  it("is its GPU-hours at the rate, and idle time is a cost of its own layer", () => {
    // 3 GPUs for an hour, 1 h 30 min of it busy, 1 h 15 min idle, 15 min unknown, at 2.95 an hour.
    const time = { busy: (HOUR_NANOS * 6n) / 4n, idle: (HOUR_NANOS * 5n) / 4n, unknown: HOUR_NANOS / 4n };
    const bills = billsOf(priced("2.95 USD"), interval(time));
    expect(bills.map((bill) => [bill.sku, bill.layer, bill.nanos])).toEqual([
      ["h100-busy", "GPUs and serving", 4_425_000_000n],
      ["h100-idle", "idle and cold starts", 3_687_500_000n],
      ["h100-unknown", "GPUs and serving", 737_500_000n],
    ]);
    expect(JSON.parse(bills[1]?.row ?? "")).toMatchObject({ ConsumedQuantity: "4500", ConsumedUnit: "GPU-Seconds" });
    expect(bills[0]).toMatchObject({ attribution: { team: "serving", feature: "(none)" }, incurredAt: FROM });
  });

  it("is busy + idle + unknown, to the nano, rounded once", () => {
    fc.assert(
      fc.property(anyTime, fc.bigInt({ min: 1n, max: 10n ** 15n }), (time, picoDollars) => {
        const [rate] = priced("1 USD").rates;
        assert(rate !== undefined, "a rate was written");
        const { busy, idle, unknown } = costOf(time, { ...rate, picoDollars });
        const exact = (time.busy + time.idle + time.unknown) * picoDollars;
        const off = (busy + idle + unknown) * HOUR_NANOS * 1000n - exact;
        expect(2n * (off < 0n ? -off : off) <= HOUR_NANOS * 1000n).toBe(true);
        for (const state of gpuStates) if (time[state] === 0n) expect({ busy, idle, unknown }[state]).toBe(0n);
      }),
    );
  });

  it("is at the rate that holds when the interval begins, and is no bill where none does", () => {
    const dated = meter({
      gpu_hour: [
        { rate: "3 USD", valid_to: "2027-01-31", source: "a" },
        { rate: "2 USD", valid_from: "2027-01-31", valid_to: "2027-02-01", source: "b" },
      ],
    });
    const at = (text: string) => rateAt(dated.rates, instant(Date.parse(text)))?.written;
    expect(["2027-01-30T23:59:59Z", "2027-01-31T00:00:00Z", "2027-02-01T00:00:00Z"].map(at)).toEqual([
      "3 USD",
      "2 USD",
      undefined,
    ]);
    expect(billsOf(meter(), interval({ busy: HOUR_NANOS, idle: 0n, unknown: 0n }))).toEqual([]);
  });

  it("is booked under ids that are those of its meter and time alone", () => {
    const time = { busy: 1n, idle: 1n, unknown: 1n };
    const ids = (rate: string) => billsOf(priced(rate), interval(time)).map(({ bill }) => bill);
    expect(ids("1 USD")).toEqual(meterBillIds("h100", FROM));
    expect(ids("2 USD")).toEqual(ids("1 USD"));
  });
});

describe("shares", () => {
  it("add up to the whole, each within one of its exact part", () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 20n }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), weights, (whole, each) => {
        const parts = shareOut(whole, each);
        const sum = each.reduce((total, weight) => total + weight, 0n);
        expect(parts.reduce((total, part) => total + part, 0n)).toBe(whole);
        if (sum > 0n)
          for (const [index, part] of parts.entries()) {
            const off = part * sum - whole * (each[index] ?? 0n);
            expect((off < 0n ? -off : off) < sum).toBe(true);
          }
      }),
    );
  });
});

const work = (tokensIn: number, tokensOut: number, engineMicros: number) => ({
  tokensIn,
  tokensOut,
  engineMicros,
  tokensCached: 0,
  requests: 1,
});

describe("what a token costs", () => {
  const standing = { until: undefined, exporters: [], spanMs: 86_400_000, billed: undefined };
  const time = { busy: HOUR_NANOS, idle: HOUR_NANOS, unknown: 0n };

  it("is all that the fleet cost over the tokens that it made, beside how much of it was idle", () => {
    const measured = [interval(time, new Map([["llama", work(3_000_000, 1_000_000, 5)]]))];
    const row = reportMeter(priced("4 USD"), { ...standing, intervals: measured });
    expect(row).toMatchObject({ idle_share: 0.5, cost_nanos: "8000000000", idle_nanos: "4000000000" });
    expect(row.models).toMatchObject([
      { cost_nanos: "8000000000", million_tokens_nanos: "2000000000", million_tokens_out_nanos: "8000000000" },
    ]);
  });

  it("is of each model by the time that its calls ran, and by tokens where that is not known; names may be mapped", () => {
    const models = { a: "llama" };
    const of = (micros: number) =>
      reportMeter(meter({ gpu_hour: [{ rate: "4 USD", source: "s" }], models }), {
        ...standing,
        intervals: [
          interval(
            time,
            new Map([
              ["a", work(100, 100, micros)],
              ["b", work(300, 300, 1)],
            ]),
          ),
        ],
      }).models.map(({ model, share, cost_nanos: cost }) => [model, share, cost]);
    expect(of(3)).toEqual([
      ["llama", 0.75, "6000000000"],
      ["b", 0.25, "2000000000"],
    ]);
    expect(of(0)).toEqual([
      ["b", 0.75, "6000000000"],
      ["llama", 0.25, "2000000000"],
    ]);
  });

  it("is unknown without tokens, or without a cost, and never 0", () => {
    const none = reportMeter(meter(), { ...standing, intervals: [interval(time, new Map([["a", work(1, 1, 1)]]))] });
    expect(none).toMatchObject({ cost_from: "none", cost_nanos: "0", unpriced_ms: 7_200_000 });
    expect(none.models[0]?.million_tokens_nanos).toBeUndefined();
    const idle = reportMeter(priced("4 USD"), { ...standing, intervals: [interval(time)] });
    expect(idle).toMatchObject({ models: [], tokens_out: 0 });
  });

  it("of a fleet that comes as a bill is the bill's, shared by what was measured", () => {
    const billed = meter({ bill: { provider: "Cloud", service: "GPU machines" } });
    const row = reportMeter(billed, {
      ...standing,
      billed: money(10_000_000_001n),
      intervals: [interval({ busy: HOUR_NANOS, idle: 2n * HOUR_NANOS, unknown: 0n })],
    });
    expect(row).toMatchObject({ cost_from: "bill", cost_nanos: "10000000001", busy_nanos: "3333333334" });
  });
});

describe("a meter of tare.yaml", () => {
  it.for([
    [{ exporters: [{ url: "10.0.0.5:9400" }] }, "https:// or http://"],
    [{ exporters: [{ url: "http://me:secret@h/metrics" }] }, "not sent"],
    [{ exporters: [...exporters, ...exporters] }, "would count twice"],
    [{ booked: "7m" }, "whole number"],
    [{ every: "100ms" }, "from 1s"],
    [{ gpu_hour: [{ rate: "2.95", source: "s" }] }, "write a rate"],
    [{ gpu_hour: [{ rate: "2 USD", valid_from: "2027-01-02", valid_to: "2027-01-02", source: "s" }] }, "not after"],
    [{ gpu_hour: [{ rate: "2 USD", source: "s" }], bill: { provider: "x" } }, "paid for twice"],
    [{ name: "a b" }, "letters, digits"],
  ] as const)("is refused with %j", ([wrong, message]) => {
    const parsed = MetersSection.safeParse([{ name: "h100", exporters, ...wrong }]);
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });

  it("has a name of its own", () => {
    const two = [
      { name: "a", exporters },
      { name: "a", exporters: [{ url: "http://other/metrics" }] },
    ];
    expect(JSON.stringify(MetersSection.safeParse(two).error?.issues)).toContain("a second meter of this name");
  });
});
