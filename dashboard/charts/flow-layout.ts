/** Where the bars and ribbons of *where the money goes* stand. Coordinates are floats; no amount is ever read off them. */
import type { MoneyFlow } from "#contract";
import { toCoordinate } from "../format/money.ts";

export type Stage = MoneyFlow["links"][number]["from"]["stage"];
export const stages = ["source", "layer", "feature", "outcome"] as const satisfies readonly Stage[];

export interface FlowBar {
  readonly stage: Stage;
  readonly name: string;
  readonly nanos: bigint;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

export interface FlowRibbon {
  readonly from: FlowBar;
  readonly to: FlowBar;
  readonly nanos: bigint;
  /** The middle of each end, and how thick it is. */
  readonly fromY: number;
  readonly toY: number;
  readonly thickness: number;
}

export interface FlowLayout {
  /** How far down the lowest bar goes, with room for its name. */
  readonly height: number;
  readonly bars: readonly FlowBar[];
  readonly ribbons: readonly FlowRibbon[];
}

export interface FlowSize {
  readonly width: number;
  readonly height: number;
  readonly barWidth: number;
  /** How tall a name is: bars that are less keep as far apart. */
  readonly nameHeight: number;
}

export const OTHERS = "others";
/** The smallest of a stage are drawn as one; the table has each. */
const BARS_MAX = 9;
const GAP = 10;

type Link = MoneyFlow["links"][number];
type End = Link["from"];

/** Bars from top to bottom by size; ribbons leave and arrive in the order of what they lead to. Credits are not drawn. */
export function layOutFlow(links: readonly Link[], size: FlowSize): FlowLayout {
  const kept = keptNames(links);
  const name = (end: End) => (kept.get(end.stage)?.has(end.name) === true ? end.name : OTHERS);
  const flows = new Map<string, { from: End; to: End; nanos: bigint }>();
  for (const link of links) {
    const nanos = BigInt(link.nanos);
    if (nanos <= 0n) continue;
    const [from, to] = [
      { ...link.from, name: name(link.from) },
      { ...link.to, name: name(link.to) },
    ];
    const key = JSON.stringify([from, to]);
    flows.set(key, { from, to, nanos: nanos + (flows.get(key)?.nanos ?? 0n) });
  }
  const bars = placeBars([...flows.values()], size);
  const lowest = Math.max(0, ...[...bars.values()].map(({ y, height }) => y + Math.max(height, size.nameHeight / 2)));
  return { height: lowest, bars: [...bars.values()], ribbons: placeRibbons([...flows.values()], bars) };
}

function keptNames(links: readonly Link[]): ReadonlyMap<Stage, ReadonlySet<string>> {
  const sums = sumsByEnd(links.map((link) => ({ ...link, nanos: BigInt(link.nanos) > 0n ? BigInt(link.nanos) : 0n })));
  return new Map(
    stages.map((stage) => {
      const names = [...(sums.get(stage) ?? [])].toSorted((one, other) => compare(other[1], one[1]));
      return [stage, new Set((names.length <= BARS_MAX ? names : names.slice(0, BARS_MAX - 1)).map(([name]) => name))];
    }),
  );
}

interface Flow {
  readonly from: End;
  readonly to: End;
  readonly nanos: bigint;
}

/** How much each bar holds: what arrives or what leaves, which credits that are not drawn may make unlike. */
function sumsByEnd(flows: readonly Flow[]): ReadonlyMap<Stage, ReadonlyMap<string, bigint>> {
  const [leaving, arriving] = [new Map<string, bigint>(), new Map<string, bigint>()];
  const ends = new Map<string, End>();
  const add = (sums: Map<string, bigint>, end: End, nanos: bigint) => {
    ends.set(keyOf(end), end);
    sums.set(keyOf(end), (sums.get(keyOf(end)) ?? 0n) + nanos);
  };
  for (const { from, to, nanos } of flows) {
    add(leaving, from, nanos);
    add(arriving, to, nanos);
  }
  const held = (key: string) => maximum(leaving.get(key) ?? 0n, arriving.get(key) ?? 0n);
  return new Map(
    stages.map((stage) => [
      stage,
      new Map([...ends].flatMap(([key, end]) => (end.stage === stage ? [[end.name, held(key)] as const] : []))),
    ]),
  );
}

function placeBars(
  flows: readonly Flow[],
  { width, height, barWidth, nameHeight }: FlowSize,
): ReadonlyMap<string, FlowBar> {
  const bars = new Map<string, FlowBar>();
  const sums = sumsByEnd(flows);
  const most = Math.max(1, ...stages.map((stage) => sums.get(stage)?.size ?? 0));
  const whole = Math.max(...stages.map((stage) => toCoordinate(total(sums.get(stage)))), Number.MIN_VALUE);
  const scale = (height - GAP * (most - 1)) / whole;
  for (const [index, stage] of stages.entries()) {
    const x = ((width - barWidth) / (stages.length - 1)) * index;
    let y = 0;
    const names = [...(sums.get(stage) ?? [])].toSorted(
      (one, other) => Number(one[0] === OTHERS) - Number(other[0] === OTHERS) || compare(other[1], one[1]),
    );
    for (const [name, nanos] of names) {
      const tall = Math.max(1, toCoordinate(nanos) * scale);
      bars.set(keyOf({ stage, name }), { stage, name, nanos, x, y, height: tall });
      y += Math.max(tall + GAP, nameHeight);
    }
  }
  return bars;
}

function placeRibbons(flows: readonly Flow[], bars: ReadonlyMap<string, FlowBar>): readonly FlowRibbon[] {
  const left = new Map<string, number>();
  const right = new Map<string, number>();
  const place = ({ from, to, nanos }: Flow) => ({ from: bars.get(keyOf(from)), to: bars.get(keyOf(to)), nanos });
  const found = flows
    .map(place)
    .flatMap(({ from, to, nanos }) => (from === undefined || to === undefined ? [] : [{ from, to, nanos }]))
    .toSorted((one, other) => one.from.y - other.from.y || one.to.y - other.to.y);
  return found.map(({ from, to, nanos }) => {
    const [fromKey, toKey] = [keyOf(from), keyOf(to)];
    const share = (bar: FlowBar) => (bar.nanos === 0n ? 0 : Number((nanos * 1_000_000n) / bar.nanos) / 1_000_000);
    const [out, into] = [share(from) * from.height, share(to) * to.height];
    const [fromTop, toTop] = [right.get(fromKey) ?? from.y, left.get(toKey) ?? to.y];
    right.set(fromKey, fromTop + out);
    left.set(toKey, toTop + into);
    return { from, to, nanos, fromY: fromTop + out / 2, toY: toTop + into / 2, thickness: Math.max(0.5, out) };
  });
}

function total(sums: ReadonlyMap<string, bigint> | undefined): bigint {
  return [...(sums?.values() ?? [])].reduce((all, each) => all + each, 0n);
}

function keyOf({ stage, name }: End): string {
  return `${stage} ${name}`;
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function maximum(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
