/** Questions answered by going through every row, one at a time, with nothing shared with the SQL: the oracle of tests. */
import { type CallRefused, type Dimension, dimensions } from "#events";
import { type Entry, isNet, layerOf } from "#ledger";
import { type SpendRow, type SpendSum } from "./spend.ts";
import { tareRatio } from "./tare-ratio.ts";
import { type SpendQuestion } from "./question.ts";

export interface Rows {
  readonly entries: readonly Entry[];
  readonly refusals: readonly CallRefused[];
}

type Row = { readonly entry: Entry } | { readonly refusal: CallRefused };

export function foldSpend({ entries, refusals }: Rows, question: SpendQuestion): { rows: SpendRow[]; total: SpendSum } {
  const rows: Row[] = [...entries.map((entry) => ({ entry })), ...refusals.map((refusal) => ({ refusal }))].filter(
    (row) => isAskedFor(row, question),
  );
  const groups = Map.groupBy(rows, (row) => JSON.stringify(question.by.map((name) => valueOf(row, name, question.tz))));
  if (question.by.length === 0) groups.set("[]", rows);
  return {
    rows: [...groups].map(([key, group]) => {
      const values: string[] = JSON.parse(key);
      return { dimensions: Object.fromEntries(question.by.map((name, at) => [name, values[at] ?? ""])), ...sum(group) };
    }),
    total: sum(rows),
  };
}

function isAskedFor(row: Row, { from, to, tz, filter }: SpendQuestion): boolean {
  const at = atOf(row);
  if (at < Date.parse(from) || at >= Date.parse(to)) return false;
  return Object.entries(filter).every(
    ([name, values]) => values.length === 0 || values.includes(valueOf(row, name, tz)),
  );
}

function atOf(row: Row): number {
  return "entry" in row ? row.entry.incurredAt : row.refusal.at;
}

const isAttributed = (name: string): name is Dimension => dimensions.some((known) => known === name);

export function valueOf(row: Row, name: string, tz: string): string {
  const { attribution, key, route, model } = "entry" in row ? row.entry : row.refusal;
  if (isAttributed(name)) return attribution[name];
  if (name.startsWith("tag."))
    return Object.entries(attribution.tags).find(([tag]) => tag === name.slice(4))?.[1] ?? "(none)";
  const local = localTime(atOf(row), tz);
  const values: Readonly<Record<string, string | undefined>> = {
    key,
    route,
    model,
    ...("entry" in row
      ? {
          provider: row.entry.provider,
          target: `${row.entry.provider}/${row.entry.target}`,
          layer: layerOf(row.entry),
          purpose: row.entry.purpose,
          kind: row.entry.kind,
        }
      : {}),
    minute: `${local.minute}:00${local.offset}`,
    hour: `${local.minute.slice(0, 13)}:00:00${local.offset}`,
    day: local.minute.slice(0, 10),
    week: isoWeek(local.minute.slice(0, 10)),
    month: local.minute.slice(0, 7),
  };
  return values[name] ?? "(none)";
}

function localTime(at: number, tz: string): { readonly minute: string; readonly offset: string } {
  const written = new Intl.DateTimeFormat("sv-SE", { timeZone: tz, dateStyle: "short", timeStyle: "medium" }).format(
    at,
  );
  const name = new Intl.DateTimeFormat("en-US", { timeZone: tz, timeZoneName: "longOffset" })
    .formatToParts(at)
    .find(({ type }) => type === "timeZoneName");
  const offset = name?.value.replace("GMT", "") ?? "";
  return {
    minute: written.slice(0, 16).replace(" ", "T"),
    offset: offset === "" || offset === "+00:00" ? "Z" : offset,
  };
}

/** By walking: the week of a day is that of the nearest Thursday, counted from the first Thursday of its year. */
function isoWeek(day: string): string {
  const thursday = new Date(`${day}T00:00:00Z`);
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const days = Array.from({ length: 366 }, (_, place) => new Date(Date.UTC(thursday.getUTCFullYear(), 0, 1 + place)));
  const number = days.filter((date) => date <= thursday && date.getUTCDay() === 4).length;
  return `${thursday.getUTCFullYear()}-W${number.toString().padStart(2, "0")}`;
}

function cost(entry: Entry): bigint {
  return entry.cost.type === "unpriced" ? 0n : entry.cost.nanos;
}

function sum(rows: readonly Row[]): SpendSum {
  const entries = rows.flatMap((row) => ("entry" in row ? [row.entry] : []));
  const add = (of: (entry: Entry) => bigint) => entries.reduce((total, entry) => total + of(entry), 0n).toString();
  const number = (of: (entry: Entry) => number) => entries.reduce((total, entry) => total + of(entry), 0);
  const net = add((entry) => (isNet(entry) ? cost(entry) : 0n));
  return {
    gross_nanos: add(cost),
    net_nanos: net,
    tare_ratio: tareRatio(BigInt(add(cost)), BigInt(net)),
    tare_nanos: add((entry) => (isNet(entry) ? 0n : cost(entry))),
    avoided_nanos: add(({ avoided }) => avoided),
    estimated_nanos: add(({ estimated }) => estimated),
    in_doubt_nanos: add(({ inDoubt }) => inDoubt),
    calls: entries.filter(({ callEnd }) => callEnd).length,
    attempts: entries.filter(isAttempt).length,
    refused: rows.length - entries.length,
    unpriced: number(({ unpriced }) => unpriced),
    tokens_in: number(({ usage = {} }) =>
      tokens(usage, /^(input|cache|audio_in|audio_cache|image_in|image_cache|video_in)/),
    ),
    tokens_out: number(({ usage = {} }) => tokens(usage, /^(output|audio_out|image_out|video_out)/)),
  };
}

function tokens(usage: Readonly<Record<string, number>>, classes: RegExp): number {
  return Object.entries(usage).reduce(
    (total, [name, quantity]) => (classes.test(name) && !name.includes("_ms_") ? total + quantity : total),
    0,
  );
}

function isAttempt(entry: Entry): boolean {
  return entry.state !== "correction" && entry.kind !== "cache" && entry.number > 0;
}
