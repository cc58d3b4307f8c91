import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layers } from "#events";
import { purposes, stepKinds } from "#inference";
import { isNet, layerOf } from "./layer.ts";

const deliveries = ["full", "partial", "none"] as const;

const everyEntry = stepKinds.flatMap((kind) =>
  purposes.flatMap((purpose) => deliveries.map((delivered) => ({ kind, purpose, delivered }))),
);

describe("a layer", () => {
  it("is one for each kind, purpose and delivery, and each layer has something or a bill that names it", () => {
    const found = new Set(everyEntry.map(layerOf));
    for (const layer of found) expect(layers).toContain(layer);
    for (const layer of layers) {
      const bill = { kind: "bill", purpose: "answer", delivered: "full", bill: { layer } } as const;
      expect(layerOf(bill)).toBe(layer);
      expect(isNet(bill)).toBe(false);
    }
  });

  it("is that of model answers for all that is net: a retry that was delivered is the answer", () => {
    for (const entry of everyEntry.filter(isNet)) expect(layerOf(entry)).toBe("model answers");
    for (const purpose of ["answer", "retry", "fallback", "hedge", "client_retry"] as const) {
      expect(isNet({ kind: "model", purpose, delivered: "full" })).toBe(true);
      expect(layerOf({ kind: "model", purpose, delivered: "none" })).not.toBe("model answers");
    }
  });

  it("of work that is no model call is that of its kind, whatever it was for and however it ended", () => {
    const anyOther = fc.record({
      kind: fc.constantFrom(...stepKinds.filter((kind) => kind !== "model")),
      purpose: fc.constantFrom(...purposes),
      delivered: fc.constantFrom(...deliveries),
    });
    fc.assert(
      fc.property(anyOther, (entry) => {
        expect(layerOf(entry)).toBe(layerOf({ ...entry, purpose: "answer", delivered: "full" }));
        expect(isNet(entry)).toBe(false);
      }),
    );
  });
});
