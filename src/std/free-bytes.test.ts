import { describe, expect, it } from "vitest";
import { freeBytes } from "#std";

describe("bytes that are freed", () => {
  it("are gone at once", () => {
    const bytes = Buffer.from(new ArrayBuffer(100));
    freeBytes(bytes);
    expect(bytes.length).toBe(0);
    freeBytes(bytes);
  });

  it("stay where others may look at the same memory", () => {
    const whole = Buffer.from(new ArrayBuffer(100)).fill(7);
    freeBytes(whole.subarray(1));
    freeBytes(Buffer.from("short ones come out of one pool"));
    expect(whole.every((byte) => byte === 7)).toBe(true);
    const shared = new Uint8Array(new SharedArrayBuffer(10));
    freeBytes(shared);
    expect(shared.length).toBe(10);
  });
});
