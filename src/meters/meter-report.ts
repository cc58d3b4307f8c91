/** What a meter measured over some time, with what that cost and what a token came to. */
import { type MeterRow } from "#contract";
import { instant, type Instant, type Money, money } from "#units";
import {
  addIntervals,
  addWork,
  emptyInterval,
  type GpuTime,
  gpuStates,
  type Interval,
  noWork,
  type Work,
} from "./interval.ts";
import { costOf, rateAt, splitCost } from "./meter-bills.ts";
import { type ExporterStanding } from "./meter.ts";
import { slotsOf, timeInMs, toMs } from "./meter-slots.ts";
import { type MeterSettings } from "./meters-config.ts";
import { shareOut } from "./share-out.ts";

export interface Measured {
  readonly intervals: readonly Interval[];
  readonly until: Instant | undefined;
  readonly exporters: readonly ExporterStanding[];
  /** Of the range that was asked for. */
  readonly spanMs: number;
  /** What the bills of the fleet come to, where it comes as bills. */
  readonly billed: Money | undefined;
}

const MILLION = 1_000_000n;
const NEVER = instant(0);

type Cost = Pick<MeterRow, "cost_from" | "cost_nanos" | "busy_nanos" | "idle_nanos" | "unknown_nanos" | "unpriced_ms">;

export function reportMeter(settings: MeterSettings, measured: Measured): MeterRow {
  const { intervals, until, exporters, spanMs, billed } = measured;
  const [first] = intervals;
  const sum = intervals.reduce(addIntervals, emptyInterval(first?.from ?? NEVER, first?.to ?? NEVER));
  const cost = costOfMeter(settings, { intervals, time: sum.gpuTime, billed });
  return {
    name: settings.name,
    provider: settings.provider,
    every_ms: settings.everyMs,
    booked_ms: settings.bookedMs,
    measured_from: first === undefined ? undefined : timestamp(sum.from),
    measured_until: until === undefined ? undefined : timestamp(until),
    exporters: exporters.map(exporterRow),
    ...timeFields(sum.gpuTime),
    scrapes: sum.scrapes,
    missed: sum.missed,
    cold_starts: sum.coldStarts,
    cold_start_ms: sum.coldStartMs,
    ...countsOf([...sum.work.values()].reduce(addWork, noWork)),
    ...cost,
    slots: slotsOf(intervals, { spanMs, bookedMs: settings.bookedMs }),
    models: modelsOf(settings, { work: sum.work, cost }),
  };
}

function exporterRow({ url, kinds, gpus, answeredAt, problem }: ExporterStanding): MeterRow["exporters"][number] {
  const at = answeredAt === undefined ? undefined : timestamp(answeredAt);
  return { url, kinds: [...kinds], gpus, answered_at: at, problem };
}

function timeFields(time: GpuTime) {
  const known = time.busy + time.idle;
  return { ...timeInMs(time), idle_share: known === 0n ? undefined : shareOf(time.idle, known) };
}

function timestamp(at: number): string {
  return new Date(at).toISOString();
}

/** To a millionth. */
function shareOf(part: bigint, whole: bigint): number {
  return Number((part * MILLION + whole / 2n) / whole) / 1_000_000;
}

function costOfMeter(
  { rates, bill }: MeterSettings,
  { intervals, time, billed }: { intervals: readonly Interval[]; time: GpuTime; billed: Money | undefined },
): Cost {
  if (bill !== undefined) {
    const parts = splitCost(billed ?? money(0n), time);
    return { cost_from: "bill", unpriced_ms: 0, ...costFields(parts) };
  }
  const parts = { busy: 0n, idle: 0n, unknown: 0n };
  let unpriced = 0n;
  for (const { from, gpuTime } of intervals) {
    const rate = rateAt(rates, from);
    if (rate === undefined) unpriced += gpuTime.busy + gpuTime.idle + gpuTime.unknown;
    else {
      const cost = costOf(gpuTime, rate);
      for (const state of gpuStates) parts[state] += cost[state];
    }
  }
  return { cost_from: rates.length === 0 ? "none" : "gpu_hour", unpriced_ms: toMs(unpriced), ...costFields(parts) };
}

function costFields({ busy, idle, unknown }: GpuTime) {
  return {
    cost_nanos: String(busy + idle + unknown),
    busy_nanos: String(busy),
    idle_nanos: String(idle),
    unknown_nanos: String(unknown),
  };
}

function modelsOf(
  { models }: MeterSettings,
  { work, cost }: { readonly work: Interval["work"]; readonly cost: Cost },
): MeterRow["models"] {
  const byName = new Map<string, Work>();
  for (const [served, done] of work) {
    const name = models[served] ?? served;
    byName.set(name, addWork(byName.get(name) ?? noWork, done));
  }
  const isTimed = [...byName.values()].every(({ engineMicros }) => engineMicros > 0);
  const weights = [...byName].map(([, done]) => BigInt(isTimed ? done.engineMicros : done.tokensIn + done.tokensOut));
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  const costs = cost.cost_from === "none" || whole === 0n ? undefined : shareOut(BigInt(cost.cost_nanos), weights);
  const rows = [...byName].map(([model, done], index): MeterRow["models"][number] => {
    const nanos = costs?.[index];
    const share = whole === 0n ? undefined : shareOf(weights[index] ?? 0n, whole);
    return { model, ...countsOf(done), share, ...(nanos === undefined ? {} : tokenCost(done, nanos)) };
  });
  return rows.toSorted((one, other) => (other.share ?? 0) - (one.share ?? 0));
}

function tokenCost({ tokensIn, tokensOut }: Work, nanos: bigint) {
  return {
    cost_nanos: String(nanos),
    million_tokens_nanos: ofAMillion(nanos, tokensIn + tokensOut),
    million_tokens_out_nanos: ofAMillion(nanos, tokensOut),
  };
}

/** Rounded half up to a nano. */
function ofAMillion(nanos: bigint, tokens: number): string | undefined {
  const by = BigInt(tokens);
  return by === 0n ? undefined : String((nanos * MILLION + by / 2n) / by);
}

function countsOf({ tokensIn, tokensCached, tokensOut, requests }: Work) {
  return { tokens_in: tokensIn, tokens_cached: tokensCached, tokens_out: tokensOut, requests };
}
