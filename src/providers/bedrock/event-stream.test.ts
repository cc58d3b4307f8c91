import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventStream } from "./event-stream.ts";
import { eventMessage } from "../../../e2e/corpus/event-message.ts";

function read(bytes: Buffer, size = Infinity): string {
  const stream = new EventStream();
  let text = "";
  for (let at = 0; at < bytes.length; at += size) text += stream.push(bytes.subarray(at, at + size)).toString();
  return text;
}

const message = fc.record({ type: fc.stringMatching(/^[a-z]{1,20}$/), data: fc.dictionary(fc.string(), fc.string()) });

describe("A binary event stream", () => {
  it("comes out as server-sent events, however it is cut into chunks", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.integer({ min: 1, max: 64 }), (messages, size) => {
        const bytes = Buffer.concat(messages.map(({ type, data }) => eventMessage(type, data)));
        const expected = messages.map(({ type, data }) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`).join("");
        expect(read(bytes, size)).toBe(expected);
        expect(read(bytes)).toBe(expected);
      }),
    );
  });

  it("keeps half a message back", () => {
    const bytes = eventMessage("messageStart", { role: "assistant" });
    for (let length = 0; length < bytes.length; length += 1) expect(read(bytes.subarray(0, length))).toBe("");
  });

  it("ends with an exception at any byte that is not as it was sent", () => {
    const first = eventMessage("messageStart", { role: "assistant" });
    const second = eventMessage("contentBlockDelta", { delta: { text: "hello" } });
    const before = read(first);
    for (let at = 0; at < second.length; at += 1) {
      const broken = Buffer.concat([first, second, second]);
      broken[first.length + at] = (broken[first.length + at] ?? 0) ^ 0x10;
      const text = read(broken, 7);
      expect(text.startsWith(before)).toBe(true);
      // A longer length may only be waited for when its own checksum holds, and then it does not.
      expect(text.slice(before.length)).toMatch(/^event: exception\ndata: \{"exception":"brokenEventStream",.*\}\n\n$/);
    }
  });

  it("is not waited for at a length that no message has", () => {
    for (const [total, headers] of [
      [0xffff_ffff, 0],
      [17 * 1024 * 1024, 0],
      [15, 0],
      [100, 99],
      [1024 * 1024, 200 * 1024],
    ] as const) {
      const prelude = Buffer.alloc(12);
      prelude.writeUInt32BE(total, 0);
      prelude.writeUInt32BE(headers, 4);
      prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
      expect(read(prelude)).toContain("impossible length");
    }
  });

  it("tells of exceptions and errors", () => {
    const throttled = eventMessage("throttlingException", { message: "slow down" }, "exception");
    expect(read(throttled)).toBe(
      'event: exception\ndata: {"exception":"throttlingException","body":{"message":"slow down"}}\n\n',
    );
  });

  it("throws at no bytes at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
        expect(() => read(Buffer.from(bytes), size)).not.toThrow();
      }),
    );
  });
});
