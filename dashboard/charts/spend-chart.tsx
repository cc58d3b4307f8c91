/** Net and tare stacked over time, on a canvas. Loaded when it is first seen; `SpendFigure` holds its words and table. */
import uPlot from "uplot";
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet has nothing to assign.
import "uplot/dist/uPlot.min.css";
import { useEffect, useMemo, useRef } from "react";
import { createZone } from "../address/zone.ts";
import { formatTick, toCoordinate } from "../format/money.ts";
import { useConnection } from "../api/connection.tsx";
import { drawSteps } from "./draw-steps.ts";
import { readInks, watchInks } from "./inks.ts";
import { type SpendStep } from "./spend-steps.ts";
import { labelledSteps } from "./step-labels.ts";
import styles from "./spend-chart.module.css";

const HEIGHT = 248;
const LABEL_ROOM = 76;

interface SpendChartFacts {
  readonly steps: readonly SpendStep[];
  readonly label: string;
  readonly onPoint: (index: number | undefined) => void;
  readonly onZoom: (from: number, to: number) => void;
}

export function SpendChart({ steps, label, onPoint, onZoom }: SpendChartFacts) {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const latest = useRef({ steps, onPoint, onZoom });
  const { moments, status } = useConnection();
  const zone = useMemo(() => createZone(status.timezone), [status.timezone]);

  useEffect(() => {
    latest.current = { steps, onPoint, onZoom };
    chart.current?.setData(dataOf(steps));
  }, [steps, onPoint, onZoom]);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const print = (start: number) => labelOf(start, { steps: latest.current.steps, moments });
    const options = optionsOf({
      element,
      currency: status.currency,
      steps: () => latest.current.steps,
      places: (width) =>
        labelledSteps(
          latest.current.steps.map(({ start }) => start),
          { zone, room: Math.max(2, Math.floor(width / LABEL_ROOM)) },
        ),
      label: print,
      onPoint: (index) => latest.current.onPoint(index),
      onZoom: (from, to) => latest.current.onZoom(from, to),
    });
    const made = new uPlot(options, dataOf(latest.current.steps), element);
    chart.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    sizes.observe(element);
    const unwatch = watchInks(() => made.redraw(false, true));
    return () => {
      sizes.disconnect();
      unwatch();
      made.destroy();
      chart.current = null;
    };
  }, [moments, status.currency, zone]);

  return (
    <div
      ref={frame}
      className={styles.chart}
      role="img"
      tabIndex={0}
      aria-label={label}
      onKeyDown={(event) => {
        const move = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (move === 0 || chart.current === null) return;
        event.preventDefault();
        pointAt(chart.current, { move, count: steps.length });
      }}
    />
  );
}

function pointAt(chart: uPlot, { move, count }: { move: number; count: number }): void {
  const from = chart.cursor.idx ?? (move > 0 ? -1 : count);
  const index = Math.min(count - 1, Math.max(0, from + move));
  chart.setCursor({ left: chart.valToPos(index, "x"), top: 10 });
}

function dataOf(steps: readonly SpendStep[]): uPlot.AlignedData {
  return [
    steps.map((_, index) => index),
    steps.map(({ gross }) => toCoordinate(gross)),
    steps.map(({ before }) => toCoordinate(before ?? 0n)),
  ];
}

function labelOf(
  start: number,
  { steps, moments }: { steps: readonly SpendStep[]; moments: ReturnType<typeof useConnection>["moments"] },
): string {
  const size = (steps[1]?.start ?? 0) - (steps[0]?.start ?? 0);
  if (size >= 20 * 86_400_000) return moments.month(start);
  const clock = moments.clock(start);
  return size >= 80_000_000 || clock === "00:00" ? moments.dayOfYear(start) : clock;
}

interface OptionFacts {
  readonly element: HTMLElement;
  readonly currency: string;
  readonly steps: () => readonly SpendStep[];
  readonly places: (width: number) => readonly number[];
  readonly label: (start: number) => string;
  readonly onPoint: (index: number | undefined) => void;
  readonly onZoom: (from: number, to: number) => void;
}

function optionsOf({ element, currency, steps, places, label, onPoint, onZoom }: OptionFacts): uPlot.Options {
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const ink = () => readInks(element);
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 0, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [-0.5, Math.max(0.5, steps().length - 0.5)] },
      y: { range: (_, __, max) => [0, topOf(steps(), max)] },
    },
    series: [
      {},
      { show: true, paths: () => null, points: { show: false } },
      { paths: () => null, points: { show: false } },
    ],
    axes: [
      {
        font,
        size: 28,
        gap: 6,
        stroke: () => ink().quiet,
        grid: { show: false },
        ticks: { show: false },
        splits: (chart) => [...places(chart.width)],
        values: (_, splits) => splits.map((index) => label(steps()[index]?.start ?? 0)),
      },
      {
        font,
        gap: 8,
        size: (_, values) => 16 + Math.max(32, ...(values ?? []).map((value) => value.length * 7)),
        stroke: () => ink().quiet,
        grid: { stroke: () => ink().line, width: 1 },
        ticks: { show: false },
        space: 36,
        values: (_, splits) =>
          splits.map((value) => formatTick(value, { step: Math.abs((splits[1] ?? 1) - (splits[0] ?? 0)), currency })),
      },
    ],
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    hooks: {
      draw: [(chart) => drawSteps(chart, { steps: steps(), ink: ink(), pointed: chart.cursor.idx ?? undefined })],
      setCursor: [
        (chart) =>
          onPoint(
            chart.cursor.left !== undefined && chart.cursor.left >= 0 ? (chart.cursor.idx ?? undefined) : undefined,
          ),
      ],
      setSelect: [
        (chart) => {
          const span = spanOf(chart, steps());
          if (span !== undefined) onZoom(span.from, span.to);
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

// One lost attempt may be in doubt for a hundred times what was spent: it may not flatten everything else.
const DOUBT_STRETCH = 1.25;

/** Where the scale ends: over all that is certain, and over what is in doubt as far as the rest stays readable. */
function topOf(steps: readonly SpendStep[], certain: number): number {
  const doubtful = Math.max(0, ...steps.map(({ gross, inDoubt }) => toCoordinate(gross + inDoubt)));
  const top = certain > 0 ? Math.min(Math.max(certain, doubtful), certain * DOUBT_STRETCH) : doubtful;
  return top > 0 ? top * 1.06 : 1;
}

function spanOf(chart: uPlot, steps: readonly SpendStep[]): { from: number; to: number } | undefined {
  const { left, width } = chart.select;
  if (width < 4) return undefined;
  const first = steps[Math.max(0, Math.round(chart.posToVal(left, "x")))];
  const last = steps[Math.min(steps.length - 1, Math.round(chart.posToVal(left + width, "x")))];
  return first === undefined || last === undefined ? undefined : { from: first.start, to: last.end };
}
