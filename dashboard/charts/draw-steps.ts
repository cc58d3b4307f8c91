import type uPlot from "uplot";
import { toCoordinate } from "../format/money.ts";
import { type Inks } from "./inks.ts";
import { type SpendStep } from "./spend-steps.ts";

const WIDTH_SHARE = 0.74;
const WIDTH_MAX = 56;
// What is in doubt stands on its bar like the whisker of an error bar: it is not spent, and must not look as if it were.
const DOUBT_SHARE = 0.36;

interface DrawFacts {
  readonly steps: readonly SpendStep[];
  readonly ink: Inks;
  readonly pointed: number | undefined;
}

/** Net below, tare on it, the estimated part of both hatched, what is in doubt hatched on top, the period before as a line. */
export function drawSteps(chart: uPlot, { steps, ink }: DrawFacts): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio;
  const stepWidth = Math.abs(chart.valToPos(1, "x", true) - chart.valToPos(0, "x", true));
  const width = Math.max(1, Math.round(Math.min(stepWidth * WIDTH_SHARE, WIDTH_MAX * ratio)));
  // What is in doubt may reach over the top of the chart; it is drawn up to the edge, and open there.
  const y = (nanos: bigint) => Math.max(chart.bbox.top, chart.valToPos(toCoordinate(nanos), "y", true));
  ctx.save();
  const hatch = hatchOf(ctx, { ink, ratio });
  for (const [index, step] of steps.entries()) {
    const left = Math.round(chart.valToPos(index, "x", true) - width / 2);
    const bar = (from: bigint, to: bigint) => {
      const [bottom, top] = [y(from), y(to)];
      return [left, top, width, Math.max(to > from ? ratio : 0, bottom - top)] as const;
    };
    ctx.fillStyle = ink.tare;
    ctx.fillRect(...bar(step.net, step.gross));
    ctx.fillStyle = ink.net;
    ctx.fillRect(...bar(0n, step.net));
    if (step.estimated > 0n) fillHatched(ctx, { hatch, area: bar(step.gross - step.estimated, step.gross), ink });
    if (step.inDoubt > 0n) {
      const [, top, , height] = bar(step.gross, step.gross + step.inDoubt);
      const narrow = Math.max(Math.min(width, 4 * ratio), Math.round(width * DOUBT_SHARE));
      const area = [left + Math.round((width - narrow) / 2), top, narrow, height] as const;
      outlineHatched(ctx, { hatch, area, ink, ratio, isOpen: area[1] <= chart.bbox.top });
    }
  }
  // A line of zeros would only be a second axis.
  if (steps.some(({ before = 0n }) => before > 0n)) drawBefore(chart, { steps, ink, y });
  ctx.restore();
}

interface Hatched {
  readonly hatch: CanvasPattern | string;
  readonly area: readonly [number, number, number, number];
  readonly ink: Inks;
}

function fillHatched(ctx: CanvasRenderingContext2D, { hatch, area }: Hatched): void {
  ctx.fillStyle = hatch;
  ctx.fillRect(...area);
}

interface Outlined extends Hatched {
  readonly ratio: number;
  /** There is more of it than the chart is high. */
  readonly isOpen: boolean;
}

function outlineHatched(ctx: CanvasRenderingContext2D, { hatch, area, ink, ratio, isOpen }: Outlined): void {
  const [left, top, width, height] = area;
  ctx.fillStyle = hatch;
  ctx.fillRect(...area);
  ctx.strokeStyle = ink.quiet;
  ctx.lineWidth = ratio;
  if (height <= 2 * ratio) return;
  const [near, far] = [left + ratio / 2, left + width - ratio / 2];
  ctx.beginPath();
  ctx.moveTo(near, top + height);
  ctx.lineTo(near, top + ratio / 2);
  if (isOpen) ctx.moveTo(far, top + ratio / 2);
  else ctx.lineTo(far, top + ratio / 2);
  ctx.lineTo(far, top + height);
  ctx.stroke();
}

function drawBefore(
  chart: uPlot,
  { steps, ink, y }: { steps: readonly SpendStep[]; ink: Inks; y: (nanos: bigint) => number },
): void {
  const { ctx } = chart;
  ctx.beginPath();
  for (const [index, { before = 0n }] of steps.entries()) {
    const top = Math.round(y(before)) + 0.5;
    ctx.lineTo(chart.valToPos(index - 0.5, "x", true), top);
    ctx.lineTo(chart.valToPos(index + 0.5, "x", true), top);
  }
  ctx.strokeStyle = ink.before;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.stroke();
}

function hatchOf(ctx: CanvasRenderingContext2D, { ink, ratio }: { ink: Inks; ratio: number }): CanvasPattern | string {
  const size = Math.round(5 * ratio);
  const tile = document.createElement("canvas");
  tile.width = size;
  tile.height = size;
  const brush = tile.getContext("2d");
  if (brush === null) return ink.quiet;
  brush.strokeStyle = ink.text;
  brush.globalAlpha = 0.55;
  brush.lineWidth = ratio;
  for (const shift of [-size, 0, size]) {
    brush.moveTo(shift, size);
    brush.lineTo(shift + size, 0);
  }
  brush.stroke();
  return ctx.createPattern(tile, "repeat") ?? ink.quiet;
}
