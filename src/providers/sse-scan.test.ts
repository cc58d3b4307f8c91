import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SseFrame } from "./sse-frame.ts";
import { FRAME_BYTES_MAX, SseFrames } from "./sse-scan.ts";

const line = fc.constantFrom("data: {}", "data:x", ": comment", "event: é", "id: 1", "data: 日本");
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");

describe("Frames of a stream", () => {
  it("are the same however the bytes are cut, and lose none", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(line, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
        lineEnd,
        fc.integer({ min: 1, max: 7 }),
        (frames, end, size) => {
          const text = frames.map((lines) => lines.map((one) => one + end).join("") + end).join("");
          const expected = frames.map((lines) => lines.map((one) => one + end).join("") + end);
          expect(split(Buffer.from(text), Infinity)).toEqual(expected);
          expect(split(Buffer.from(text), size)).toEqual(expected);
        },
      ),
    );
  });

  it("cut any bytes at the same places however they come", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("\n", "\r", "a", ":"), { maxLength: 30 }), (letters) => {
        const bytes = Buffer.from(letters.join(""));
        expect(split(bytes, 1)).toEqual(split(bytes, Infinity));
        expect(split(bytes, 1).join("")).toBe(letters.join(""));
      }),
      { numRuns: 2_000 },
    );
  });

  it("pass a chunk on as it is when it ends at the edge of a frame", () => {
    const frames = new SseFrames();
    const chunk = Buffer.from("data: a\n\ndata: b\n\n");
    frames.push(chunk);
    expect(frames.bytes).toBe(chunk);
    expect(frames.ends).toEqual([9, 18]);
  });

  it("pass on in pieces, unread, what is over the limit, and go on with the next frame", () => {
    const frames = new SseFrames();
    const piece = Buffer.alloc(1_024 * 1_024, "x");
    let passed = 0;
    for (let bytes = 0; bytes <= FRAME_BYTES_MAX; bytes += piece.length) {
      frames.push(piece);
      passed += frames.bytes.length;
    }
    expect(passed).toBe(FRAME_BYTES_MAX + piece.length);
    frames.push(Buffer.from("x\n\ndata: a\n\n"));
    expect(frames.skipped).toBe(3);
    expect(frames.ends).toEqual([12]);
  });
});

describe("A frame", () => {
  it.for([
    ["data: a\n\n", "a"],
    ["data:a\r\n\r\n", "a"],
    ["\ufeffevent: e\rdata:  a\r\r", " a"],
    [": note\ndata: a\ndata: b\n\n", "a\nb"],
    ['{"error":{}}\n', '{"error":{}}\n'],
    ["id: 1\n\n", ""],
  ] as const)("%j holds the data %j", ([text, data]) => {
    const frame = new SseFrame();
    const bytes = Buffer.from(text);
    frame.read(bytes, 0, bytes.length);
    expect(frame.data.toString("utf8", frame.from, frame.to)).toBe(data);
  });
});

function split(bytes: Buffer, size: number): string[] {
  const frames = new SseFrames();
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    frames.push(bytes.subarray(at, Math.min(at + size, bytes.length)));
    let from = 0;
    for (const end of frames.ends) {
      parts.push(frames.bytes.toString("utf8", from, end));
      from = end;
    }
  }
  const rest = frames.finish();
  return rest.length === 0 ? parts : [...parts, rest.toString("utf8")];
}
