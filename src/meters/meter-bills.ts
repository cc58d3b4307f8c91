/** What the measured time of a fleet costs, and the bills that it is booked as. */
import { createHash } from "node:crypto";
import { type Bill, type Layer } from "#events";
import { type Id, type Instant, money, type Money } from "#units";
import { type GpuState, gpuStates, type GpuTime, type Interval } from "./interval.ts";
import { type GpuRate, type MeterSettings } from "./meters-config.ts";
import { shareOut } from "./share-out.ts";

const NONE = "(none)";

/** The scope that all bills of meters have, and no file. */
const METER_SCOPE = digest("meters").slice(0, 12);

/** Time that nobody could look at is not called idle. */
const layerOf: Readonly<Record<GpuState, Layer>> = {
  busy: "GPUs and serving",
  idle: "idle and cold starts",
  unknown: "GPUs and serving",
};

/** GPU-nanoseconds × 10^-12 dollars an hour, in billionths of a dollar: 3600 × 10^9 × 10^3. */
const PER_NANO = 3_600_000_000_000n * 1000n;

export type GpuCost = Readonly<Record<GpuState, Money>>;

export function rateAt(rates: readonly GpuRate[], at: Instant): GpuRate | undefined {
  return rates.find(({ from, until }) => (from === undefined || at >= from) && (until === undefined || at < until));
}

/** All of the time at this rate, rounded once, half to even. */
export function costOf(time: GpuTime, rate: GpuRate): GpuCost {
  const exact = gpuStates.reduce((sum, state) => sum + time[state], 0n) * rate.picoDollars;
  return splitCost(money(divideHalfEven(exact, PER_NANO)), time);
}

/** By time: busy + idle + unknown is the whole, to the nano. */
export function splitCost(whole: Money, time: GpuTime): GpuCost {
  const [busy = 0n, idle = 0n, unknown = 0n] = shareOut(
    whole,
    gpuStates.map((state) => time[state]),
  );
  return { busy: money(busy), idle: money(idle), unknown: money(unknown) };
}

function divideHalfEven(value: bigint, by: bigint): bigint {
  const floor = value / by;
  const twiceRest = (value % by) * 2n;
  return twiceRest > by || (twiceRest === by && floor % 2n === 1n) ? floor + 1n : floor;
}

/** One for each state that the GPUs were in; none while nobody says what a GPU costs. */
export function billsOf(meter: MeterSettings, interval: Interval): readonly Bill[] {
  const rate = rateAt(meter.rates, interval.from);
  if (rate === undefined) return [];
  const cost = costOf(interval.gpuTime, rate);
  return gpuStates.flatMap((state) =>
    interval.gpuTime[state] === 0n ? [] : [billOf(meter, { interval, state, rate, nanos: cost[state] })],
  );
}

interface Part {
  readonly interval: Interval;
  readonly state: GpuState;
  readonly rate: GpuRate;
  readonly nanos: Money;
}

function billOf(meter: MeterSettings, { interval, state, rate, nanos }: Part): Bill {
  const { name, provider, feature = NONE, team = NONE, customer = NONE, environment = NONE, tags } = meter;
  const row = JSON.stringify({
    BilledCost: toDecimal(nanos, 9),
    BillingCurrency: "USD",
    ChargePeriodStart: new Date(interval.from).toISOString(),
    ChargePeriodEnd: new Date(interval.to).toISOString(),
    ChargeCategory: "Usage",
    ChargeFrequency: "Usage-Based",
    ChargeDescription: `${state} time of GPUs`,
    ConsumedQuantity: toDecimal(interval.gpuTime[state], 9),
    ConsumedUnit: "GPU-Seconds",
    ServiceName: name,
    ServiceProviderName: provider,
    x_TareGpuState: state,
    x_TareGpuHour: rate.written,
    x_TareRateSource: rate.source,
  });
  const attribution = { feature, team, customer, environment, tags };
  return {
    bill: billId({ meter: name, from: interval.from, state }),
    content: digest(JSON.stringify([row, attribution])),
    source: "meter",
    origin: `meter ${name}`,
    incurredAt: interval.from,
    provider,
    service: name,
    charge: "Usage",
    sku: `${name}-${state}`,
    region: undefined,
    layer: layerOf[state],
    attribution: { tenant: "default", interaction: NONE, user: NONE, session: NONE, claimed: {}, ...attribution },
    nanos,
    remainder: undefined,
    row,
  };
}

/** Every bill that the time from then on may be booked as, whatever it costs. */
export function meterBillIds(meter: string, from: Instant): readonly Id<"bill">[] {
  return gpuStates.map((state) => billId({ meter, from, state }));
}

/** The same for the same time of the same meter, so that it is booked once. */
function billId(of: { readonly meter: string; readonly from: Instant; readonly state: GpuState }): Id<"bill"> {
  return `bill_${METER_SCOPE}_${digest(`${of.meter}\n${new Date(of.from).toISOString()}\n${of.state}`)}.1`;
}

function toDecimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return `${digits.slice(0, -places)}${fraction === "" ? "" : `.${fraction}`}`;
}

function digest(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
