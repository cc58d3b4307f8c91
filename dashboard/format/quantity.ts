import { group } from "./money.ts";

const scales = [
  { from: 1e12, mark: "T" },
  { from: 1e9, mark: "B" },
  { from: 1e6, mark: "M" },
  { from: 1e4, mark: "k", by: 1e3 },
] as const;

/** Three significant digits from ten thousand up: `9,812`, `12.4 k`, `1.92 M`. */
export function formatQuantity(count: number): string {
  for (const scale of scales) {
    if (Math.abs(count) < scale.from) continue;
    const scaled = count / ("by" in scale ? scale.by : scale.from);
    if (Number(scaled.toPrecision(3)) >= 1000) return formatQuantity(Number(count.toPrecision(3)));
    return `${threeDigits(scaled)} ${scale.mark}`;
  }
  return group(count);
}

/** `12.4 k → 998`; a count that was not reported is a dash, since unknown is not zero. */
export function formatTokens(into: number | undefined, out: number | undefined): string {
  if (into === undefined && out === undefined) return "–";
  return [into, out].map((count) => (count === undefined ? "–" : formatQuantity(count))).join(" → ");
}

const bytesScales = ["B", "kB", "MB", "GB", "TB"] as const;

/** `840 B`, `1.92 MB`, by thousands. */
export function formatBytes(bytes: number): string {
  let scaled = bytes;
  let scale = 0;
  while (scaled >= 999.5 && scale < bytesScales.length - 1) {
    scaled /= 1000;
    scale += 1;
  }
  return `${scale === 0 ? group(bytes) : threeDigits(scaled)} ${bytesScales[scale]}`;
}

/** `0.42 ms`, `840 ms`, `1.4 s`, `2 min 5 s`, `3 h 4 min`, `2 d 3 h`. */
export function formatDuration(ms: number): string {
  if (ms < 9.995) return `${Number(ms.toFixed(2))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 59_500) return `${Math.round(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, { size: 60, marks: ["min", "s"] });
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair(minutes, { size: 60, marks: ["h", "min"] });
  return pair(Math.round(minutes / 60), { size: 24, marks: ["d", "h"] });
}

function pair(count: number, { size, marks }: { size: number; marks: readonly [string, string] }): string {
  const rest = count % size;
  const whole = `${Math.floor(count / size)} ${marks[0]}`;
  return rest === 0 ? whole : `${whole} ${rest} ${marks[1]}`;
}

function threeDigits(scaled: number): string {
  const decimals = Math.abs(scaled) >= 99.95 ? 0 : Math.abs(scaled) >= 9.995 ? 1 : 2;
  return scaled.toFixed(decimals);
}
