/** Every metric with its type, labels and meaning, read out of the source that makes it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const src = join(import.meta.dirname, "..", "src");
const TEXT = '"((?:[^"\\\\]|\\\\.)*)"';
/** `gauge("tare_x", "…")` and rows of lists of gauges. */
const IN_CALL = new RegExp(`"(tare_\\w+)",\\s*${TEXT}`, "g");
/** `{ type: "counter", name: "tare_x", help: "…" }` */
const IN_OBJECT = new RegExp(`type: "(gauge|counter|histogram)",\\s*name: "(tare_\\w+)",\\s*help:\\s*${TEXT}`, "g");
/** `tare_x: "…"`: the gateway's counters and histograms. */
const IN_LIST = new RegExp(`^\\s*(tare_\\w+):\\s*${TEXT}`, "gm");
const FAMILY = /name: "(tare_\w+)",\s*labels: \[([^\]]*)\]/g;

interface MetricRow {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

export function metricsTable(): string {
  const texts = ["app", "control", "gateway"].flatMap(sourcesIn);
  const labels = new Map(
    texts.flatMap((text) => [...text.matchAll(FAMILY)].map(([, name = "", list = ""]) => [name, list])),
  );
  const rows = new Map(texts.flatMap(metricsIn).map((row) => [row.name, row]));
  const undescribed = [...labels.keys()].filter((name) => !rows.has(name));
  if (undescribed.length > 0) throw new Error(`metrics without a meaning: ${undescribed.join(", ")}`);
  const lines = [...rows.values()]
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map(
      ({ name, type, help }) => `| \`${name}\` | ${type} | ${(labels.get(name) ?? "").replaceAll('"', "")} | ${help} |`,
    );
  return ["| metric | type | labels of calls | meaning |", "|---|---|---|---|", ...lines].join("\n");
}

function sourcesIn(room: string): readonly string[] {
  return readdirSync(join(src, room), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/(?:^|\/)test-|\.test\.ts$/.test(file))
    .map((file) => readFileSync(join(src, room, file), "utf8"));
}

function metricsIn(text: string): readonly MetricRow[] {
  return [
    ...[...text.matchAll(IN_CALL)].map(([, name = "", help = ""]) => ({ name, type: "gauge", help })),
    ...[...text.matchAll(IN_OBJECT)].map(([, type = "", name = "", help = ""]) => ({ name, type, help })),
    ...[...text.matchAll(IN_LIST)].map(([, name = "", help = ""]) => ({
      name,
      type: name.endsWith("_total") ? "counter" : "histogram",
      help,
    })),
  ];
}
