/** What a meter measured in one stretch of time. All of it is whole numbers, so that parts add up to their sum exactly. */
import { assert } from "#std";
import { type Instant, instant } from "#units";
import { type WorkClass, workClasses } from "./reading.ts";

export const gpuStates = ["busy", "idle", "unknown"] as const;
export type GpuState = (typeof gpuStates)[number];

export type Work = Readonly<Record<WorkClass, number>>;

/** Nanoseconds of GPUs: a millisecond in which a GPU is active for a millionth of it is one. */
export type GpuTime = Readonly<Record<GpuState, bigint>>;

export interface Interval {
  readonly from: Instant;
  readonly to: Instant;
  readonly gpuTime: GpuTime;
  /** By model. */
  readonly work: ReadonlyMap<string, Work>;
  readonly coldStarts: number;
  /** From the start of a server to its first answer, of all cold starts. */
  readonly coldStartMs: number;
  readonly scrapes: number;
  /** Scrapes that gave no reading. */
  readonly missed: number;
}

export const noWork: Work = { tokensIn: 0, tokensCached: 0, tokensOut: 0, requests: 0, engineMicros: 0 };

export function emptyInterval(from: Instant, to: Instant): Interval {
  const gpuTime = { busy: 0n, idle: 0n, unknown: 0n };
  return { from, to, gpuTime, work: new Map(), coldStarts: 0, coldStartMs: 0, scrapes: 0, missed: 0 };
}

/** The slot of this length that an instant falls into; slots begin at midnight UTC. */
export function slotOf(at: number, lengthMs: number): { readonly from: Instant; readonly to: Instant } {
  const from = Math.floor(at / lengthMs) * lengthMs;
  return { from: instant(from), to: instant(from + lengthMs) };
}

/** The sum, from the beginning of the one to the end of the other. */
export function addIntervals(one: Interval, other: Interval): Interval {
  const work = new Map(one.work);
  for (const [model, done] of other.work) work.set(model, addWork(work.get(model) ?? noWork, done));
  return {
    from: instant(Math.min(one.from, other.from)),
    to: instant(Math.max(one.to, other.to)),
    gpuTime: {
      busy: one.gpuTime.busy + other.gpuTime.busy,
      idle: one.gpuTime.idle + other.gpuTime.idle,
      unknown: one.gpuTime.unknown + other.gpuTime.unknown,
    },
    work,
    coldStarts: one.coldStarts + other.coldStarts,
    coldStartMs: one.coldStartMs + other.coldStartMs,
    scrapes: one.scrapes + other.scrapes,
    missed: one.missed + other.missed,
  };
}

export function addWork(one: Work, other: Work): Work {
  return {
    tokensIn: one.tokensIn + other.tokensIn,
    tokensCached: one.tokensCached + other.tokensCached,
    tokensOut: one.tokensOut + other.tokensOut,
    requests: one.requests + other.requests,
    engineMicros: one.engineMicros + other.engineMicros,
  };
}

/** As text for the books. */
export function encodeInterval({ gpuTime, work, ...interval }: Interval): string {
  const { busy, idle, unknown } = gpuTime;
  return JSON.stringify({
    ...interval,
    gpuTime: { busy: String(busy), idle: String(idle), unknown: String(unknown) },
    work: Object.fromEntries(work),
  });
}

interface Encoded extends Omit<Interval, "gpuTime" | "work"> {
  readonly gpuTime: Readonly<Record<GpuState, string>>;
  readonly work: Readonly<Record<string, Work>>;
}

/** Of a text that `encodeInterval` made. */
export function decodeInterval(text: string): Interval {
  const { gpuTime, work, ...interval }: Encoded = JSON.parse(text);
  assert(
    gpuStates.every((state) => /^\d+$/.test(gpuTime[state])) &&
      Object.values(work).every((done) => workClasses.every((name) => Number.isSafeInteger(done[name]))),
    "the books have intervals as we wrote them",
  );
  const { busy, idle, unknown } = gpuTime;
  return {
    ...interval,
    gpuTime: { busy: BigInt(busy), idle: BigInt(idle), unknown: BigInt(unknown) },
    work: new Map(Object.entries(work)),
  };
}
