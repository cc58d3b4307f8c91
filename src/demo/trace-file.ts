import { z } from "zod";
import { err, ok, type Result } from "#std";
import { type Disk } from "#world";
import { parseJson } from "./json.ts";
import { type BadTraceLine, type TraceRow } from "./trace.ts";

export type TraceProblem =
  | { readonly type: "trace-missing"; readonly path: string }
  | { readonly type: "trace-not-known"; readonly path: string; readonly firstLine: string };

/** A trace in a file; rows are read while they are needed, so the file may be larger than memory. */
export interface Trace {
  readonly path: string;
  readonly format: "azure-csv" | "mooncake-jsonl";
  rows(): Generator<TraceRow | BadTraceLine, void>;
}

const CHUNK_BYTES = 1024 * 1024;
const LINE_BYTES_MAX = 4 * 1024 * 1024;
const FIRST_LINE_SHOWN = 80;
const TOKENS_MAX = 2_000_000;

const AZURE_HEADING = "TIMESTAMP,ContextTokens,GeneratedTokens";

/** Reads the Azure LLM inference traces (CSV) and the Mooncake traces (JSON lines). */
export function openTrace(disk: Disk, path: string): Result<Trace, TraceProblem> {
  if (disk.size(path) === undefined) return err({ type: "trace-missing", path });
  const first = readLines(disk, path).next();
  const firstLine = first.done === true ? "" : (first.value ?? "");
  if (firstLine.replace(/^\uFEFF/, "").trim() === AZURE_HEADING) {
    return ok({
      path,
      format: "azure-csv",
      rows: () => readRows(readLines(disk, path), { read: azureRow(), skip: 1 }),
    });
  }
  if (firstLine.trimStart().startsWith("{")) {
    return ok({
      path,
      format: "mooncake-jsonl",
      rows: () => readRows(readLines(disk, path), { read: mooncakeRow(), skip: 0 }),
    });
  }
  return err({ type: "trace-not-known", path, firstLine: firstLine.slice(0, FIRST_LINE_SHOWN) });
}

type ReadRow = (line: string) => Result<TraceRow, string>;

function* readRows(
  lines: Iterable<string | undefined>,
  { read, skip }: { read: ReadRow; skip: number },
): Generator<TraceRow | BadTraceLine, void> {
  let number = 0;
  for (const line of lines) {
    if (++number <= skip || line?.trim() === "") continue;
    const row = line === undefined ? err("longer than 4 MiB") : read(line);
    yield row.ok ? row.value : { type: "bad-line", line: number, detail: row.error };
  }
}

/** Undefined stands for a line that is too long to be one. */
function* readLines(disk: Disk, path: string): Generator<string | undefined, void> {
  let rest = Buffer.alloc(0);
  let isTooLong = false;
  for (let offset = 0; ;) {
    const chunk = disk.read(path, offset, CHUNK_BYTES);
    if (chunk === undefined || chunk.length === 0) break;
    offset += chunk.length;
    let from = 0;
    for (let to = chunk.indexOf(10); to !== -1; to = chunk.indexOf(10, from)) {
      yield isTooLong ? undefined : Buffer.concat([rest, chunk.subarray(from, to)]).toString("utf8");
      rest = Buffer.alloc(0);
      isTooLong = false;
      from = to + 1;
    }
    rest = isTooLong ? rest : Buffer.concat([rest, chunk.subarray(from)]);
    if (rest.length > LINE_BYTES_MAX) {
      rest = Buffer.alloc(0);
      isTooLong = true;
    }
  }
  if (isTooLong) yield undefined;
  else if (rest.length > 0) yield rest.toString("utf8");
}

const AZURE_LINE = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:Z|\+00:00)?,(\d{1,9}),(\d{1,9})\r?$/;

function azureRow(): ReadRow {
  let startedMs: number | undefined;
  return (line) => {
    const match = AZURE_LINE.exec(line);
    if (match === null) return err(`not a line of ${AZURE_HEADING}`);
    const [, day, time, fraction = "", context, generated] = match;
    const wholeMs = Date.parse(`${day}T${time}Z`);
    if (Number.isNaN(wholeMs)) return err("no such time");
    const epochMs = wholeMs + Number(`0${fraction}`) * 1000;
    startedMs ??= epochMs;
    return toRow({ atMs: epochMs - startedMs, contextTokens: Number(context), generatedTokens: Number(generated) });
  };
}

const MooncakeLine = z.looseObject({
  timestamp: z.number().min(0),
  input_length: z.int().min(0),
  output_length: z.int().min(0),
  hash_ids: z.array(z.int()).optional(),
});

function mooncakeRow(): ReadRow {
  let startedMs: number | undefined;
  return (line) => {
    const read = MooncakeLine.safeParse(parseJson(line));
    if (!read.success) {
      const [issue] = read.error.issues;
      return err(issue === undefined ? "not a row" : `${issue.path.join(".")} ${issue.message}`.trim());
    }
    const { timestamp, input_length: contextTokens, output_length: generatedTokens, hash_ids: blocks } = read.data;
    startedMs ??= timestamp;
    return toRow({
      atMs: timestamp - startedMs,
      contextTokens,
      generatedTokens,
      ...(blocks !== undefined && { blocks }),
    });
  };
}

function toRow(
  row: Pick<TraceRow, "atMs" | "contextTokens" | "generatedTokens"> & { blocks?: readonly number[] },
): Result<TraceRow, string> {
  if (row.contextTokens > TOKENS_MAX || row.generatedTokens > TOKENS_MAX) return err("more than 2,000,000 tokens");
  return ok({
    ...row,
    contextTokens: Math.max(1, row.contextTokens),
    generatedTokens: Math.max(1, row.generatedTokens),
    shape: undefined,
    blocks: row.blocks,
  });
}
