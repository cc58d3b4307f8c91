import fc from "fast-check";
import { expect, it } from "vitest";
import { flowLabel } from "./flow-label.ts";

it("the names of all layers, and what has none, stand in full beside an amount", () => {
  for (const name of ["observability and storage", "guardrails and validation", "nobody outside: own work"])
    expect(flowLabel({ name, amount: "$1,284,500.00", room: 258 })).toBe(name);
});

it("a longer name keeps its two ends", () => {
  const name = "Committed use discount for machines of the type h100 in europe-west4";
  const said = flowLabel({ name, amount: "$12.00", room: 258 });
  expect(said).toMatch(/^Committed use discou.*….*west4$/);
});

it("name and amount have room together", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat({ max: 12 }), (name, digits) => {
      const amount = "9".repeat(digits);
      expect(flowLabel({ name, amount, room: 200 }).length + 1 + digits).toBeLessThanOrEqual(200 / 6.4);
    }),
  );
});

it("a name that stands alone in a narrow place keeps its two ends", () => {
  expect(flowLabel({ name: "document-summaries", amount: "", room: 71 })).toBe("docume…ries");
  expect(flowLabel({ name: "code-review", amount: "", room: 71 })).toBe("code-review");
});
