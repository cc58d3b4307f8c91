import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AttemptSettled, decodeEvent, encodeEvent } from "#events";
import { encodeCallObject } from "./call-object.ts";
import { encodeCallList } from "./encode-call-list.ts";
import { settled } from "./event-examples.ts";
import { anyCallLine, anyDispatched, anyEvent, anySettled, anyText } from "./event.arbitrary.ts";

describe("an event as a line", () => {
  it("is read back as it was written, without a line break or a tab", () => {
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
        const [own = "", terms, ...behind] = encodeEvent(event).split("\u001f");
        const newer = terms === undefined ? [withMore(own)] : [withMore(own), withMore(terms), ...behind];
        expect(decodeEvent(newer.join("\u001f"))).toEqual({ ok: true, value: event });
      }),
    );
  });

  it.for(['{"type":"step-measured"}', '["step-measured",1]', '["step-measured",1]\u001f{}'])(
    "is refused by name when a newer version made it: %s",
    (text) => {
      expect(decodeEvent(text)).toEqual({ ok: false, error: { type: "unknown-event", name: "step-measured" } });
    },
  );

  it.for(["", "{", "[]", "null", "3", '{"type":4}', "[", "[4]", "[null]", '"attempt-settled"', "\u001f", "[\u001f]"])(
    "is refused when it is %j",
    (text) => {
      expect(decodeEvent(text).ok).toBe(false);
    },
  );
});

describe("what a provider reported", () => {
  it("comes back to the last unit, whatever it is", () => {
    fc.assert(
      fc.property(anySettled, fc.oneof(anyText, fc.json(), fc.constant("")), (event, reported) => {
        const text = encodeEvent({ ...event, reported });
        expect(text).not.toMatch(/[\t\n\r]/);
        // Through the bytes of a file, where half a pair of surrogates would become something else.
        const read = decodeEvent(Buffer.from(text, "utf8").toString("utf8"));
        expect(read).toEqual({ ok: true, value: { ...event, reported } });
      }),
      { numRuns: 500 },
    );
  });

  it("stands once: behind its lists or in the first", () => {
    const inside = encodeEvent({ ...settled("1"), reported: "ü" });
    expect(decodeEvent(inside)).toMatchObject({ ok: true, value: { reported: "ü" } });
    expect(decodeEvent(`${inside}\u001f{}`)).toEqual(refusedFor("reported"));
  });

  it("stands behind no other line", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        fc.pre(event.type !== "attempt-settled");
        expect(decodeEvent(`${encodeEvent(event)}\u001f{}`).ok).toBe(false);
      }),
    );
  });
});

describe("one list, as segments of format 3 have for lines of calls,", () => {
  it("is the same event as its two lists of today", () => {
    fc.assert(
      fc.property(anyCallLine, (event) => {
        expect(decodeEvent(encodeCallList(event))).toEqual({ ok: true, value: event });
        expect(decodeEvent(encodeCallList(event))).toEqual(decodeEvent(encodeEvent(event)));
      }),
    );
  });

  it("has what was reported once: behind it or in it", () => {
    fc.assert(
      fc.property(anySettled, fc.oneof(anyText, fc.json(), fc.constant("")), (event, reported) => {
        const read = decodeEvent(Buffer.from(encodeCallList({ ...event, reported }), "utf8").toString("utf8"));
        expect(read).toEqual({ ok: true, value: { ...event, reported } });
      }),
    );
    const inside = encodeCallList({ ...settled("1"), reported: "ü" });
    expect(decodeEvent(`${inside}\u001f{}`)).toEqual(refusedFor("reported"));
  });

  it("has nothing behind it but what was reported", () => {
    fc.assert(
      fc.property(anyCallLine, (event) => {
        fc.pre(event.type !== "attempt-settled");
        expect(decodeEvent(`${encodeCallList(event)}\u001f{}`)).toEqual(refusedFor("event"));
      }),
    );
  });
});

describe("an object, as earlier versions wrote lines of calls,", () => {
  it("is the same event as its list", () => {
    fc.assert(
      fc.property(anyCallLine, (event) => {
        expect(decodeEvent(encodeCallObject(event))).toEqual({ ok: true, value: event });
        expect(decodeEvent(encodeCallObject(event))).toEqual(decodeEvent(encodeEvent(event)));
      }),
    );
  });

  it("may carry fields that a newer version added", () => {
    fc.assert(
      fc.property(anyCallLine, (event) => {
        const newer = encodeCallObject(event).replace(/}$/, ',"addedLater":[1]}');
        expect(decodeEvent(newer)).toEqual({ ok: true, value: event });
      }),
    );
  });

  it.for([
    ["money as a number", '"residual":"', '"residual":1,"x":"'],
    ["an instant as text", '"at":', '"at":"soon","x":'],
    ["an id of another kind", '"attempt":"attempt_', '"attempt":"call_'],
    ["a state nobody knows", '"state":"', '"state":"lost-'],
  ] as const)("is refused with %s", ([, good, wrong]) => {
    fc.assert(
      fc.property(anySettled, (event) => {
        expect(decodeEvent(encodeCallObject(event).replace(good, wrong))).toMatchObject({
          ok: false,
          error: { type: "bad-event" },
        });
      }),
    );
  });

  it("is refused when a field is missing, never filled in", () => {
    fc.assert(
      fc.property(anyDispatched, fc.constantFrom("at", "call", "purpose", "attribution", "bound"), (event, field) => {
        const json: Record<string, unknown> = JSON.parse(encodeCallObject(event));
        delete json[field];
        expect(decodeEvent(JSON.stringify(json)).ok).toBe(false);
      }),
    );
  });
});

/** What is wrong as an amount. */
const noMoney = ["", "-", "-0", "007", "+5", " 5", "5 ", "5.0", "1e3", "0x1f", "٣", "1_000", "9223372036854775808"];

describe("money", () => {
  it.for(noMoney)("is refused where it is %j", (text) => {
    fc.assert(
      fc.property(anySettled, (event) => {
        const asObject = encodeCallObject(event).replace(/"residual":"[^"]*"/, `"residual":${JSON.stringify(text)}`);
        expect(decodeEvent(asObject)).toEqual(refusedFor("residual"));
        expect(decodeEvent(withResidual(event, text))).toEqual(refusedFor("residual"));
      }),
    );
  });

  it("is there to the last nano, whatever its size", () => {
    const few = fc.nat(17).map((digits) => 10n ** BigInt(digits));
    fc.assert(
      fc.property(anySettled, fc.oneof(few, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), (event, amount) => {
        const asObject = encodeCallObject(event).replace(/"residual":"[^"]*"/, `"residual":"${amount}"`);
        expect(decodeEvent(asObject)).toMatchObject({ ok: true, value: { residual: amount } });
        const asList = withResidual(event, amount.toString());
        expect(decodeEvent(asList)).toMatchObject({ ok: true, value: { residual: amount } });
      }),
    );
  });
});

function refusedFor(field: string) {
  return { ok: false, error: { type: "bad-event", field } };
}

/** An object or a list with values that a newer version added. */
function withMore(json: string): string {
  return json.replace(/}$/, ',"addedLater":[1]}').replace(/\]$/, ',{"addedLater":1},"x"]');
}

/** The line with another text as its residual. */
function withResidual(event: AttemptSettled, residual: string): string {
  const [json = "", ...behind] = encodeEvent(event).split("\u001f");
  const list: unknown[] = JSON.parse(json);
  expect(list[6]).toBe(event.residual.toString());
  list[6] = residual;
  return [JSON.stringify(list), ...behind].join("\u001f");
}
