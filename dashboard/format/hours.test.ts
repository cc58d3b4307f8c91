import { expect, it } from "vitest";
import { formatHours } from "./hours.ts";

it("hours have a tenth, and what is shorter is a duration", () => {
  const shown = [0, 90_000, 3_599_999, 3_600_000, 5_399_999, 3_600_000_000 + 360_000].map(formatHours);
  expect(shown).toEqual(["0.0 h", "1 min 30 s", "1 h", "1.0 h", "1.4 h", "1,000.1 h"]);
});
