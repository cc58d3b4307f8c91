import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realWorld } from "#world";
import { type BadTraceLine, type TraceRow } from "./trace.ts";
import { openTrace } from "./trace-file.ts";

describe("a trace in a file", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tare-trace-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const rowsOf = (text: string): (TraceRow | BadTraceLine)[] => {
    const path = join(folder, "trace");
    writeFileSync(path, text);
    const opened = openTrace(realWorld().disk, path);
    if (!opened.ok) throw new Error(JSON.stringify(opened.error));
    return [...opened.value.rows()];
  };
  const heading = "TIMESTAMP,ContextTokens,GeneratedTokens";

  test("is read from Azure's CSV, times counted from the first row", () => {
    const rows = rowsOf(
      `${heading}\r\n2023-11-16 18:17:03.9799600,4808,10\r\n2023-11-16 18:17:04.0319600,3180,8\r\n` +
        "2024-05-10 00:00:00.009930+00:00,7,0\n",
    );
    expect(rows).toMatchObject([
      { atMs: 0, contextTokens: 4808, generatedTokens: 10 },
      { contextTokens: 3180, generatedTokens: 8 },
      { contextTokens: 7, generatedTokens: 1 },
    ]);
    const [, second] = rows;
    expect(second !== undefined && "atMs" in second ? second.atMs : 0).toBeCloseTo(52, 3);
  });

  test("is read from Mooncake's JSON lines with the names of its prefix blocks", () => {
    const rows = rowsOf(
      '{"timestamp": 5, "input_length": 900, "output_length": 52, "hash_ids": [0, 7]}\n' +
        '{"timestamp": 30, "input_length": 10, "output_length": 4}\n',
    );
    expect(rows).toMatchObject([
      { atMs: 0, contextTokens: 900, generatedTokens: 52, blocks: [0, 7] },
      { atMs: 25, contextTokens: 10, blocks: undefined },
    ]);
  });

  test("names each bad line and goes on behind it", () => {
    const rows = rowsOf(
      `${heading}\n2023-11-16 18:17:03,1,1\nnonsense\n\n2023-11-16 18:17:04,x,1\n2023-11-16 18:17:05,2,2`,
    );
    expect(rows.map((row) => ("type" in row ? row.line : row.contextTokens))).toEqual([1, 3, 5, 2]);
    const mooncake = rowsOf('{"timestamp":0,"input_length":1,"output_length":1}\n{"timestamp":0}\n{broken\n');
    expect(mooncake.slice(1)).toMatchObject([
      { type: "bad-line", line: 2, detail: expect.stringContaining("input_length") },
      { type: "bad-line", line: 3 },
    ]);
  });

  test("may be larger than one read, with lines across the border and one that is too long to be a row", () => {
    const many = Array.from({ length: 40_000 }, (_, index) => `2023-11-16 18:17:03.9799600,${index + 1},3`);
    const rows = rowsOf([heading, ...many, "x".repeat(6_000_000), "2023-11-16 18:17:04,5,5"].join("\n"));
    expect(rows).toHaveLength(40_002);
    expect(rows.slice(0, -2).every((row, index) => "atMs" in row && row.contextTokens === index + 1)).toBe(true);
    expect(rows.at(-2)).toEqual({ type: "bad-line", line: 40_002, detail: "longer than 4 MiB" });
    expect(rows.at(-1)).toMatchObject({ contextTokens: 5 });
  });

  test("must be there and of a known kind", () => {
    const { disk } = realWorld();
    const missing = join(folder, "missing");
    expect(openTrace(disk, missing)).toEqual({ ok: false, error: { type: "trace-missing", path: missing } });
    const path = join(folder, "notes");
    writeFileSync(path, "a list of things\n");
    expect(openTrace(disk, path)).toEqual({
      ok: false,
      error: { type: "trace-not-known", path, firstLine: "a list of things" },
    });
  });
});
