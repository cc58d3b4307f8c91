/** The questions of the control API, answered from a made-up ledger by plain folds. */
import type {
  CallDetail,
  CallPage,
  CallRow,
  Entry,
  ErrorRows,
  InteractionDetail,
  LatencyRows,
  SpendAnswer,
  SpendMoney,
  TagRows,
} from "#contract";
import { mockSteps } from "./steps.ts";
import { type MockLedger, type Refusal } from "./ledger.ts";

export interface Question {
  readonly from: number;
  readonly to: number;
  readonly by: readonly string[];
  readonly filter: Readonly<Record<string, readonly string[]>>;
}

type Line =
  | { readonly entry: Entry; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly entry?: undefined };

const filterable = new Set(
  "feature team customer user environment session key route target provider model layer purpose kind".split(" "),
);

export function readQuestion(pairs: URLSearchParams): Question {
  const filter: Record<string, string[]> = {};
  for (const [name, value] of pairs)
    if (filterable.has(name) || name.startsWith("tag.")) filter[name] = [...(filter[name] ?? []), value];
  const by = (pairs.get("by") ?? "").split(",").filter((name) => name !== "");
  const from = Date.parse(pairs.get("from") ?? "1970-01-01T00:00:00Z");
  return { from, to: Date.parse(pairs.get("to") ?? "2100-01-01T00:00:00Z"), by, filter };
}

export function answerSpend(ledger: MockLedger, question: Question): SpendAnswer {
  const lines = linesOf(ledger, question);
  const groups = Map.groupBy(lines, (line) => JSON.stringify(question.by.map((name) => valueOf(line, name))));
  const rows = [...groups].map(([key, group]) => ({ dimensions: dimensionsOf(key, question.by), ...sum(group) }));
  const isTimed = question.by.some((name) => ["minute", "hour", "day", "week", "month"].includes(name));
  return {
    rows: isTimed ? rows : rows.toSorted((a, b) => Number(BigInt(b.gross_nanos) - BigInt(a.gross_nanos))),
    total: sum(lines),
    currency: "USD",
    from: new Date(question.from).toISOString(),
    to: new Date(question.to).toISOString(),
    tz: "UTC",
    booked_until: new Date(question.to - 1000).toISOString(),
  };
}

export function answerTags(ledger: MockLedger, pairs: URLSearchParams): TagRows {
  const question = readQuestion(pairs);
  const [asked, find] = [pairs.get("name"), (pairs.get("find") ?? "").toLowerCase()];
  const names =
    asked === null ? linesOf(ledger, question).flatMap(({ entry }) => Object.keys(entry?.tags ?? {})) : [asked];
  const rows = [...new Set(names)].flatMap((name) => {
    const spent = answerSpend(ledger, { ...question, by: [`tag.${name}`] }).rows;
    const values = spent.map((row) => ({
      name,
      value: row.dimensions[`tag.${name}`] ?? "",
      gross_nanos: row.gross_nanos,
    }));
    return asked === null ? [{ name, gross_nanos: sumOf(values.filter(({ value }) => value !== "(none)")) }] : values;
  });
  return { rows: rows.filter((row) => JSON.stringify(row).toLowerCase().includes(find)), is_cut: false };
}

function sumOf(rows: readonly { readonly gross_nanos: string }[]): string {
  return rows.reduce((total, row) => total + BigInt(row.gross_nanos), 0n).toString();
}

export function answerLatency(ledger: MockLedger, question: Question): LatencyRows {
  const lines = linesOf(ledger, question).filter((line) => line.entry?.state === "answered");
  const groups = Map.groupBy(lines, (line) => JSON.stringify(question.by.map((name) => valueOf(line, name))));
  const rows = [...groups].map(([key, group]) => {
    const first = group.flatMap((line) => line.entry?.first_content_ms ?? []);
    return {
      dimensions: dimensionsOf(key, question.by),
      attempts: group.length,
      duration_ms: percentiles(group.flatMap((line) => line.entry?.duration_ms ?? [])),
      ...(first.length === 0 ? {} : { first_content_ms: percentiles(first) }),
      overhead_ms: percentiles(group.flatMap((line) => line.entry?.overhead_ms ?? [])),
    };
  });
  return { rows, is_cut: false };
}

function percentiles(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export function answerErrors(ledger: MockLedger, question: Question): ErrorRows {
  const lines = linesOf(ledger, question).filter((line) => line.entry?.state !== "answered");
  const groups = Map.groupBy(lines, (line) =>
    JSON.stringify([...question.by.map((name) => valueOf(line, name)), originOf(line), codeOf(line), statusOf(line)]),
  );
  return { rows: [...groups].flatMap(([key, group]) => errorRow(key, { by: question.by, group })), is_cut: false };
}

function errorRow(key: string, { by, group }: { by: readonly string[]; group: readonly Line[] }) {
  const line = group[0];
  if (line === undefined) return [];
  const status = statusOf(line);
  return [
    {
      dimensions: dimensionsOf(key, by),
      origin: originOf(line),
      code: codeOf(line),
      ...(status === undefined ? {} : { status }),
      count: group.length,
    },
  ];
}

function originOf({ entry, refusal }: Line): "refused" | "failed" | "cut" | "cancelled" | "in_doubt" {
  if (refusal !== undefined) return "refused";
  const state = entry.state;
  return state === "cut" || state === "cancelled" || state === "in_doubt" ? state : "failed";
}

function codeOf(line: Line): string {
  return line.refusal?.code ?? line.entry?.error ?? (line.entry?.state === "cancelled" ? "client_gone" : "in_doubt");
}

function statusOf(line: Line): number | undefined {
  return line.refusal?.status ?? (line.entry?.state === "failed" ? line.entry.status : undefined);
}

export function answerCalls(ledger: MockLedger, pairs: URLSearchParams): CallPage {
  const lines = linesOf(ledger, readQuestion(pairs));
  const state = pairs.get("state");
  const rows = callRows(lines)
    .filter((row) => state === null || row.state === state || (state === "problems" && row.state !== "answered"))
    .toReversed();
  const start = Number(pairs.get("cursor") ?? "0");
  const limit = Number(pairs.get("limit") ?? "50");
  const more = start + limit < rows.length ? { cursor: (start + limit).toString() } : {};
  return { rows: rows.slice(start, start + limit), ...more };
}

export function answerCall(ledger: MockLedger, call: string): CallDetail | undefined {
  const lines = linesOf(ledger, everything).filter((line) => (line.entry ?? line.refusal).call === call);
  const row = callRows(lines)[0];
  return row === undefined ? undefined : { call: row, entries: lines.flatMap(({ entry }) => entry ?? []) };
}

export function answerInteraction(ledger: MockLedger, interaction: string): InteractionDetail | undefined {
  const lines = linesOf(ledger, everything).filter((line) => (line.entry ?? line.refusal).interaction === interaction);
  const entries = lines.flatMap(({ entry }) => entry ?? []);
  const [first] = entries;
  if (first === undefined) return undefined;
  const total = sum(lines);
  return {
    interaction,
    tenant: first.tenant,
    from: first.incurred_at,
    to:
      entries
        .map((entry) => entry.booked_at)
        .toSorted()
        .at(-1) ?? first.booked_at,
    gross_nanos: total.gross_nanos,
    net_nanos: total.net_nanos,
    tare_nanos: total.tare_nanos,
    estimated_nanos: total.estimated_nanos,
    in_doubt_nanos: total.in_doubt_nanos,
    unpriced: total.unpriced,
    calls: callRows(lines),
    steps: mockSteps(entries),
    outcomes: [],
    entries,
  };
}

const everything: Question = { from: 0, to: Date.parse("2100-01-01T00:00:00Z"), by: [], filter: {} };

function linesOf(ledger: MockLedger, question: Question): Line[] {
  const lines: Line[] = [
    ...ledger.entries.map((entry) => ({ entry })),
    ...ledger.refusals.map((refusal) => ({ refusal })),
  ];
  return lines
    .filter((line) => {
      const at = atOf(line);
      if (at < question.from || at >= question.to) return false;
      return Object.entries(question.filter).every(([name, values]) => values.includes(valueOf(line, name)));
    })
    .toSorted((a, b) => atOf(a) - atOf(b));
}

function atOf(line: Line): number {
  return line.refusal?.at ?? Date.parse(line.entry?.incurred_at ?? "");
}

function valueOf(line: Line, name: string): string {
  const iso = new Date(atOf(line)).toISOString();
  if (name === "minute") return `${iso.slice(0, 16)}:00Z`;
  if (name === "hour") return `${iso.slice(0, 13)}:00:00Z`;
  if (name === "day") return iso.slice(0, 10);
  if (name === "month") return iso.slice(0, 7);
  if (name.startsWith("tag.")) return line.entry?.tags[name.slice("tag.".length)] ?? "(none)";
  const value: unknown = Object.entries(line.entry ?? line.refusal ?? {}).find(([field]) => field === name)?.[1];
  return typeof value === "string" ? value : "(none)";
}

function dimensionsOf(key: string, by: readonly string[]): Record<string, string> {
  const values: string[] = JSON.parse(key);
  return Object.fromEntries(by.map((name, index) => [name, values[index] ?? ""]));
}

function sum(lines: readonly Line[]): SpendMoney {
  const entries = lines.flatMap(({ entry }) => entry ?? []);
  const add = (of: (entry: Entry) => string | undefined) =>
    entries.reduce((total, entry) => total + BigInt(of(entry) ?? "0"), 0n).toString();
  const count = (is: (entry: Entry) => boolean) => entries.filter(is).length;
  const tokens = (prefix: RegExp) =>
    entries.reduce((total, { usage = {} }) => {
      for (const [name, quantity] of Object.entries(usage)) if (prefix.test(name)) total += quantity;
      return total;
    }, 0);
  return {
    gross_nanos: add((entry) => entry.nanos),
    net_nanos: add((entry) => (entry.is_net ? entry.nanos : "0")),
    tare_nanos: add((entry) => (entry.is_net ? "0" : entry.nanos)),
    avoided_nanos: "0",
    estimated_nanos: add((entry) => (entry.cost_type === "estimated" ? entry.nanos : "0")),
    in_doubt_nanos: add((entry) => entry.in_doubt_nanos),
    calls: count((entry) => entry.call_end),
    attempts: entries.length,
    refused: lines.length - entries.length,
    unpriced: count((entry) => entry.cost_type === "unpriced"),
    tokens_in: tokens(/^(input|cache)/),
    tokens_out: tokens(/^output/),
  };
}

function callRows(lines: readonly Line[]): CallRow[] {
  return [...Map.groupBy(lines, (line) => (line.entry ?? line.refusal).call).values()].flatMap((group) => {
    const refusal = group[0]?.refusal;
    if (refusal !== undefined) return [refusedRow(refusal)];
    const entries = group.flatMap(({ entry }) => entry ?? []);
    const [first, last] = [entries[0], entries.at(-1)];
    return first === undefined || last === undefined ? [] : [callRow(entries, { first, last, total: sum(group) })];
  });
}

function refusedRow(refusal: Refusal): CallRow {
  const { at, key, model, ...rest } = refusal;
  return {
    ...rest,
    at: new Date(at).toISOString(),
    tenant: refusal.team,
    ...(key === undefined ? {} : { key }),
    ...(model === undefined ? {} : { model }),
    state: "refused",
    attempts: 0,
    estimated_nanos: "0",
    in_doubt_nanos: "0",
    unpriced: 0,
  };
}

function callRow(
  entries: readonly Entry[],
  { first, last, total }: { first: Entry; last: Entry; total: SpendMoney },
): CallRow {
  const { call, interaction, tenant, feature, team, key, route, model, provider, operation, stream, state } = last;
  return {
    call,
    at: first.incurred_at,
    interaction,
    tenant,
    feature,
    team,
    key,
    ...(route === undefined ? {} : { route }),
    model,
    provider,
    operation,
    stream,
    state,
    ...(last.status === undefined ? {} : { status: last.status }),
    ...(last.error === undefined ? {} : { code: last.error }),
    attempts: entries.length,
    ...(total.unpriced === entries.length ? {} : { nanos: total.gross_nanos }),
    estimated_nanos: total.estimated_nanos,
    in_doubt_nanos: total.in_doubt_nanos,
    unpriced: total.unpriced,
    ...(last.usage === undefined ? {} : { tokens_in: total.tokens_in, tokens_out: total.tokens_out }),
    duration_ms: Date.parse(last.booked_at) - Date.parse(first.incurred_at),
    ...(last.first_content_ms === undefined ? {} : { first_content_ms: last.first_content_ms }),
  };
}
