import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEvent, encodeEvent } from "#events";
import { anyDispatched, anyEvent, anySettled } from "./event.arbitrary.ts";

describe("an event as JSON", () => {
  it("is read back as it was written, on one line", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const text = encodeEvent(event);
        expect(text).not.toMatch(/[\t\n\r]/);
        const decoded = decodeEvent(text);
        expect(decoded).toEqual({ ok: true, value: event });
        if (decoded.ok) expect(encodeEvent(decoded.value).length).toBe(text.length);
      }),
    );
  });

  it("may carry fields that a newer version added", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const newer = encodeEvent(event).replace(/}$/, ',"addedLater":[1]}');
        expect(decodeEvent(newer)).toEqual({ ok: true, value: event });
      }),
    );
  });

  it("is refused by name when a newer version made it", () => {
    expect(decodeEvent('{"type":"step-measured"}')).toEqual({
      ok: false,
      error: { type: "unknown-event", name: "step-measured" },
    });
  });

  it.for([
    ["money as a number", '"residual":"', '"residual":1,"x":"'],
    ["an instant as text", '"at":', '"at":"soon","x":'],
    ["an id of another kind", '"attempt":"attempt_', '"attempt":"call_'],
    ["a state nobody knows", '"state":"', '"state":"lost-'],
  ] as const)("is refused with %s", ([, good, wrong]) => {
    fc.assert(
      fc.property(anySettled, (event) => {
        expect(decodeEvent(encodeEvent(event).replace(good, wrong))).toMatchObject({
          ok: false,
          error: { type: "bad-event" },
        });
      }),
    );
  });

  it.for(["", "-", "-0", "007", "+5", " 5", "5 ", "5.0", "1e3", "0x1f", "٣", "1_000", "9223372036854775808"])(
    "is refused where money is %j",
    (text) => {
      fc.assert(
        fc.property(anySettled, (event) => {
          const wrong = encodeEvent(event).replace(/"residual":"[^"]*"/, `"residual":${JSON.stringify(text)}`);
          expect(decodeEvent(wrong)).toEqual({ ok: false, error: { type: "bad-event", field: "residual" } });
        }),
      );
    },
  );

  it("has money of any size to the last nano", () => {
    const few = fc.nat(17).map((digits) => 10n ** BigInt(digits));
    fc.assert(
      fc.property(anySettled, fc.oneof(few, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), (event, amount) => {
        const said = encodeEvent(event).replace(/"residual":"[^"]*"/, `"residual":"${amount}"`);
        expect(decodeEvent(said)).toMatchObject({ ok: true, value: { residual: amount } });
      }),
    );
  });

  it("is refused when a field is missing, never filled in", () => {
    fc.assert(
      fc.property(anyDispatched, fc.constantFrom("at", "call", "purpose", "attribution", "bound"), (event, field) => {
        const json: Record<string, unknown> = JSON.parse(encodeEvent(event));
        delete json[field];
        expect(decodeEvent(JSON.stringify(json)).ok).toBe(false);
      }),
    );
  });

  it.for(["", "{", "[]", "null", "3", '{"type":4}'])("is refused when it is %j", (text) => {
    expect(decodeEvent(text).ok).toBe(false);
  });
});
