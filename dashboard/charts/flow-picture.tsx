/** *Where the money goes* as one picture. The table beside it says the same to whoever does not see it. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { MoneyFlow } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { sayValue } from "../format/words.ts";
import { flowLabel } from "./flow-label.ts";
import { type FlowBar, type FlowRibbon, layOutFlow, type Stage, stages } from "./flow-layout.ts";
import styles from "./flow-picture.module.css";

const HEIGHT = 440;
const HEAD = 28;
/** Room for the names of the last stage. */
const MARGIN = 225;
const BAR = 9;
/** Between a bar and its name. */
const INDENT = 6;
const WIDTH_MIN = 320;
const WIDTH_MAX = 1240;
/** From here on an amount stands beside its name; in less room below it. */
const WIDE = 720;
const LINE = 14;
const MODEL = "model answers";

const heads: Readonly<Record<Stage, string>> = {
  source: "Paid to",
  layer: "For",
  feature: "Feature",
  outcome: "Came of it",
};

interface Size {
  readonly width: number;
  /** From one stage to the next. */
  readonly step: number;
  readonly isWide: boolean;
}

/** Drawn for the room that there is, so that its letters have their size on every screen. */
function sizeOf(room: number): Size {
  const width = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, room));
  const isWide = width >= WIDE;
  // Where room is short, the names of the last stage have no more than the others.
  const margin = isWide ? MARGIN : (width - BAR) / stages.length;
  return { width, step: (width - margin - BAR) / (stages.length - 1), isWide };
}

export function FlowPicture({ links }: { links: MoneyFlow["links"] }) {
  const { money } = useConnection();
  const frame = useRef<HTMLDivElement>(null);
  const room = useRoom(frame);
  const size = useMemo(() => sizeOf(room), [room]);
  const { bars, ribbons, height } = useMemo(
    () =>
      layOutFlow(links, {
        width: size.step * (stages.length - 1) + BAR,
        height: HEIGHT,
        barWidth: BAR,
        nameHeight: size.isWide ? LINE + 2 : 2 * LINE + 2,
      }),
    [links, size],
  );
  return (
    <div ref={frame}>
      <svg
        className={styles.picture}
        viewBox={`0 0 ${size.width} ${Math.ceil(height) + HEAD + 2}`}
        role="img"
        aria-label="Ribbons from who was paid, to layers, to features, to outcomes. The table below has every amount."
      >
        {stages.map((stage, index) => (
          <text key={stage} className={styles.head} x={size.step * index} y="12">
            {heads[stage]}
          </text>
        ))}
        <g transform={`translate(0 ${HEAD})`}>
          {ribbons.map((ribbon) => (
            <path
              key={`${ribbon.from.stage} ${ribbon.from.name} ${ribbon.to.name}`}
              className={ribbonClass(ribbon)}
              d={curve(ribbon)}
              strokeWidth={ribbon.thickness}
            >
              <title>{`${sayEnd(ribbon.from)} → ${sayEnd(ribbon.to)}: ${money(ribbon.nanos)}`}</title>
            </path>
          ))}
          {bars.map((bar) => (
            <Bar key={`${bar.stage} ${bar.name}`} bar={bar} size={size} says={money(bar.nanos)} />
          ))}
        </g>
      </svg>
    </div>
  );
}

/** How wide the page is at that place, in its pixels. */
function useRoom(frame: React.RefObject<HTMLDivElement | null>): number {
  const [room, setRoom] = useState(WIDTH_MAX);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(() => setRoom(element.clientWidth));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [frame]);
  return room;
}

interface BarFacts {
  readonly bar: FlowBar;
  readonly size: Size;
  readonly says: string;
}

function Bar({ bar: { stage, name, x, y, height }, size: { width, step, isWide }, says }: BarFacts) {
  const middle = y + height / 2;
  const end = stage === stages.at(-1) ? width : x + step;
  const start = x + BAR + (isWide ? INDENT : INDENT / 2);
  const said = flowLabel({
    name: sayValue(stage, name),
    amount: isWide ? says : "",
    room: end - start - (isWide ? INDENT : 0),
  });
  return (
    <g>
      <title>{`${sayValue(stage, name)}: ${says}`}</title>
      <rect className={barClass(stage, name)} x={x} y={y} width={BAR} height={height} rx="1" />
      <text
        className={isWide ? styles.name : styles.smallName}
        x={start}
        y={isWide ? middle : middle - LINE / 2}
        dy="0.32em"
      >
        {said}{" "}
        <tspan className={styles.amount} {...(isWide ? {} : { x: start, dy: LINE })}>
          {says}
        </tspan>
      </text>
    </g>
  );
}

/** Net is what was delivered; all other layers are tare. */
function barClass(stage: Stage, name: string): string | undefined {
  if (stage !== "layer") return styles.bar;
  return name === MODEL ? styles.netBar : styles.tareBar;
}

function ribbonClass({ from, to }: FlowRibbon): string | undefined {
  const layer = from.stage === "layer" ? from.name : to.stage === "layer" ? to.name : undefined;
  if (layer === undefined) return styles.ribbon;
  return layer === MODEL ? styles.netRibbon : styles.tareRibbon;
}

function curve({ from, to, fromY, toY }: FlowRibbon): string {
  const [start, end] = [from.x + BAR, to.x];
  const bend = (start + end) / 2;
  return `M${start} ${fromY} C${bend} ${fromY} ${bend} ${toY} ${end} ${toY}`;
}

function sayEnd({ stage, name }: FlowRibbon["from"]): string {
  return sayValue(stage, name);
}
