import { expect, it } from "vitest";
import { formatRate } from "./rate.ts";

it("writes rates as people write prices, with every digit that they have", () => {
  expect(formatRate("0.075", "USD")).toBe("$0.075");
  expect(formatRate("3", "USD")).toBe("$3.00");
  expect(formatRate("1250.5", "EUR")).toBe("€1,250.50");
  expect(formatRate("0.000000000000000001", "CHF")).toBe("CHF 0.000000000000000001");
});
