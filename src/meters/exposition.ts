/** The text that exporters answer a scrape with: Prometheus text format 0.0.4, and what OpenMetrics adds to it. */
import { err, ok, type Result } from "#std";

/** One series of the text with its value, which may be no number at all. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ExpositionProblem {
  readonly type: "not-exposition";
  /** The first line that is none of the format, counted from 1. */
  readonly line: number;
  readonly detail: string;
}

const LINES_MAX = 200_000;
const LABELS_MAX = 64;
const LINE_CHARACTERS_MAX = 16_384;

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\\n]|\\[\\"n])*)"[ \t]*/y;
// A number, a time where there is one, and in OpenMetrics an exemplar, which says nothing of the value. No digit can be
// taken by two parts: a hostile line would be tried in the square of its length.
const VALUE =
  /[ \t]*([+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[Ii]nf(?:inity)?)|[Nn]a[Nn])(?:[ \t]+[+-]?\d+(?:\.\d+)?)?[ \t]*(?:# \{.*)?$/y;

/**
 * The samples of the wanted names, in their order. A text with one malformed line is refused whole, as Prometheus does: a part
 * of an answer may not be taken for all of it.
 */
export function readExposition(
  text: string,
  isWanted: (name: string) => boolean,
): Result<readonly Sample[], ExpositionProblem> {
  const samples: Sample[] = [];
  const lines = text.split("\n");
  if (lines.length > LINES_MAX) return wrong(LINES_MAX, `more than ${LINES_MAX} lines`);
  for (const [index, raw] of lines.entries()) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line.length > LINE_CHARACTERS_MAX) return wrong(index + 1, `more than ${LINE_CHARACTERS_MAX} characters`);
    if (line.startsWith("#") || line.trim() === "") continue;
    const sample = readLine(line);
    if (typeof sample === "string") return wrong(index + 1, sample);
    if (isWanted(sample.name)) samples.push(sample);
  }
  return ok(samples);
}

function wrong(line: number, detail: string): Result<never, ExpositionProblem> {
  return err({ type: "not-exposition", line, detail });
}

/** A text is what is wrong with the line. */
function readLine(line: string): Sample | string {
  const name = matchAt(NAME, line, 0)?.[0];
  if (name === undefined) return "does not begin with a metric's name";
  const labels: Record<string, string> = Object.create(null);
  let at = name.length;
  if (line[at] === "{") {
    const end = readLabels(line, at + 1, labels);
    if (typeof end === "string") return end;
    at = end;
  } else if (line[at] !== " " && line[at] !== "\t") return "has no value behind its name";
  const value = matchAt(VALUE, line, at)?.[1];
  return value === undefined ? "has no number for a value" : { name, labels, value: toNumber(value) };
}

/** Where the labels end; a text is what is wrong with them. */
function readLabels(line: string, from: number, labels: Record<string, string>): number | string {
  let at = from;
  for (let count = 0; count <= LABELS_MAX; count += 1) {
    if (line.slice(at).trimStart().startsWith("}")) return line.indexOf("}", at) + 1;
    const pair = matchAt(LABEL, line, at);
    const [whole, name, value] = pair ?? [];
    if (whole === undefined || name === undefined || value === undefined) return 'has a label that is not name="value"';
    if (labels[name] !== undefined) return `has the label ${name} twice`;
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
    at += whole.length;
    if (line[at] === ",") at += 1;
    else if (line[at] !== "}") return "has labels that do not end";
  }
  return `has more than ${LABELS_MAX} labels`;
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function toNumber(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  if (/inf/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
}
